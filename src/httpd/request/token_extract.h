/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of a request, read from one of the places that AuthJWTTokenSource
 * names, and removed from there.  (RFC 6750 2)
 */
#ifndef AJWT_HTTPD_REQUEST_TOKEN_EXTRACT_H
#define AJWT_HTTPD_REQUEST_TOKEN_EXTRACT_H

#include "config/token_source.h"
#include "core/reason.h"
#include "httpd/module.h"

/**
 * Looks for a token in one place.  removes: whether to remove it there; a token
 * in the query string is always removed.
 * Refuses with NO_TOKEN, OTHER_SCHEME, MALFORMED_CREDENTIALS, SEVERAL_TOKENS.
 */
AJWT_MUST_USE ajwt_reason ajwt_token_extract(ajwt_bytes *token,
                                             const ajwt_token_source *source,
                                             int removes, request_rec *r);

/** The header that has r's credentials: a forward proxy's is another one. */
const char *ajwt_token_extract_header_name(const request_rec *r);

/** The result for two places: "a token" and "no token" give "a token". */
ajwt_reason ajwt_token_extract_combine(ajwt_reason one, ajwt_reason other);

#endif
