/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/signature_cache.h"

struct ajwt_signature_cache {
    ajwt_set_cache cache;
    const ajwt_mac_key *key;
    ajwt_hits *hits;
};

apr_size_t ajwt_signature_cache_size(int entries)
{
    return (apr_size_t)ajwt_set_cache_count(entries) *
           sizeof(ajwt_set_cache_entry);
}

const ajwt_signature_cache *ajwt_signature_cache_open(void *memory, int entries,
                                                      const ajwt_mac_key *key,
                                                      ajwt_hits *hits,
                                                      apr_pool_t *pool)
{
    ajwt_signature_cache *signatures = apr_palloc(pool, sizeof *signatures);

    ajwt_set_cache_open(&signatures->cache, memory, entries);
    signatures->key = key;
    signatures->hits = hits;
    return signatures;
}

/* Of all that a proof depends on */
static ajwt_reason make_mac(ajwt_mac *mac, const ajwt_signature_lookup *lookup,
                            apr_uint32_t index)
{
    const struct {
        ajwt_mac token;
        apr_uint32_t source, generation, index, nothing;
    } all = {lookup->token, lookup->source, lookup->generation, index, 0};
    const ajwt_bytes bytes = {(const unsigned char *)&all, sizeof all};

    return ajwt_mac_compute(mac, lookup->cache->key, bytes);
}

int ajwt_signature_cache_has(const ajwt_signature_lookup *lookup,
                             apr_uint32_t index, apr_time_t now)
{
    ajwt_hits *hits = lookup->cache->hits;
    ajwt_mac mac;
    int is_known = make_mac(&mac, lookup, index) == AJWT_ACCEPTED &&
                   ajwt_set_cache_find(&lookup->cache->cache, &mac, now) >= 0;

    atomic_fetch_add(is_known ? &hits->hits : &hits->misses, 1);
    return is_known;
}

void ajwt_signature_cache_add(const ajwt_signature_lookup *lookup,
                              apr_uint32_t index, apr_time_t now,
                              apr_uint32_t until_s)
{
    const ajwt_set_cache *cache = &lookup->cache->cache;
    ajwt_mac mac;

    if (make_mac(&mac, lookup, index) == AJWT_ACCEPTED)
        ajwt_set_cache_put(cache, ajwt_set_cache_choose(cache, &mac, now), &mac,
                           until_s);
}
