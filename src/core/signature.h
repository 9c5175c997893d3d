/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature verification with one key.
 *
 * Only this module calls EVP_DigestVerify and HMAC. It checks no policy:
 * core/keyset selects the keys.
 */
#ifndef AJWT_CORE_SIGNATURE_H
#define AJWT_CORE_SIGNATURE_H

#include "core/alg.h"
#include "core/bytes.h"
#include "core/key.h"
#include "core/reason.h"

/**
 * Fetches digests and HMAC from OpenSSL once for the process; they are released
 * when pool is destroyed. Must not be called while other threads verify.
 * Refuses with INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_signature_open(apr_pool_t *pool);

/**
 * Refuses with SIGNATURE_INVALID (also if the length is wrong), and with
 * INTERNAL if OpenSSL cannot verify at all. Leaves OpenSSL's error queue empty.
 */
AJWT_MUST_USE ajwt_reason ajwt_signature_check(const ajwt_key *key,
                                               const ajwt_alg *alg,
                                               ajwt_bytes signing_input,
                                               ajwt_bytes signature);

#endif
