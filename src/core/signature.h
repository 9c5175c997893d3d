/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Did this key sign these bytes?
 *
 * The only caller of EVP's verify and of HMAC.  Checks no policy: whether the
 * key may be asked at all is core/keyset's answer.
 */
#ifndef AJWT_CORE_SIGNATURE_H
#define AJWT_CORE_SIGNATURE_H

#include "core/alg.h"
#include "core/bytes.h"
#include "core/key.h"
#include "core/reason.h"

/**
 * Fetches digests and HMAC from OpenSSL, once for the process and until pool is
 * destroyed.  Not to be called while other threads verify.  Refuses with
 * INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_signature_open(apr_pool_t *pool);

/**
 * Refuses with SIGNATURE_INVALID (also when its length is wrong), and with
 * INTERNAL when OpenSSL could not even try.  Leaves OpenSSL's error queue
 * empty.
 */
AJWT_MUST_USE ajwt_reason ajwt_signature_check(const ajwt_key *key,
                                               const ajwt_alg *alg,
                                               ajwt_bytes signing_input,
                                               ajwt_bytes signature);

#endif
