/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed 128-bit MAC used as cache key, so that tokens are not stored.
 *
 * The key is random, generated when the server starts, and exists only in its
 * memory: no other program can compute a MAC or find a collision. The MAC is
 * SipHash-2-4, which is fast for inputs as long as a token.
 */
#ifndef AJWT_CACHE_MAC_KEY_H
#define AJWT_CACHE_MAC_KEY_H

#include <apr_pools.h>

#include "core/bytes.h"
#include "core/reason.h"

typedef struct ajwt_mac {
    apr_uint64_t word[2];
} ajwt_mac;

typedef struct ajwt_mac_key ajwt_mac_key;

/**
 * Generates a key for this process and its children; threads share it. Refuses
 * with INTERNAL if OpenSSL has no SipHash or no random bytes.
 */
AJWT_MUST_USE ajwt_reason ajwt_mac_key_make(const ajwt_mac_key **made,
                                            apr_pool_t *pool);

/** Refuses with INTERNAL if memory is exhausted. */
AJWT_MUST_USE ajwt_reason ajwt_mac_compute(ajwt_mac *mac,
                                           const ajwt_mac_key *key,
                                           ajwt_bytes bytes);

#endif
