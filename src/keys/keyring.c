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
    int (*is_stopping)(void);
    void (*wake)(const ajwt_source *source);
    entry *entries; /* by the source's index */
};

static entry *entry_of(const ajwt_keyring *keyring, const ajwt_source *source)
{
    return &keyring->entries[source->index];
}

/* With no parent: the child's pool is not for threads to hang things on.  NULL
 * when memory is out. */
static apr_pool_t *make_pool(void)
{
    apr_pool_t *pool;

    return apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS
               ? pool
               : NULL;
}

static snapshot *make_snapshot(ajwt_keyring *keyring, const ajwt_source *source)
{
    apr_pool_t *pool = make_pool(), *brief = make_pool();
    snapshot *made = pool ? apr_pcalloc(pool, sizeof *made) : NULL;
    ajwt_bytes text;
    int is_read = made && brief &&
                  ajwt_shared_read(&text, &made->generation, keyring->shared,
                                   source, brief) == APR_SUCCESS;

    if (is_read) {
        made->pool = pool;
        /* whoever published it had judged it; a set that fails here serves
         * nobody */
        if (ajwt_keyset_parse(&made->keyset, text, ajwt_source_origin(source),
                              pool) != AJWT_ACCEPTED)
            made->keyset = NULL;
        ajwt_bytes_wipe(text);
    }
    else if (pool) {
        apr_pool_destroy(pool);
    }
    if (brief)
        apr_pool_destroy(brief);
    return is_read ? made : NULL;
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

/* To be asked with the mutex held: a snapshot may be freed else. */
static int is_current(const ajwt_keyring *keyring, const entry *of)
{
    const snapshot *current = atomic_load(&of->current);

    return ajwt_shared_generation(keyring->shared, of->source) ==
           (current ? current->generation : 0);
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
                               const ajwt_schedule *schedule,
                               int (*is_stopping)(void),
                               void (*wake)(const ajwt_source *source),
                               apr_pool_t *pool)
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
    opened->is_stopping = is_stopping;
    opened->wake = wake;
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
    pinned->generation = current ? current->generation : 0;
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

/* Whether waiting is worth it; while it cools, that is seen without a lock. */
static int ask(ajwt_keyring *keyring, const ajwt_source *source)
{
    const apr_time_t now = apr_time_now();
    ajwt_shared_state *state;
    ajwt_refresh seen;
    int is_worth;

    ajwt_shared_peek(&seen, keyring->shared, source);
    if (ajwt_refresh_is_leased(&seen, now))
        return 1;
    if (now < ajwt_refresh_cool_at(&seen, keyring->schedule, now))
        return 0;
    if (ajwt_shared_lock(&state, keyring->shared, source) != APR_SUCCESS)
        return 0;
    is_worth = ajwt_refresh_ask(&state->refresh, keyring->schedule, now);
    ajwt_shared_unlock(keyring->shared);
    return is_worth;
}

static void wait_for_attempt(const ajwt_keyring *keyring,
                             const ajwt_source *source, unsigned attempts)
{
    apr_time_t deadline =
        apr_time_now() + apr_time_from_sec(keyring->schedule->timeout_s);

    while (ajwt_shared_attempts(keyring->shared, source) == attempts &&
           apr_time_now() < deadline &&
           !(keyring->is_stopping && keyring->is_stopping())) {
        /* who is awake may have looked just before this was asked for */
        if (keyring->wake)
            keyring->wake(source);
        apr_sleep(AJWT_WAIT_STEP_MS * 1000);
    }
}

static int should_wait(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned attempts, const ajwt_bytes *missing)
{
    return ask(keyring, source) &&
           (!missing ||
            ajwt_shared_may_wait(keyring->shared, source, attempts, *missing));
}

/* The same keys, fetched again, are an answer too: they are no longer stale. */
int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned generation, const ajwt_bytes *missing)
{
    unsigned attempts;

    if (!ajwt_source_is_remote(source))
        return 0;
    attempts = ajwt_shared_attempts(keyring->shared, source);
    if (ajwt_shared_generation(keyring->shared, source) == generation &&
        should_wait(keyring, source, attempts, missing))
        wait_for_attempt(keyring, source, attempts);
    if (ajwt_shared_generation(keyring->shared, source) != generation)
        ajwt_keyring_update(keyring, source);
    return ajwt_shared_attempts(keyring->shared, source) != attempts ||
           ajwt_shared_generation(keyring->shared, source) != generation;
}

int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now)
{
    apr_time_t cool_at = now;
    ajwt_refresh seen;

    if (ajwt_source_is_shared(source)) {
        ajwt_shared_peek(&seen, keyring->shared, source);
        cool_at = ajwt_refresh_cool_at(&seen, keyring->schedule, now);
    }
    return cool_at <= now ? 1 : (int)apr_time_sec(cool_at - now - 1) + 1;
}
