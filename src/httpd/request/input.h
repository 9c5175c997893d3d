/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What httpd/request/sanitize removed from a request, and by the rules of which
 * section.
 */
#ifndef AJWT_HTTPD_REQUEST_INPUT_H
#define AJWT_HTTPD_REQUEST_INPUT_H

#include "core/credentials.h"
#include "httpd/config/config.h"
#include "httpd/request/request_state.h"

/* Of a request in a section that asks for tokens, or that has AuthJWTHeader */
typedef struct ajwt_input {
    const ap_conf_vector_t *config; /* the sections that it was cleaned for */
    ajwt_section section;           /* settings of these sections */
    int is_bearer;                  /* AuthType Bearer */
    int is_basic;                   /* AuthBasicProvider jwt */
    int is_redirected;              /* its origin was cleaned as well, so that
                                       REDIRECT_ variables are ours */

    /* Of a token that was removed */
    ajwt_credentials credentials;
    ajwt_reason reason; /* NO_TOKEN: none was */

    /* Basic, where the password is a token: the Authorization field */
    const char *sent;      /* by the client; NULL: none */
    const char *forwarded; /* what is there instead; NULL: nothing */

    const ap_conf_vector_t *headers_config; /* that AuthJWTHeader was set for */
} ajwt_input;

/** That of r, or NULL. */
static inline ajwt_input *ajwt_input_of(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return state ? state->input : NULL;
}

#endif
