/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in an Authorization header is the token, and how is a client told
 * that it needs another one?  (RFC 6750 2.1 and 3)
 *
 * Strings in, strings out; knows neither requests nor tokens.
 */
#ifndef AJWT_CORE_BEARER_H
#define AJWT_CORE_BEARER_H

#include <apr_pools.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * token borrows from authorization, which is NULL when there was no such
 * header.  An empty one is none.  Refuses with NO_TOKEN, OTHER_SCHEME,
 * MALFORMED_CREDENTIALS, SEVERAL_TOKENS (httpd joins two header lines by a
 * comma).
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse(ajwt_bytes *token,
                                            const char *authorization);

/**
 * The same of a text that is nothing but the token; NULL or blank is none.
 * Refuses with NO_TOKEN, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse_bare(ajwt_bytes *token,
                                                 const char *text);

/**
 * Parses the value of another header, as gateways send it: the token, with or
 * without `Bearer` before it.  httpd joins several fields by commas;
 * empty ones do not count.
 * Refuses with NO_TOKEN, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse_field(ajwt_bytes *token,
                                                  const char *text);

/* What a challenge tells a client besides the reason; NULL: nothing */
typedef struct ajwt_challenge {
    const char *realm; /* quotes and backslashes already escaped */
    const char *scope;
    const char *acr_values, *max_age; /* RFC 9470 3 */
    const char *resource_metadata;    /* RFC 9728 5.1: a URL */
} ajwt_challenge;

/** The value of WWW-Authenticate. */
const char *ajwt_bearer_challenge(ajwt_reason reason,
                                  const ajwt_challenge *challenge,
                                  apr_pool_t *pool);

/** Whether text may stand in a challenge's list: RFC 6749 3.3. */
int ajwt_bearer_is_scope_token(const char *text);

#endif
