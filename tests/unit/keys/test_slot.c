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

static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};

/* One source, the process that fetches it, and a child that uses its keys */
typedef struct test_scene {
    support_segment segment;
    ajwt_shm_slots *shared;
    const ajwt_source *source;
    ajwt_slot *slot;
    ajwt_refresher renewer;
    support_issuer *issuer;
    support_answer answers[2];
    ajwt_keyring *keyring;
    apr_pool_t *pool;
} test_scene;

static void open_keyring(test_scene *scene, const ajwt_sources *sources)
{
    support_client *client = support_make_client(scene->pool);

    atomic_store(&client->is_gone, 1); /* no request waits */
    assert_int_equal(ajwt_keyring_open(&scene->keyring, sources, scene->shared,
                                       &schedule, &client->client, scene->pool),
                     APR_SUCCESS);
}

static test_scene *set_scene_of(ajwt_source *source, apr_pool_t *pool)
{
    ajwt_sources *sources = ajwt_sources_make(pool);
    test_scene *set = apr_pcalloc(pool, sizeof *set);

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

static test_scene *set_scene(apr_pool_t *pool)
{
    const char *error;
    test_scene *set =
        set_scene_of(ajwt_source_from_jwks(&error, URL, pool), pool);

    set->answers[0].url = URL;
    set->answers[0].max_age_s = -1;
    return set;
}

/* As when it was fetched, with all that the state can say */
static void fill(const test_scene *scene, const char *text)
{
    ajwt_slot_state *state;

    assert_int_equal(ajwt_shm_slots_lock(&state, scene->shared, scene->source),
                     APR_SUCCESS);
    ajwt_refresh_schedule_begin(&state->refresh, &schedule, support_clock);
    ajwt_refresh_schedule_succeed(&state->refresh, &schedule, -1, 0,
                                  support_clock);
    ajwt_shm_slots_publish(scene->shared, scene->source,
                           ajwt_bytes_from_string(text));
    strcpy(state->validator.url, URL);
    strcpy(state->validator.etag, "\"1\"");
    state->failure.reason = AJWT_FETCH_FAILED;
    state->failure.at = support_clock;
    strcpy(state->failure.detail, "refused");
    ajwt_shm_slots_unlock(scene->shared);
}

static int take_damage(const test_scene *scene)
{
    return ajwt_shm_slots_take_damage(scene->shared, scene->source);
}

static unsigned generation(const test_scene *scene)
{
    return ajwt_shm_slots_generation(scene->shared, scene->source);
}

static void expect_serving(const char *what, const test_scene *scene,
                           const char *text)
{
    support_expect_text(
        what, support_serving(scene->shared, scene->source, scene->pool), text);
}

/* Nothing is left of what it said, and it is due at once. */
static void expect_dropped(const char *what, const test_scene *scene)
{
    static const ajwt_slot_state empty;
    ajwt_slot_state *state;

    assert_int_equal(ajwt_shm_slots_lock(&state, scene->shared, scene->source),
                     APR_SUCCESS);
    support_expect(what, memcmp(state, &empty, sizeof empty) == 0);
    ajwt_shm_slots_unlock(scene->shared);
    support_expect(
        what, ajwt_shm_slots_fetched_at(scene->shared, scene->source) == 0);
    support_expect(what, take_damage(scene));
    support_expect(what, !take_damage(scene));
    expect_serving(what, scene, "");
}

static void expect_usable(const char *what, const test_scene *scene)
{
    support_publish(scene->shared, scene->source, "good again");
    expect_serving(what, scene, "good again");
    support_expect(what, !take_damage(scene));
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
    test_scene *scene = set_scene(pool);
    unsigned before;

    while (sets--)
        fill(scene, sets ? "an older set" : "the set");
    support_expect(what, !take_damage(scene));
    before = generation(scene);
    write_damage(d, scene->slot);
    expect_serving(what, scene, "");
    support_expect(what, generation(scene) != before);
    expect_dropped(what, scene);
    expect_usable(what, scene);
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

static ajwt_slot_body *serving_body(const test_scene *scene)
{
    return &scene->slot->bodies[atomic_load(&scene->slot->generation) & 1];
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
        test_scene *scene = set_scene(*state);

        fill(scene, "the set");
        serving_body(scene)->len = lengths[i];
        expect_serving(what, scene, "");
        expect_dropped(what, scene);
        expect_usable(what, scene);
    }
}

/* Before it is read: the process that fetches looks at it. */
static void test_a_length_that_is_impossible_is_noticed_at_once(void **state)
{
    test_scene *scene = set_scene(*state);

    fill(scene, "the set");
    serving_body(scene)->len = 0x40000000;
    expect_dropped("locked", scene);
}

/* G6 */
static void test_a_flipped_bit(void **state)
{
    static const char text[] = "the set";
    unsigned bit;

    for (bit = 0; bit < 8 * (sizeof text - 1); bit += 5) {
        const char *what = apr_psprintf(*state, "bit %u", bit);
        test_scene *scene = set_scene(*state);

        fill(scene, text);
        serving_body(scene)->bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        expect_serving(what, scene, "");
        expect_dropped(what, scene);
        expect_usable(what, scene);
    }
}

/* G6 */
static void test_a_wrong_digest(void **state)
{
    unsigned i;

    for (i = 0; i < AJWT_SLOT_DIGEST_BYTES; i += 31) {
        test_scene *scene = set_scene(*state);

        fill(scene, "the set");
        serving_body(scene)->digest[i] ^= 1;
        expect_serving("digest", scene, "");
        expect_dropped("digest", scene);
        expect_usable("digest", scene);
    }
}

/* G6: As it was once, with its own digest */
static void test_an_older_body(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_slot_body older;

    fill(scene, "an older set");
    older = *serving_body(scene);
    fill(scene, "the set");
    *serving_body(scene) = older;
    expect_serving("an older body", scene, "");
    expect_dropped("an older body", scene);
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
            test_scene *scene = set_scene(*state);

            for (set = 0; set < sets; set++)
                fill(scene, apr_psprintf(*state, "set %d", set));
            atomic_store(&scene->slot->generation,
                         changes[i].changed(generation(scene)));
            expect_dropped(what, scene);
            expect_usable(what, scene);
        }
    }
}

static void test_the_generation_wraps(void **state)
{
    test_scene *scene = set_scene(*state);
    int i;

    fill(scene, "set");
    /* as after four thousand million sets */
    atomic_store(&scene->slot->generation, 0xffffffff);
    serving_body(scene)->generation = 0xffffffff;
    scene->slot->bodies[1] = scene->slot->bodies[generation(scene) & 1];
    for (i = 0; i < 4; i++) {
        const char *text = apr_psprintf(*state, "set %d", i);
        const unsigned before = generation(scene);

        support_publish(scene->shared, scene->source, text);
        assert_int_not_equal(generation(scene), 0);
        assert_int_not_equal(generation(scene), before);
        support_expect_serving(scene->shared, scene->source, text, *state);
    }
    assert_false(take_damage(scene));
}

/* G6: Processes have keys of earlier ones, and memory of tokens they accepted.
 */
static void test_no_generation_comes_again_after_damage(void **state)
{
    test_scene *scene = set_scene(*state);
    unsigned cached[20];
    int i, j;

    for (i = 0; i < 20; i++) {
        fill(scene, apr_psprintf(*state, "set %d", i));
        cached[i] = generation(scene);
        for (j = 0; j < i; j++)
            assert_int_not_equal(cached[i], cached[j]);
        if (i % 2)
            memset(scene->slot, 0, sizeof *scene->slot);
        else
            atomic_store(&scene->slot->generation, cached[0] - 1);
    }
}

/* --- what is damaged and does no harm --- */

static void test_damage_that_no_reader_uses(void **state)
{
    static const damage damages[] = {
        {"attempts", FIELD(attempts), NULL},
        {"is_requested", FIELD(is_requested), NULL},
        {"is_warned", FIELD(is_warned), NULL},
        {"warned_at", FIELD(warned_at), NULL},
        {"unknown_kids", FIELD(unknown_kids), NULL},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(damages); i++) {
        test_scene *scene = set_scene(*state);

        fill(scene, "the set");
        write_damage(&damages[i], scene->slot);
        expect_serving(damages[i].what, scene, "the set");
        support_expect(damages[i].what, !take_damage(scene));
        expect_usable(damages[i].what, scene);
    }
}

/* G6 */
static void test_a_body_that_does_not_serve(void **state)
{
    int sets;

    for (sets = 1; sets <= 2; sets++) {
        test_scene *scene = set_scene(*state);
        int set;

        for (set = 0; set < sets; set++)
            fill(scene, apr_psprintf(*state, "set %d", set));
        memset(&scene->slot->bodies[(generation(scene) & 1) ^ 1], 0xff,
               sizeof scene->slot->bodies[0]);
        expect_serving("other", scene,
                       apr_psprintf(*state, "set %d", sets - 1));
        support_expect("other", !take_damage(scene));
        expect_usable("other", scene);
    }
}

/* G6: By words that are read without the mutex, and so are not checked */
static void test_damaged_times_without_the_mutex(void **state)
{
    static const apr_time_t values[] = {-1, INT64_MIN, INT64_MAX,
                                        INT64_MAX / 2 + 1, INT64_MIN / 2};
    test_scene *scene = set_scene(*state);
    unsigned i;

    fill(scene, "the set");
    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        ajwt_slot *slot = scene->slot;

        atomic_store(&slot->fetched_at, values[i]);
        atomic_store(&slot->started_at, values[i]);
        atomic_store(&slot->leased_until, values[i]);
        atomic_store(&slot->due_at, values[i]);
        atomic_store(&slot->warned_at, values[i]);
        /* too old rather than too young */
        assert_true(ajwt_keyring_is_stale(scene->keyring, scene->source,
                                          support_clock));
        assert_int_equal(ajwt_keyring_retry_after(scene->keyring, scene->source,
                                                  support_clock),
                         1);
        assert_true(ajwt_keyring_may_warn(scene->keyring, scene->source,
                                          support_clock));
        assert_false(ajwt_keyring_may_warn(scene->keyring, scene->source,
                                           support_clock + 1));
        /* the next one who takes the mutex shows what the state says */
        (void)ajwt_refresher_next_at(&scene->renewer, scene->source,
                                     scene->pool);
        assert_false(ajwt_keyring_is_stale(scene->keyring, scene->source,
                                           support_clock));
    }
    assert_false(take_damage(scene));
}

/* G6: No Retry-After is as long: an attempt is not put off for years. */
static void test_a_damaged_retry_at(void **state)
{
    const apr_time_t values[] = {apr_time_now() + apr_time_from_sec(2 * 86400),
                                 apr_time_now() + apr_time_from_sec(5 * 86400),
                                 INT64_MAX / 4, INT64_MAX / 2};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        test_scene *scene = set_scene(*state);

        fill(scene, "the set");
        scene->slot->state.refresh.retry_at = values[i];
        atomic_store(&scene->slot->retry_at, values[i]);
        assert_in_range(ajwt_keyring_retry_after(scene->keyring, scene->source,
                                                 support_clock),
                        1, schedule.cooldown_s);
        support_clock += apr_time_from_sec(schedule.cooldown_s);
        ajwt_shm_slots_request(scene->shared, scene->source);
        assert_true(ajwt_refresher_next_at(&scene->renewer, scene->source,
                                           scene->pool) <= support_clock);
    }
}

/* --- while it is used --- */

/* G6: What was checked is a copy. */
static void test_what_is_written_while_it_is_locked_is_not_used(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_slot_state *locked, before;

    fill(scene, "the set");
    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    before = *locked;
    memset(&scene->slot->state, 0xff, sizeof scene->slot->state);
    assert_memory_equal(locked, &before, sizeof before);
    ajwt_shm_slots_unlock(scene->shared);
    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    assert_memory_equal(locked, &before, sizeof before);
    ajwt_shm_slots_unlock(scene->shared);
    assert_false(take_damage(scene));
}

/* A process that is killed before it unlocks leaves no validator of another
 * set: 304 would confirm a set that does not serve. */
static void test_a_new_set_has_no_older_validator(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_slot_state *locked;

    fill(scene, "the set");
    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    ajwt_shm_slots_publish(scene->shared, scene->source,
                           SUPPORT_BYTES("another"));
    assert_int_equal(*scene->slot->state.validator.etag, '\0');
    ajwt_shm_slots_unlock(scene->shared);
}

/* --- all who use it, in memory of any content --- */

static int acquired_number(const test_scene *scene)
{
    ajwt_pinned pinned;
    int number;

    ajwt_keyring_acquire(&pinned, scene->keyring, scene->source);
    number = support_number_of(pinned.keyset);
    ajwt_keyring_release(&pinned);
    return number;
}

static void read_words(test_scene *scene)
{
    const ajwt_bytes kid = SUPPORT_BYTES("kid");
    ajwt_refresh_state cached;

    (void)generation(scene);
    (void)ajwt_shm_slots_fetched_at(scene->shared, scene->source);
    ajwt_shm_slots_peek(&cached, scene->shared, scene->source);
    (void)ajwt_shm_slots_was_unsuccessful(
        scene->shared, scene->source,
        ajwt_shm_slots_attempts(scene->shared, scene->source), kid);
    (void)ajwt_shm_slots_take_request(scene->shared, scene->source);
    (void)ajwt_shm_slots_may_warn(scene->shared, scene->source, support_clock);
    (void)ajwt_shm_slots_take_warned(scene->shared, scene->source);
}

static void use_keyring(test_scene *scene)
{
    const ajwt_bytes kid = SUPPORT_BYTES("kid");
    ajwt_pinned pinned;

    (void)ajwt_keyring_is_stale(scene->keyring, scene->source, support_clock);
    ajwt_keyring_acquire(&pinned, scene->keyring, scene->source);
    ajwt_keyring_release(&pinned);
    (void)ajwt_keyring_await(scene->keyring, scene->source, pinned.generation,
                             &kid);
    assert_in_range(
        ajwt_keyring_retry_after(scene->keyring, scene->source, support_clock),
        1, schedule.cooldown_s);
    (void)ajwt_keyring_may_warn(scene->keyring, scene->source, support_clock);
}

static void read_body(test_scene *scene)
{
    unsigned found;
    ajwt_bytes text;

    assert_int_equal(ajwt_shm_slots_read(&text, &found, scene->shared,
                                         scene->source, scene->pool),
                     APR_SUCCESS);
    assert_true(text.len <= AJWT_MAX_DOCUMENT_BYTES);
}

static void read_state(test_scene *scene)
{
    ajwt_slot_state *state;

    assert_int_equal(ajwt_shm_slots_lock(&state, scene->shared, scene->source),
                     APR_SUCCESS);
    assert_true(strlen(state->validator.url) < sizeof state->validator.url);
    assert_true(strlen(state->validator.etag) < sizeof state->validator.etag);
    assert_true(strlen(state->failure.detail) < sizeof state->failure.detail);
    assert_non_null(ajwt_reason_describe(state->failure.reason));
    ajwt_shm_slots_unlock(scene->shared);
}

static void publish(test_scene *scene)
{
    ajwt_slot_state *state;

    assert_int_equal(ajwt_shm_slots_lock(&state, scene->shared, scene->source),
                     APR_SUCCESS);
    ajwt_shm_slots_publish(scene->shared, scene->source,
                           SUPPORT_BYTES("published"));
    ajwt_shm_slots_end_attempt(scene->shared, scene->source);
    ajwt_shm_slots_unlock(scene->shared);
}

static void renew(test_scene *scene)
{
    ajwt_refresh_result renewal;

    (void)ajwt_refresher_run(&renewal, &scene->renewer, scene->source,
                             scene->pool);
}

static void look(test_scene *scene)
{
    (void)ajwt_refresher_next_at(&scene->renewer, scene->source, scene->pool);
}

static void resume(test_scene *scene)
{
    (void)ajwt_refresher_resume(&scene->renewer, scene->source, 0, scene->pool);
}

static void (*const users[])(test_scene *scene) = {
    read_words, use_keyring, read_body, read_state,
    publish,    renew,       look,      resume,
};

/* Each is the first one to meet it, by turns. */
static void run_users(test_scene *scene, unsigned first)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(users); i++)
        users[(first + i) % SUPPORT_COUNT(users)](scene);
}

/* As the process that fetches does: until the set serves that there is. */
static void expect_good_keys(const char *what, test_scene *scene, int number)
{
    ajwt_refresh_result renewal;

    support_expect(what, ajwt_refresher_run(&renewal, &scene->renewer,
                                            scene->source, scene->pool) == 1);
    support_expect_reason(what, renewal.reason, AJWT_ACCEPTED);
    support_expect(what, acquired_number(scene) == number);
    (void)take_damage(scene);
    support_expect(what, !take_damage(scene));
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

static void expect_survives(const char *what, test_scene *scene, unsigned first,
                            int number)
{
    run_users(scene, first);
    let_cool();
    scene->answers[0].body = support_numbered_jwks(number, scene->pool);
    expect_good_keys(what, scene, number);
}

/* Each case has a pool of its own for what it reads, and one segment. */
static void expect_all_survive(test_scene *scene, unsigned count,
                               void (*spoil)(test_scene *scene,
                                             unsigned number))
{
    apr_pool_t *kept = scene->pool;
    unsigned i;

    scene->answers[0].body = support_numbered_jwks(0, kept);
    for (i = 0; i < count; i++) {
        apr_pool_create(&scene->pool, kept);
        scene->issuer->asked = "";
        spoil(scene, i);
        expect_survives(apr_psprintf(scene->pool, "case %u", i), scene, i,
                        (int)i + 1);
        scene->answers[0].body = "";
        apr_pool_destroy(scene->pool);
    }
    scene->pool = kept;
}

static void fill_by_seed(test_scene *scene, unsigned number)
{
    fill_randomly(support_memory(&scene->segment, scene->source),
                  ajwt_shm_slots_segment_size(), number);
}

/* G6 */
static void test_a_random_segment(void **state)
{
    expect_all_survive(set_scene(*state), 1000, fill_by_seed);
}

static void fill_with_one_byte(test_scene *scene, unsigned number)
{
    static const unsigned char bytes[] = {0, 0xff, 0x7f, 0x80, 1, 'x'};

    memset(support_memory(&scene->segment, scene->source),
           bytes[number / SUPPORT_COUNT(users)], ajwt_shm_slots_segment_size());
}

/* G6 */
static void test_a_segment_of_one_byte(void **state)
{
    expect_all_survive(set_scene(*state), 6 * SUPPORT_COUNT(users),
                       fill_with_one_byte);
}

/* Of one place alone, which leaves the others in order */
static void fill_a_word(test_scene *scene, unsigned number)
{
    const size_t head = offsetof(ajwt_slot, bodies[0].bytes) + 64;

    fill_randomly((unsigned char *)scene->slot + number * 8 % head, 8, number);
}

/* G6 */
static void test_a_random_word(void **state)
{
    expect_all_survive(set_scene(*state), 1000, fill_a_word);
}

/* --- a child that goes on writing --- */

#define ROUNDS 300

__attribute__((noreturn)) static void scribble(const test_scene *scene)
{
    unsigned seed = 0;

    for (;;)
        fill_by_seed((test_scene *)scene, seed++);
}

/* G6 */
static void test_a_segment_that_is_written_all_the_while(void **state)
{
    test_scene *scene = set_scene(*state);
    apr_pool_t *kept = scene->pool;
    unsigned round;
    pid_t child;

    scene->answers[0].body = support_numbered_jwks(0, kept);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        scribble(scene);
    for (round = 0; round < ROUNDS; round++) {
        apr_pool_create(&scene->pool, kept);
        scene->issuer->asked = "";
        run_users(scene, round);
        let_cool();
        apr_pool_destroy(scene->pool);
    }
    scene->pool = kept;
    scene->issuer->asked = "";
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    run_users(scene, 0);
    let_cool();
    expect_good_keys("after it has ended", scene, 0);
}

/* --- files --- */

/* G6: Until the file is read again, those of the configuration are used. */
static void test_a_files_keys_after_damage(void **state)
{
    const char *folder = support_folder(*state), *error;
    const char *path = support_write_text(
        folder, "keys", support_numbered_jwks(1, *state), *state);
    test_scene *scene =
        set_scene_of(ajwt_source_from_file(&error, path, *state), *state);
    ajwt_refresh_result renewal;

    ajwt_shm_slots_begin_file(scene->shared, scene->source, support_clock);
    fill_by_seed(scene, 1);
    assert_int_equal(acquired_number(scene), 1);
    assert_true(take_damage(scene));
    support_write_text(folder, "keys", support_numbered_jwks(2, *state),
                       *state);
    expect_good_keys("changed", scene, 2);
    assert_false(
        ajwt_refresher_run(&renewal, &scene->renewer, scene->source, *state));
    fill_by_seed(scene, 2);
    assert_int_equal(acquired_number(scene), 1);
    assert_true(take_damage(scene));
    expect_good_keys("read again, though it has not changed", scene, 2);
}

/* --- the keys on disk --- */

/* G6 */
static void test_damage_is_not_saved(void **state)
{
    test_scene *scene = set_scene(*state), *later;
    ajwt_refresh_result renewal;
    const char *detail;

    scene->renewer.state_dir = support_folder(*state);
    scene->answers[0].body = support_numbered_jwks(1, *state);
    scene->answers[0].etag = "\"1\"";
    expect_good_keys("saved", scene, 1);
    support_clock += apr_time_from_sec(3600);
    serving_body(scene)->bytes[0] ^= 1;
    /* 304: the set that was fetched before still serves, they say */
    assert_true(ajwt_refresher_run(&renewal, &scene->renewer, scene->source,
                                   scene->pool));
    assert_int_equal(renewal.saved, AJWT_ACCEPTED);
    assert_true(take_damage(scene));
    later = set_scene(*state);
    later->renewer.state_dir = scene->renewer.state_dir;
    assert_int_equal(
        ajwt_refresher_restore(&detail, &later->renewer, later->source, *state),
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
