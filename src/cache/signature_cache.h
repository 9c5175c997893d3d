/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache of valid signatures, in memory that all processes share.
 *
 * An entry is the MAC of a token, combined with what else the verification
 * depends on: the key source, the generation of its keys, and the index of the
 * key. So a signature that is valid with one key set has no entry for another
 * one, or after its key is removed. Tokens and claims are not stored. Whether
 * the key may be used, and the claims, are checked on every request:
 * core/verify.
 */
#ifndef AJWT_CACHE_SIGNATURE_CACHE_H
#define AJWT_CACHE_SIGNATURE_CACHE_H

#include <apr_pools.h>

#include "cache/counters.h"
#include "cache/set_cache.h"
#include "core/verify.h"

typedef struct ajwt_signature_cache ajwt_signature_cache;

/** The size of the memory for this many entries, in bytes. */
apr_size_t ajwt_signature_cache_size(int entries);

/**
 * memory: ajwt_signature_cache_size bytes, zeroed, aligned for a pointer;
 * lookups: counts hits and misses.
 */
const ajwt_signature_cache *ajwt_signature_cache_open(
    void *memory, int entries, ajwt_lookup_counters *lookups, apr_pool_t *pool);

/*
 * The signatures of one token, verified with one generation of a source's keys
 */
typedef struct ajwt_signature_lookup {
    ajwt_known_signatures known; /* for core/verify; must be first */
    const ajwt_signature_cache *cache;
    ajwt_mac token;
    apr_uint32_t source;     /* its index; a cache is used with one
                                configuration only */
    apr_uint32_t generation; /* of the source's keys */
} ajwt_signature_lookup;

/**
 * Initializes lookup. `has` counts a hit or a miss. An added signature remains
 * until another entry replaces it; expired entries are replaced first.
 */
void ajwt_signature_lookup_make(ajwt_signature_lookup *lookup,
                                const ajwt_signature_cache *cache,
                                ajwt_mac token, apr_uint32_t source,
                                apr_uint32_t generation);

#endif
