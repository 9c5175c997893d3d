/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/lifecycle.h"

#include <http_core.h>
#include <http_main.h>

#include "core/signature.h"
#include "httpd/process/fetcher_client.h"
#include "httpd/process/fetcher_files.h"
#include "httpd/process/fetcher_process.h"
#include "httpd/process/log.h"
#include "httpd/process/caches.h"
#include "httpd/process/shm.h"

/* Of the configuration: set by post_config, inherited by children */
static ajwt_shm_slots *shared;

/* Of the child */
static ajwt_keyring *keyring;

ajwt_keyring *ajwt_lifecycle_keyring(void)
{
    return keyring;
}

ajwt_shm_slots *ajwt_lifecycle_shared(void)
{
    return shared;
}

static int complain(const char *what, apr_status_t status)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, ap_server_conf, "%s", what);
    return HTTP_INTERNAL_SERVER_ERROR;
}

int ajwt_lifecycle_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp)
{
    const char *error = ajwt_config_begin(pconf);
    apr_status_t status;

    (void)plog, (void)ptemp;
    if (error)
        return complain(error, APR_EGENERAL);
    status = ajwt_shm_pre_config(pconf);
    return status == APR_SUCCESS
               ? OK
               : complain("the mutex auth-jwt could not be registered", status);
}

/* Unlike post_config, this runs under `httpd -t`. */
int ajwt_lifecycle_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s)
{
    const char *error = ajwt_config_end(ptemp, s);

    (void)pconf, (void)plog;
    if (!error)
        error = ajwt_fetcher_files_check(ajwt_config_settings(), s, ptemp);
    if (error)
        return complain(error, APR_SUCCESS);
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)
        ajwt_log_checked_files(s, ajwt_config_settings()->sources, ptemp);
    return OK;
}

int ajwt_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status = APR_SUCCESS;

    (void)plog;
    shared = NULL;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    if (ajwt_shm_slots_count(settings->sources))
        status = ajwt_shm_open(&shared, settings->sources, pconf, s);
    if (status != APR_SUCCESS)
        return complain("the shared memory for key sets could not be set up",
                        status);
    status = ajwt_shm_open_counters(s);
    if (status == APR_SUCCESS)
        status =
            ajwt_caches_prepare(settings->verdict_cache,
                                &ajwt_shm_counters()->verdict_cache, pconf);
    if (status != APR_SUCCESS)
        return complain("the shared memory of counters and of "
                        "AuthJWTVerdictCache could not be set up",
                        status);
    ajwt_log_issuers(s, settings->issuers);
    ajwt_log_files(s, settings->sources, ptemp);
    status = ajwt_fetcher_process_start(shared, settings, pconf);
    return status == APR_SUCCESS
               ? OK
               : complain("the fetcher process could not be started", status);
}

static apr_status_t end_child(void *unused)
{
    (void)unused;
    keyring = NULL;
    ajwt_caches_close();
    ajwt_fetcher_client_stop();
    return APR_SUCCESS;
}

static apr_status_t open_keyring(apr_pool_t *pchild)
{
    const ajwt_settings *settings = ajwt_config_settings();

    if (shared)
        ajwt_fetcher_client_begin();
    return ajwt_keyring_open(&keyring, settings->sources, shared,
                             &settings->schedule, ajwt_fetcher_client_get(),
                             pchild);
}

void ajwt_lifecycle_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t status = APR_SUCCESS;

    (void)s;
    apr_pool_pre_cleanup_register(pchild, NULL, end_child);
    ajwt_caches_open(pchild);
    if (ajwt_signature_open(pchild) != AJWT_ACCEPTED)
        status = APR_EGENERAL;
    if (status == APR_SUCCESS && shared)
        status = ajwt_shm_child_init(shared, pchild);
    if (status == APR_SUCCESS)
        status = open_keyring(pchild);
    if (status != APR_SUCCESS)
        complain("this child has no keys and will answer 500", status);
}

void ajwt_lifecycle_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful)
        ajwt_fetcher_client_stop();
}
