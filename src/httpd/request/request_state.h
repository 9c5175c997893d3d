/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-request storage of the module, in r->request_config.
 *
 * Each sub-request and internal redirect has its own request_rec, and so its
 * own state.  Most requests have none.
 */
#ifndef AJWT_HTTPD_REQUEST_REQUEST_STATE_H
#define AJWT_HTTPD_REQUEST_REQUEST_STATE_H

#include "httpd/module.h"

typedef struct ajwt_request_state {
    struct ajwt_auth_state *auth;        /* NULL: no token was looked for */
    struct ajwt_subrequest *subrequests; /* httpd/request/subrequest_match: set
                                            in a main request, newest first */
    unsigned privacy; /* AJWT_PRIVACY_* of httpd/request/private_answer */
    apr_array_header_t *needed_lines; /* while httpd/request/needed_scopes
                                         collects; otherwise NULL */
    char *needed_user;                /* the user, while it collects */
    struct ajwt_input *input;         /* NULL: not sanitized */
    int has_host; /* httpd/request/url: the virtual host is known */
} ajwt_request_state;

/** The state of r, or NULL if nothing was stored for r. */
static inline ajwt_request_state *ajwt_request_state_of(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &auth_jwt_module);
}

/** The state of r, created if necessary. */
ajwt_request_state *ajwt_request_state_make(request_rec *r);

/** The request that r was made for: the redirected one, or the one that r is
 * a sub-request of; NULL for the client's own request. */
static inline request_rec *ajwt_request_origin(const request_rec *r)
{
    return r->prev ? r->prev : r->main;
}

#endif
