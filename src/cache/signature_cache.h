/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was this signature found good before?
 *
 * A set of fingerprints in memory that processes share; never a token or a
 * claim.  A proof is one byte string's with all that its signature was checked
 * by: which source's keys, in which generation, and which of them.  So what
 * was proven by one key set is not believed by another, and a key that is gone
 * proves nothing.  That the key may be asked at all, and what the token says,
 * is checked each time: see core/verify.
 */
#ifndef AJWT_CACHE_SIGNATURE_CACHE_H
#define AJWT_CACHE_SIGNATURE_CACHE_H

#include <apr_pools.h>

#include "cache/set_cache.h"
#include "cache/counters.h"

typedef struct ajwt_signature_cache ajwt_signature_cache;

/** Bytes of memory for so many entries. */
apr_size_t ajwt_signature_cache_size(int entries);

/**
 * memory: of ajwt_signature_cache_size bytes, zeroed, aligned for a pointer;
 * hits: where it is counted how often a proof was looked for.
 */
const ajwt_signature_cache *ajwt_signature_cache_open(void *memory, int entries,
                                                      const ajwt_mac_key *key,
                                                      ajwt_hits *hits,
                                                      apr_pool_t *pool);

/* What may be proven of one token by one generation of one source's keys */
typedef struct ajwt_signature_lookup {
    const ajwt_signature_cache *cache;
    ajwt_mac token;
    apr_uint32_t source;     /* its index: a set of proofs belongs to one
                                configuration */
    apr_uint32_t generation; /* of the source's keys */
} ajwt_signature_lookup;

/** Whether the key at index signed it.  Counts a hit or a miss. */
int ajwt_signature_cache_has(const ajwt_signature_lookup *lookup,
                             apr_uint32_t index, apr_time_t now);

/** From now on, until until_s (seconds since 1970) or until room is needed. */
void ajwt_signature_cache_add(const ajwt_signature_lookup *lookup,
                              apr_uint32_t index, apr_time_t now,
                              apr_uint32_t until_s);

#endif
