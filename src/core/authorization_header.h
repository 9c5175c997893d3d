/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser for the Authorization header with the scheme Bearer (RFC 6750 2.1),
 * and for the places that contain only the token.
 *
 * It works on strings only and does not depend on requests or tokens.
 */
#ifndef AJWT_CORE_AUTHORIZATION_HEADER_H
#define AJWT_CORE_AUTHORIZATION_HEADER_H

#include "core/bytes.h"
#include "core/reason.h"

/**
 * Finds the token in an Authorization field, without a check of its bytes.
 * token points into authorization, which is NULL without such a field; an empty
 * field counts as none. Refuses with NO_TOKEN, OTHER_SCHEME,
 * MALFORMED_CREDENTIALS, SEVERAL_TOKENS (httpd joins several field lines with
 * commas).
 */
AJWT_MUST_USE ajwt_reason
ajwt_authorization_header_parse(ajwt_bytes *token, const char *authorization);

/**
 * The same for a text that contains only the token; NULL or blank is none.
 * Refuses with NO_TOKEN, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason
ajwt_authorization_header_parse_bare(ajwt_bytes *token, const char *text);

/**
 * Parses the value of another header field, as gateways send it: the token,
 * with or without `Bearer` before it. httpd joins several field lines with
 * commas; empty elements are ignored. Refuses with NO_TOKEN,
 * MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason
ajwt_authorization_header_parse_field(ajwt_bytes *token, const char *text);

/**
 * Checks the bytes of a token that one of these functions found: b64token (RFC
 * 6750 2.1). An accepted token has no others, so only a refused one needs the
 * check, which tells a malformed request from a bad token. Refuses with
 * MALFORMED_CREDENTIALS.
 */
AJWT_MUST_USE ajwt_reason ajwt_authorization_header_check(ajwt_bytes token);

#endif
