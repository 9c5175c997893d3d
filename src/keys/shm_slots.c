/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/shm_slots.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_hash.h>
#include <apr_version.h>

#include "core/limits.h"
#include "core/warning.h"
#include "keys/slot.h"

/* State of this process; slots are indexed by the source, NULL for secrets */
struct ajwt_shm_slots {
    ajwt_slot **slots;
    ajwt_shm_slots_head *head;
    apr_global_mutex_t *mutex;
    /*
     * the locked slot and its state, which may be changed; while the mutex is
     * held
     */
    ajwt_slot *locked;
    ajwt_slot_state state;
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "atomics must work between processes");

apr_size_t ajwt_shm_slots_segment_size(void)
{
    return ajwt_slot_memory_size();
}

int ajwt_shm_slots_count(const ajwt_sources *sources)
{
    int i, count = 0;

    for (i = 0; i < sources->list->nelts; i++)
        count += ajwt_source_is_shared(ajwt_sources_get(sources, i));
    return count;
}

ajwt_shm_slots *ajwt_shm_slots_make(const ajwt_sources *sources,
                                    ajwt_shm_slots_head *head,
                                    apr_global_mutex_t *mutex, apr_pool_t *pool)
{
    ajwt_shm_slots *shared = apr_pcalloc(pool, sizeof *shared);

    shared->head = head;
    shared->mutex = mutex;
    shared->slots = apr_pcalloc(pool, (apr_size_t)sources->list->nelts *
                                          sizeof *shared->slots);
    return shared;
}

void ajwt_shm_slots_set_segment(ajwt_shm_slots *shared,
                                const ajwt_source *source, void *memory)
{
    shared->slots[source->index] = ajwt_slot_in(memory);
}

void ajwt_shm_slots_set_mutex(ajwt_shm_slots *shared, apr_global_mutex_t *mutex)
{
    shared->mutex = mutex;
}

static ajwt_slot *find_slot(const ajwt_shm_slots *shared,
                            const ajwt_source *source)
{
    return shared->slots[source->index];
}

void ajwt_shm_slots_begin_file(ajwt_shm_slots *shared,
                               const ajwt_source *source, apr_time_t now)
{
    const ajwt_slot_state begun = {.refresh = {.fetched_at = now},
                                   .mark = source->mark};

    ajwt_slot_store(find_slot(shared, source), &begun);
}

int ajwt_shm_slots_take_damage(ajwt_shm_slots *shared,
                               const ajwt_source *source)
{
    return atomic_exchange(&find_slot(shared, source)->is_damaged, 0) != 0;
}

/* --- the mutex */

/*
 * A dead child keeps its pid until the parent waits for it. If the pid was
 * reused by another process, the mutex remains held until that process ends;
 * meanwhile requests use the keys that they have.
 */
static int is_process_dead(pid_t process)
{
    siginfo_t end = {.si_pid = 0};

    if (kill(process, 0) != 0)
        return errno == ESRCH;
    return waitid(P_PID, (id_t)process, &end, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           end.si_pid == process;
}

/*
 * Some kinds of mutex are not released when the holder is killed. The process
 * that replaces the dead pid by its own then holds the mutex. If there is no
 * holder, and no process took the mutex during the timeout, a process died
 * after it took the mutex and before it stored its pid.
 */
static int take_over_mutex(ajwt_shm_slots_head *head, unsigned locks_before)
{
    int holder = atomic_load(&head->holder);

    /* an invalid pid means damage, not a holder */
    if (holder > 0 ? !is_process_dead(holder)
                   : atomic_load(&head->locks) != locks_before)
        return 0;
    return atomic_compare_exchange_strong(&head->holder, &holder,
                                          (int)getpid());
}

static apr_status_t lock_mutex(ajwt_shm_slots *shared)
{
    ajwt_shm_slots_head *head = shared->head;
#if APR_VERSION_AT_LEAST(1, 7, 0)
    const unsigned locks_before = atomic_load(&head->locks);
    apr_status_t status = apr_global_mutex_timedlock(
        shared->mutex, apr_time_from_msec(AJWT_MAX_LOCK_MS));

    if (APR_STATUS_IS_TIMEUP(status) && take_over_mutex(head, locks_before))
        status = APR_SUCCESS;
#else
    apr_status_t status = apr_global_mutex_lock(shared->mutex);
#endif
    if (status == APR_SUCCESS) {
        atomic_store(&head->holder, (int)getpid());
        atomic_fetch_add(&head->locks, 1);
    }
    return status;
}

/* Call with the mutex held. */
static void clear_locked_slot(ajwt_shm_slots *shared)
{
    ajwt_slot_clear(shared->locked);
    memset(&shared->state, 0, sizeof shared->state);
}

apr_status_t ajwt_shm_slots_lock(ajwt_slot_state **state,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source)
{
    ajwt_slot *slot = find_slot(shared, source);
    apr_status_t status = lock_mutex(shared);

    if (status != APR_SUCCESS)
        return status;
    shared->locked = slot;
    if (!ajwt_slot_load(&shared->state, slot, apr_time_now()))
        clear_locked_slot(shared);
    *state = &shared->state;
    return APR_SUCCESS;
}

void ajwt_shm_slots_unlock(ajwt_shm_slots *shared)
{
    ajwt_slot_store(shared->locked, &shared->state);
    atomic_store(&shared->head->holder, 0);
    apr_global_mutex_unlock(shared->mutex);
}

/* --- atomic words */

unsigned ajwt_shm_slots_generation(const ajwt_shm_slots *shared,
                                   const ajwt_source *source)
{
    return atomic_load_explicit(&find_slot(shared, source)->generation,
                                memory_order_acquire);
}

unsigned ajwt_shm_slots_attempts(const ajwt_shm_slots *shared,
                                 const ajwt_source *source)
{
    return atomic_load(&find_slot(shared, source)->attempts);
}

/* Never 0, which marks an unused place */
static unsigned hash_kid(ajwt_bytes kid)
{
    apr_ssize_t len = (apr_ssize_t)kid.len;
    const unsigned hash =
        apr_hashfunc_default(kid.data ? (const char *)kid.data : "", &len);

    return hash ? hash : 1;
}

int ajwt_shm_slots_was_unsuccessful(ajwt_shm_slots *shared,
                                    const ajwt_source *source,
                                    unsigned attempts, ajwt_bytes kid)
{
    const unsigned hash = hash_kid(kid);
    _Atomic apr_uint64_t *place =
        &find_slot(shared, source)->unknown_kids[hash % AJWT_UNKNOWN_KIDS];
    const apr_uint64_t found = atomic_load(place);

    if (found >> 32 == hash)
        return (unsigned)found != attempts;
    atomic_store(place, (apr_uint64_t)hash << 32 | attempts);
    return 0;
}

/*
 * The times are not checked like those of the state, since the mutex is not
 * held. An impossible time is replaced by a time long ago, so that no sum
 * overflows, and damaged times make keys look too old rather than too new.
 */
static apr_time_t read_time(const _Atomic apr_time_t *shown)
{
    const apr_time_t at = atomic_load_explicit(shown, memory_order_relaxed);

    return at >= 0 && at <= INT64_MAX / 2 ? at : 1;
}

apr_time_t ajwt_shm_slots_fetched_at(const ajwt_shm_slots *shared,
                                     const ajwt_source *source)
{
    return read_time(&find_slot(shared, source)->fetched_at);
}

void ajwt_shm_slots_peek(ajwt_refresh_state *refresh,
                         const ajwt_shm_slots *shared,
                         const ajwt_source *source)
{
    const ajwt_slot *slot = find_slot(shared, source);

    memset(refresh, 0, sizeof *refresh);
    refresh->started_at = read_time(&slot->started_at);
    refresh->leased_until = read_time(&slot->leased_until);
    refresh->due_at = read_time(&slot->due_at);
    refresh->fetched_at = read_time(&slot->fetched_at);
    refresh->retry_at = read_time(&slot->retry_at);
    refresh->failures = atomic_load(&slot->failures);
}

void ajwt_shm_slots_request(ajwt_shm_slots *shared, const ajwt_source *source)
{
    atomic_store(&find_slot(shared, source)->is_requested, 1);
}

int ajwt_shm_slots_take_request(ajwt_shm_slots *shared,
                                const ajwt_source *source)
{
    return atomic_exchange(&find_slot(shared, source)->is_requested, 0) != 0;
}

int ajwt_shm_slots_may_warn(ajwt_shm_slots *shared, const ajwt_source *source,
                            apr_time_t now)
{
    ajwt_slot *slot = find_slot(shared, source);
    apr_time_t last = atomic_load(&slot->warned_at);

    if (!ajwt_warning_is_due(last, now))
        return 0;
    if (!atomic_compare_exchange_strong(&slot->warned_at, &last, now))
        return 0;
    atomic_store(&slot->is_warned, 1);
    return 1;
}

void ajwt_shm_slots_restart_warnings(ajwt_shm_slots *shared,
                                     const ajwt_source *source)
{
    atomic_store(&find_slot(shared, source)->warned_at, 0);
}

int ajwt_shm_slots_take_warned(ajwt_shm_slots *shared,
                               const ajwt_source *source)
{
    ajwt_slot *slot = find_slot(shared, source);

    if (!atomic_exchange(&slot->is_warned, 0))
        return 0;
    atomic_store(&slot->warned_at, 0);
    return 1;
}

/* --- the body */

apr_status_t ajwt_shm_slots_read(ajwt_bytes *text, unsigned *generation,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_slot_state *state;
    apr_status_t status = ajwt_shm_slots_lock(&state, shared, source);

    if (status != APR_SUCCESS)
        return status;
    if (!ajwt_slot_read(text, generation, shared->locked, pool)) {
        clear_locked_slot(shared);
        (void)ajwt_slot_read(text, generation, shared->locked, pool);
    }
    ajwt_shm_slots_unlock(shared);
    return APR_SUCCESS;
}

void ajwt_shm_slots_publish(ajwt_shm_slots *shared, const ajwt_source *source,
                            ajwt_bytes text)
{
    ajwt_slot_publish(find_slot(shared, source), text);
}

/*
 * Readers wait for the number of attempts to change, so the times are written
 * first.
 */
void ajwt_shm_slots_end_attempt(ajwt_shm_slots *shared,
                                const ajwt_source *source)
{
    ajwt_slot_copy_times(shared->locked, &shared->state);
    atomic_fetch_add(&find_slot(shared, source)->attempts, 1);
}
