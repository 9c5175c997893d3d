#include "httpd/errands.h"

#include <stdatomic.h>

#include <apr_signal.h>
#include <apr_thread_pool.h>

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
static atomic_int is_stopping;

int ajwt_errands_are_stopping(void)
{
    return atomic_load(&is_stopping);
}

void ajwt_errands_stop(void)
{
    atomic_store(&is_stopping, 1);
}

void ajwt_errands_close(void)
{
    if (threads)
        apr_thread_pool_destroy(threads);
    threads = NULL;
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
    if (apr_thread_pool_push(threads, run_errand, to,
                             APR_THREAD_TASK_PRIORITY_NORMAL,
                             NULL) != APR_SUCCESS)
        atomic_store(&to->is_queued, 0);
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
    errands = apr_pcalloc(pchild, (apr_size_t)sources->nelts * sizeof *errands);
    for (i = 0; i < sources->nelts; i++)
        errands[i].source = ajwt_sources_get(sources, i);
    status = ajwt_fetch_open();
    if (status == APR_SUCCESS)
        status = make_threads_pool(pchild);
    if (status == APR_SUCCESS)
        status = apr_thread_pool_create(&threads, 0, AJWT_MAX_FETCH_THREADS,
                                        threads_pool);
    return status;
}
