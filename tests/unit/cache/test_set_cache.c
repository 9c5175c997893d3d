/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/rand.h>

#include "cache/set_cache.h"
#include "core/limits.h"

#define ENTRIES 1024
#define NEVER   UINT32_MAX

static apr_time_t at(int seconds)
{
    return SUPPORT_NOW + apr_time_from_sec(seconds);
}

static ajwt_mac draw(void)
{
    ajwt_mac drawn;

    assert_int_equal(RAND_bytes((unsigned char *)&drawn, sizeof drawn), 1);
    return drawn;
}

static ajwt_mac *draw_many(int count, apr_pool_t *pool)
{
    ajwt_mac *many = apr_palloc(pool, (apr_size_t)count * sizeof *many);
    int i;

    for (i = 0; i < count; i++)
        many[i] = draw();
    return many;
}

static ajwt_set_cache make(apr_pool_t *pool)
{
    ajwt_set_cache cache;

    ajwt_set_cache_open(
        &cache,
        apr_pcalloc(pool, (apr_size_t)ajwt_set_cache_count(ENTRIES) *
                              sizeof(ajwt_set_cache_entry)),
        ENTRIES);
    return cache;
}

static int put(const ajwt_set_cache *cache, const ajwt_mac *mac, apr_time_t now,
               apr_uint32_t until_s)
{
    int index = ajwt_set_cache_choose(cache, mac, now);

    ajwt_set_cache_put(cache, index, mac, until_s);
    return index;
}

static int count_found(const ajwt_set_cache *cache, const ajwt_mac *many,
                       int count, apr_time_t now)
{
    int i, found = 0;

    for (i = 0; i < count; i++)
        found += ajwt_set_cache_find(cache, &many[i], now) >= 0;
    return found;
}

/* So many that each place was given away a hundred times, if it can be */
static void flood(const ajwt_set_cache *cache, apr_time_t now)
{
    int i;

    for (i = 0; i < 100 * cache->count; i++) {
        ajwt_mac drawn = draw();

        put(cache, &drawn, now, NEVER);
    }
}

static void finds_what_was_put(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac one = draw(), other = draw();
    int index = put(&cache, &one, at(0), NEVER);

    support_expect("there", ajwt_set_cache_find(&cache, &one, at(0)) == index);
    support_expect("not there", ajwt_set_cache_find(&cache, &other, at(0)) < 0);
    support_expect("again", put(&cache, &one, at(1), NEVER) == index);
    ajwt_set_cache_clear(&cache, index);
    support_expect("cleared", ajwt_set_cache_find(&cache, &one, at(0)) < 0);
}

static void has_room_for_its_entries(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac *many = draw_many(ENTRIES, *state);
    int i, found;

    for (i = 0; i < ENTRIES; i++)
        put(&cache, &many[i], at(0), NEVER);
    found = count_found(&cache, many, ENTRIES, at(0));
    support_expect(apr_psprintf(*state, "%d of %d", found, ENTRIES),
                   found >= ENTRIES * 97 / 100);
}

/* G5: a flood of tokens drives out its own, not those that are in use. */
static void keeps_what_is_in_use(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac *many = draw_many(100, *state);
    int i, found;

    for (i = 0; i < 100; i++)
        put(&cache, &many[i], at(0), NEVER);
    found = count_found(&cache, many, 100, at(1));
    flood(&cache, at(1 + AJWT_IN_USE_S));
    support_expect("in use", count_found(&cache, many, 100,
                                         at(1 + AJWT_IN_USE_S)) == found);
    flood(&cache, at(2 + 2 * AJWT_IN_USE_S));
    support_expect(
        "idle", count_found(&cache, many, 100, at(2 + 2 * AJWT_IN_USE_S)) < 10);
}

/* Where all are in use, one of them gives way all the same. */
static void takes_what_is_new(void **state)
{
    ajwt_set_cache cache = make(*state);
    int i;

    for (i = 0; i < 10 * cache.count; i++) {
        ajwt_mac drawn = draw();

        put(&cache, &drawn, at(0), NEVER);
        if (ajwt_set_cache_find(&cache, &drawn, at(0)) < 0)
            support_expect("the newest", 0);
    }
}

static void gives_away_what_has_expired(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac *old = draw_many(cache.count, *state);
    ajwt_mac fresh = draw(), other = draw();
    int i, index;

    for (i = 0; i < cache.count; i++)
        put(&cache, &old[i], at(0), SUPPORT_NOW_S + 10);
    index = put(&cache, &fresh, at(20), SUPPORT_NOW_S + 30);
    other.word[0] = fresh.word[0]; /* so that it has the same places */
    support_expect("an expired one first",
                   put(&cache, &other, at(20), NEVER) != index);
}

static void knows_what_has_ended_and_what_is_idle(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac one = draw();
    int index = put(&cache, &one, at(0), SUPPORT_NOW_S + 100);

    support_expect("not yet",
                   !ajwt_set_cache_has_expired(&cache, index, at(99)));
    support_expect("ended", ajwt_set_cache_has_expired(&cache, index, at(100)));
    support_expect("never found", ajwt_set_cache_is_idle(&cache, index, at(0)));
    ajwt_set_cache_find(&cache, &one, at(0));
    support_expect("in use", !ajwt_set_cache_is_idle(&cache, index, at(60)));
    support_expect("no longer", ajwt_set_cache_is_idle(&cache, index, at(61)));
    ajwt_set_cache_clear(&cache, index);
    support_expect("empty",
                   !ajwt_set_cache_has_expired(&cache, index, at(100)));
    support_expect("empty", !ajwt_set_cache_is_idle(&cache, index, at(100)));
}

/* G5: An empty place holds two words of 0, and so could a fingerprint. */
static void an_empty_place_is_no_fingerprint(void **state)
{
    static const ajwt_mac nothing;
    ajwt_set_cache cache = make(*state);

    support_expect("at first",
                   ajwt_set_cache_find(&cache, &nothing, at(0)) < 0);
    put(&cache, &nothing, at(0), NEVER);
    support_expect("put", ajwt_set_cache_find(&cache, &nothing, at(0)) < 0);
}

/* G5: what is half of one and half of another is nobody's. */
static void half_is_nothing(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac one = draw(), mixed = one;

    put(&cache, &one, at(0), NEVER);
    mixed.word[1] = draw().word[1];
    support_expect("the first half",
                   ajwt_set_cache_find(&cache, &mixed, at(0)) < 0);
    mixed = one;
    mixed.word[0] += (apr_uint64_t)cache.count; /* in the same places */
    support_expect("the other half",
                   ajwt_set_cache_find(&cache, &mixed, at(0)) < 0);
}

/* G7 */
static void a_clock_that_went_back_blocks_no_place(void **state)
{
    ajwt_set_cache cache = make(*state);
    ajwt_mac *many = draw_many(ENTRIES, *state);
    int i;

    for (i = 0; i < ENTRIES; i++)
        put(&cache, &many[i], at(0), NEVER);
    count_found(&cache, many, ENTRIES, at(86400));
    flood(&cache, at(0));
    support_expect("given away",
                   count_found(&cache, many, ENTRIES, at(0)) < ENTRIES / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(finds_what_was_put),
        SUPPORT_TEST(has_room_for_its_entries),
        SUPPORT_TEST(keeps_what_is_in_use),
        SUPPORT_TEST(takes_what_is_new),
        SUPPORT_TEST(gives_away_what_has_expired),
        SUPPORT_TEST(knows_what_has_ended_and_what_is_idle),
        SUPPORT_TEST(an_empty_place_is_no_fingerprint),
        SUPPORT_TEST(half_is_nothing),
        SUPPORT_TEST(a_clock_that_went_back_blocks_no_place),
    };

    return SUPPORT_RUN(tests);
}
