/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request presented.
 *
 * httpd/request/token_extract fills it in.  Whoever checks it needs no request:
 * what another scheme than Bearer presents besides the token belongs here.
 */
#ifndef AJWT_CORE_CREDENTIALS_H
#define AJWT_CORE_CREDENTIALS_H

#include "core/bytes.h"

/* A place of AuthJWTTokenSource (RFC 6750 2) */
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

typedef struct ajwt_credentials {
    ajwt_bytes token;                /* absent: none */
    const ajwt_token_source *source; /* where it was */
} ajwt_credentials;

#endif
