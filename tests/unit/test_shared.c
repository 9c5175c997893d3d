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
    ajwt_shared *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    ajwt_shared_state *locked;

    assert_int_equal(ajwt_shared_generation(shared, a), 0);
    assert_int_equal(ajwt_shared_attempts(shared, a), 0);
    assert_true(ajwt_shared_fetched_at(shared, a) == 0);
    support_expect_serving(shared, a, "", *state);
    assert_int_equal(ajwt_shared_lock(&locked, shared, a), APR_SUCCESS);
    assert_true(locked->refresh.due_at == 0);
    assert_true(locked->refresh.fetched_at == 0);
    ajwt_shared_unlock(shared);
}

static void test_what_is_published_is_read(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shared *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    ajwt_bytes text;
    unsigned generation;

    support_publish(shared, a, "first");
    support_expect_serving(shared, a, "first", *state);
    support_publish(shared, a, "second, and longer");
    support_expect_serving(shared, a, "second, and longer", *state);
    support_publish(shared, a, "third");
    support_expect_serving(shared, a, "third", *state);
    assert_int_equal(ajwt_shared_read(&text, &generation, shared, a, *state),
                     APR_SUCCESS);
    assert_int_equal(generation, ajwt_shared_generation(shared, a));
}

static void test_the_generation_moves_with_the_octets(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shared *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0);
    static const char *const texts[] = {"x", "y", "xy", "x", "X"};
    unsigned i, before;

    for (i = 0; i < SUPPORT_COUNT(texts); i++) {
        before = ajwt_shared_generation(shared, a);
        support_publish(shared, a, texts[i]);
        support_expect(texts[i], ajwt_shared_generation(shared, a) != before);
        before = ajwt_shared_generation(shared, a);
        support_publish(shared, a, texts[i]);
        support_expect(texts[i], ajwt_shared_generation(shared, a) == before);
        support_expect(texts[i], before != 0);
        support_expect_serving(shared, a, texts[i], *state);
    }
}

static void publish_repeated(ajwt_shared *shared, const ajwt_source *source,
                             const char *text, int times, apr_pool_t *pool)
{
    support_publish(shared, source, support_repeat(text, times, pool));
}

static void test_the_largest_body(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shared *shared = support_bind(&segment, sources, *state);
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
    ajwt_shared *shared = support_bind(&segment, sources, *state);
    const ajwt_source *a = nth(sources, 0), *b = nth(sources, 1);
    ajwt_shared_state *locked;

    assert_int_equal(ajwt_shared_lock(&locked, shared, a), APR_SUCCESS);
    locked->refresh.fetched_at = SUPPORT_NOW;
    ajwt_shared_end_attempt(shared, a);
    ajwt_shared_unlock(shared);
    assert_int_equal(ajwt_shared_attempts(shared, a), 1);
    assert_true(ajwt_shared_fetched_at(shared, a) == SUPPORT_NOW);
    assert_int_equal(ajwt_shared_attempts(shared, b), 0);
    assert_true(ajwt_shared_fetched_at(shared, b) == 0);
}

static void test_state_is_kept_between_locks(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shared *shared = support_bind(&segment, sources, *state);
    ajwt_shared_state *locked;

    assert_int_equal(ajwt_shared_lock(&locked, shared, nth(sources, 0)),
                     APR_SUCCESS);
    locked->refresh.failures = 7;
    locked->mark.size = 8;
    ajwt_shared_unlock(shared);
    assert_int_equal(ajwt_shared_lock(&locked, shared, nth(sources, 1)),
                     APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 0);
    ajwt_shared_unlock(shared);
    assert_int_equal(ajwt_shared_lock(&locked, shared, nth(sources, 0)),
                     APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 7);
    assert_int_equal(locked->mark.size, 8);
    ajwt_shared_unlock(shared);
}

/* --- several, and other configurations --- */

/* G6 */
static void test_two_sources_have_two_slots(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shared *shared = support_bind(&segment, sources, *state);

    support_publish(shared, nth(sources, 0), "of a");
    assert_int_equal(ajwt_shared_generation(shared, nth(sources, 1)), 0);
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
    ajwt_shared *before = support_bind(&segment, old, *state), *after;

    support_publish(before, nth(old, 0), "of a");
    support_publish(before, nth(old, 1), "of b");
    support_publish(before, nth(old, 2), "of c");
    after = support_bind(&segment, new, *state);
    assert_int_equal(ajwt_shared_generation(after, nth(new, 0)), 0);
    support_expect_serving(after, nth(new, 1), "of c", *state);
    support_expect_serving(after, nth(new, 2), "of a", *state);
    support_expect_serving(after, nth(new, 3), "of b", *state);
    /* two generations of processes, one slot */
    support_publish(before, nth(old, 0), "newer");
    support_expect_serving(after, nth(new, 2), "newer", *state);
    support_publish(after, nth(new, 2), "newest");
    support_expect_serving(before, nth(old, 0), "newest", *state);
}

/* G6 */
static void test_too_few_slots(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *two = support_sources(*state, A, B, NULL);
    const ajwt_sources *three = support_sources(*state, A, B, C, NULL);
    ajwt_shared *shared = support_bind(&segment, two, *state);

    support_publish(shared, nth(two, 1), "of b");
    assert_null(ajwt_shared_bind(segment.base, segment.size, three,
                                 segment.mutex, *state));
    support_expect_serving(shared, nth(two, 1), "of b", *state);
}

static void expect_gone(ajwt_shared *shared, const ajwt_source *source,
                        apr_pool_t *pool)
{
    ajwt_shared_state *locked;
    ajwt_bytes text;
    unsigned generation;

    assert_int_equal(ajwt_shared_lock(&locked, shared, source), APR_NOTFOUND);
    assert_int_equal(ajwt_shared_read(&text, &generation, shared, source, pool),
                     APR_NOTFOUND);
}

/* G6 */
static void test_a_slot_that_nobody_names_goes_to_another(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *old = support_sources(*state, A, NULL);
    const ajwt_sources *new = support_sources(*state, B, NULL);
    ajwt_shared *before = support_bind(&segment, old, *state), *after;
    ajwt_shared_state *locked;
    unsigned generation;

    support_publish(before, nth(old, 0), "of a");
    assert_int_equal(ajwt_shared_lock(&locked, before, nth(old, 0)),
                     APR_SUCCESS);
    locked->refresh.fetched_at = SUPPORT_NOW;
    locked->refresh.failures = 7;
    ajwt_shared_end_attempt(before, nth(old, 0));
    ajwt_shared_unlock(before);
    generation = ajwt_shared_generation(before, nth(old, 0));

    after = support_bind(&segment, new, *state);
    expect_gone(before, nth(old, 0), *state);
    /* whoever still looks at it notices, and nothing of a is b's */
    assert_int_not_equal(ajwt_shared_generation(before, nth(old, 0)),
                         generation);
    assert_true(ajwt_shared_fetched_at(after, nth(new, 0)) == 0);
    support_expect_serving(after, nth(new, 0), "", *state);
    assert_int_equal(ajwt_shared_lock(&locked, after, nth(new, 0)),
                     APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 0);
    assert_true(locked->refresh.fetched_at == 0);
    ajwt_shared_unlock(after);
    support_publish(after, nth(new, 0), "of b");
    support_expect_serving(after, nth(new, 0), "of b", *state);
    expect_gone(before, nth(old, 0), *state);
}

static void test_a_source_that_comes_back_begins_anew(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *a = support_sources(*state, A, NULL);
    const ajwt_sources *b = support_sources(*state, B, NULL);
    ajwt_shared *first = support_bind(&segment, a, *state), *third;
    unsigned generation;

    support_publish(first, nth(a, 0), "of a");
    generation = ajwt_shared_generation(first, nth(a, 0));
    support_bind(&segment, b, *state);
    third = support_bind(&segment, a, *state);
    support_expect_serving(third, nth(a, 0), "", *state);
    /* what was parsed of an earlier generation must not look current */
    support_publish(third, nth(a, 0), "again of a");
    assert_int_not_equal(ajwt_shared_generation(third, nth(a, 0)), generation);
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
    ajwt_shared *shared;

    assert_non_null(secret);
    ajwt_sources_add(sources, secret);
    a = support_add_jwks(sources, A, *state);
    assert_int_equal(ajwt_shared_count(sources), 1);
    shared = support_bind(&segment, sources, *state);
    support_publish(shared, a, "of a");
    support_expect_serving(shared, a, "of a", *state);
}

/* --- segments --- */

/* G6 */
static void test_a_segment_of_another_layout(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    unsigned char *header =
        (unsigned char *)(((uintptr_t)segment.base + ALIGNMENT - 1) /
                          ALIGNMENT * ALIGNMENT);
    unsigned i;

    /* magic, layout version, number and size of slots */
    for (i = 0; i < 16; i++) {
        header[i] ^= 0x80;
        support_expect(apr_psprintf(*state, "octet %u of the header", i),
                       !ajwt_shared_bind(segment.base, segment.size, sources,
                                         segment.mutex, *state));
        header[i] ^= 0x80;
    }
    support_bind(&segment, sources, *state);
}

static void test_a_segment_that_is_none(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);

    assert_null(ajwt_shared_bind(segment.base, ajwt_shared_size(2) - 1, sources,
                                 segment.mutex, *state));
    memset(segment.base, 0, ajwt_shared_size(0));
    assert_null(ajwt_shared_bind(segment.base, segment.size, sources,
                                 segment.mutex, *state));
}

static void test_a_segment_too_small_for_its_slots(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);

    ajwt_shared_format(segment.base, segment.size, 2);
    assert_null(ajwt_shared_bind(segment.base, segment.size, sources,
                                 segment.mutex, *state));
}

/* Wherever it begins, it stays within its size. */
static void test_an_unaligned_segment(void **state)
{
    apr_global_mutex_t *mutex = support_make_segment(*state).mutex;
    const apr_size_t size = ajwt_shared_size(2);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    const char *most = support_repeat("x", AJWT_MAX_DOCUMENT_BYTES, *state);
    unsigned char *memory = malloc(size + 2 * ALIGNMENT);
    unsigned offset;

    for (offset = 0; offset < ALIGNMENT; offset += 7) {
        const support_segment segment = {memory + offset, size, mutex};
        ajwt_shared *shared;

        memset(memory, 0xa5, size + 2 * ALIGNMENT);
        ajwt_shared_format(segment.base, size, 2);
        shared = support_bind(&segment, sources, *state);
        support_publish(shared, nth(sources, 1), "first");
        support_publish(shared, nth(sources, 1), most);
        support_expect_serving(shared, nth(sources, 1), most, *state);
        support_expect("before it", offset == 0 || memory[offset - 1] == 0xa5);
        support_expect("behind it", memory[offset + size] == 0xa5);
    }
    free(memory);
}

static void test_a_new_segment_adopts_the_older(void **state)
{
    const support_segment older = support_make_segment(*state);
    const support_segment newer = support_make_segment(*state);
    const ajwt_sources *old = support_sources(*state, A, B, NULL);
    const ajwt_sources *new = support_sources(*state, C, B, D, NULL);
    ajwt_shared *before = support_bind(&older, old, *state);
    ajwt_shared *after = support_bind(&newer, new, *state);
    ajwt_shared_state *locked;

    support_publish(before, nth(old, 0), "of a");
    support_publish(before, nth(old, 1), "was of b");
    support_publish(before, nth(old, 1), "of b");
    assert_int_equal(ajwt_shared_lock(&locked, before, nth(old, 1)),
                     APR_SUCCESS);
    locked->refresh.fetched_at = SUPPORT_NOW;
    locked->refresh.due_at = SUPPORT_NOW + 1;
    locked->refresh.leased_until = SUPPORT_NOW + 2;
    locked->mark.size = 8;
    ajwt_shared_end_attempt(before, nth(old, 1));
    ajwt_shared_unlock(before);

    ajwt_shared_adopt(after, new, older.base, older.size);
    support_expect_serving(after, nth(new, 0), "", *state);
    support_expect_serving(after, nth(new, 1), "of b", *state);
    support_expect_serving(after, nth(new, 2), "", *state);
    assert_int_equal(ajwt_shared_generation(after, nth(new, 0)), 0);
    assert_int_not_equal(ajwt_shared_generation(after, nth(new, 1)), 0);
    assert_true(ajwt_shared_fetched_at(after, nth(new, 1)) == SUPPORT_NOW);
    assert_int_equal(ajwt_shared_lock(&locked, after, nth(new, 1)),
                     APR_SUCCESS);
    assert_true(locked->refresh.due_at == SUPPORT_NOW + 1);
    assert_int_equal(locked->mark.size, 8);
    /* whoever had it works on the older segment */
    assert_true(locked->refresh.leased_until == 0);
    ajwt_shared_unlock(after);
    support_publish(after, nth(new, 1), "newer");
    support_expect_serving(before, nth(old, 1), "of b", *state);
}

static void test_nothing_is_adopted_from_another_layout(void **state)
{
    const support_segment newer = support_make_segment(*state);
    const support_segment older = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shared *before = support_bind(&older, sources, *state);
    ajwt_shared *after = support_bind(&newer, sources, *state);

    support_publish(before, nth(sources, 0), "of a");
    memset(older.base, 0, ajwt_shared_size(0));
    ajwt_shared_adopt(after, sources, older.base, older.size);
    support_expect_serving(after, nth(sources, 0), "", *state);
    assert_int_equal(ajwt_shared_generation(after, nth(sources, 0)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_an_empty_slot),
        SUPPORT_TEST(test_what_is_published_is_read),
        SUPPORT_TEST(test_the_generation_moves_with_the_octets),
        SUPPORT_TEST(test_the_largest_body),
        SUPPORT_TEST(test_an_attempt_ends),
        SUPPORT_TEST(test_state_is_kept_between_locks),
        SUPPORT_TEST(test_two_sources_have_two_slots),
        SUPPORT_TEST(test_a_source_is_found_by_what_it_is),
        SUPPORT_TEST(test_too_few_slots),
        SUPPORT_TEST(test_a_slot_that_nobody_names_goes_to_another),
        SUPPORT_TEST(test_a_source_that_comes_back_begins_anew),
        SUPPORT_TEST(test_secrets_need_no_slot),
        SUPPORT_TEST(test_a_segment_of_another_layout),
        SUPPORT_TEST(test_a_segment_that_is_none),
        SUPPORT_TEST(test_a_segment_too_small_for_its_slots),
        SUPPORT_TEST(test_an_unaligned_segment),
        SUPPORT_TEST(test_a_new_segment_adopts_the_older),
        SUPPORT_TEST(test_nothing_is_adopted_from_another_layout),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
