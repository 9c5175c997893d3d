/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/signature_cache.h"

struct ajwt_proofs {
    ajwt_cache cache;
    const ajwt_fingerprinter *by;
    ajwt_hits *hits;
};

apr_size_t ajwt_proofs_size(int entries)
{
    return (apr_size_t)ajwt_cache_count(entries) * sizeof(ajwt_cache_place);
}

const ajwt_proofs *ajwt_proofs_open(void *memory, int entries,
                                    const ajwt_fingerprinter *by,
                                    ajwt_hits *hits, apr_pool_t *pool)
{
    ajwt_proofs *proofs = apr_palloc(pool, sizeof *proofs);

    ajwt_cache_open(&proofs->cache, memory, entries);
    proofs->by = by;
    proofs->hits = hits;
    return proofs;
}

/* Of all that a proof depends on */
static ajwt_reason take_fingerprint(ajwt_fingerprint *fingerprint,
                                    const ajwt_proof *proof, apr_uint32_t index)
{
    const struct {
        ajwt_fingerprint token;
        apr_uint32_t source, generation, index, nothing;
    } all = {proof->token, proof->source, proof->generation, index, 0};
    const ajwt_bytes octets = {(const unsigned char *)&all, sizeof all};

    return ajwt_fingerprint_take(fingerprint, proof->among->by, octets);
}

int ajwt_proof_is_known(const ajwt_proof *proof, apr_uint32_t index,
                        apr_time_t now)
{
    ajwt_hits *hits = proof->among->hits;
    ajwt_fingerprint fingerprint;
    int is_known =
        take_fingerprint(&fingerprint, proof, index) == AJWT_ACCEPTED &&
        ajwt_cache_find(&proof->among->cache, &fingerprint, now) >= 0;

    atomic_fetch_add(is_known ? &hits->hits : &hits->misses, 1);
    return is_known;
}

void ajwt_proof_remember(const ajwt_proof *proof, apr_uint32_t index,
                         apr_time_t now, apr_uint32_t until_s)
{
    const ajwt_cache *cache = &proof->among->cache;
    ajwt_fingerprint fingerprint;

    if (take_fingerprint(&fingerprint, proof, index) == AJWT_ACCEPTED)
        ajwt_cache_put(cache, ajwt_cache_choose(cache, &fingerprint, now),
                       &fingerprint, until_s);
}
