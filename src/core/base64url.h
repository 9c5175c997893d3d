/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes does this base64url text stand for?
 *
 * Strict (RFC 7515 2, RFC 4648 5): no padding, no byte outside the alphabet,
 * no length that is 1 modulo 4, no stray bits in the last character, so that
 * every value has one spelling.  Does not know what the bytes mean.
 */
#ifndef AJWT_CORE_BASE64URL_H
#define AJWT_CORE_BASE64URL_H

#include <apr_pools.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * bytes is allocated from pool, one byte longer than its len and ended by a
 * NUL.  Refuses with BASE64URL_INVALID.
 */
AJWT_MUST_USE ajwt_reason ajwt_base64url_decode(ajwt_bytes *bytes,
                                                ajwt_bytes text,
                                                apr_pool_t *pool);

/**
 * The same for base64 with the standard alphabet and mandatory padding, as
 * x5c has it (RFC 7517 4.7).
 */
AJWT_MUST_USE ajwt_reason ajwt_base64_decode(ajwt_bytes *bytes, ajwt_bytes text,
                                             apr_pool_t *pool);

const char *ajwt_base64url_encode(ajwt_bytes bytes, apr_pool_t *pool);

#endif
