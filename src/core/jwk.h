/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key is this JWK?  (RFC 7517 4, RFC 7518 6, RFC 8037 2)
 *
 * From the public members, or from x5c when these are absent.  Private members
 * of a public key are never read.  See core/members for what is tolerated.
 */
#ifndef AJWT_CORE_JWK_H
#define AJWT_CORE_JWK_H

#include <jansson.h>

#include "core/key.h"

/* Whoever can change a fetched set must not be able to add a secret to it. */
typedef enum ajwt_origin { AJWT_FETCHED, AJWT_LOCAL } ajwt_origin;

/**
 * key is zeroed by the caller.  Refuses with KEY_MALFORMED, KEY_TYPE_UNKNOWN,
 * KEY_SIZE, KEY_PURPOSE, KEY_SYMMETRIC (oct that was fetched), and key->problem
 * says which member and why.  key->kid is set, if there is one, even then.
 * key->repairs says what was read tolerantly.  Private members of jwk are
 * wiped.
 */
AJWT_MUST_USE ajwt_reason ajwt_jwk_parse(ajwt_key *key, const json_t *jwk,
                                         ajwt_origin origin, apr_pool_t *pool);

#endif
