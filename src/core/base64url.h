/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict base64url decoder (RFC 7515 2, RFC 4648 5), and an encoder.
 *
 * The decoder refuses padding, bytes outside the alphabet, a length that is 1
 * modulo 4, and non-zero trailing bits in the last character, so that every
 * value has exactly one encoding.
 */
#ifndef AJWT_CORE_BASE64URL_H
#define AJWT_CORE_BASE64URL_H

#include <apr_pools.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * Allocates bytes from pool and appends a NUL that len does not count. Refuses
 * with BASE64URL_INVALID.
 */
AJWT_MUST_USE ajwt_reason ajwt_base64url_decode(ajwt_bytes *bytes,
                                                ajwt_bytes text,
                                                apr_pool_t *pool);

/**
 * The same for base64 with the standard alphabet and mandatory padding, as in
 * x5c (RFC 7517 4.7).
 */
AJWT_MUST_USE ajwt_reason ajwt_base64_decode(ajwt_bytes *bytes, ajwt_bytes text,
                                             apr_pool_t *pool);

const char *ajwt_base64url_encode(ajwt_bytes bytes, apr_pool_t *pool);

#endif
