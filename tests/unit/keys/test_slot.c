/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a child of httpd has damaged: is that noticed, does every reader
 * keep within bounds, and do good keys serve again?
 */
#include "support_source.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/limits.h"
#include "keys/refresher.h"
#include "keys/slot.h"

#define URL "https://issuer.example/jwks"

/* A process that never ends would keep the program for ever. */
#define MAX_SECONDS 120

static const ajwt_schedule schedule = {3600, 86400, 30, 5};

/* One source, the process that fetches it, and a child that uses its keys */
typedef struct scene {
    support_segment segment;
    ajwt_shared *shared;
    const ajwt_source *source;
    ajwt_slot *slot;
    ajwt_renewer renewer;
    support_issuer *issuer;
    support_answer answers[2];
    ajwt_keyring *keyring;
    apr_pool_t *pool;
} scene;

static void open_keyring(scene *of, const ajwt_sources *sources)
{
    support_client *client = support_make_client(of->pool);

    atomic_store(&client->is_gone, 1); /* no request waits */
    assert_int_equal(ajwt_keyring_open(&of->keyring, sources, of->shared,
                                       &schedule, &client->client, of->pool),
                     APR_SUCCESS);
}

static scene *set_scene_of(ajwt_source *source, apr_pool_t *pool)
{
    ajwt_sources *sources = ajwt_sources_make(pool);
    scene *set = apr_pcalloc(pool, sizeof *set);

    support_clock = apr_time_now();
    set->pool = pool;
    set->source = ajwt_sources_add(sources, source);
    set->segment = support_make_segment(pool);
    set->shared = support_bind(&set->segment, sources, pool);
    set->slot = ajwt_slot_in(support_memory(&set->segment, source));
    set->issuer = support_make_issuer(set->answers, pool);
    set->renewer.shared = set->shared;
    set->renewer.schedule = &schedule;
    set->renewer.fetcher = &set->issuer->fetcher;
    set->renewer.now = support_now;
    open_keyring(set, sources);
    return set;
}

static scene *set_scene(apr_pool_t *pool)
{
    const char *error;
    scene *set = set_scene_of(ajwt_source_from_jwks(&error, URL, pool), pool);

    set->answers[0].url = URL;
    set->answers[0].max_age_s = -1;
    return set;
}

/* As when it was fetched, with all that the state can say */
static void fill(const scene *of, const char *text)
{
    ajwt_shared_state *state;

    assert_int_equal(ajwt_shared_lock(&state, of->shared, of->source),
                     APR_SUCCESS);
    ajwt_refresh_begin(&state->refresh, &schedule, support_clock);
    ajwt_refresh_succeed(&state->refresh, &schedule, -1, 0, support_clock);
    ajwt_shared_publish(of->shared, of->source, ajwt_bytes_from_string(text));
    strcpy(state->validator.url, URL);
    strcpy(state->validator.etag, "\"1\"");
    state->failure.reason = AJWT_FETCH_FAILED;
    state->failure.at = support_clock;
    strcpy(state->failure.detail, "refused");
    ajwt_shared_unlock(of->shared);
}

static int take_damage(const scene *of)
{
    return ajwt_shared_take_damage(of->shared, of->source);
}

static unsigned generation(const scene *of)
{
    return ajwt_shared_generation(of->shared, of->source);
}

static void expect_serving(const char *what, const scene *of, const char *text)
{
    support_expect_text(what, support_serving(of->shared, of->source, of->pool),
                        text);
}

/* Nothing is left of what it said, and it is due at once. */
static void expect_dropped(const char *what, const scene *of)
{
    static const ajwt_shared_state empty;
    ajwt_shared_state *state;

    assert_int_equal(ajwt_shared_lock(&state, of->shared, of->source),
                     APR_SUCCESS);
    support_expect(what, memcmp(state, &empty, sizeof empty) == 0);
    ajwt_shared_unlock(of->shared);
    support_expect(what, ajwt_shared_fetched_at(of->shared, of->source) == 0);
    support_expect(what, take_damage(of));
    support_expect(what, !take_damage(of));
    expect_serving(what, of, "");
}

static void expect_usable(const char *what, const scene *of)
{
    support_publish(of->shared, of->source, "good again");
    expect_serving(what, of, "good again");
    support_expect(what, !take_damage(of));
}

/* --- one field --- */

/* Where, and what is written there */
typedef struct damage {
    const char *what;
    size_t offset, size;
    const void *bytes; /* NULL: x */
} damage;

#define FIELD(member) \
    offsetof(ajwt_slot, member), sizeof(((ajwt_slot *)NULL)->member)
#define VALUE(type, value) \
    &(const type)          \
    {                      \
        value              \
    }
#define TEXT(literal) sizeof(literal) - 1, literal

static void write_damage(const damage *d, ajwt_slot *slot)
{
    unsigned char *field = (unsigned char *)slot + d->offset;

    if (d->bytes)
        memcpy(field, d->bytes, d->size);
    else
        memset(field, 'x', d->size);
}

#define TOO_FAR \
    (apr_time_now() + apr_time_from_sec(AJWT_MAX_DIRECTIVE_S + 86400))

static void expect_noticed(const damage *d, int sets, apr_pool_t *pool)
{
    const char *what = apr_psprintf(pool, "%s, %d sets", d->what, sets);
    scene *of = set_scene(pool);
    unsigned before;

    while (sets--)
        fill(of, sets ? "an older set" : "the set");
    support_expect(what, !take_damage(of));
    before = generation(of);
    write_damage(d, of->slot);
    expect_serving(what, of, "");
    support_expect(what, generation(of) != before);
    expect_dropped(what, of);
    expect_usable(what, of);
}

static void expect_all_noticed(const damage *damages, unsigned count,
                               apr_pool_t *pool)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        expect_noticed(&damages[i], 1, pool);
        expect_noticed(&damages[i], 2, pool);
    }
}

/* G6 */
static void test_strings_without_an_end(void **state)
{
    static const damage damages[] = {
        {"url", FIELD(state.validator.url), NULL},
        {"etag", FIELD(state.validator.etag), NULL},
        {"detail", FIELD(state.failure.detail), NULL},
        {"all of the state", FIELD(state), NULL},
    };

    expect_all_noticed(damages, SUPPORT_COUNT(damages), *state);
}

/* G6: It becomes part of a request's header. */
static void test_an_etag_that_ends_its_line(void **state)
{
    static const damage damages[] = {
        {"CR LF", offsetof(ajwt_slot, state.validator.etag),
         TEXT("\"1\"\r\nX-Evil: 1")},
        {"LF", offsetof(ajwt_slot, state.validator.etag), TEXT("\"\n\"")},
        {"DEL", offsetof(ajwt_slot, state.validator.etag), TEXT("\"\x7f\"")},
    };

    expect_all_noticed(damages, SUPPORT_COUNT(damages), *state);
}

/* G6 */
static void test_a_reason_out_of_range(void **state)
{
    const damage damages[] = {
        {"one more", FIELD(state.failure.reason),
         VALUE(int, AJWT_REASON_COUNT)},
        {"negative", FIELD(state.failure.reason), VALUE(int, -1)},
        {"large", FIELD(state.failure.reason), VALUE(int, 0x40000000)},
    };

    expect_all_noticed(damages, SUPPORT_COUNT(damages), *state);
}

static void expect_time_noticed(const char *name, size_t offset,
                                apr_pool_t *pool)
{
    const apr_time_t values[] = {-1, INT64_MIN, INT64_MAX, TOO_FAR};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        const damage d = {
            apr_psprintf(pool, "%s %" APR_TIME_T_FMT, name, values[i]), offset,
            sizeof values[i], &values[i]};

        expect_noticed(&d, 1, pool);
    }
}

/* G6 */
static void test_impossible_times(void **state)
{
    static const struct {
        const char *name;
        size_t offset;
    } times[] = {
        {"fetched_at", offsetof(ajwt_slot, state.refresh.fetched_at)},
        {"started_at", offsetof(ajwt_slot, state.refresh.started_at)},
        {"leased_until", offsetof(ajwt_slot, state.refresh.leased_until)},
        {"due_at", offsetof(ajwt_slot, state.refresh.due_at)},
        {"retry_at", offsetof(ajwt_slot, state.refresh.retry_at)},
        {"warned_at", offsetof(ajwt_slot, state.refresh.warned_at)},
        {"failure.at", offsetof(ajwt_slot, state.failure.at)},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(times); i++)
        expect_time_noticed(times[i].name, times[i].offset, *state);
}

/* --- the body that serves --- */

static ajwt_slot_body *serving_body(const scene *of)
{
    return &of->slot->bodies[atomic_load(&of->slot->generation) & 1];
}

/* G6 */
static void test_a_wrong_length(void **state)
{
    static const apr_size_t lengths[] = {0,
                                         1,
                                         sizeof "the set" - 2,
                                         sizeof "the set",
                                         AJWT_MAX_DOCUMENT_BYTES,
                                         AJWT_MAX_DOCUMENT_BYTES + 1,
                                         0x40000000,
                                         (apr_size_t)-1};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(lengths); i++) {
        const char *what =
            apr_psprintf(*state, "length %" APR_SIZE_T_FMT, lengths[i]);
        scene *of = set_scene(*state);

        fill(of, "the set");
        serving_body(of)->len = lengths[i];
        expect_serving(what, of, "");
        expect_dropped(what, of);
        expect_usable(what, of);
    }
}

/* Before it is read: the process that fetches looks at it. */
static void test_a_length_that_is_impossible_is_noticed_at_once(void **state)
{
    scene *of = set_scene(*state);

    fill(of, "the set");
    serving_body(of)->len = 0x40000000;
    expect_dropped("locked", of);
}

/* G6 */
static void test_a_flipped_bit(void **state)
{
    static const char text[] = "the set";
    unsigned bit;

    for (bit = 0; bit < 8 * (sizeof text - 1); bit += 5) {
        const char *what = apr_psprintf(*state, "bit %u", bit);
        scene *of = set_scene(*state);

        fill(of, text);
        serving_body(of)->bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        expect_serving(what, of, "");
        expect_dropped(what, of);
        expect_usable(what, of);
    }
}

/* G6 */
static void test_a_wrong_digest(void **state)
{
    unsigned i;

    for (i = 0; i < AJWT_SLOT_DIGEST_BYTES; i += 31) {
        scene *of = set_scene(*state);

        fill(of, "the set");
        serving_body(of)->digest[i] ^= 1;
        expect_serving("digest", of, "");
        expect_dropped("digest", of);
        expect_usable("digest", of);
    }
}

/* G6: As it was once, with its own digest */
static void test_an_older_body(void **state)
{
    scene *of = set_scene(*state);
    ajwt_slot_body older;

    fill(of, "an older set");
    older = *serving_body(of);
    fill(of, "the set");
    *serving_body(of) = older;
    expect_serving("an older body", of, "");
    expect_dropped("an older body", of);
}

/* --- the generation --- */

static unsigned to_zero(unsigned generation)
{
    (void)generation;
    return 0;
}

static unsigned to_next(unsigned generation)
{
    return generation + 1;
}

static unsigned to_one_before(unsigned generation)
{
    return generation - 1;
}

static unsigned to_the_same_body(unsigned generation)
{
    return generation + 2;
}

static unsigned with_last_bit_flipped(unsigned generation)
{
    return generation ^ 1;
}

static unsigned with_first_bit_flipped(unsigned generation)
{
    return generation ^ 0x80000000;
}

static unsigned to_most(unsigned generation)
{
    return generation | 0xfffffffe;
}

static const struct {
    const char *what;
    unsigned (*changed)(unsigned generation);
} changes[] = {
    {"zero", to_zero},
    {"one more", to_next},
    {"one less", to_one_before},
    {"two more", to_the_same_body},
    {"its last bit", with_last_bit_flipped},
    {"its first bit", with_first_bit_flipped},
    {"the largest", to_most},
};

/* G6: Otherwise an older set would serve, or none, and no one would load it
 * again.
 */
static void test_a_changed_generation(void **state)
{
    unsigned i;
    int sets, set;

    for (i = 0; i < SUPPORT_COUNT(changes); i++) {
        for (sets = 1; sets <= 4; sets++) {
            const char *what =
                apr_psprintf(*state, "%s, %d sets", changes[i].what, sets);
            scene *of = set_scene(*state);

            for (set = 0; set < sets; set++)
                fill(of, apr_psprintf(*state, "set %d", set));
            atomic_store(&of->slot->generation,
                         changes[i].changed(generation(of)));
            expect_dropped(what, of);
            expect_usable(what, of);
        }
    }
}

static void test_the_generation_wraps(void **state)
{
    scene *of = set_scene(*state);
    int i;

    fill(of, "set");
    /* as after four thousand million sets */
    atomic_store(&of->slot->generation, 0xffffffff);
    serving_body(of)->generation = 0xffffffff;
    of->slot->bodies[1] = of->slot->bodies[generation(of) & 1];
    for (i = 0; i < 4; i++) {
        const char *text = apr_psprintf(*state, "set %d", i);
        const unsigned before = generation(of);

        support_publish(of->shared, of->source, text);
        assert_int_not_equal(generation(of), 0);
        assert_int_not_equal(generation(of), before);
        support_expect_serving(of->shared, of->source, text, *state);
    }
    assert_false(take_damage(of));
}

/* G6: Processes have keys of earlier ones, and memory of tokens they accepted.
 */
static void test_no_generation_comes_again_after_damage(void **state)
{
    scene *of = set_scene(*state);
    unsigned seen[20];
    int i, j;

    for (i = 0; i < 20; i++) {
        fill(of, apr_psprintf(*state, "set %d", i));
        seen[i] = generation(of);
        for (j = 0; j < i; j++)
            assert_int_not_equal(seen[i], seen[j]);
        if (i % 2)
            memset(of->slot, 0, sizeof *of->slot);
        else
            atomic_store(&of->slot->generation, seen[0] - 1);
    }
}

/* --- what is damaged and does no harm --- */

static void test_damage_that_no_reader_uses(void **state)
{
    static const damage damages[] = {
        {"attempts", FIELD(attempts), NULL},
        {"is_wanted", FIELD(is_wanted), NULL},
        {"is_warned", FIELD(is_warned), NULL},
        {"warned_at", FIELD(warned_at), NULL},
        {"unknown_kids", FIELD(unknown_kids), NULL},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(damages); i++) {
        scene *of = set_scene(*state);

        fill(of, "the set");
        write_damage(&damages[i], of->slot);
        expect_serving(damages[i].what, of, "the set");
        support_expect(damages[i].what, !take_damage(of));
        expect_usable(damages[i].what, of);
    }
}

/* G6 */
static void test_a_body_that_does_not_serve(void **state)
{
    int sets;

    for (sets = 1; sets <= 2; sets++) {
        scene *of = set_scene(*state);
        int set;

        for (set = 0; set < sets; set++)
            fill(of, apr_psprintf(*state, "set %d", set));
        memset(&of->slot->bodies[(generation(of) & 1) ^ 1], 0xff,
               sizeof of->slot->bodies[0]);
        expect_serving("other", of, apr_psprintf(*state, "set %d", sets - 1));
        support_expect("other", !take_damage(of));
        expect_usable("other", of);
    }
}

/* G6: By words that are read without the mutex, and so are not checked */
static void test_damaged_times_without_the_mutex(void **state)
{
    static const apr_time_t values[] = {-1, INT64_MIN, INT64_MAX,
                                        INT64_MAX / 2 + 1, INT64_MIN / 2};
    scene *of = set_scene(*state);
    unsigned i;

    fill(of, "the set");
    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        ajwt_slot *slot = of->slot;

        atomic_store(&slot->fetched_at, values[i]);
        atomic_store(&slot->started_at, values[i]);
        atomic_store(&slot->leased_until, values[i]);
        atomic_store(&slot->due_at, values[i]);
        atomic_store(&slot->warned_at, values[i]);
        /* too old rather than too young */
        assert_true(
            ajwt_keyring_is_stale(of->keyring, of->source, support_clock));
        assert_int_equal(
            ajwt_keyring_retry_after(of->keyring, of->source, support_clock),
            1);
        assert_true(
            ajwt_keyring_may_warn(of->keyring, of->source, support_clock));
        assert_false(
            ajwt_keyring_may_warn(of->keyring, of->source, support_clock + 1));
        /* the next one who takes the mutex shows what the state says */
        (void)ajwt_renew_next_at(&of->renewer, of->source, of->pool);
        assert_false(
            ajwt_keyring_is_stale(of->keyring, of->source, support_clock));
    }
    assert_false(take_damage(of));
}

/* G6: No Retry-After is as long: an attempt is not put off for years. */
static void test_a_damaged_retry_at(void **state)
{
    const apr_time_t values[] = {apr_time_now() + apr_time_from_sec(2 * 86400),
                                 apr_time_now() + apr_time_from_sec(5 * 86400),
                                 INT64_MAX / 4, INT64_MAX / 2};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        scene *of = set_scene(*state);

        fill(of, "the set");
        of->slot->state.refresh.retry_at = values[i];
        atomic_store(&of->slot->retry_at, values[i]);
        assert_in_range(
            ajwt_keyring_retry_after(of->keyring, of->source, support_clock), 1,
            schedule.cooldown_s);
        support_clock += apr_time_from_sec(schedule.cooldown_s);
        ajwt_shared_want(of->shared, of->source);
        assert_true(ajwt_renew_next_at(&of->renewer, of->source, of->pool) <=
                    support_clock);
    }
}

/* --- while it is used --- */

/* G6: What was checked is a copy. */
static void test_what_is_written_while_it_is_locked_is_not_used(void **state)
{
    scene *of = set_scene(*state);
    ajwt_shared_state *locked, before;

    fill(of, "the set");
    assert_int_equal(ajwt_shared_lock(&locked, of->shared, of->source),
                     APR_SUCCESS);
    before = *locked;
    memset(&of->slot->state, 0xff, sizeof of->slot->state);
    assert_memory_equal(locked, &before, sizeof before);
    ajwt_shared_unlock(of->shared);
    assert_int_equal(ajwt_shared_lock(&locked, of->shared, of->source),
                     APR_SUCCESS);
    assert_memory_equal(locked, &before, sizeof before);
    ajwt_shared_unlock(of->shared);
    assert_false(take_damage(of));
}

/* A process that is killed before it unlocks leaves no validator of another
 * set: 304 would confirm a set that does not serve. */
static void test_a_new_set_has_no_older_validator(void **state)
{
    scene *of = set_scene(*state);
    ajwt_shared_state *locked;

    fill(of, "the set");
    assert_int_equal(ajwt_shared_lock(&locked, of->shared, of->source),
                     APR_SUCCESS);
    ajwt_shared_publish(of->shared, of->source, SUPPORT_BYTES("another"));
    assert_int_equal(*of->slot->state.validator.etag, '\0');
    ajwt_shared_unlock(of->shared);
}

/* --- all who use it, in memory of any content --- */

static int acquired_number(const scene *of)
{
    ajwt_pinned pinned;
    int number;

    ajwt_keyring_acquire(&pinned, of->keyring, of->source);
    number = support_number_of(pinned.keyset);
    ajwt_keyring_release(&pinned);
    return number;
}

static void read_words(scene *of)
{
    const ajwt_bytes kid = SUPPORT_BYTES("kid");
    ajwt_refresh seen;

    (void)generation(of);
    (void)ajwt_shared_fetched_at(of->shared, of->source);
    ajwt_shared_peek(&seen, of->shared, of->source);
    (void)ajwt_shared_was_in_vain(of->shared, of->source,
                                  ajwt_shared_attempts(of->shared, of->source),
                                  kid);
    (void)ajwt_shared_take_want(of->shared, of->source);
    (void)ajwt_shared_may_warn(of->shared, of->source, support_clock);
    (void)ajwt_shared_take_warned(of->shared, of->source);
}

static void use_keyring(scene *of)
{
    const ajwt_bytes kid = SUPPORT_BYTES("kid");
    ajwt_pinned pinned;

    (void)ajwt_keyring_is_stale(of->keyring, of->source, support_clock);
    ajwt_keyring_acquire(&pinned, of->keyring, of->source);
    ajwt_keyring_release(&pinned);
    (void)ajwt_keyring_await(of->keyring, of->source, pinned.generation, &kid);
    assert_in_range(
        ajwt_keyring_retry_after(of->keyring, of->source, support_clock), 1,
        schedule.cooldown_s);
    (void)ajwt_keyring_may_warn(of->keyring, of->source, support_clock);
}

static void read_body(scene *of)
{
    unsigned found;
    ajwt_bytes text;

    assert_int_equal(
        ajwt_shared_read(&text, &found, of->shared, of->source, of->pool),
        APR_SUCCESS);
    assert_true(text.len <= AJWT_MAX_DOCUMENT_BYTES);
}

static void read_state(scene *of)
{
    ajwt_shared_state *state;

    assert_int_equal(ajwt_shared_lock(&state, of->shared, of->source),
                     APR_SUCCESS);
    assert_true(strlen(state->validator.url) < sizeof state->validator.url);
    assert_true(strlen(state->validator.etag) < sizeof state->validator.etag);
    assert_true(strlen(state->failure.detail) < sizeof state->failure.detail);
    assert_non_null(ajwt_reason_describe(state->failure.reason));
    ajwt_shared_unlock(of->shared);
}

static void publish(scene *of)
{
    ajwt_shared_state *state;

    assert_int_equal(ajwt_shared_lock(&state, of->shared, of->source),
                     APR_SUCCESS);
    ajwt_shared_publish(of->shared, of->source, SUPPORT_BYTES("published"));
    ajwt_shared_end_attempt(of->shared, of->source);
    ajwt_shared_unlock(of->shared);
}

static void renew(scene *of)
{
    ajwt_renewal renewal;

    (void)ajwt_renew(&renewal, &of->renewer, of->source, of->pool);
}

static void look(scene *of)
{
    (void)ajwt_renew_next_at(&of->renewer, of->source, of->pool);
}

static void resume(scene *of)
{
    (void)ajwt_renew_resume(&of->renewer, of->source, 0, of->pool);
}

static void (*const users[])(scene *of) = {
    read_words, use_keyring, read_body, read_state,
    publish,    renew,       look,      resume,
};

/* Each is the first one to meet it, by turns. */
static void run_users(scene *of, unsigned first)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(users); i++)
        users[(first + i) % SUPPORT_COUNT(users)](of);
}

/* As the process that fetches does: until the set serves that there is. */
static void expect_good_keys(const char *what, scene *of, int number)
{
    ajwt_renewal renewal;

    support_expect(
        what, ajwt_renew(&renewal, &of->renewer, of->source, of->pool) == 1);
    support_expect_reason(what, renewal.reason, AJWT_ACCEPTED);
    support_expect(what, acquired_number(of) == number);
    (void)take_damage(of);
    support_expect(what, !take_damage(of));
}

/* xorshift64 of this test's own, so that a seed names a case */
static void fill_randomly(void *memory, size_t size, apr_uint64_t seed)
{
    apr_uint64_t word = seed * 0x9e3779b97f4a7c15u + 1;
    unsigned char *bytes = memory;

    for (; size; bytes += sizeof word, size -= sizeof word) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        if (size < sizeof word)
            break;
        memcpy(bytes, &word, sizeof word);
    }
    memcpy(bytes, &word, size);
}

/* A cool-down later, so that an attempt may begin at once */
static void let_cool(void)
{
    support_clock += apr_time_from_sec(2 * 86400);
}

static void expect_survives(const char *what, scene *of, unsigned first,
                            int number)
{
    run_users(of, first);
    let_cool();
    of->answers[0].body = support_numbered_jwks(number, of->pool);
    expect_good_keys(what, of, number);
}

/* Each case has a pool of its own for what it reads, and one segment. */
static void expect_all_survive(scene *of, unsigned count,
                               void (*spoil)(scene *of, unsigned number))
{
    apr_pool_t *kept = of->pool;
    unsigned i;

    of->answers[0].body = support_numbered_jwks(0, kept);
    for (i = 0; i < count; i++) {
        apr_pool_create(&of->pool, kept);
        of->issuer->asked = "";
        spoil(of, i);
        expect_survives(apr_psprintf(of->pool, "case %u", i), of, i,
                        (int)i + 1);
        of->answers[0].body = "";
        apr_pool_destroy(of->pool);
    }
    of->pool = kept;
}

static void fill_by_seed(scene *of, unsigned number)
{
    fill_randomly(support_memory(&of->segment, of->source),
                  ajwt_shared_segment_size(), number);
}

/* G6 */
static void test_a_random_segment(void **state)
{
    expect_all_survive(set_scene(*state), 1000, fill_by_seed);
}

static void fill_with_one_byte(scene *of, unsigned number)
{
    static const unsigned char bytes[] = {0, 0xff, 0x7f, 0x80, 1, 'x'};

    memset(support_memory(&of->segment, of->source),
           bytes[number / SUPPORT_COUNT(users)], ajwt_shared_segment_size());
}

/* G6 */
static void test_a_segment_of_one_byte(void **state)
{
    expect_all_survive(set_scene(*state), 6 * SUPPORT_COUNT(users),
                       fill_with_one_byte);
}

/* Of one place alone, which leaves the others in order */
static void fill_a_word(scene *of, unsigned number)
{
    const size_t head = offsetof(ajwt_slot, bodies[0].bytes) + 64;

    fill_randomly((unsigned char *)of->slot + number * 8 % head, 8, number);
}

/* G6 */
static void test_a_random_word(void **state)
{
    expect_all_survive(set_scene(*state), 1000, fill_a_word);
}

/* --- a child that goes on writing --- */

#define ROUNDS 300

__attribute__((noreturn)) static void scribble(const scene *of)
{
    unsigned seed = 0;

    for (;;)
        fill_by_seed((scene *)of, seed++);
}

/* G6 */
static void test_a_segment_that_is_written_all_the_while(void **state)
{
    scene *of = set_scene(*state);
    apr_pool_t *kept = of->pool;
    unsigned round;
    pid_t child;

    of->answers[0].body = support_numbered_jwks(0, kept);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        scribble(of);
    for (round = 0; round < ROUNDS; round++) {
        apr_pool_create(&of->pool, kept);
        of->issuer->asked = "";
        run_users(of, round);
        let_cool();
        apr_pool_destroy(of->pool);
    }
    of->pool = kept;
    of->issuer->asked = "";
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    run_users(of, 0);
    let_cool();
    expect_good_keys("after it has ended", of, 0);
}

/* --- files --- */

/* G6: Until the file is read again, those of the configuration are used. */
static void test_a_files_keys_after_damage(void **state)
{
    const char *folder = support_folder(*state), *error;
    const char *path = support_write_text(
        folder, "keys", support_numbered_jwks(1, *state), *state);
    scene *of =
        set_scene_of(ajwt_source_from_file(&error, path, *state), *state);
    ajwt_renewal renewal;

    ajwt_shared_begin_file(of->shared, of->source, support_clock);
    fill_by_seed(of, 1);
    assert_int_equal(acquired_number(of), 1);
    assert_true(take_damage(of));
    support_write_text(folder, "keys", support_numbered_jwks(2, *state),
                       *state);
    expect_good_keys("changed", of, 2);
    assert_false(ajwt_renew(&renewal, &of->renewer, of->source, *state));
    fill_by_seed(of, 2);
    assert_int_equal(acquired_number(of), 1);
    assert_true(take_damage(of));
    expect_good_keys("read again, though it has not changed", of, 2);
}

/* --- the keys on disk --- */

/* G6 */
static void test_damage_is_not_saved(void **state)
{
    scene *of = set_scene(*state), *later;
    ajwt_renewal renewal;
    const char *detail;

    of->renewer.state_dir = support_folder(*state);
    of->answers[0].body = support_numbered_jwks(1, *state);
    of->answers[0].etag = "\"1\"";
    expect_good_keys("saved", of, 1);
    support_clock += apr_time_from_sec(3600);
    serving_body(of)->bytes[0] ^= 1;
    /* 304: the set that was fetched before still serves, they say */
    assert_true(ajwt_renew(&renewal, &of->renewer, of->source, of->pool));
    assert_int_equal(renewal.saved, AJWT_ACCEPTED);
    assert_true(take_damage(of));
    later = set_scene(*state);
    later->renewer.state_dir = of->renewer.state_dir;
    assert_int_equal(
        ajwt_renew_restore(&detail, &later->renewer, later->source, *state),
        AJWT_ACCEPTED);
    assert_int_equal(acquired_number(later), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_strings_without_an_end),
        SUPPORT_TEST(test_an_etag_that_ends_its_line),
        SUPPORT_TEST(test_a_reason_out_of_range),
        SUPPORT_TEST(test_impossible_times),
        SUPPORT_TEST(test_a_wrong_length),
        SUPPORT_TEST(test_a_length_that_is_impossible_is_noticed_at_once),
        SUPPORT_TEST(test_a_flipped_bit),
        SUPPORT_TEST(test_a_wrong_digest),
        SUPPORT_TEST(test_an_older_body),
        SUPPORT_TEST(test_a_changed_generation),
        SUPPORT_TEST(test_the_generation_wraps),
        SUPPORT_TEST(test_no_generation_comes_again_after_damage),
        SUPPORT_TEST(test_damage_that_no_reader_uses),
        SUPPORT_TEST(test_a_body_that_does_not_serve),
        SUPPORT_TEST(test_damaged_times_without_the_mutex),
        SUPPORT_TEST(test_a_damaged_retry_at),
        SUPPORT_TEST(test_what_is_written_while_it_is_locked_is_not_used),
        SUPPORT_TEST(test_a_new_set_has_no_older_validator),
        SUPPORT_TEST(test_a_random_segment),
        SUPPORT_TEST(test_a_segment_of_one_byte),
        SUPPORT_TEST(test_a_random_word),
        SUPPORT_TEST(test_a_segment_that_is_written_all_the_while),
        SUPPORT_TEST(test_a_files_keys_after_damage),
        SUPPORT_TEST(test_damage_is_not_saved),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
