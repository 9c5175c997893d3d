/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed 128-bit MAC used as cache key, so that tokens are not stored.
 *
 * The key is random, generated when the server starts, and exists only in its
 * memory: no other program can compute a MAC or find a collision. The MAC is
 * GMAC (NIST SP 800-38D): of OpenSSL's MACs, only Poly1305 is as fast, and
 * OpenSSL's FIPS provider does not have that one.
 *
 * All MACs have one nonce, which GMAC forbids where others see MACs: from two
 * of them and their texts one can compute the key of GHASH. Here no other
 * program sees any. They are in memory that only this server's processes can
 * read, and those have the key itself. For one who sees none, two different
 * tokens have the same MAC with a probability below 2^-117 (16 KiB are 1024
 * blocks), as for any universal hash.
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
 * with INTERNAL if OpenSSL has no GMAC or no random bytes.
 */
AJWT_MUST_USE ajwt_reason ajwt_mac_key_make(const ajwt_mac_key **made,
                                            apr_pool_t *pool);

/** Refuses with INTERNAL if memory is exhausted. */
AJWT_MUST_USE ajwt_reason ajwt_mac_compute(ajwt_mac *mac,
                                           const ajwt_mac_key *key,
                                           ajwt_bytes bytes);

#endif
