/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs bytes. (RFC 7515 5.1 step 5, RFC 7518 3)
 *
 * The counterpart of core/signature; the server does not need it.
 */
#ifndef AJWT_CLI_SIGN_H
#define AJWT_CLI_SIGN_H

#include "core/key.h"

/**
 * Returns the algorithm of that name, or the first one if name is NULL, if key
 * may be used for it; otherwise NULL.
 */
const ajwt_alg *ajwt_sign_find_alg(const ajwt_key *key, const char *name);

/**
 * key has a private key or a secret.  Refuses with KEY_UNSUITABLE if it may not
 * be used for alg, with INTERNAL if OpenSSL cannot sign.
 */
AJWT_MUST_USE ajwt_reason ajwt_sign(ajwt_bytes *signature, const ajwt_key *key,
                                    const ajwt_alg *alg, ajwt_bytes input,
                                    apr_pool_t *pool);

#endif
