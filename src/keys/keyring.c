#include "keys/keyring.h"

#include <stdatomic.h>

#include <apr_thread_mutex.h>

#include "core/limits.h"

/*
 * The one place where memory outlives its caller without a pool of the
 * caller's: a snapshot has a pool of its own, and is destroyed when nobody can
 * be reading it.  Readers count themselves in one of two counters, that of the
 * epoch they came in.  To free, the epoch is flipped, so that newcomers count
 * in the other one, and when the old counter is empty everybody who could have
 * seen a snapshot that was replaced before the flip has gone.
 */
typedef struct snapshot {
    struct snapshot *next; /* among the replaced ones */
    apr_pool_t *pool;
    unsigned generation;
    const ajwt_keyset *keyset; /* NULL: the generation was not usable */
} snapshot;

typedef struct entry {
    const ajwt_source *source;
    _Atomic(snapshot *) current; /* NULL: none yet */
    atomic_uint epoch;
    atomic_int readers[2];
    /* under the keyring's mutex: */
    snapshot *replaced; /* since the last flip */
    snapshot *draining; /* replaced before it */
} entry;

struct ajwt_keyring {
    const ajwt_sources *sources;
    ajwt_shared *shared;
    const ajwt_schedule *schedule;
    apr_thread_mutex_t *mutex; /* of updates; readers do not know it */
    atomic_int waiters;
    entry *entries; /* by the source's index */
};

static entry *entry_of(const ajwt_keyring *keyring, const ajwt_source *source)
{
    return &keyring->entries[source->index];
}

static snapshot *make_snapshot(ajwt_keyring *keyring, const ajwt_source *source)
{
    const ajwt_origin origin =
        ajwt_source_is_remote(source) ? AJWT_FETCHED : AJWT_LOCAL;
    apr_pool_t *pool;
    snapshot *made;
    ajwt_bytes text;

    /* with no parent: the child's pool is not for threads to hang things on */
    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return NULL;
    made = apr_pcalloc(pool, sizeof *made);
    made->pool = pool;
    if (ajwt_shared_read(&text, &made->generation, keyring->shared, source,
                         pool) != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return NULL;
    }
    /* whoever published it had judged it; a set that fails here serves nobody
     */
    if (ajwt_keyset_parse(&made->keyset, text, origin, pool) != AJWT_ACCEPTED)
        made->keyset = NULL;
    return made;
}

static void destroy_all(snapshot *list)
{
    while (list) {
        snapshot *next = list->next;

        apr_pool_destroy(list->pool);
        list = next;
    }
}

static void reclaim(entry *of)
{
    unsigned epoch = atomic_load(&of->epoch);

    if (!of->draining && of->replaced) {
        of->draining = of->replaced;
        of->replaced = NULL;
        atomic_store(&of->epoch, ++epoch);
    }
    if (of->draining && atomic_load(&of->readers[(epoch - 1) & 1]) == 0) {
        destroy_all(of->draining);
        of->draining = NULL;
    }
}

static void swap_in(entry *of, snapshot *made)
{
    snapshot *old = atomic_exchange(&of->current, made);

    if (old) {
        old->next = of->replaced;
        of->replaced = old;
    }
}

static int is_current(const ajwt_keyring *keyring, const entry *of)
{
    const snapshot *current = atomic_load(&of->current);
    unsigned generation = ajwt_shared_generation(keyring->shared, of->source);

    return generation == (current ? current->generation : 0);
}

void ajwt_keyring_update(ajwt_keyring *keyring, const ajwt_source *source)
{
    entry *of = entry_of(keyring, source);

    if (!ajwt_source_is_shared(source))
        return;
    apr_thread_mutex_lock(keyring->mutex);
    if (!is_current(keyring, of)) {
        snapshot *made = make_snapshot(keyring, source);

        if (made)
            swap_in(of, made);
    }
    reclaim(of);
    apr_thread_mutex_unlock(keyring->mutex);
}

static snapshot *wrap_secret(const ajwt_source *source, apr_pool_t *pool)
{
    snapshot *made = apr_pcalloc(pool, sizeof *made);

    made->keyset = source->secret;
    return made;
}

/* When the child ends, and with it everybody who could still read */
static apr_status_t close_keyring(void *data)
{
    ajwt_keyring *keyring = data;
    int i;

    for (i = 0; i < keyring->sources->nelts; i++) {
        entry *of = &keyring->entries[i];

        if (ajwt_source_is_shared(of->source))
            destroy_all(atomic_load(&of->current));
        destroy_all(of->replaced);
        destroy_all(of->draining);
    }
    return APR_SUCCESS;
}

apr_status_t ajwt_keyring_open(ajwt_keyring **keyring,
                               const ajwt_sources *sources, ajwt_shared *shared,
                               const ajwt_schedule *schedule, apr_pool_t *pool)
{
    ajwt_keyring *opened = apr_pcalloc(pool, sizeof *opened);
    apr_status_t status =
        apr_thread_mutex_create(&opened->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
    int i;

    if (status != APR_SUCCESS)
        return status;
    opened->sources = sources;
    opened->shared = shared;
    opened->schedule = schedule;
    opened->entries =
        apr_pcalloc(pool, (apr_size_t)sources->nelts * sizeof *opened->entries);
    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        opened->entries[i].source = source;
        if (ajwt_source_is_shared(source))
            ajwt_keyring_update(opened, source);
        else
            atomic_store(&opened->entries[i].current,
                         wrap_secret(source, pool));
    }
    apr_pool_cleanup_register(pool, opened, close_keyring,
                              apr_pool_cleanup_null);
    *keyring = opened;
    return APR_SUCCESS;
}

void ajwt_keyring_acquire(ajwt_pinned *pinned, ajwt_keyring *keyring,
                          const ajwt_source *source)
{
    entry *of = entry_of(keyring, source);
    atomic_int *readers;
    unsigned epoch;
    snapshot *current;

    for (;;) {
        epoch = atomic_load(&of->epoch);
        readers = &of->readers[epoch & 1];
        atomic_fetch_add(readers, 1);
        if (atomic_load(&of->epoch) == epoch)
            break;
        atomic_fetch_sub(readers, 1); /* flipped meanwhile: count again */
    }
    current = atomic_load(&of->current);
    pinned->readers = readers;
    pinned->keyset = current ? current->keyset : NULL;
}

void ajwt_keyring_release(ajwt_pinned *pinned)
{
    atomic_fetch_sub((atomic_int *)pinned->readers, 1);
    pinned->keyset = NULL;
}

int ajwt_keyring_is_stale(const ajwt_keyring *keyring,
                          const ajwt_source *source, apr_time_t now)
{
    return ajwt_source_is_remote(source) &&
           ajwt_refresh_is_stale(
               ajwt_shared_fetched_at(keyring->shared, source),
               keyring->schedule, now);
}

/* Whether waiting is worth it; is_moved: no need to, there is a newer set. */
static int ask(ajwt_keyring *keyring, const ajwt_source *source, int *is_moved)
{
    ajwt_shared_state *state;
    int is_worth;

    *is_moved = !is_current(keyring, entry_of(keyring, source));
    if (*is_moved)
        return 1;
    if (ajwt_shared_lock(&state, keyring->shared, source) != APR_SUCCESS)
        return 0;
    is_worth =
        ajwt_refresh_ask(&state->refresh, keyring->schedule, apr_time_now());
    ajwt_shared_unlock(keyring->shared);
    return is_worth;
}

static void wait_for_attempt(const ajwt_keyring *keyring,
                             const ajwt_source *source, unsigned attempts)
{
    apr_time_t deadline =
        apr_time_now() + apr_time_from_sec(keyring->schedule->timeout_s);

    while (ajwt_shared_attempts(keyring->shared, source) == attempts &&
           apr_time_now() < deadline)
        apr_sleep(AJWT_WAIT_STEP_MS * 1000);
}

static int await(ajwt_keyring *keyring, const ajwt_source *source)
{
    unsigned attempts = ajwt_shared_attempts(keyring->shared, source);
    int is_moved;

    if (!ask(keyring, source, &is_moved))
        return 0;
    if (!is_moved)
        wait_for_attempt(keyring, source, attempts);
    ajwt_keyring_update(keyring, source);
    return 1;
}

int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       int is_unknown_kid)
{
    int is_worth = 0;

    if (!ajwt_source_is_remote(source))
        return 0;
    if (!is_unknown_kid)
        return await(keyring, source);
    if (atomic_fetch_add(&keyring->waiters, 1) < AJWT_MAX_WAITERS)
        is_worth = await(keyring, source);
    atomic_fetch_sub(&keyring->waiters, 1);
    return is_worth;
}

int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now)
{
    ajwt_shared_state *state;
    apr_time_t due_at = now;

    if (ajwt_source_is_shared(source) &&
        ajwt_shared_lock(&state, keyring->shared, source) == APR_SUCCESS) {
        due_at = state->refresh.due_at;
        ajwt_shared_unlock(keyring->shared);
    }
    return due_at <= now ? 1 : (int)apr_time_sec(due_at - now) + 1;
}
