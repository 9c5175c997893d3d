#include "httpd/errands.h"

#include <stdatomic.h>

#include <apr_signal.h>
#include <apr_thread_pool.h>
#include <ap_mpm.h>

#include "core/limits.h"
#include "keys/fetch.h"

/* Work on one source, in a thread of the child that fetches */
typedef struct errand {
    const ajwt_source *source;
    atomic_int is_queued;
} errand;

static errand *errands; /* by the source's index */
static ajwt_errand_fn *carry_out;
static apr_pool_t *threads_pool;
static apr_thread_pool_t *threads;
static apr_thread_mutex_t *sending; /* held while errands are sent */
static atomic_int is_ending;

int ajwt_errands_are_stopping(void)
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
static apr_status_t end(void *unused)
{
    (void)unused;
    atomic_store(&is_ending, 1);
    if (threads) {
        /* one that is being sent now has arrived when this is through */
        apr_thread_mutex_lock(sending);
        apr_thread_mutex_unlock(sending);
        apr_thread_pool_destroy(threads);
    }
    return APR_SUCCESS;
}

static void *APR_THREAD_FUNC run_errand(apr_thread_t *thread, void *data)
{
    errand *to = data;
    apr_pool_t *pool;

    (void)thread;
    apr_setup_signal_thread();
    if (apr_pool_create(&pool, threads_pool) == APR_SUCCESS) {
        apr_pool_tag(pool, "auth_jwt fetch");
        carry_out(to->source, pool);
        apr_pool_destroy(pool);
    }
    atomic_store(&to->is_queued, 0);
    return NULL;
}

void ajwt_errands_send(const ajwt_source *source)
{
    errand *to = &errands[source->index];

    if (!threads || atomic_exchange(&to->is_queued, 1))
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

apr_status_t ajwt_errands_open(const ajwt_sources *sources, ajwt_errand_fn *fn,
                               apr_pool_t *pchild)
{
    apr_status_t status;
    int i;

    carry_out = fn;
    apr_pool_pre_cleanup_register(pchild, NULL, end);
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
