/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/signature_cache.h"

#include "core/limits.h"

struct ajwt_signature_cache {
    ajwt_set_cache entries;
    ajwt_lookup_counters *lookups;
};

apr_size_t ajwt_signature_cache_size(int entries)
{
    return (apr_size_t)ajwt_set_cache_count(entries) *
           sizeof(ajwt_set_cache_entry);
}

const ajwt_signature_cache *ajwt_signature_cache_open(
    void *memory, int entries, ajwt_lookup_counters *lookups, apr_pool_t *pool)
{
    ajwt_signature_cache *signatures = apr_palloc(pool, sizeof *signatures);

    ajwt_set_cache_open(&signatures->entries, memory, entries);
    signatures->lookups = lookups;
    return signatures;
}

#define INDEX_BITS  10 /* of a key in its set */
#define SOURCE_BITS 22

_Static_assert(AJWT_MAX_KEYS <= 1 << INDEX_BITS, "indexes of keys fit");

/*
 * Adds what else the verification depends on to the MAC of the token.  It takes
 * one word, so that no mixture of two entries is an entry.  Two tokens have the
 * same sum by chance only: see cache/mac_key.  Returns whether it fits.
 */
static int make_mac(ajwt_mac *mac, const ajwt_signature_lookup *lookup,
                    apr_uint32_t key_index)
{
    *mac = lookup->token;
    mac->word[1] ^= (apr_uint64_t)lookup->generation << 32 |
                    lookup->source << INDEX_BITS | key_index;
    return lookup->source < 1u << SOURCE_BITS;
}

static int has_signature(const ajwt_known_signatures *known,
                         apr_uint32_t key_index, apr_time_t now)
{
    const ajwt_signature_lookup *lookup = (const ajwt_signature_lookup *)known;
    ajwt_lookup_counters *lookups = lookup->cache->lookups;
    ajwt_mac mac;
    int is_hit = make_mac(&mac, lookup, key_index) &&
                 ajwt_set_cache_find(&lookup->cache->entries, &mac, now) >= 0;

    ajwt_counters_add(is_hit ? &lookups->hits : &lookups->misses);
    return is_hit;
}

static void add_signature(const ajwt_known_signatures *known,
                          apr_uint32_t key_index, apr_time_t now,
                          apr_uint32_t until_s)
{
    const ajwt_signature_lookup *lookup = (const ajwt_signature_lookup *)known;
    const ajwt_set_cache *entries = &lookup->cache->entries;
    ajwt_mac mac;

    if (make_mac(&mac, lookup, key_index))
        ajwt_set_cache_put(entries, ajwt_set_cache_choose(entries, &mac, now),
                           &mac, until_s);
}

void ajwt_signature_lookup_make(ajwt_signature_lookup *lookup,
                                const ajwt_signature_cache *cache,
                                ajwt_mac token, apr_uint32_t source,
                                apr_uint32_t generation)
{
    lookup->known.has = has_signature;
    lookup->known.add = add_signature;
    lookup->cache = cache;
    lookup->token = token;
    lookup->source = source;
    lookup->generation = generation;
}
