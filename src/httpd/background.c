#include "httpd/background.h"

#include <stdatomic.h>

#include <apr_optional.h>
#include <apr_signal.h>
#include <apr_thread_mutex.h>
#include <http_main.h>
#include <mod_watchdog.h>

#include "core/limits.h"
#include "httpd/errands.h"
#include "httpd/log.h"
#include "httpd/segment.h"
#include "keys/renew.h"

/* Of the configuration: set by post_config, inherited by children */
static const ajwt_settings *settings;
static ajwt_shared *shared;
static apr_thread_mutex_t *ticking;
static int is_watched;
static ajwt_renewer renewer;
static ajwt_fetcher fetcher;

/* Of the child */
static ajwt_keyring *keyring;
static _Atomic apr_time_t *looked_at; /* by the source's index */

static const ajwt_source *source_at(int index)
{
    return ajwt_sources_get(settings->sources, index);
}

static void prepare_renewer(void)
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

    if (!ajwt_renew(&renewal, &renewer, source, pool))
        return;
    ajwt_log_renewal(ap_server_conf, source, &renewal, pool);
    if (renewal.reason != AJWT_ACCEPTED)
        atomic_fetch_add(&ajwt_segment_counters()->of[renewal.reason].answered,
                         1);
}

/* The parent reads files, which it may be able to as nobody else is. */
static void read_files(apr_pool_t *ptemp)
{
    int i;

    for (i = 0; i < settings->sources->nelts; i++) {
        if (source_at(i)->kind == AJWT_SOURCE_FILE)
            renew(source_at(i), ptemp);
    }
}

/* Each child tries, as the user it runs as; the first one has them serve. */
static void restore_saved(apr_pool_t *pchild)
{
    apr_pool_t *pool;
    int i;

    if (apr_pool_create(&pool, pchild) != APR_SUCCESS)
        return;
    for (i = 0; i < settings->sources->nelts; i++) {
        const char *detail;
        ajwt_reason reason =
            ajwt_renew_restore(&detail, &renewer, source_at(i), pool);

        if (reason != AJWT_ACCEPTED)
            ajwt_log_state(ap_server_conf, source_at(i), reason, detail);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

/* --- with mod_watchdog */

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

/* In one child only: finds what is due, and has it done. */
static apr_status_t fetch_tick(int state, void *data, apr_pool_t *pool)
{
    int i;

    (void)data;
    if (!begin_tick(state))
        return APR_SUCCESS;
    for (i = 0; i < settings->sources->nelts; i++) {
        const ajwt_source *source = source_at(i);

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

/*
 * In each child: parses what another child has published.  When the one that
 * looks for what is due was killed, mod_watchdog takes up to ten seconds to
 * have another one do so; until then all do.
 */
static apr_status_t update_tick(int state, void *data, apr_pool_t *pool)
{
    int i;

    (void)data, (void)pool;
    if (!begin_tick(state))
        return APR_SUCCESS;
    for (i = 0; i < settings->sources->nelts; i++) {
        ajwt_keyring_update(keyring, source_at(i));
        if (ajwt_renew_is_overdue(&renewer, source_at(i)))
            ajwt_errands_send(source_at(i));
    }
    end_tick();
    return APR_SUCCESS;
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

static apr_status_t register_ticks(apr_pool_t *pconf)
{
    apr_status_t status =
        apr_thread_mutex_create(&ticking, APR_THREAD_MUTEX_DEFAULT, pconf);

    if (status == APR_SUCCESS)
        status = register_tick("_auth_jwt_fetch_", 1, fetch_tick, pconf);
    if (status == APR_SUCCESS)
        status = register_tick("_auth_jwt_update_", 0, update_tick, pconf);
    return status;
}

/* --- without */

static void parse_what_was_published(const ajwt_source *source)
{
    ajwt_pinned pinned;

    ajwt_keyring_acquire(&pinned, keyring, source);
    ajwt_keyring_release(&pinned);
    if (pinned.generation != ajwt_shared_generation(shared, source))
        ajwt_keyring_update(keyring, source);
}

void ajwt_background_look(const ajwt_source *source)
{
    apr_time_t now, before;

    if (is_watched || !shared || !ajwt_source_is_shared(source))
        return;
    now = apr_time_now();
    before = atomic_load(&looked_at[source->index]);
    if ((now < before || now - before >= apr_time_from_msec(AJWT_LOOK_MS)) &&
        atomic_compare_exchange_strong(&looked_at[source->index], &before, now))
        ajwt_errands_send(source);
    parse_what_was_published(source);
}

/* --- either way */

apr_status_t ajwt_background_prepare(ajwt_shared *of,
                                     const ajwt_settings *configured,
                                     apr_pool_t *pconf, apr_pool_t *ptemp)
{
    settings = configured;
    shared = of;
    is_watched = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance) != NULL;
    if (!shared)
        return APR_SUCCESS;
    prepare_renewer();
    read_files(ptemp);
    if (is_watched)
        return register_ticks(pconf);
    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, ap_server_conf,
                 "mod_watchdog is not loaded: key sets are renewed only when "
                 "requests come; write LoadModule watchdog_module "
                 "modules/mod_watchdog.so");
    return APR_SUCCESS;
}

apr_status_t ajwt_background_begin(ajwt_keyring **begun, apr_pool_t *pchild)
{
    apr_size_t count = (apr_size_t)settings->sources->nelts;
    apr_status_t status;

    if (shared)
        restore_saved(pchild);
    looked_at = apr_pcalloc(pchild, count * sizeof *looked_at);
    status = ajwt_keyring_open(&keyring, settings->sources, shared,
                               &settings->schedule, ajwt_errands_are_stopping,
                               is_watched ? NULL : ajwt_errands_send, pchild);
    if (status == APR_SUCCESS)
        status = ajwt_errands_open(settings->sources, renew, pchild);
    if (status != APR_SUCCESS)
        keyring = NULL;
    *begun = keyring;
    return status;
}

void ajwt_background_end(void)
{
    const int has_ticks = shared && is_watched;

    ajwt_errands_stop();
    if (has_ticks)
        apr_thread_mutex_lock(ticking);
    keyring = NULL;
    ajwt_errands_close();
    if (has_ticks)
        apr_thread_mutex_unlock(ticking);
}
