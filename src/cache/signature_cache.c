/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/signature_cache.h"

struct ajwt_signature_cache {
    ajwt_set_cache cache;
    const ajwt_mac_key *key;
    ajwt_hits *hits;
};

apr_size_t ajwt_signature_cache_size(int entries)
{
    return (apr_size_t)ajwt_set_cache_count(entries) * sizeof(ajwt_set_cache_entry);
}

const ajwt_signature_cache *ajwt_signature_cache_open(void *memory, int entries,
                                    const ajwt_mac_key *key,
                                    ajwt_hits *hits, apr_pool_t *pool)
{
    ajwt_signature_cache *proofs = apr_palloc(pool, sizeof *proofs);

    ajwt_set_cache_open(&proofs->cache, memory, entries);
    proofs->key = key;
    proofs->hits = hits;
    return proofs;
}

/* Of all that a proof depends on */
static ajwt_reason take_fingerprint(ajwt_mac *fingerprint,
                                    const ajwt_signature_lookup *proof, apr_uint32_t index)
{
    const struct {
        ajwt_mac token;
        apr_uint32_t source, generation, index, nothing;
    } all = {proof->token, proof->source, proof->generation, index, 0};
    const ajwt_bytes octets = {(const unsigned char *)&all, sizeof all};

    return ajwt_mac_compute(fingerprint, proof->cache->key, octets);
}

int ajwt_signature_cache_has(const ajwt_signature_lookup *proof, apr_uint32_t index,
                        apr_time_t now)
{
    ajwt_hits *hits = proof->cache->hits;
    ajwt_mac fingerprint;
    int is_known =
        take_fingerprint(&fingerprint, proof, index) == AJWT_ACCEPTED &&
        ajwt_set_cache_find(&proof->cache->cache, &fingerprint, now) >= 0;

    atomic_fetch_add(is_known ? &hits->hits : &hits->misses, 1);
    return is_known;
}

void ajwt_signature_cache_add(const ajwt_signature_lookup *proof, apr_uint32_t index,
                         apr_time_t now, apr_uint32_t until_s)
{
    const ajwt_set_cache *cache = &proof->cache->cache;
    ajwt_mac fingerprint;

    if (take_fingerprint(&fingerprint, proof, index) == AJWT_ACCEPTED)
        ajwt_set_cache_put(cache, ajwt_set_cache_choose(cache, &fingerprint, now),
                       &fingerprint, until_s);
}
