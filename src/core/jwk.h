/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JWK parser (RFC 7517 4, RFC 7518 6, RFC 8037 2).
 *
 * A key is built from the public members, or from x5c if these are absent.
 * Private members of a public key are never read. See core/members for the
 * deviations that are tolerated.
 */
#ifndef AJWT_CORE_JWK_H
#define AJWT_CORE_JWK_H

#include <jansson.h>

#include "core/key.h"

/*
 * A fetched set may not contain secrets, so that an attacker who controls it
 * cannot add one.
 */
typedef enum ajwt_origin { AJWT_FETCHED, AJWT_LOCAL } ajwt_origin;

/**
 * The caller zeroes key. Refuses with KEY_MALFORMED, KEY_TYPE_UNKNOWN,
 * KEY_SIZE, KEY_PURPOSE, KEY_SYMMETRIC (a fetched oct key); key->problem then
 * describes the member and the error. key->kid is set even then, if present.
 * key->repairs lists what was tolerated. The private members of jwk are wiped.
 */
AJWT_MUST_USE ajwt_reason ajwt_jwk_parse(ajwt_key *key, const json_t *jwk,
                                         ajwt_origin origin, apr_pool_t *pool);

#endif
