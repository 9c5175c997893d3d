/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this key look like to others?  (RFC 7517 4 and 5, RFC 7638)
 *
 * Public halves only; a secret has none.  The counterpart of core/jwk.
 */
#ifndef AJWT_CLI_JWK_PRINT_H
#define AJWT_CLI_JWK_PRINT_H

#include "core/key.h"

/** RFC 7638 with SHA-256, in base64url; NULL when OpenSSL fails. */
const char *ajwt_jwk_thumbprint(const ajwt_key *key, apr_pool_t *pool);

/**
 * A JWK Set of this one key, with the kid and for the alg that it has; alg is
 * NULL when it may be used for several.  NULL when OpenSSL fails or its kid is
 * not UTF-8.
 */
const char *ajwt_jwk_print_set(const ajwt_key *key, const ajwt_alg *alg,
                               apr_pool_t *pool);

#endif
