/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser for tokens, which are compact JWS (RFC 7515 3.1, 5.2; RFC 7519 7.2).
 *
 * A token is split and decoded once, without cryptography, policy or clock.
 * Nothing in it may be trusted before core/verify has accepted it.
 */
#ifndef AJWT_CORE_TOKEN_H
#define AJWT_CORE_TOKEN_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/alg.h"
#include "core/bytes.h"
#include "core/reason.h"

/* Absent members are NULL. */
typedef struct ajwt_token {
    ajwt_bytes signing_input; /* header "." payload, as received */
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
 * Parses compact; token points into it. If it is refused, token contains what
 * could be parsed, for the log. Refuses with TOKEN_TOO_LONG, NOT_COMPACT,
 * ENCRYPTED, BASE64URL_INVALID, HEADER_INVALID, PAYLOAD_INVALID,
 * DUPLICATE_MEMBER, OVER_LIMIT, NUMBER_RANGE, PARAMETER_TYPE,
 * CRITICAL_PARAMETER, UNENCODED_PAYLOAD, COMPRESSED, ALGORITHM_NONE,
 * ALGORITHM_UNKNOWN, REPLICATED_CLAIM, CLAIM_TYPE (iss).
 */
AJWT_MUST_USE ajwt_reason ajwt_token_parse(ajwt_token *token,
                                           ajwt_bytes compact,
                                           apr_pool_t *pool);

/**
 * Whether compact has three segments and an acceptable length. Any other text
 * can be refused without parsing.
 */
int ajwt_token_has_form(ajwt_bytes compact);

/**
 * The same for a token that was parsed before: token shares what parsed owns,
 * and only the signature is decoded.
 */
AJWT_MUST_USE ajwt_reason ajwt_token_parse_again(ajwt_token *token,
                                                 const ajwt_token *parsed,
                                                 ajwt_bytes compact,
                                                 apr_pool_t *pool);

/**
 * Whether the token is for Microsoft Graph: its header contains a nonce that
 * was replaced by another value when the token was signed. Only Graph can
 * verify it.
 */
int ajwt_token_is_for_graph(const ajwt_token *token);

#endif
