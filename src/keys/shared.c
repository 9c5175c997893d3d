#include "keys/shared.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_version.h>
#include <openssl/evp.h>

#include "core/limits.h"

#define MAGIC          0x616a7774u /* "ajwt" */
#define LAYOUT_VERSION 4u
#define ALIGNMENT      64u
#define WAITER_NUMBERS 256u /* more than AJWT_MAX_WAITERS */

/* SHA-256 of the source's name */
typedef struct slot_id {
    unsigned char octets[32];
} slot_id;

typedef struct header {
    apr_uint32_t magic;
    apr_uint32_t layout_version;
    apr_uint32_t slot_count;
    apr_uint32_t slot_bytes;
    atomic_int holder; /* of the mutex: its process; 0: nobody */
    atomic_uint locks; /* how often it was taken */
} header;

typedef struct slot {
    atomic_uint generation;
    atomic_uint attempts;
    atomic_uint waiters; /* of one attempt: its number, and how many */
    /* each a kid's hash, and for which attempt it was first waited for; what
     * falls on one place takes it from the older, and two kids of one hash
     * share a fate that is mild */
    _Atomic apr_uint64_t unknown_kids[AJWT_UNKNOWN_KIDS];
    /* state.refresh's, to be read unlocked */
    _Atomic apr_time_t fetched_at, started_at, leased_until, due_at;
    int is_taken;
    slot_id id;
    ajwt_shared_state state;
    apr_size_t body_len[2];
    unsigned char body[2][AJWT_MAX_DOCUMENT_BYTES];
} slot;

/* Of this process; both arrays by the source's index */
struct ajwt_shared {
    slot **slots; /* NULL for secrets */
    slot_id *ids;
    header *head;
    apr_global_mutex_t *mutex;
    slot *locked; /* that the mutex is held for, or NULL; guarded by it */
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "atomics must work between processes");

static apr_size_t align(apr_size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* APR aligns an anonymous segment to 8 octets only. */
static header *header_of(void *segment)
{
    const uintptr_t address = (uintptr_t)segment;

    return (header *)((unsigned char *)segment + (align(address) - address));
}

static slot *slot_at(void *segment, int index)
{
    unsigned char *first =
        (unsigned char *)header_of(segment) + align(sizeof(header));

    return (slot *)(first + (apr_size_t)index * align(sizeof(slot)));
}

apr_size_t ajwt_shared_size(int slots)
{
    return ALIGNMENT + align(sizeof(header)) +
           (apr_size_t)slots * align(sizeof(slot));
}

void ajwt_shared_format(void *segment, apr_size_t size, int slots)
{
    header *head = header_of(segment);
    int i;

    memset(head, 0, sizeof *head);
    if (ajwt_shared_size(slots) > size)
        return;
    /* bodies stay untouched, so that their pages cost nothing yet */
    for (i = 0; i < slots; i++)
        memset(slot_at(segment, i), 0, offsetof(slot, body));
    head->layout_version = LAYOUT_VERSION;
    head->slot_count = (apr_uint32_t)slots;
    head->slot_bytes = (apr_uint32_t)sizeof(slot);
    head->magic = MAGIC;
}

static int is_ours(void *segment, apr_size_t size)
{
    const header *head = header_of(segment);

    return head->magic == MAGIC && head->layout_version == LAYOUT_VERSION &&
           head->slot_bytes == sizeof(slot) &&
           ajwt_shared_size((int)head->slot_count) <= size;
}

static slot_id identify(const ajwt_source *source)
{
    slot_id id = {{0}};

    EVP_Digest(source->name, strlen(source->name), id.octets, NULL,
               EVP_sha256(), NULL);
    return id;
}

static int is_slot_of(const slot *candidate, const slot_id *id)
{
    return candidate->is_taken && memcmp(&candidate->id, id, sizeof *id) == 0;
}

static int slot_count(void *segment)
{
    return (int)header_of(segment)->slot_count;
}

static slot *find_slot(void *segment, const slot_id *id)
{
    int i;

    for (i = 0; i < slot_count(segment); i++) {
        if (is_slot_of(slot_at(segment, i), id))
            return slot_at(segment, i);
    }
    return NULL;
}

/* What may be asked without the mutex */
static void show_times(slot *of)
{
    const ajwt_refresh *refresh = &of->state.refresh;

    atomic_store(&of->fetched_at, refresh->fetched_at);
    atomic_store(&of->started_at, refresh->started_at);
    atomic_store(&of->leased_until, refresh->leased_until);
    atomic_store(&of->due_at, refresh->due_at);
}

/* It may have held the secrets of a file. */
static void wipe_body(slot *of, unsigned which)
{
    OPENSSL_cleanse(of->body[which], of->body_len[which]);
    of->body_len[which] = 0;
}

static void free_slot(slot *freed)
{
    freed->is_taken = 0;
    wipe_body(freed, 0);
    wipe_body(freed, 1);
}

/* The generation goes on: who still looks at it must notice the change. */
static void take_slot(slot *taken, const slot_id *id)
{
    memset(&taken->state, 0, sizeof taken->state);
    memset(taken->body_len, 0, sizeof taken->body_len);
    taken->id = *id;
    taken->is_taken = 1;
    show_times(taken);
    if (atomic_load(&taken->generation) != 0)
        atomic_fetch_add(&taken->generation, 1);
}

static slot *take_free_slot(void *segment, const slot_id *id)
{
    int i;

    for (i = 0; i < slot_count(segment); i++) {
        if (!slot_at(segment, i)->is_taken) {
            take_slot(slot_at(segment, i), id);
            return slot_at(segment, i);
        }
    }
    return NULL;
}

static void free_unnamed(void *segment, const slot_id *ids, int count)
{
    int i, j;

    for (i = 0; i < slot_count(segment); i++) {
        int is_named = 0;

        for (j = 0; j < count && !is_named; j++)
            is_named = is_slot_of(slot_at(segment, i), &ids[j]);
        if (!is_named)
            free_slot(slot_at(segment, i));
    }
}

static void assign_slots(ajwt_shared *shared, void *segment,
                         const ajwt_sources *sources)
{
    int i;

    free_unnamed(segment, shared->ids, sources->nelts);
    for (i = 0; i < sources->nelts; i++) {
        if (ajwt_source_is_shared(ajwt_sources_get(sources, i)))
            shared->slots[i] = find_slot(segment, &shared->ids[i]);
    }
    for (i = 0; i < sources->nelts; i++) {
        if (ajwt_source_is_shared(ajwt_sources_get(sources, i)) &&
            !shared->slots[i])
            shared->slots[i] = take_free_slot(segment, &shared->ids[i]);
    }
}

int ajwt_shared_count(const ajwt_sources *sources)
{
    int i, count = 0;

    for (i = 0; i < sources->nelts; i++)
        count += ajwt_source_is_shared(ajwt_sources_get(sources, i));
    return count;
}

void ajwt_shared_set_mutex(ajwt_shared *shared, apr_global_mutex_t *mutex)
{
    shared->mutex = mutex;
}

/*
 * A parent's dead child has its pid until the parent asks for it.  A pid that
 * was given to another process since is alive: the mutex stays held, requests
 * go on with the keys at hand, until that process ends too.
 */
static int is_dead(pid_t process)
{
    siginfo_t end = {.si_pid = 0};

    if (kill(process, 0) != 0)
        return errno == ESRCH;
    return waitid(P_PID, (id_t)process, &end, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           end.si_pid == process;
}

/*
 * Nobody releases the mutex of a killed process, where its kind does not do so
 * by itself.  Whoever puts its own pid in the place of the dead one holds the
 * mutex from then on.  Without a holder somebody died between taking the mutex
 * and saying so: then nobody has taken it all the while.
 */
static int take_over(header *head, unsigned locks_before)
{
    int holder = atomic_load(&head->holder);

    if (holder ? !is_dead(holder) : atomic_load(&head->locks) != locks_before)
        return 0;
    return atomic_compare_exchange_strong(&head->holder, &holder,
                                          (int)getpid());
}

static apr_status_t lock(ajwt_shared *shared)
{
    header *head = shared->head;
#if APR_VERSION_AT_LEAST(1, 7, 0)
    const unsigned locks_before = atomic_load(&head->locks);
    apr_status_t status = apr_global_mutex_timedlock(
        shared->mutex, apr_time_from_msec(AJWT_MAX_LOCK_MS));

    if (APR_STATUS_IS_TIMEUP(status) && take_over(head, locks_before))
        status = APR_SUCCESS;
#else
    apr_status_t status = apr_global_mutex_lock(shared->mutex);
#endif
    if (status == APR_SUCCESS) {
        atomic_store(&head->holder, (int)getpid());
        atomic_fetch_add(&head->locks, 1);
        shared->locked = NULL;
    }
    return status;
}

void ajwt_shared_unlock(ajwt_shared *shared)
{
    if (shared->locked)
        show_times(shared->locked);
    atomic_store(&shared->head->holder, 0);
    apr_global_mutex_unlock(shared->mutex);
}

ajwt_shared *ajwt_shared_bind(void *segment, apr_size_t size,
                              const ajwt_sources *sources,
                              apr_global_mutex_t *mutex, apr_pool_t *pool)
{
    ajwt_shared *shared = apr_pcalloc(pool, sizeof *shared);
    apr_size_t count = (apr_size_t)sources->nelts;
    int i;

    if (!is_ours(segment, size) ||
        ajwt_shared_count(sources) > slot_count(segment))
        return NULL;
    shared->mutex = mutex;
    shared->head = header_of(segment);
    shared->slots = apr_pcalloc(pool, count * sizeof *shared->slots);
    shared->ids = apr_pcalloc(pool, count * sizeof *shared->ids);
    for (i = 0; i < sources->nelts; i++)
        shared->ids[i] = identify(ajwt_sources_get(sources, i));
    if (lock(shared) != APR_SUCCESS)
        return NULL;
    assign_slots(shared, segment, sources);
    ajwt_shared_unlock(shared);
    return shared;
}

static void copy_slot(slot *to, const slot *from)
{
    unsigned serving = atomic_load(&from->generation) & 1;

    to->state = from->state;
    to->state.refresh.leased_until = 0;
    show_times(to);
    atomic_store(&to->attempts, atomic_load(&from->attempts));
    to->body_len[serving] = from->body_len[serving];
    memcpy(to->body[serving], from->body[serving], from->body_len[serving]);
    atomic_store(&to->generation, atomic_load(&from->generation));
}

void ajwt_shared_adopt(ajwt_shared *shared, const ajwt_sources *sources,
                       void *older, apr_size_t size)
{
    int i;

    if (!is_ours(older, size) || lock(shared) != APR_SUCCESS)
        return;
    for (i = 0; i < sources->nelts; i++) {
        const slot *from = find_slot(older, &shared->ids[i]);

        if (from && shared->slots[i])
            copy_slot(shared->slots[i], from);
    }
    ajwt_shared_unlock(shared);
}

unsigned ajwt_shared_generation(const ajwt_shared *shared,
                                const ajwt_source *source)
{
    return atomic_load_explicit(&shared->slots[source->index]->generation,
                                memory_order_acquire);
}

unsigned ajwt_shared_attempts(const ajwt_shared *shared,
                              const ajwt_source *source)
{
    return atomic_load(&shared->slots[source->index]->attempts);
}

/* Whether a fetch has ended that did not bring it */
static int was_in_vain(slot *of, unsigned attempts, ajwt_bytes kid)
{
    apr_ssize_t len = (apr_ssize_t)kid.len;
    const unsigned hash =
        apr_hashfunc_default(kid.data ? (const char *)kid.data : "", &len);
    _Atomic apr_uint64_t *place = &of->unknown_kids[hash % AJWT_UNKNOWN_KIDS];
    const apr_uint64_t seen = atomic_load(place);

    if (seen >> 32 == hash)
        return (unsigned)seen != attempts;
    atomic_store(place, (apr_uint64_t)hash << 32 | attempts);
    return 0;
}

/*
 * Who waits is counted for one attempt and never counted out, so that a killed
 * process takes no place with it.
 */
int ajwt_shared_may_wait(ajwt_shared *shared, const ajwt_source *source,
                         unsigned attempts, ajwt_bytes kid)
{
    slot *waited_for = shared->slots[source->index];
    const unsigned places = was_in_vain(waited_for, attempts, kid)
                                ? AJWT_MAX_WAITERS_AGAIN
                                : AJWT_MAX_WAITERS;
    const unsigned none = attempts * WAITER_NUMBERS;
    unsigned seen = atomic_load(&waited_for->waiters), next;

    do {
        next = seen / WAITER_NUMBERS == none / WAITER_NUMBERS ? seen + 1
                                                              : none + 1;
        if (next % WAITER_NUMBERS > places)
            return 0;
    } while (!atomic_compare_exchange_weak(&waited_for->waiters, &seen, next));
    return 1;
}

apr_time_t ajwt_shared_fetched_at(const ajwt_shared *shared,
                                  const ajwt_source *source)
{
    return atomic_load_explicit(&shared->slots[source->index]->fetched_at,
                                memory_order_relaxed);
}

void ajwt_shared_peek(ajwt_refresh *refresh, const ajwt_shared *shared,
                      const ajwt_source *source)
{
    const slot *of = shared->slots[source->index];

    memset(refresh, 0, sizeof *refresh);
    refresh->started_at = atomic_load(&of->started_at);
    refresh->leased_until = atomic_load(&of->leased_until);
    refresh->due_at = atomic_load(&of->due_at);
}

apr_status_t ajwt_shared_lock(ajwt_shared_state **state, ajwt_shared *shared,
                              const ajwt_source *source)
{
    slot *locked = shared->slots[source->index];
    apr_status_t status = lock(shared);

    if (status != APR_SUCCESS)
        return status;
    if (!is_slot_of(locked, &shared->ids[source->index])) {
        ajwt_shared_unlock(shared);
        return APR_NOTFOUND;
    }
    *state = &locked->state;
    shared->locked = locked;
    return APR_SUCCESS;
}

apr_status_t ajwt_shared_read(ajwt_bytes *text, unsigned *generation,
                              ajwt_shared *shared, const ajwt_source *source,
                              apr_pool_t *pool)
{
    const slot *read = shared->slots[source->index];
    ajwt_shared_state *state;
    apr_status_t status = ajwt_shared_lock(&state, shared, source);
    unsigned serving;

    if (status != APR_SUCCESS)
        return status;
    *generation = atomic_load(&read->generation);
    serving = *generation & 1;
    text->len = read->body_len[serving];
    text->data = apr_pmemdup(pool, read->body[serving], text->len);
    ajwt_shared_unlock(shared);
    return APR_SUCCESS;
}

/* The last store makes the new set the one that serves, and nothing before. */
void ajwt_shared_publish(ajwt_shared *shared, const ajwt_source *source,
                         ajwt_bytes text)
{
    slot *published = shared->slots[source->index];
    unsigned generation = atomic_load(&published->generation);
    unsigned serving = generation & 1, next = serving ^ 1;

    if (text.len > AJWT_MAX_DOCUMENT_BYTES ||
        (published->body_len[serving] == text.len &&
         memcmp(published->body[serving], text.data, text.len) == 0))
        return;
    published->body_len[next] = text.len; /* of what is to be wiped, at least */
    memcpy(published->body[next], text.data, text.len);
    atomic_store_explicit(&published->generation,
                          generation + 1 ? generation + 1 : 2,
                          memory_order_release);
    wipe_body(published, serving);
}

void ajwt_shared_end_attempt(ajwt_shared *shared, const ajwt_source *source)
{
    slot *ended = shared->slots[source->index];

    show_times(ended); /* before it is seen that there is something to see */
    atomic_fetch_add(&ended->attempts, 1);
}
