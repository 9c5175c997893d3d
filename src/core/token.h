/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this compact JWS say?  (RFC 7515 3.1, 5.2; RFC 7519 7.2)
 *
 * Splits and decodes it once; no crypto, no policy, no clock.  Nothing in here
 * is to be believed before core/verify has accepted it.
 */
#ifndef AJWT_CORE_TOKEN_H
#define AJWT_CORE_TOKEN_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/alg.h"
#include "core/bytes.h"
#include "core/reason.h"

/* What was not there is absent (NULL). */
typedef struct ajwt_token {
    ajwt_bytes signing_input; /* header "." payload, as they came */
    ajwt_bytes signature;
    const json_t *header;
    const json_t *claims;
    const ajwt_alg *alg;
    ajwt_bytes alg_name;
    ajwt_bytes kid;
    ajwt_bytes x5t;
    ajwt_bytes x5t_s256;
    ajwt_bytes typ;
    ajwt_bytes issuer; /* iss */
} ajwt_token;

/**
 * When it refuses, token still holds what could be read before, for the log.
 * Borrows from compact.  Refuses with TOKEN_TOO_LONG, NOT_COMPACT, ENCRYPTED,
 * BASE64URL_INVALID, HEADER_INVALID, PAYLOAD_INVALID, DUPLICATE_MEMBER,
 * OVER_LIMIT, NUMBER_RANGE, PARAMETER_TYPE, CRITICAL_PARAMETER,
 * UNENCODED_PAYLOAD, COMPRESSED, ALGORITHM_NONE, ALGORITHM_UNKNOWN,
 * REPLICATED_CLAIM, CLAIM_TYPE (iss).
 */
AJWT_MUST_USE ajwt_reason ajwt_token_parse(ajwt_token *token,
                                           ajwt_bytes compact,
                                           apr_pool_t *pool);

/**
 * Whether there is a look worth taking at all: three segments within limits.
 * What has not can be refused without knowing it.
 */
int ajwt_token_has_form(ajwt_bytes compact);

/**
 * The same of bytes that were parsed before: borrows what parsed owns, and
 * only looks for the signature.
 */
AJWT_MUST_USE ajwt_reason ajwt_token_parse_again(ajwt_token *token,
                                                 const ajwt_token *parsed,
                                                 ajwt_bytes compact,
                                                 apr_pool_t *pool);

/**
 * Whether it was made for Microsoft Graph: its header has a nonce, in whose
 * place something else was signed.  Nobody but Graph can verify that.
 */
int ajwt_token_is_for_graph(const ajwt_token *token);

#endif
