/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/set_cache.h"

#include "core/limits.h"

#define WAYS 16 /* places that a MAC can be in */

static apr_uint32_t to_seconds(apr_time_t now)
{
    return (apr_uint32_t)apr_time_sec(now);
}

int ajwt_set_cache_count(int entries)
{
    return (2 * entries + WAYS - 1) / WAYS * WAYS;
}

void ajwt_set_cache_open(ajwt_set_cache *cache, ajwt_set_cache_entry *places,
                         int entries)
{
    cache->count = ajwt_set_cache_count(entries);
    cache->places = places;
}

static int find_first_place(const ajwt_set_cache *cache, const ajwt_mac *mac)
{
    const unsigned buckets = (unsigned)cache->count / WAYS;

    return (int)(mac->word[0] % buckets) * WAYS;
}

int ajwt_set_cache_is_at(const ajwt_set_cache *cache, int index,
                         const ajwt_mac *mac)
{
    ajwt_set_cache_entry *place = &cache->places[index];

    return atomic_load(&place->word[0]) == mac->word[0] &&
           atomic_load(&place->word[1]) == mac->word[1];
}

/*
 * The index of a MAC, or -1. A MAC that equals an empty place is never found.
 */
static int find_index(const ajwt_set_cache *cache, const ajwt_mac *mac)
{
    const int first = find_first_place(cache, mac);
    int i;

    if (!(mac->word[0] | mac->word[1]))
        return -1;
    for (i = first; i < first + WAYS; i++) {
        if (ajwt_set_cache_is_at(cache, i, mac))
            return i;
    }
    return -1;
}

int ajwt_set_cache_find(const ajwt_set_cache *cache, const ajwt_mac *mac,
                        apr_time_t now)
{
    const int index = find_index(cache, mac);

    /* at most once a second, to avoid bouncing the cache line between CPUs */
    if (index >= 0 &&
        atomic_load(&cache->places[index].used_s) != to_seconds(now))
        atomic_store(&cache->places[index].used_s, to_seconds(now));
    return index;
}

static int is_place_free(ajwt_set_cache_entry *place, apr_uint32_t now_s)
{
    return atomic_load(&place->until_s) <= now_s;
}

/* Unsigned, so that a clock set back does not keep a place in use forever. */
static int is_place_idle(ajwt_set_cache_entry *place, apr_uint32_t now_s)
{
    return now_s - atomic_load(&place->used_s) > AJWT_IN_USE_S;
}

int ajwt_set_cache_has_expired(const ajwt_set_cache *cache, int index,
                               apr_time_t now)
{
    const apr_uint32_t until_s = atomic_load(&cache->places[index].until_s);

    return until_s != 0 && until_s <= to_seconds(now);
}

int ajwt_set_cache_is_idle(const ajwt_set_cache *cache, int index,
                           apr_time_t now)
{
    ajwt_set_cache_entry *place = &cache->places[index];

    return atomic_load(&place->until_s) != 0 &&
           is_place_idle(place, to_seconds(now));
}

int ajwt_set_cache_choose(const ajwt_set_cache *cache, const ajwt_mac *mac,
                          apr_time_t now)
{
    const apr_uint32_t now_s = to_seconds(now);
    const int first = find_first_place(cache, mac);
    /* pseudo-random, since the MAC is unpredictable */
    const int lot = (int)(mac->word[1] % WAYS);
    int index = find_index(cache, mac), i;

    if (index >= 0)
        return index;
    for (i = 0; i < WAYS; i++) {
        int candidate = first + (lot + i) % WAYS;

        if (is_place_free(&cache->places[candidate], now_s))
            return candidate;
        if (index < 0 && is_place_idle(&cache->places[candidate], now_s))
            index = candidate;
    }
    return index >= 0 ? index : first + lot;
}

void ajwt_set_cache_put(const ajwt_set_cache *cache, int index,
                        const ajwt_mac *mac, apr_uint32_t until_s)
{
    ajwt_set_cache_entry *place = &cache->places[index];

    ajwt_set_cache_clear(cache, index);
    atomic_store(&place->until_s, until_s);
    atomic_store(&place->word[1], mac->word[1]);
    atomic_store(&place->word[0], mac->word[0]);
}

void ajwt_set_cache_clear(const ajwt_set_cache *cache, int index)
{
    ajwt_set_cache_entry *place = &cache->places[index];

    atomic_store(&place->word[0], 0);
    atomic_store(&place->word[1], 0);
    atomic_store(&place->until_s, 0);
    atomic_store(&place->used_s, 0);
}
