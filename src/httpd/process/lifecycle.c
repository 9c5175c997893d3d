/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/lifecycle.h"

#include <http_core.h>
#include <http_main.h>

#include "core/signature.h"
#include "httpd/process/child.h"
#include "httpd/process/fetcher_client.h"
#include "httpd/process/fetcher_files.h"
#include "httpd/process/fetcher_process.h"
#include "httpd/process/key_log.h"
#include "httpd/process/shm.h"

static int log_setup_error(const char *what, apr_status_t status)
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
        return log_setup_error(error, APR_EGENERAL);
    status = ajwt_shm_pre_config(pconf);
    return status == APR_SUCCESS
               ? OK
               : log_setup_error(
                     "cannot register the mutex auth-jwt: check the Mutex "
                     "directives",
                     status);
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
        return log_setup_error(error, APR_SUCCESS);
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST)
        ajwt_key_log_checked_files(s, ajwt_config_settings()->sources, ptemp);
    return OK;
}

int ajwt_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    ajwt_child *child = ajwt_child_get();
    apr_status_t status = APR_SUCCESS;

    (void)plog;
    child->slots = NULL;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    if (ajwt_shm_slots_count(settings->sources))
        status = ajwt_shm_open(&child->slots, settings->sources, pconf, s);
    if (status != APR_SUCCESS)
        return log_setup_error(
            "cannot create the shared memory for key sets: check memory limits",
            status);
    status = ajwt_shm_open_counters(&child->counters, s);
    if (status == APR_SUCCESS)
        status = ajwt_shm_open_warnings(&child->warnings, pconf);
    if (status == APR_SUCCESS)
        status = ajwt_caches_create(&child->caches, settings->verdict_cache,
                                    &child->counters->signature_cache, pconf);
    if (status != APR_SUCCESS)
        return log_setup_error(
            "cannot create the shared memory of counters and of "
            "AuthJWTVerdictCache: check memory limits",
            status);
    child->has_algorithms = ajwt_signature_open(pconf) == AJWT_ACCEPTED;
    ajwt_key_log_issuers(s, settings->issuers);
    ajwt_key_log_files(s, settings->sources, ptemp);
    status = ajwt_fetcher_process_start(child->slots, settings, pconf);
    return status == APR_SUCCESS
               ? OK
               : log_setup_error("cannot start the fetcher process: "
                                 "check process and memory limits",
                                 status);
}

/* Threads may still handle requests, and requests may be waiting for keys. */
static apr_status_t stop_child(void *data)
{
    ajwt_child *child = data;

    child->keyring = NULL;
    child->caches.tokens = NULL;
    atomic_store(&child->is_stopping, 1);
    return APR_SUCCESS;
}

static apr_status_t open_keyring(ajwt_child *child, apr_pool_t *pchild)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status;

    if (child->slots) {
        status = ajwt_shm_child_init(child->slots, pchild);
        if (status != APR_SUCCESS)
            return status;
        ajwt_fetcher_client_open();
    }
    return ajwt_keyring_open(&child->keyring, settings->sources, child->slots,
                             &settings->schedule, &child->fetcher, pchild);
}

void ajwt_lifecycle_child_init(apr_pool_t *pchild, server_rec *s)
{
    ajwt_child *child = ajwt_child_get();
    apr_status_t status;

    (void)s;
    atomic_store(&child->is_stopping, 0);
    apr_pool_pre_cleanup_register(pchild, child, stop_child);
    ajwt_caches_open_tokens(&child->caches, pchild);
    status = child->has_algorithms ? open_keyring(child, pchild) : APR_EGENERAL;
    if (status != APR_SUCCESS)
        log_setup_error(
            "this child process cannot open its keys and answers 500: "
            "restart httpd",
            status);
}

void ajwt_lifecycle_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful)
        atomic_store(&ajwt_child_get()->is_stopping, 1);
}
