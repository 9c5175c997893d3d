#include "httpd/lifecycle.h"

#include <apr_optional.h>
#include <apr_strings.h>
#include <apr_signal.h>
#include <apr_thread_mutex.h>
#include <http_core.h>
#include <http_main.h>
#include <mod_watchdog.h>

#include "core/limits.h"
#include "core/signature.h"
#include "httpd/config.h"
#include "httpd/errands.h"
#include "httpd/log.h"
#include "httpd/segment.h"
#include "keys/renew.h"

/* Of the configuration: set by post_config, inherited by children */
static ajwt_shared *shared;
static apr_thread_mutex_t *ticking;

/* Of the child */
static ajwt_keyring *keyring;
static ajwt_renewer renewer;
static ajwt_fetcher fetcher;

ajwt_keyring *ajwt_lifecycle_keyring(void)
{
    return keyring;
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
    status = ajwt_segment_pre_config(pconf);
    return status == APR_SUCCESS
               ? OK
               : complain("the mutex auth-jwt could not be registered", status);
}

/* Unlike post_config, this runs under `httpd -t`. */
int ajwt_lifecycle_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s)
{
    const char *error = ajwt_config_end(ptemp);

    (void)pconf, (void)plog, (void)s;
    if (error)
        return complain(error, APR_SUCCESS);
    if (ajwt_shared_count(ajwt_config_settings()->sources) &&
        !APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance))
        return complain("AuthJWTIssuer: keys are read and fetched by "
                        "mod_watchdog, which is not loaded: add LoadModule "
                        "watchdog_module modules/mod_watchdog.so",
                        APR_SUCCESS);
    return OK;
}

static void prepare_renewer(const ajwt_settings *settings)
{
    fetcher = settings->fetcher;
    fetcher.is_stopping = ajwt_errands_are_stopping;
    renewer.shared = shared;
    renewer.schedule = &settings->schedule;
    renewer.fetcher = &fetcher;
    renewer.state_dir = settings->state_dir;
    renewer.now = apr_time_now;
}

static void renew(const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_renewal renewal;

    if (ajwt_renew(&renewal, &renewer, source, pool))
        ajwt_log_renewal(ap_server_conf, source, &renewal, pool);
}

/* The parent reads files, which it may be able to as nobody else is. */
static void read_files(const ajwt_sources *sources, apr_pool_t *ptemp)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (source->kind == AJWT_SOURCE_FILE)
            renew(source, ptemp);
    }
}

/* Each child tries, as the user it runs as; the first one has them serve. */
static void restore_saved(const ajwt_sources *sources, apr_pool_t *pchild)
{
    apr_pool_t *pool;
    int i;

    if (!shared || apr_pool_create(&pool, pchild) != APR_SUCCESS)
        return;
    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);
        const char *detail;
        ajwt_reason reason =
            ajwt_renew_restore(&detail, &renewer, source, pool);

        if (reason != AJWT_ACCEPTED)
            ajwt_log_state(ap_server_conf, source, reason, detail);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

/*
 * mod_watchdog's threads outlive the child's pool, and with it all that a tick
 * works on: so each tick holds a mutex of the configuration's, and none begins
 * any more when the child has ended.
 *
 * Signals are for httpd's own threads: prefork ends a child in its handler,
 * which must not run in a thread that this waits for.
 */
static int begin_tick(int state)
{
    if (state == AP_WATCHDOG_STATE_STARTING)
        apr_setup_signal_thread();
    if (state != AP_WATCHDOG_STATE_RUNNING)
        return 0;
    apr_thread_mutex_lock(ticking);
    if (keyring)
        return 1;
    apr_thread_mutex_unlock(ticking);
    return 0;
}

static void end_tick(void)
{
    apr_thread_mutex_unlock(ticking);
}

static apr_status_t end_child(void *unused)
{
    (void)unused;
    ajwt_errands_stop();
    if (shared)
        apr_thread_mutex_lock(ticking);
    keyring = NULL;
    ajwt_errands_close();
    if (shared)
        apr_thread_mutex_unlock(ticking);
    return APR_SUCCESS;
}

/* In one child only: finds what is due, and has it done. */
static apr_status_t fetch_tick(int state, void *data, apr_pool_t *pool)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    int i;

    (void)data;
    if (!begin_tick(state))
        return APR_SUCCESS;
    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (!ajwt_source_is_shared(source) ||
            !ajwt_renew_is_due(&renewer, source, pool))
            continue;
        if (ajwt_source_is_remote(source))
            ajwt_errands_send(source);
        else
            renew(source, pool);
    }
    end_tick();
    return APR_SUCCESS;
}

/* In each child: parses what another child has published. */
static apr_status_t update_tick(int state, void *data, apr_pool_t *pool)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    int i;

    (void)data, (void)pool;
    if (!begin_tick(state))
        return APR_SUCCESS;
    for (i = 0; i < sources->nelts; i++)
        ajwt_keyring_update(keyring, ajwt_sources_get(sources, i));
    end_tick();
    return APR_SUCCESS;
}

void ajwt_lifecycle_child_stopping(apr_pool_t *pchild, int graceful)
{
    (void)pchild;
    if (!graceful)
        ajwt_errands_stop();
}

static apr_status_t register_tick(const char *name, int is_singleton,
                                  ap_watchdog_callback_fn_t *tick,
                                  apr_pool_t *pconf)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get_instance =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *register_callback =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;
    apr_status_t status = get_instance(&watchdog, name, 0, is_singleton, pconf);

    if (status != APR_SUCCESS)
        return status;
    return register_callback(watchdog, apr_time_from_msec(AJWT_TICK_MS), NULL,
                             tick);
}

int ajwt_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status;

    (void)plog;
    shared = NULL;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
        ajwt_shared_count(settings->sources) == 0)
        return OK;
    status = ajwt_segment_open(&shared, settings->sources, pconf, s);
    if (status != APR_SUCCESS)
        return complain("the shared memory for key sets could not be set up",
                        status);
    status = apr_thread_mutex_create(&ticking, APR_THREAD_MUTEX_DEFAULT, pconf);
    if (status != APR_SUCCESS)
        return complain("no mutex could be made", status);
    prepare_renewer(settings);
    read_files(settings->sources, ptemp);
    status = register_tick("_auth_jwt_fetch_", 1, fetch_tick, pconf);
    if (status == APR_SUCCESS)
        status = register_tick("_auth_jwt_update_", 0, update_tick, pconf);
    return status == APR_SUCCESS
               ? OK
               : complain("mod_watchdog could not be asked to renew key sets",
                          status);
}

void ajwt_lifecycle_child_init(apr_pool_t *pchild, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status = APR_SUCCESS;

    (void)s;
    apr_pool_pre_cleanup_register(pchild, NULL, end_child);
    if (ajwt_signature_open(pchild) != AJWT_ACCEPTED)
        status = APR_EGENERAL;
    if (status == APR_SUCCESS && shared)
        status = ajwt_segment_child_init(shared, pchild);
    if (status == APR_SUCCESS)
        restore_saved(settings->sources, pchild);
    if (status == APR_SUCCESS)
        status = ajwt_keyring_open(&keyring, settings->sources, shared,
                                   &settings->schedule,
                                   ajwt_errands_are_stopping, pchild);
    if (status == APR_SUCCESS)
        status = ajwt_errands_open(settings->sources, renew, pchild);
    if (status != APR_SUCCESS) {
        complain("this child has no keys and will answer 500", status);
        keyring = NULL;
    }
}
