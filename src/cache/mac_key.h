/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what are bytes known again that must not be kept?
 *
 * A MAC under a key that is drawn when the server starts and lies in its
 * memory alone: nobody else can compute one, or look for bytes that share one.
 * 128 bits of SipHash-2-4, which is fast on what is as long as a token.
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
 * Draws a key, for this process and those that it forks; threads share it.
 * Refuses with INTERNAL where OpenSSL has no SipHash, or no random bytes.
 */
AJWT_MUST_USE ajwt_reason ajwt_mac_key_make(const ajwt_mac_key **made,
                                            apr_pool_t *pool);

/** Refuses with INTERNAL when memory is out. */
AJWT_MUST_USE ajwt_reason ajwt_mac_compute(ajwt_mac *mac,
                                           const ajwt_mac_key *key,
                                           ajwt_bytes bytes);

#endif
