/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input that httpd/request/sanitize removed from a request, with the settings
 * of the section that it used.
 */
#ifndef AJWT_HTTPD_REQUEST_INPUT_H
#define AJWT_HTTPD_REQUEST_INPUT_H

#include "core/credentials.h"
#include "httpd/config/config.h"
#include "httpd/request/request_state.h"

/*
 * For requests in a section with AuthType Bearer, AuthBasicProvider jwt or
 * AuthJWTHeader
 */
typedef struct ajwt_input {
    const ap_conf_vector_t
        *config;          /* the sections that the request was sanitized for */
    ajwt_section section; /* settings of these sections */
    int is_bearer;        /* AuthType Bearer */
    int is_basic;         /* AuthBasicProvider jwt */
    int is_redirected; /* the request that it originates from was sanitized too,
                          so the module set its REDIRECT_ variables */

    /* The token that was removed */
    ajwt_credentials credentials;
    ajwt_reason reason; /* NO_TOKEN: none was removed */

    /* Basic, if the password is a token: the Authorization field */
    const char *sent;      /* by the client; NULL: no token was sent */
    const char *forwarded; /* that replaces it; NULL: none */

    const ap_conf_vector_t
        *headers_config; /* the sections that AuthJWTHeader was applied for */
} ajwt_input;

/** The input of r, or NULL. */
static inline ajwt_input *ajwt_input_of(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return state ? state->input : NULL;
}

#endif
