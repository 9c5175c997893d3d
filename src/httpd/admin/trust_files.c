/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/trust_files.h"

#include <unistd.h>

#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>
#include <unixd.h>

#include "httpd/config/config.h"
#include "httpd/process/reach.h"
#include "net/permissions.h"

/*
 * Returns the group of httpd's children, which read a changed keys= file
 * again.  If root did not start httpd, the children have the rights of its
 * user.
 */
static const char *find_child_group(apr_pool_t *pool)
{
    return geteuid() == 0
               ? apr_psprintf(pool, "%lu",
                              (unsigned long)ap_unixd_config.group_id)
               : NULL;
}

static int is_config_test(void)
{
    return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST;
}

/*
 * Root has read the files, but httpd's User reads them again after a change.
 * The administrator may deny that on purpose, so only `httpd -t` warns.  If
 * this user cannot search the directory, that is certainly on purpose, and
 * there is no warning.
 */
static void check_readable(apr_array_header_t *warnings,
                           const apr_array_header_t *paths, server_rec *s,
                           apr_pool_t *pool)
{
    const ajwt_reach *reaches =
        ajwt_reach_try((const char *const *)paths->elts, paths->nelts,
                       AJWT_REACH_READ, s, pool);
    int i;

    for (i = 0; i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);

        if (APR_STATUS_IS_EACCES(reaches[i].status) && !reaches[i].folder)
            APR_ARRAY_PUSH(warnings, const char *) = apr_psprintf(
                pool,
                "%s: httpd's User, %s, cannot read it, so a change takes "
                "effect at the next restart only: chmod a+r %s",
                path, reaches[i].user, path);
    }
}

static void check_source(apr_array_header_t *warnings,
                         const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_permissions_of file = {source->location, 0, NULL};

    file.is_secret = source->kind == AJWT_SOURCE_SECRET ||
                     (source->algs & AJWT_ALGS_HMAC) != 0;
    if (source->kind != AJWT_SOURCE_SECRET)
        file.group = find_child_group(pool);
    ajwt_permissions_check(warnings, &file, pool);
}

static void check_sources(apr_array_header_t *warnings,
                          const ajwt_sources *sources, server_rec *s,
                          apr_pool_t *pool)
{
    apr_array_header_t *paths =
        apr_array_make(pool, sources->list->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (ajwt_source_is_remote(source))
            continue;
        check_source(warnings, source, pool);
        if (source->kind == AJWT_SOURCE_FILE)
            APR_ARRAY_PUSH(paths, const char *) = source->location;
    }
    if (is_config_test())
        check_readable(warnings, paths, s, pool);
}

static void log_warnings(server_rec *s, apr_pool_t *pool)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_array_header_t *warnings =
        apr_array_make(pool, 2, sizeof(const char *));
    ajwt_permissions_of ca = {settings->fetcher.ca_path, 0, NULL};
    int i;

    check_sources(warnings, settings->sources, s, pool);
    if (ca.path)
        ajwt_permissions_check(warnings, &ca, pool);
    for (i = 0; i < warnings->nelts; i++)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s",
                     APR_ARRAY_IDX(warnings, i, const char *));
}

int ajwt_trust_files_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                  apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (is_config_test())
        log_warnings(s, ptemp);
    return OK;
}

int ajwt_trust_files_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                 apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        log_warnings(s, ptemp);
    return OK;
}
