/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a public key as a JWK Set, and its thumbprint. (RFC 7517 4 and 5, RFC
 * 7638)
 *
 * Only for public keys, not for secrets.  The counterpart of core/jwk.
 */
#ifndef AJWT_CLI_JWK_PRINT_H
#define AJWT_CLI_JWK_PRINT_H

#include "core/key.h"

/**
 * Returns the RFC 7638 thumbprint with SHA-256, in base64url; NULL if OpenSSL
 * fails.
 */
const char *ajwt_jwk_thumbprint(const ajwt_key *key, apr_pool_t *pool);

/**
 * Returns a JWK Set with this key, its kid and alg; alg is NULL if the key may
 * be used for several.  NULL if OpenSSL fails or the kid is not UTF-8.
 */
const char *ajwt_jwk_print_set(const ajwt_key *key, const ajwt_alg *alg,
                               apr_pool_t *pool);

#endif
