#include "httpd/lifecycle.h"

#include <stdatomic.h>

#include <apr_optional.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <apr_signal.h>
#include <apr_thread_pool.h>
#include <ap_mpm.h>
#include <http_core.h>
#include <http_main.h>
#include <mod_watchdog.h>
#include <util_mutex.h>

#include "core/limits.h"
#include "core/signature.h"
#include "httpd/config.h"
#include "httpd/log.h"
#include "keys/renew.h"

#define MUTEX_TYPE   "auth-jwt"
#define RETAINED_KEY "mod_auth_jwt-1" /* counts the layouts of retained */

/* Survives restarts; nothing in here points into this module. */
typedef struct retained {
    apr_pool_t *pool; /* of the segment */
    apr_shm_t *shm;
    apr_global_mutex_t *mutex;
} retained;

/* Work on one source, in a thread of the child that fetches */
typedef struct errand {
    const ajwt_source *source;
    atomic_int is_queued;
} errand;

/* Of the configuration: set by post_config, inherited by children */
static ajwt_shared *shared;

/* Of the child */
static ajwt_keyring *keyring;
static ajwt_renewer renewer;
static ajwt_fetcher fetcher;
static errand *errands;
static apr_thread_pool_t *threads;
static apr_thread_mutex_t *sending; /* held while errands are sent */
static apr_pool_t *threads_pool;
static server_rec *server;
static atomic_int is_ending;

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
    status = ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0);
    return status == APR_SUCCESS ? OK
                                 : complain("the mutex type " MUTEX_TYPE
                                            " could not be registered",
                                            status);
}

static int count_remote(const ajwt_sources *sources)
{
    int i, count = 0;

    for (i = 0; i < sources->nelts; i++)
        count += ajwt_source_is_remote(ajwt_sources_get(sources, i));
    return count;
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

static apr_status_t get_mutex(retained *kept, server_rec *s)
{
    if (kept->mutex)
        return APR_SUCCESS;
    return ap_global_mutex_create(&kept->mutex, NULL, MUTEX_TYPE, NULL, s,
                                  s->process->pool, 0);
}

static ajwt_shared *bind_segment(const retained *kept,
                                 const ajwt_sources *sources, apr_pool_t *pconf)
{
    return ajwt_shared_bind(apr_shm_baseaddr_get(kept->shm),
                            apr_shm_size_get(kept->shm), sources, kept->mutex,
                            pconf);
}

/*
 * A new segment, in a pool of its own below the process's, with what the older
 * one knew.  Old children keep the old one mapped as long as they live; here it
 * goes away.
 */
static apr_status_t replace_segment(retained *kept, const ajwt_sources *sources,
                                    apr_pool_t *pconf, server_rec *s)
{
    const int slots = ajwt_shared_count(sources) + AJWT_SPARE_SLOTS;
    const apr_size_t size = ajwt_shared_size(slots);
    retained older = *kept;
    apr_status_t status;

    apr_pool_create(&kept->pool, s->process->pool);
    apr_pool_tag(kept->pool, "auth_jwt segment");
    status = apr_shm_create(&kept->shm, size, NULL, kept->pool);
    if (status != APR_SUCCESS) {
        apr_pool_destroy(kept->pool);
        *kept = older;
        return status;
    }
    ajwt_shared_format(apr_shm_baseaddr_get(kept->shm), size, slots);
    shared = bind_segment(kept, sources, pconf);
    if (older.pool) {
        if (shared)
            ajwt_shared_adopt(shared, sources, apr_shm_baseaddr_get(older.shm),
                              apr_shm_size_get(older.shm));
        apr_pool_destroy(older.pool);
    }
    return shared ? APR_SUCCESS : APR_EGENERAL;
}

static apr_status_t open_segment(apr_pool_t *pconf, server_rec *s)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    retained *kept = ap_retained_data_get(RETAINED_KEY);
    apr_status_t status;

    if (!kept)
        kept = ap_retained_data_create(RETAINED_KEY, sizeof *kept);
    status = get_mutex(kept, s);
    if (status != APR_SUCCESS)
        return status;
    shared = kept->shm ? bind_segment(kept, sources, pconf) : NULL;
    return shared ? APR_SUCCESS : replace_segment(kept, sources, pconf, s);
}

/* Whether who fetches or waits should give up, since the child ends */
static int is_stopping(void)
{
    int state = AP_MPMQ_RUNNING;

    return atomic_load(&is_ending) ||
           ap_mpm_query(AP_MPMQ_MPM_STATE, &state) != APR_SUCCESS ||
           state == AP_MPMQ_STOPPING;
}

/*
 * Before the child's pool goes, and with it the pools that errands use: who
 * waits or fetches gives up, and no errand is sent any more.
 */
static apr_status_t end_errands(void *unused)
{
    (void)unused;
    atomic_store(&is_ending, 1);
    if (threads) {
        apr_thread_mutex_lock(sending);
        apr_thread_mutex_unlock(sending);
        apr_thread_pool_destroy(threads);
    }
    return APR_SUCCESS;
}

static void prepare_renewer(const ajwt_settings *settings)
{
    fetcher = settings->fetcher;
    fetcher.is_stopping = is_stopping;
    renewer.shared = shared;
    renewer.schedule = &settings->schedule;
    renewer.fetcher = &fetcher;
    renewer.now = apr_time_now;
}

static void renew(const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_renewal renewal;

    if (ajwt_renew(&renewal, &renewer, source, pool))
        ajwt_log_renewal(server, source, &renewal, pool);
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

static void *APR_THREAD_FUNC run_errand(apr_thread_t *thread, void *data)
{
    errand *to = data;
    apr_pool_t *pool;

    (void)thread;
    apr_setup_signal_thread();
    if (apr_pool_create(&pool, threads_pool) == APR_SUCCESS) {
        apr_pool_tag(pool, "auth_jwt fetch");
        renew(to->source, pool);
        apr_pool_destroy(pool);
    }
    atomic_store(&to->is_queued, 0);
    return NULL;
}

static void send_errand(errand *to)
{
    if (atomic_exchange(&to->is_queued, 1))
        return;
    apr_thread_mutex_lock(sending);
    if (atomic_load(&is_ending) ||
        apr_thread_pool_push(threads, run_errand, to,
                             APR_THREAD_TASK_PRIORITY_NORMAL,
                             NULL) != APR_SUCCESS)
        atomic_store(&to->is_queued, 0);
    apr_thread_mutex_unlock(sending);
}

/*
 * Signals are for httpd's own threads: prefork ends a child in its handler,
 * which must not run in a thread that this waits for.
 */
static void begin_thread(int state)
{
    if (state == AP_WATCHDOG_STATE_STARTING)
        apr_setup_signal_thread();
}

/* In one child only: finds what is due, and has it done. */
static apr_status_t fetch_tick(int state, void *data, apr_pool_t *pool)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    int i;

    (void)data;
    begin_thread(state);
    if (state != AP_WATCHDOG_STATE_RUNNING || !keyring)
        return APR_SUCCESS;
    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (!ajwt_source_is_shared(source) ||
            !ajwt_renew_is_due(&renewer, source, pool))
            continue;
        if (ajwt_source_is_remote(source))
            send_errand(&errands[i]);
        else
            renew(source, pool);
    }
    return APR_SUCCESS;
}

/* In each child: parses what another child has published. */
static apr_status_t update_tick(int state, void *data, apr_pool_t *pool)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    int i;

    (void)data, (void)pool;
    begin_thread(state);
    if (state != AP_WATCHDOG_STATE_RUNNING || !keyring)
        return APR_SUCCESS;
    for (i = 0; i < sources->nelts; i++)
        ajwt_keyring_update(keyring, ajwt_sources_get(sources, i));
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

int ajwt_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status;

    (void)plog;
    server = s;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
        ajwt_shared_count(settings->sources) == 0)
        return OK;
    status = open_segment(pconf, s);
    if (status != APR_SUCCESS)
        return complain("the shared memory for key sets could not be set up",
                        status);
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

/*
 * A pool that threads may use at will: its allocator has a mutex, which the
 * child's own may not have.
 */
static apr_status_t make_threads_pool(apr_pool_t *pchild)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t status = apr_allocator_create(&allocator);

    if (status != APR_SUCCESS)
        return status;
    status = apr_pool_create_ex(&threads_pool, pchild, NULL, allocator);
    if (status != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return status;
    }
    apr_allocator_owner_set(allocator, threads_pool);
    status =
        apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, threads_pool);
    if (status == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, mutex);
    return status;
}

static apr_status_t prepare_errands(const ajwt_sources *sources,
                                    apr_pool_t *pchild)
{
    apr_status_t status;
    int i;

    if (count_remote(sources) == 0)
        return APR_SUCCESS;
    errands = apr_pcalloc(pchild, (apr_size_t)sources->nelts * sizeof *errands);
    for (i = 0; i < sources->nelts; i++)
        errands[i].source = ajwt_sources_get(sources, i);
    status = ajwt_fetch_open();
    if (status == APR_SUCCESS)
        status = make_threads_pool(pchild);
    if (status == APR_SUCCESS)
        status =
            apr_thread_mutex_create(&sending, APR_THREAD_MUTEX_DEFAULT, pchild);
    if (status == APR_SUCCESS)
        status = apr_thread_pool_create(&threads, 0, AJWT_MAX_FETCH_THREADS,
                                        threads_pool);
    return status;
}

static apr_status_t open_mutex(apr_pool_t *pchild)
{
    const retained *kept = ap_retained_data_get(RETAINED_KEY);
    apr_global_mutex_t *mutex = kept->mutex;
    apr_status_t status = apr_global_mutex_child_init(
        &mutex, apr_global_mutex_lockfile(mutex), pchild);

    if (status == APR_SUCCESS)
        ajwt_shared_set_mutex(shared, mutex);
    return status;
}

void ajwt_lifecycle_child_init(apr_pool_t *pchild, server_rec *s)
{
    const ajwt_settings *settings = ajwt_config_settings();
    apr_status_t status = APR_SUCCESS;

    server = s;
    apr_pool_pre_cleanup_register(pchild, NULL, end_errands);
    if (ajwt_signature_open(pchild) != AJWT_ACCEPTED)
        status = APR_EGENERAL;
    if (status == APR_SUCCESS && shared)
        status = open_mutex(pchild);
    if (status == APR_SUCCESS)
        status = ajwt_keyring_open(&keyring, settings->sources, shared,
                                   &settings->schedule, is_stopping, pchild);
    if (status == APR_SUCCESS)
        status = prepare_errands(settings->sources, pchild);
    if (status != APR_SUCCESS) {
        complain("this child has no keys and will answer 500", status);
        keyring = NULL;
    }
}
