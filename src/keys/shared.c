#include "keys/shared.h"

#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_version.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/limits.h"

#define ALIGNMENT    64u
#define DIGEST_BYTES 32u /* SHA-256 */

/* A key set, as it was loaded */
typedef struct body {
    apr_size_t len;
    unsigned char digest[DIGEST_BYTES];
    unsigned char bytes[AJWT_MAX_DOCUMENT_BYTES];
} body;

typedef struct slot {
    atomic_uint generation;
    atomic_uint attempts;
    atomic_int is_wanted, is_damaged, is_warned;
    _Atomic apr_time_t warned_at; /* that requests are answered 503 */
    /* each a kid's hash, and the attempt that it was first waited for; a kid
     * with the same place replaces the older one, and two kids of one hash
     * are taken for one, which costs the second at most its wait */
    _Atomic apr_uint64_t unknown_kids[AJWT_UNKNOWN_KIDS];
    /* copies of state.refresh's, for readers without the mutex */
    _Atomic apr_time_t fetched_at, started_at, leased_until, due_at, retry_at;
    atomic_uint failures;
    ajwt_shared_state state;
    body bodies[2];
} slot;

/* Of this process; slots by the source's index, NULL for secrets */
struct ajwt_shared {
    slot **slots;
    ajwt_shared_head *head;
    apr_global_mutex_t *mutex;
    slot *locked; /* that the mutex is held for, or NULL; guarded by it */
};

_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2,
               "atomics must work between processes");

apr_size_t ajwt_shared_segment_size(void)
{
    return ALIGNMENT + sizeof(slot);
}

int ajwt_shared_count(const ajwt_sources *sources)
{
    int i, count = 0;

    for (i = 0; i < sources->nelts; i++)
        count += ajwt_source_is_shared(ajwt_sources_get(sources, i));
    return count;
}

ajwt_shared *ajwt_shared_make(const ajwt_sources *sources,
                              ajwt_shared_head *head, apr_global_mutex_t *mutex,
                              apr_pool_t *pool)
{
    ajwt_shared *shared = apr_pcalloc(pool, sizeof *shared);

    shared->head = head;
    shared->mutex = mutex;
    shared->slots =
        apr_pcalloc(pool, (apr_size_t)sources->nelts * sizeof *shared->slots);
    return shared;
}

/* APR aligns an anonymous segment to 8 bytes only. */
void ajwt_shared_set_segment(ajwt_shared *shared, const ajwt_source *source,
                             void *memory)
{
    const uintptr_t address = (uintptr_t)memory;
    const uintptr_t past = address % ALIGNMENT;

    shared->slots[source->index] =
        (slot *)((unsigned char *)memory + (past ? ALIGNMENT - past : 0));
}

void ajwt_shared_set_mutex(ajwt_shared *shared, apr_global_mutex_t *mutex)
{
    shared->mutex = mutex;
}

static slot *slot_of(const ajwt_shared *shared, const ajwt_source *source)
{
    return shared->slots[source->index];
}

/* For readers without the mutex */
static void show_times(slot *shown)
{
    const ajwt_refresh *refresh = &shown->state.refresh;

    atomic_store(&shown->fetched_at, refresh->fetched_at);
    atomic_store(&shown->started_at, refresh->started_at);
    atomic_store(&shown->leased_until, refresh->leased_until);
    atomic_store(&shown->due_at, refresh->due_at);
    atomic_store(&shown->retry_at, refresh->retry_at);
    atomic_store(&shown->failures, refresh->failures);
}

void ajwt_shared_begin_file(ajwt_shared *shared, const ajwt_source *source,
                            apr_time_t now)
{
    slot *begun = slot_of(shared, source);

    begun->state.refresh.fetched_at = now;
    begun->state.mark = source->mark;
    show_times(begun);
}

/* --- damage */

/* The only reader of a length in shared memory: never more than there is */
static apr_size_t length_of(const body *measured)
{
    const apr_size_t len = *(const volatile apr_size_t *)&measured->len;

    return len <= AJWT_MAX_DOCUMENT_BYTES ? len : 0;
}

static int is_terminated(const char *text, apr_size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* A time that was ever written: none is longer ahead than any directive says */
static int is_possible(apr_time_t at, apr_time_t now)
{
    return at >= 0 &&
           at - now <= apr_time_from_sec((apr_time_t)AJWT_MAX_DIRECTIVE_S);
}

static int are_times_possible(const ajwt_shared_state *state)
{
    const ajwt_refresh *refresh = &state->refresh;
    const apr_time_t now = apr_time_now();

    return is_possible(refresh->fetched_at, now) &&
           is_possible(refresh->started_at, now) &&
           is_possible(refresh->leased_until, now) &&
           is_possible(refresh->due_at, now) &&
           is_possible(refresh->retry_at, now) &&
           is_possible(refresh->warned_at, now) &&
           is_possible(state->failure.at, now);
}

static int is_sane(const slot *checked)
{
    const ajwt_shared_state *state = &checked->state;

    return checked->bodies[0].len <= AJWT_MAX_DOCUMENT_BYTES &&
           checked->bodies[1].len <= AJWT_MAX_DOCUMENT_BYTES &&
           is_terminated(state->validator.url, sizeof state->validator.url) &&
           is_terminated(state->validator.etag, sizeof state->validator.etag) &&
           is_terminated(state->failure.detail, sizeof state->failure.detail) &&
           (unsigned)state->failure.reason < AJWT_REASON_COUNT &&
           are_times_possible(state);
}

/* It may have held the secrets of a file. */
static void wipe_body(body *wiped)
{
    OPENSSL_cleanse(wiped->bytes, length_of(wiped));
    wiped->len = 0;
}

static void bump_generation(slot *bumped)
{
    const unsigned generation = atomic_load(&bumped->generation) + 1;

    /* 0 would say that nothing was ever published; the body in use is chosen
     * by the last bit */
    atomic_store_explicit(&bumped->generation, generation ? generation : 2,
                          memory_order_release);
}

/* All that it says is forgotten: it is due now. */
static void drop(slot *dropped)
{
    memset(&dropped->state, 0, sizeof dropped->state);
    wipe_body(&dropped->bodies[0]);
    wipe_body(&dropped->bodies[1]);
    bump_generation(dropped);
    show_times(dropped);
    atomic_store(&dropped->is_damaged, 1);
}

static void digest_of(unsigned char digest[DIGEST_BYTES],
                      const unsigned char *bytes, apr_size_t len)
{
    memset(digest, 0, DIGEST_BYTES);
    (void)EVP_Digest(bytes, len, digest, NULL, EVP_sha256(), NULL);
}

int ajwt_shared_take_damage(ajwt_shared *shared, const ajwt_source *source)
{
    return atomic_exchange(&slot_of(shared, source)->is_damaged, 0) != 0;
}

/* --- the mutex */

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
static int take_over(ajwt_shared_head *head, unsigned locks_before)
{
    int holder = atomic_load(&head->holder);

    if (holder ? !is_dead(holder) : atomic_load(&head->locks) != locks_before)
        return 0;
    return atomic_compare_exchange_strong(&head->holder, &holder,
                                          (int)getpid());
}

static apr_status_t lock(ajwt_shared *shared)
{
    ajwt_shared_head *head = shared->head;
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
    }
    return status;
}

apr_status_t ajwt_shared_lock(ajwt_shared_state **state, ajwt_shared *shared,
                              const ajwt_source *source)
{
    slot *locked = slot_of(shared, source);
    apr_status_t status = lock(shared);

    if (status != APR_SUCCESS)
        return status;
    if (!is_sane(locked))
        drop(locked);
    shared->locked = locked;
    *state = &locked->state;
    return APR_SUCCESS;
}

void ajwt_shared_unlock(ajwt_shared *shared)
{
    show_times(shared->locked);
    atomic_store(&shared->head->holder, 0);
    apr_global_mutex_unlock(shared->mutex);
}

/* --- atomic words */

unsigned ajwt_shared_generation(const ajwt_shared *shared,
                                const ajwt_source *source)
{
    return atomic_load_explicit(&slot_of(shared, source)->generation,
                                memory_order_acquire);
}

unsigned ajwt_shared_attempts(const ajwt_shared *shared,
                              const ajwt_source *source)
{
    return atomic_load(&slot_of(shared, source)->attempts);
}

/* Not 0, which a place holds that was never used */
static unsigned hash_of(ajwt_bytes kid)
{
    apr_ssize_t len = (apr_ssize_t)kid.len;
    const unsigned hash =
        apr_hashfunc_default(kid.data ? (const char *)kid.data : "", &len);

    return hash ? hash : 1;
}

int ajwt_shared_was_in_vain(ajwt_shared *shared, const ajwt_source *source,
                            unsigned attempts, ajwt_bytes kid)
{
    const unsigned hash = hash_of(kid);
    _Atomic apr_uint64_t *place =
        &slot_of(shared, source)->unknown_kids[hash % AJWT_UNKNOWN_KIDS];
    const apr_uint64_t found = atomic_load(place);

    if (found >> 32 == hash)
        return (unsigned)found != attempts;
    atomic_store(place, (apr_uint64_t)hash << 32 | attempts);
    return 0;
}

apr_time_t ajwt_shared_fetched_at(const ajwt_shared *shared,
                                  const ajwt_source *source)
{
    return atomic_load_explicit(&slot_of(shared, source)->fetched_at,
                                memory_order_relaxed);
}

void ajwt_shared_peek(ajwt_refresh *refresh, const ajwt_shared *shared,
                      const ajwt_source *source)
{
    const slot *peeked = slot_of(shared, source);

    memset(refresh, 0, sizeof *refresh);
    refresh->started_at = atomic_load(&peeked->started_at);
    refresh->leased_until = atomic_load(&peeked->leased_until);
    refresh->due_at = atomic_load(&peeked->due_at);
    refresh->fetched_at = atomic_load(&peeked->fetched_at);
    refresh->retry_at = atomic_load(&peeked->retry_at);
    refresh->failures = atomic_load(&peeked->failures);
}

void ajwt_shared_want(ajwt_shared *shared, const ajwt_source *source)
{
    atomic_store(&slot_of(shared, source)->is_wanted, 1);
}

int ajwt_shared_take_want(ajwt_shared *shared, const ajwt_source *source)
{
    return atomic_exchange(&slot_of(shared, source)->is_wanted, 0) != 0;
}

int ajwt_shared_may_warn(ajwt_shared *shared, const ajwt_source *source,
                         apr_time_t now)
{
    slot *warned = slot_of(shared, source);
    apr_time_t last = atomic_load(&warned->warned_at);

    /* a time ahead comes from a clock that went back */
    if (last && last <= now &&
        now - last < apr_time_from_sec(AJWT_WARN_EVERY_S))
        return 0;
    if (!atomic_compare_exchange_strong(&warned->warned_at, &last, now))
        return 0;
    atomic_store(&warned->is_warned, 1);
    return 1;
}

int ajwt_shared_take_warned(ajwt_shared *shared, const ajwt_source *source)
{
    slot *warned = slot_of(shared, source);

    if (!atomic_exchange(&warned->is_warned, 0))
        return 0;
    atomic_store(&warned->warned_at, 0);
    return 1;
}

/* --- the body */

static int is_whole(const body *serving, ajwt_bytes text)
{
    unsigned char digest[DIGEST_BYTES];

    if (!text.len)
        return 1;
    digest_of(digest, text.data, text.len);
    return memcmp(digest, serving->digest, sizeof digest) == 0;
}

apr_status_t ajwt_shared_read(ajwt_bytes *text, unsigned *generation,
                              ajwt_shared *shared, const ajwt_source *source,
                              apr_pool_t *pool)
{
    slot *read = slot_of(shared, source);
    const body *serving;
    ajwt_shared_state *state;
    apr_status_t status = ajwt_shared_lock(&state, shared, source);

    if (status != APR_SUCCESS)
        return status;
    *generation = atomic_load(&read->generation);
    serving = &read->bodies[*generation & 1];
    text->len = length_of(serving);
    text->data = apr_pmemdup(pool, serving->bytes, text->len);
    if (!is_whole(serving, *text)) {
        drop(read);
        *generation = atomic_load(&read->generation);
        ajwt_bytes_wipe(*text);
        text->len = 0;
    }
    ajwt_shared_unlock(shared);
    return APR_SUCCESS;
}

/* The last store makes the new set the one that serves, and nothing before. */
void ajwt_shared_publish(ajwt_shared *shared, const ajwt_source *source,
                         ajwt_bytes text)
{
    slot *published = slot_of(shared, source);
    const unsigned generation = atomic_load(&published->generation);
    body *serving = &published->bodies[generation & 1];
    body *next = &published->bodies[(generation & 1) ^ 1];

    if (text.len > AJWT_MAX_DOCUMENT_BYTES ||
        (length_of(serving) == text.len && is_whole(serving, text) &&
         memcmp(serving->bytes, text.data, text.len) == 0))
        return;
    next->len = text.len; /* of what is to be wiped, at least */
    memcpy(next->bytes, text.data, text.len);
    digest_of(next->digest, text.data, text.len);
    bump_generation(published);
    wipe_body(serving);
}

void ajwt_shared_end_attempt(ajwt_shared *shared, const ajwt_source *source)
{
    slot *ended = slot_of(shared, source);

    show_times(ended); /* before it is seen that there is something to see */
    atomic_fetch_add(&ended->attempts, 1);
}
