/*
 * What the module keeps with a request, from the first hook to the last.
 */
#ifndef AJWT_HTTPD_REQUEST_H
#define AJWT_HTTPD_REQUEST_H

#include "httpd/config.h"
#include "httpd/verdict.h"

/* A request of a section that asks for tokens or has AuthJWTHeader, as
 * httpd/sanitize left it */
typedef struct ajwt_input {
    const ap_conf_vector_t *config; /* the sections that it was cleaned for */
    ajwt_section section;           /* what they say */
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

typedef struct ajwt_request_state {
    ajwt_input *input;     /* NULL: not cleaned */
    ajwt_verdict *verdict; /* NULL: not authenticated */
    int is_read;           /* its virtual host is known: set only where a
                              section has `query:` */
} ajwt_request_state;

/** That of r, or NULL. */
ajwt_request_state *ajwt_request_find(const request_rec *r);

/** That of r, made if there is none. */
ajwt_request_state *ajwt_request_get(request_rec *r);

/** The input of r, or NULL. */
ajwt_input *ajwt_request_input(const request_rec *r);

/** The request that r was redirected from, or is a part of, or NULL. */
const request_rec *ajwt_request_origin(const request_rec *r);

#endif
