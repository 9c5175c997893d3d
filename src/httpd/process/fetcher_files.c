/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/fetcher_files.h"

#include <unistd.h>

#include <apr_strings.h>
#include <unixd.h>

#include "httpd/process/reach.h"
#include "keys/statedir.h"

static const char *check_reach(const char *directive, const char *path,
                               ajwt_reach_kind kind, server_rec *s,
                               apr_pool_t *pool)
{
    const ajwt_reach *reach = ajwt_reach_try(&path, 1, kind, s, pool);

    return reach->status == APR_SUCCESS
               ? NULL
               : apr_pstrcat(pool, directive, ": ",
                             ajwt_reach_explain(reach, path, kind, pool), NULL);
}

/*
 * A user other than root may run httpd as that user, or may only check a
 * configuration for root.  So the directory may belong to either.
 */
static const char *check_state_dir(const char *path, server_rec *s,
                                   apr_pool_t *pool)
{
    apr_uid_t owner = ap_unixd_config.user_id;
    const char *error = ajwt_statedir_check(path, owner, pool);

    if (error && geteuid() != 0) {
        owner = geteuid();
        error = ajwt_statedir_check(path, owner, pool);
    }
    if (error)
        return apr_psprintf(pool,
                            "AuthJWTStateDir: %s: %s: run mkdir -p %s && chown "
                            "%lu %s && chmod 700 %s",
                            path, error, path, (unsigned long)owner, path,
                            path);
    return geteuid() == 0 || geteuid() == owner
               ? check_reach("AuthJWTStateDir", path, AJWT_REACH_WRITE, s, pool)
               : NULL;
}

const char *ajwt_fetcher_files_check(const ajwt_settings *settings,
                                     server_rec *s, apr_pool_t *pool)
{
    const char *error = NULL;

    if (settings->fetcher.ca_path)
        error = check_reach("AuthJWTFetchCA", settings->fetcher.ca_path,
                            AJWT_REACH_READ, s, pool);
    if (!error && settings->state_dir)
        error = check_state_dir(settings->state_dir, s, pool);
    return error;
}
