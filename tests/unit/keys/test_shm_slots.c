/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/limits.h"

#define A "https://a.example/jwks"
#define B "https://b.example/jwks"
#define C "https://c.example/jwks"
#define D "https://d.example/jwks"

/* A mutex that is not given back would keep the program for ever. */
#define MAX_SECONDS 60

#define ALIGNMENT   64

static const ajwt_source *nth(const ajwt_sources *sources, int index)
{
    return ajwt_sources_get(sources, index);
}

/* --- one source --- */

static void test_an_empty_slot(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_generation(shared, a), 0);
    assert_int_equal(ajwt_shm_slots_attempts(shared, a), 0);
    assert_true(ajwt_shm_slots_fetched_at(shared, a) == 0);
    support_expect_serving(shared, a, "", *state);
    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, a), APR_SUCCESS);
    assert_true(locked->refresh.due_at == 0);
    assert_true(locked->refresh.fetched_at == 0);
    ajwt_shm_slots_unlock(shared);
}

static void test_what_is_published_is_read(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    ajwt_bytes text;
    unsigned generation;

    support_publish(shared, a, "first");
    support_expect_serving(shared, a, "first", *state);
    support_publish(shared, a, "second, and longer");
    support_expect_serving(shared, a, "second, and longer", *state);
    support_publish(shared, a, "third");
    support_expect_serving(shared, a, "third", *state);
    assert_int_equal(ajwt_shm_slots_read(&text, &generation, shared, a, *state),
                     APR_SUCCESS);
    assert_int_equal(generation, ajwt_shm_slots_generation(shared, a));
}

static void test_the_generation_moves_with_the_bytes(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    static const char *const texts[] = {"x", "y", "xy", "x", "X"};
    unsigned i, before;

    for (i = 0; i < SUPPORT_COUNT(texts); i++) {
        before = ajwt_shm_slots_generation(shared, a);
        support_publish(shared, a, texts[i]);
        support_expect(texts[i],
                       ajwt_shm_slots_generation(shared, a) != before);
        before = ajwt_shm_slots_generation(shared, a);
        support_publish(shared, a, texts[i]);
        support_expect(texts[i],
                       ajwt_shm_slots_generation(shared, a) == before);
        support_expect(texts[i], before != 0);
        support_expect_serving(shared, a, texts[i], *state);
    }
}

static void publish_repeated(ajwt_shm_slots *shared, const ajwt_source *source,
                             const char *text, int times, apr_pool_t *pool)
{
    support_publish(shared, source, support_repeat(text, times, pool));
}

static void test_the_largest_body(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);
    const int most = AJWT_MAX_DOCUMENT_BYTES;

    publish_repeated(shared, b, "b", most, *state);
    publish_repeated(shared, a, "a", most, *state);
    publish_repeated(shared, a, "x", most, *state);
    publish_repeated(shared, a, "y", most + 1, *state); /* is not taken */
    support_expect_serving(shared, a, support_repeat("x", most, *state),
                           *state);
    support_expect_serving(shared, b, support_repeat("b", most, *state),
                           *state);
}

static void test_an_attempt_ends(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, a), APR_SUCCESS);
    locked->refresh.fetched_at = SUPPORT_NOW;
    ajwt_shm_slots_end_attempt(shared, a);
    ajwt_shm_slots_unlock(shared);
    assert_int_equal(ajwt_shm_slots_attempts(shared, a), 1);
    assert_true(ajwt_shm_slots_fetched_at(shared, a) == SUPPORT_NOW);
    assert_int_equal(ajwt_shm_slots_attempts(shared, b), 0);
    assert_true(ajwt_shm_slots_fetched_at(shared, b) == 0);
}

static void test_state_is_kept_between_locks(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, nth(sources, 0)),
                     APR_SUCCESS);
    locked->refresh.failures = 7;
    locked->mark.size = 8;
    ajwt_shm_slots_unlock(shared);
    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, nth(sources, 1)),
                     APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 0);
    ajwt_shm_slots_unlock(shared);
    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, nth(sources, 0)),
                     APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 7);
    assert_int_equal(locked->mark.size, 8);
    ajwt_shm_slots_unlock(shared);
}

/* Nothing is published: children use the keys of the configuration. */
static void test_a_file_that_came_with_the_configuration(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const char *jwks = support_numbered_jwks(1, *state), *error;
    ajwt_sources *sources = ajwt_sources_make(*state);
    const ajwt_source *file = ajwt_sources_add(
        sources,
        ajwt_source_from_file(
            &error,
            support_write_text(support_folder(*state), "keys", jwks, *state),
            *state));
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    ajwt_slot_state *locked;

    ajwt_shm_slots_begin_file(shared, file, SUPPORT_NOW);
    assert_int_equal(ajwt_shm_slots_generation(shared, file), 0);
    assert_true(ajwt_shm_slots_fetched_at(shared, file) == SUPPORT_NOW);
    support_expect_serving(shared, file, "", *state);
    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, file), APR_SUCCESS);
    assert_true(locked->refresh.fetched_at == SUPPORT_NOW);
    assert_true(ajwt_file_mark_equal(&locked->mark, &file->mark));
    assert_true(file->mark.changed_at != 0);
    ajwt_shm_slots_unlock(shared);
    assert_false(ajwt_shm_slots_take_damage(shared, file));
}

/* --- what requests leave for the fetcher --- */

static void test_a_want_is_taken_once(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);

    assert_false(ajwt_shm_slots_take_request(shared, a));
    ajwt_shm_slots_request(shared, a);
    ajwt_shm_slots_request(shared, a);
    assert_false(ajwt_shm_slots_take_request(shared, b));
    assert_true(ajwt_shm_slots_take_request(shared, a));
    assert_false(ajwt_shm_slots_take_request(shared, a));
    ajwt_shm_slots_request(shared, a);
    assert_true(ajwt_shm_slots_take_request(shared, a));
}

static void test_an_outage_is_logged_once_an_hour(void **state)
{
    static const struct {
        const char *what;
        int at_s, may;
    } cases[] = {
        {"the first", 0, 1},
        {"at once again", 0, 0},
        {"a second before the hour", 3599, 0},
        {"an hour later", 3600, 1},
        {"just after that", 3601, 0},
        {"a thread that read the clock earlier", 3599, 0},
        {"the clock went back an hour", 0, 1},
        {"once after that", 1, 0},
        {"the clock went back a year", -365 * 86400, 1},
        {"once after that, too", -365 * 86400 + 3599, 0},
        {"a year later", 0, 1},
    };
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect(cases[i].what,
                       ajwt_shm_slots_may_warn(
                           shared, nth(sources, 0),
                           SUPPORT_NOW + apr_time_from_sec(cases[i].at_s)) ==
                           cases[i].may);
    support_expect("another source", ajwt_shm_slots_may_warn(
                                         shared, nth(sources, 1), SUPPORT_NOW));
}

static void test_the_end_of_an_outage_is_logged_once(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);

    assert_false(ajwt_shm_slots_take_warned(shared, a));
    assert_true(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW));
    assert_false(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW + 1));
    assert_false(ajwt_shm_slots_take_warned(shared, b));
    assert_true(ajwt_shm_slots_take_warned(shared, a));
    assert_false(ajwt_shm_slots_take_warned(shared, a));
    /* the next outage begins within the hour, and is logged */
    assert_true(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW + 2));
    assert_true(ajwt_shm_slots_take_warned(shared, a));
}

static void test_a_restart_is_followed_by_a_warning(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);

    assert_true(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW));
    assert_true(ajwt_shm_slots_may_warn(shared, b, SUPPORT_NOW));
    ajwt_shm_slots_restart_warnings(shared, a);
    assert_false(ajwt_shm_slots_may_warn(shared, b, SUPPORT_NOW + 1));
    /* the outage that was logged before the restart has its end logged */
    assert_true(ajwt_shm_slots_take_warned(shared, a));
    ajwt_shm_slots_restart_warnings(shared, a);
    assert_true(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW + 1));
    assert_false(ajwt_shm_slots_may_warn(shared, a, SUPPORT_NOW + 2));
}

static int was_in_vain(ajwt_shm_slots *shared, const ajwt_source *source,
                       unsigned attempts, const char *kid)
{
    return ajwt_shm_slots_was_unsuccessful(shared, source, attempts,
                                           ajwt_bytes_from_string(kid));
}

static void test_a_kid_that_an_attempt_did_not_bring(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);
    static const ajwt_bytes none = {NULL, 0};

    assert_false(was_in_vain(shared, a, 7, "dead"));
    assert_false(was_in_vain(shared, a, 7, "dead"));
    assert_true(was_in_vain(shared, a, 8, "dead"));
    assert_true(was_in_vain(shared, a, 9, "dead"));
    assert_false(was_in_vain(shared, a, 9, "new"));
    assert_false(was_in_vain(shared, b, 9, "dead"));
    assert_false(ajwt_shm_slots_was_unsuccessful(shared, a, 9, none));
    assert_true(ajwt_shm_slots_was_unsuccessful(shared, a, 10, none));
}

/* --- several, and other configurations --- */

/* G6 */
static void test_two_sources_have_two_slots(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);

    support_publish(shared, nth(sources, 0), "of a");
    assert_int_equal(ajwt_shm_slots_generation(shared, nth(sources, 1)), 0);
    support_publish(shared, nth(sources, 1), "of b");
    support_expect_serving(shared, nth(sources, 0), "of a", *state);
    support_expect_serving(shared, nth(sources, 1), "of b", *state);
}

/* G6 */
static void test_a_source_is_found_by_what_it_is(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *old = support_sources(*state, A, B, C, NULL);
    const ajwt_sources *new = support_sources(*state, D, C, A, B, NULL);
    ajwt_shm_slots *before = support_bind(&segment, old, *state), *after;

    support_publish(before, nth(old, 0), "of a");
    support_publish(before, nth(old, 1), "of b");
    support_publish(before, nth(old, 2), "of c");
    after = support_bind(&segment, new, *state);
    assert_int_equal(ajwt_shm_slots_generation(after, nth(new, 0)), 0);
    support_expect_serving(after, nth(new, 1), "of c", *state);
    support_expect_serving(after, nth(new, 2), "of a", *state);
    support_expect_serving(after, nth(new, 3), "of b", *state);
    /* two generations of processes, one slot */
    support_publish(before, nth(old, 0), "newer");
    support_expect_serving(after, nth(new, 2), "newer", *state);
    support_publish(after, nth(new, 2), "newest");
    support_expect_serving(before, nth(old, 0), "newest", *state);
}

static void test_secrets_need_no_slot(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const char *path = support_write(support_folder(*state), "secret",
                                     support_key_named("oct")->secret, *state);
    ajwt_sources *sources = ajwt_sources_make(*state);
    const char *error;
    ajwt_source *secret = ajwt_source_from_secret(&error, path, *state);
    const ajwt_source *a;
    ajwt_shm_slots *shared;

    assert_non_null(secret);
    ajwt_sources_add(sources, secret);
    a = support_add_jwks(sources, A, *state);
    assert_int_equal(ajwt_shm_slots_count(sources), 1);
    shared = support_bind(&segment, sources, *state);
    support_publish(shared, a, "of a");
    support_expect_serving(shared, a, "of a", *state);
}

/* --- segments --- */

/* Wherever it begins, it stays within its size. */
static void test_an_unaligned_segment(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const apr_size_t size = ajwt_shm_slots_segment_size();
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    const char *most = support_repeat("x", AJWT_MAX_DOCUMENT_BYTES, *state);
    unsigned char *memory = malloc(size + 2 * ALIGNMENT);
    unsigned offset;

    for (offset = 0; offset < ALIGNMENT; offset += 7) {
        ajwt_shm_slots *shared =
            ajwt_shm_slots_make(sources, segment.head, segment.mutex, *state);

        memset(memory, 0xa5, size + 2 * ALIGNMENT);
        memset(memory + offset, 0, size);
        ajwt_shm_slots_set_segment(shared, nth(sources, 0), memory + offset);
        support_publish(shared, nth(sources, 0), "first");
        support_publish(shared, nth(sources, 0), most);
        support_expect_serving(shared, nth(sources, 0), most, *state);
        support_expect("before it", offset == 0 || memory[offset - 1] == 0xa5);
        support_expect("behind it", memory[offset + size] == 0xa5);
    }
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_an_empty_slot),
        SUPPORT_TEST(test_what_is_published_is_read),
        SUPPORT_TEST(test_the_generation_moves_with_the_bytes),
        SUPPORT_TEST(test_the_largest_body),
        SUPPORT_TEST(test_an_attempt_ends),
        SUPPORT_TEST(test_state_is_kept_between_locks),
        SUPPORT_TEST(test_a_file_that_came_with_the_configuration),
        SUPPORT_TEST(test_a_want_is_taken_once),
        SUPPORT_TEST(test_an_outage_is_logged_once_an_hour),
        SUPPORT_TEST(test_the_end_of_an_outage_is_logged_once),
        SUPPORT_TEST(test_a_restart_is_followed_by_a_warning),
        SUPPORT_TEST(test_a_kid_that_an_attempt_did_not_bring),
        SUPPORT_TEST(test_two_sources_have_two_slots),
        SUPPORT_TEST(test_a_source_is_found_by_what_it_is),
        SUPPORT_TEST(test_secrets_need_no_slot),
        SUPPORT_TEST(test_an_unaligned_segment),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
