/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/signature_cache.h"

struct ajwt_signature_cache {
    ajwt_set_cache entries;
    const ajwt_mac_key *key;
    ajwt_lookup_counters *lookups;
};

apr_size_t ajwt_signature_cache_size(int entries)
{
    return (apr_size_t)ajwt_set_cache_count(entries) *
           sizeof(ajwt_set_cache_entry);
}

const ajwt_signature_cache *ajwt_signature_cache_open(
    void *memory, int entries, const ajwt_mac_key *key,
    ajwt_lookup_counters *lookups, apr_pool_t *pool)
{
    ajwt_signature_cache *signatures = apr_palloc(pool, sizeof *signatures);

    ajwt_set_cache_open(&signatures->entries, memory, entries);
    signatures->key = key;
    signatures->lookups = lookups;
    return signatures;
}

static ajwt_reason make_mac(ajwt_mac *mac, const ajwt_signature_lookup *lookup,
                            apr_uint32_t key_index)
{
    const struct {
        ajwt_mac token;
        apr_uint32_t source, generation, key_index, padding;
    } all = {lookup->token, lookup->source, lookup->generation, key_index, 0};
    const ajwt_bytes bytes = {(const unsigned char *)&all, sizeof all};

    return ajwt_mac_compute(mac, lookup->cache->key, bytes);
}

static int has_signature(const ajwt_known_signatures *known,
                         apr_uint32_t key_index, apr_time_t now)
{
    const ajwt_signature_lookup *lookup = (const ajwt_signature_lookup *)known;
    ajwt_lookup_counters *lookups = lookup->cache->lookups;
    ajwt_mac mac;
    int is_hit = make_mac(&mac, lookup, key_index) == AJWT_ACCEPTED &&
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

    if (make_mac(&mac, lookup, key_index) == AJWT_ACCEPTED)
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
