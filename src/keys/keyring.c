/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/keyring.h"

#include <stdatomic.h>

#include <apr_thread_mutex.h>

#include "core/limits.h"

/*
 * A snapshot has a pool of its own, because it outlives the call that created
 * it. The pool is destroyed when no reader can use the snapshot. A reader
 * increments one of two counters, that of the current epoch. To free snapshots,
 * the epoch is advanced, so that new readers use the other counter. When the
 * old counter is 0, no reader uses a snapshot that was replaced before the
 * epoch was advanced.
 */
typedef struct snapshot {
    struct snapshot *next; /* in the list of replaced snapshots */
    apr_pool_t *pool;      /* NULL: owned by the configuration, must not be
                              freed */
    unsigned generation;
    const void *document; /* NULL: the generation was not usable */
} snapshot;

typedef struct keyring_entry {
    const ajwt_source *source;
    _Atomic(snapshot *) current; /* NULL: none yet */
    atomic_uint epoch;
    atomic_int readers[2];
    /* protected by the keyring's mutex: */
    snapshot *replaced; /* since the last change of epoch */
    snapshot *draining; /* before it */
} keyring_entry;

struct ajwt_keyring {
    const ajwt_sources *sources;
    ajwt_shm_slots *shared;
    const ajwt_refresh_schedule *schedule;
    const ajwt_fetcher_client *fetcher;
    apr_thread_mutex_t *mutex; /* for updates; readers do not take it */
    keyring_entry *entries;    /* indexed by the source's index */
};

static keyring_entry *find_entry(const ajwt_keyring *keyring,
                                 const ajwt_source *source)
{
    return &keyring->entries[source->index];
}

/*
 * The text was checked before it was published; if it cannot be parsed here, it
 * is not used. If a segment was damaged there is no text; a file's keys are
 * then those that were read with the configuration.
 */
static const void *parse_text(const ajwt_source *source, ajwt_bytes text,
                              apr_pool_t *pool)
{
    const void *document;
    const char *detail;

    if (!text.len)
        return source->keyset;
    return source->parse(&document, &detail, source, text, pool) ==
                   AJWT_ACCEPTED
               ? document
               : NULL;
}

/*
 * Has no parent, because the child's pool is not thread-safe. Returns NULL if
 * memory is exhausted.
 */
static apr_pool_t *create_pool(void)
{
    apr_pool_t *pool;

    return apr_pool_create_unmanaged_ex(&pool, NULL, NULL) == APR_SUCCESS
               ? pool
               : NULL;
}

static snapshot *make_snapshot(ajwt_keyring *keyring, const ajwt_source *source)
{
    apr_pool_t *pool = create_pool(), *brief = create_pool();
    snapshot *made = pool ? apr_pcalloc(pool, sizeof *made) : NULL;
    ajwt_bytes text;
    int is_read = made && brief &&
                  ajwt_shm_slots_read(&text, &made->generation, keyring->shared,
                                      source, brief) == APR_SUCCESS;

    if (is_read) {
        made->pool = pool;
        made->document = parse_text(source, text, pool);
        ajwt_bytes_wipe(text);
    }
    else if (pool) {
        apr_pool_destroy(pool);
    }
    if (brief)
        apr_pool_destroy(brief);
    return is_read ? made : NULL;
}

static void destroy_snapshots(snapshot *list)
{
    while (list) {
        snapshot *next = list->next;

        if (list->pool)
            apr_pool_destroy(list->pool);
        list = next;
    }
}

static void free_replaced_snapshots(keyring_entry *entry)
{
    unsigned epoch = atomic_load(&entry->epoch);

    if (!entry->draining && entry->replaced) {
        entry->draining = entry->replaced;
        entry->replaced = NULL;
        atomic_store(&entry->epoch, ++epoch);
    }
    if (entry->draining && atomic_load(&entry->readers[(epoch - 1) & 1]) == 0) {
        destroy_snapshots(entry->draining);
        entry->draining = NULL;
    }
}

static void replace_snapshot(keyring_entry *entry, snapshot *made)
{
    snapshot *old = atomic_exchange(&entry->current, made);

    if (old) {
        old->next = entry->replaced;
        entry->replaced = old;
    }
}

/* Call with the mutex held: otherwise the snapshot may be freed. */
static int is_snapshot_current(const ajwt_keyring *keyring,
                               const keyring_entry *entry)
{
    const snapshot *current = atomic_load(&entry->current);

    return ajwt_shm_slots_generation(keyring->shared, entry->source) ==
           (current ? current->generation : 0);
}

/* Call with the mutex held. */
static void update_entry(ajwt_keyring *keyring, keyring_entry *updated)
{
    if (!is_snapshot_current(keyring, updated)) {
        snapshot *made = make_snapshot(keyring, updated->source);

        if (made)
            replace_snapshot(updated, made);
    }
    free_replaced_snapshots(updated);
}

void ajwt_keyring_update(ajwt_keyring *keyring, const ajwt_source *source)
{
    if (!ajwt_source_is_shared(source))
        return;
    apr_thread_mutex_lock(keyring->mutex);
    update_entry(keyring, find_entry(keyring, source));
    apr_thread_mutex_unlock(keyring->mutex);
}

/* One request parses a new set; the others use the previous one. */
static void try_update(ajwt_keyring *keyring, const ajwt_source *source)
{
    if (apr_thread_mutex_trylock(keyring->mutex) != APR_SUCCESS)
        return;
    update_entry(keyring, find_entry(keyring, source));
    apr_thread_mutex_unlock(keyring->mutex);
}

/* Keys read with the configuration: a secret, and a file until it changes */
static snapshot *wrap_configured(const ajwt_source *source, apr_pool_t *pool)
{
    snapshot *made = apr_pcalloc(pool, sizeof *made);

    made->document = source->keyset;
    return made;
}

/* Runs when the child ends, when there are no readers left. */
static apr_status_t close_keyring(void *data)
{
    ajwt_keyring *keyring = data;
    int i;

    for (i = 0; i < keyring->sources->list->nelts; i++) {
        keyring_entry *entry = &keyring->entries[i];

        if (ajwt_source_is_shared(entry->source))
            destroy_snapshots(atomic_load(&entry->current));
        destroy_snapshots(entry->replaced);
        destroy_snapshots(entry->draining);
    }
    return APR_SUCCESS;
}

apr_status_t ajwt_keyring_open(ajwt_keyring **keyring,
                               const ajwt_sources *sources,
                               ajwt_shm_slots *shared,
                               const ajwt_refresh_schedule *schedule,
                               const ajwt_fetcher_client *fetcher,
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
    opened->fetcher = fetcher;
    opened->entries = apr_pcalloc(pool, (apr_size_t)sources->list->nelts *
                                            sizeof *opened->entries);
    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        opened->entries[i].source = source;
        if (source->keyset)
            atomic_store(&opened->entries[i].current,
                         wrap_configured(source, pool));
    }
    apr_pool_cleanup_register(pool, opened, close_keyring,
                              apr_pool_cleanup_null);
    *keyring = opened;
    return APR_SUCCESS;
}

static void pin_snapshot(ajwt_pinned *pinned, keyring_entry *pinned_entry)
{
    atomic_int *readers;
    unsigned epoch;
    snapshot *current;

    for (;;) {
        epoch = atomic_load(&pinned_entry->epoch);
        readers = &pinned_entry->readers[epoch & 1];
        atomic_fetch_add(readers, 1);
        if (atomic_load(&pinned_entry->epoch) == epoch)
            break;
        atomic_fetch_sub(readers, 1); /* the epoch has changed: count again */
    }
    current = atomic_load(&pinned_entry->current);
    pinned->readers = readers;
    pinned->keyset = current ? current->document : NULL;
    pinned->generation = current ? current->generation : 0;
}

void ajwt_keyring_acquire(ajwt_pinned *pinned, ajwt_keyring *keyring,
                          const ajwt_source *source)
{
    keyring_entry *acquired = find_entry(keyring, source);

    pin_snapshot(pinned, acquired);
    if (!ajwt_source_is_shared(source) ||
        ajwt_shm_slots_generation(keyring->shared, source) ==
            pinned->generation)
        return;
    ajwt_keyring_release(pinned);
    try_update(keyring, source);
    pin_snapshot(pinned, acquired);
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
           ajwt_refresh_schedule_is_stale(
               ajwt_shm_slots_fetched_at(keyring->shared, source),
               keyring->schedule, now);
}

/* Whether an attempt is running, or the cooldown allows one now */
static int is_worth_waiting(const ajwt_keyring *keyring,
                            const ajwt_source *source, apr_time_t now)
{
    ajwt_refresh_state cached;

    ajwt_shm_slots_peek(&cached, keyring->shared, source);
    return ajwt_refresh_schedule_is_leased(&cached, now) ||
           now >=
               ajwt_refresh_schedule_cool_at(&cached, keyring->schedule, now);
}

static void wait_for_attempt(const ajwt_keyring *keyring,
                             const ajwt_source *source, unsigned attempts,
                             apr_time_t deadline)
{
    const ajwt_fetcher_client *fetcher = keyring->fetcher;
    const apr_time_t woken_at = apr_time_now();

    ajwt_shm_slots_request(keyring->shared, source);
    fetcher->wake(fetcher);
    while (ajwt_shm_slots_attempts(keyring->shared, source) == attempts &&
           apr_time_now() < deadline && !fetcher->is_gone(fetcher, woken_at))
        apr_sleep(apr_time_from_msec(AJWT_WAIT_STEP_MS));
}

/*
 * Limits the requests that wait, so that workers remain for other requests.
 * Half as many may wait for a kid that a fetch did not return, so that clients
 * with a withdrawn key leave places for those with a new one.
 */
static int waiter_limit(const ajwt_keyring *keyring, const ajwt_source *source,
                        unsigned attempts, const ajwt_bytes *missing)
{
    const int limit = keyring->fetcher->waiter_limit;

    return missing && ajwt_shm_slots_was_unsuccessful(keyring->shared, source,
                                                      attempts, *missing)
               ? limit / 2
               : limit;
}

static void wait_for_keys(ajwt_keyring *keyring, const ajwt_source *source,
                          unsigned attempts, const ajwt_bytes *missing)
{
    const apr_time_t now = apr_time_now();
    const apr_time_t deadline =
        now + apr_time_from_sec(keyring->schedule->timeout_s);
    ajwt_waiters *waiters = keyring->fetcher->waiters;
    int place;

    if (!is_worth_waiting(keyring, source, now))
        return;
    place = ajwt_waiters_take(waiters,
                              waiter_limit(keyring, source, attempts, missing),
                              deadline, now);
    if (place < 0)
        return;
    wait_for_attempt(keyring, source, attempts, deadline);
    ajwt_waiters_leave(waiters, place, deadline);
}

/*
 * An attempt that fetched the same keys again is also a success: they are no
 * longer stale.
 */
int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned generation, const ajwt_bytes *missing)
{
    unsigned attempts;

    if (!ajwt_source_is_shared(source))
        return 0;
    attempts = ajwt_shm_slots_attempts(keyring->shared, source);
    if (ajwt_source_is_remote(source) &&
        ajwt_shm_slots_generation(keyring->shared, source) == generation)
        wait_for_keys(keyring, source, attempts, missing);
    if (ajwt_shm_slots_generation(keyring->shared, source) != generation)
        ajwt_keyring_update(keyring, source);
    return ajwt_shm_slots_attempts(keyring->shared, source) != attempts ||
           ajwt_shm_slots_generation(keyring->shared, source) != generation;
}

int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now)
{
    apr_time_t cool_at = now;
    ajwt_refresh_state cached;

    if (ajwt_source_is_shared(source)) {
        ajwt_shm_slots_peek(&cached, keyring->shared, source);
        cool_at =
            ajwt_refresh_schedule_cool_at(&cached, keyring->schedule, now);
    }
    return cool_at <= now ? 1 : (int)apr_time_sec(cool_at - now - 1) + 1;
}

int ajwt_keyring_may_warn(ajwt_keyring *keyring, const ajwt_source *source,
                          apr_time_t now)
{
    return !ajwt_source_is_shared(source) ||
           ajwt_shm_slots_may_warn(keyring->shared, source, now);
}
