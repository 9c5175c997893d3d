/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extracts the token of a request from the sources that AuthJWTTokenSource
 * names, and removes it there. (RFC 6750 2)
 */
#ifndef AJWT_HTTPD_REQUEST_TOKEN_EXTRACT_H
#define AJWT_HTTPD_REQUEST_TOKEN_EXTRACT_H

#include "config/token_source.h"
#include "core/reason.h"
#include "httpd/module.h"

/**
 * Looks for a token in one source. removes: whether to remove it there; a token
 * in the query string is always removed.
 *
 * Refuses with NO_TOKEN, OTHER_SCHEME, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_token_extract(ajwt_bytes *token,
                                             const ajwt_token_source *source,
                                             int removes, request_rec *r);

/**
 * The name of the header with r's credentials: Proxy-Authorization for a
 * forward proxy, otherwise Authorization.
 */
const char *ajwt_token_extract_header_name(const request_rec *r);

/**
 * Combines the results of two sources: for example, "a token" and "no token"
 * give "a token".
 */
ajwt_reason ajwt_token_extract_combine(ajwt_reason one, ajwt_reason other);

#endif
