/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser for the Authorization field, and the WWW-Authenticate challenge (RFC
 * 6750 2.1 and 3).
 *
 * It works on strings only and does not depend on requests or tokens.
 */
#ifndef AJWT_CORE_BEARER_H
#define AJWT_CORE_BEARER_H

#include <apr_pools.h>

#include "core/bytes.h"
#include "core/reason.h"

/**
 * Finds the token in an Authorization field. token points into authorization,
 * which is NULL without such a field; an empty field counts as none. Refuses
 * with NO_TOKEN, OTHER_SCHEME, MALFORMED_CREDENTIALS, SEVERAL_TOKENS (httpd
 * joins several field lines with commas).
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse(ajwt_bytes *token,
                                            const char *authorization);

/**
 * The same for a text that contains only the token; NULL or blank is none.
 * Refuses with NO_TOKEN, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse_bare(ajwt_bytes *token,
                                                 const char *text);

/**
 * Parses the value of another header field, as gateways send it: the token,
 * with or without `Bearer` before it. httpd joins several field lines with
 * commas; empty elements are ignored. Refuses with NO_TOKEN,
 * MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_bearer_parse_field(ajwt_bytes *token,
                                                  const char *text);

/* Parameters of a challenge in addition to the reason; NULL: omitted */
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

/** Whether text is a scope-token of RFC 6749 3.3. */
int ajwt_bearer_is_scope_token(const char *text);

#endif
