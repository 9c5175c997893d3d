/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials of a request.
 *
 * httpd/request/token_extract fills in the structure, so that the code that
 * checks it does not need the request. A scheme with more than a token adds its
 * data here.
 */
#ifndef AJWT_CORE_CREDENTIALS_H
#define AJWT_CORE_CREDENTIALS_H

#include "core/bytes.h"

/* A source in AuthJWTTokenSource (RFC 6750 2) */
typedef enum ajwt_token_place {
    AJWT_IN_AUTHORIZATION, /* header */
    AJWT_IN_HEADER,        /* header:NAME, with case and separators ignored */
    AJWT_IN_COOKIE,        /* cookie:NAME */
    AJWT_IN_QUERY          /* query:NAME */
} ajwt_token_place;

typedef struct ajwt_token_source {
    ajwt_token_place place;
    const char *name; /* NULL for AJWT_IN_AUTHORIZATION */
} ajwt_token_source;

typedef struct ajwt_credentials {
    ajwt_bytes token;                /* absent: none */
    const ajwt_token_source *source; /* where the token was found */
} ajwt_credentials;

#endif
