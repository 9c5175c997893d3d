/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were found good, in memory that all processes share.
 *
 * An entry is a MAC of everything that the verification depended on: the token,
 * the key source, the generation of its keys, and the key's index.  So a
 * signature that was good with one key set is not good with another, nor after
 * the key is gone.  No token and no claim is stored.  Whether the key may be
 * used, and what the token says, is checked on every request: core/verify.
 */
#ifndef AJWT_CACHE_SIGNATURE_CACHE_H
#define AJWT_CACHE_SIGNATURE_CACHE_H

#include <apr_pools.h>

#include "cache/counters.h"
#include "cache/set_cache.h"
#include "core/verify.h"

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

/* The signatures of one token, with one generation of one source's keys */
typedef struct ajwt_signature_lookup {
    ajwt_known_signatures known; /* for core/verify; first */
    const ajwt_signature_cache *cache;
    ajwt_mac token;
    apr_uint32_t source;     /* its index: a cache belongs to one
                                configuration */
    apr_uint32_t generation; /* of the source's keys */
} ajwt_signature_lookup;

/**
 * Fills in lookup.  Its `has` counts a hit or a miss; what is added stays until
 * it expires or its entry is needed.
 */
void ajwt_signature_lookup_make(ajwt_signature_lookup *lookup,
                                const ajwt_signature_cache *cache,
                                ajwt_mac token, apr_uint32_t source,
                                apr_uint32_t generation);

#endif
