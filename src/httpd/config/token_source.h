/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a request is the token?  (RFC 6750 2)
 *
 * In one of the places that AuthJWTTokenSource names, and in one alone.  A
 * token in the query string is taken out of the request, since a URL is shown
 * to everybody; one elsewhere is, if the administrator says so.
 */
#ifndef AJWT_HTTPD_CONFIG_TOKEN_SOURCE_H
#define AJWT_HTTPD_CONFIG_TOKEN_SOURCE_H

#include "core/bytes.h"
#include "core/reason.h"
#include "httpd/module.h"
#include "config/args.h"

typedef enum ajwt_token_place {
    AJWT_IN_AUTHORIZATION, /* header */
    AJWT_IN_HEADER,        /* header:NAME, in every spelling */
    AJWT_IN_COOKIE,        /* cookie:NAME */
    AJWT_IN_QUERY          /* query:NAME */
} ajwt_token_place;

typedef struct ajwt_token_source {
    ajwt_token_place place;
    const char *name; /* NULL for AJWT_IN_AUTHORIZATION */
} ajwt_token_source;

/* What a request came with */
typedef struct ajwt_credentials {
    ajwt_bytes token;                /* absent: none */
    const ajwt_token_source *source; /* where it was */
} ajwt_credentials;

/** AuthJWTTokenSource.  NULL, or an error in words. */
const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_args *args);

/** Whether sources has one of the same place and name. */
int ajwt_token_source_is_among(const apr_array_header_t *sources,
                               const ajwt_token_source *source);

/** The header that has r's credentials, by name: a forward proxy's differs. */
const char *ajwt_token_source_authorization(const request_rec *r);

#endif
