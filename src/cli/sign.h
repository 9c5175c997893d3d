/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the signature of these bytes?  (RFC 7515 5.1 step 5, RFC 7518 3)
 *
 * The counterpart of core/signature, which the server does not need.
 */
#ifndef AJWT_CLI_SIGN_H
#define AJWT_CLI_SIGN_H

#include "core/key.h"

/**
 * The algorithm of that name, or by NULL the first, if key may be used for it;
 * else NULL.
 */
const ajwt_alg *ajwt_sign_find_alg(const ajwt_key *key, const char *name);

/**
 * key holds its private half, or is a secret.  Refuses with KEY_UNSUITABLE when
 * it is not for alg, with INTERNAL when OpenSSL cannot sign.
 */
AJWT_MUST_USE ajwt_reason ajwt_sign(ajwt_bytes *signature, const ajwt_key *key,
                                    const ajwt_alg *alg, ajwt_bytes input,
                                    apr_pool_t *pool);

#endif
