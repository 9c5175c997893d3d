/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/auth_state.h"

#include <http_request.h>

#include "httpd/request/request_state.h"

/* A sub-request that has an authentication state, for its lifetime */
typedef struct ajwt_subrequest {
    const request_rec *r;
    ajwt_auth_state *auth;
    struct ajwt_subrequest **link; /* the pointer to this entry */
    struct ajwt_subrequest *next;
} subrequest;

static request_rec *main_of(request_rec *r)
{
    while (r->main)
        r = r->main;
    return r;
}

/*
 * The pool of a sub-request is a child of the main request's pool, so it is
 * cleared first.
 */
static apr_status_t forget_subrequest(void *data)
{
    subrequest *one = data;

    *one->link = one->next;
    if (one->next)
        one->next->link = one->link;
    return APR_SUCCESS;
}

static void remember_subrequest(request_rec *r, ajwt_auth_state *auth)
{
    ajwt_request_state *state = ajwt_request_state_make(main_of(r));
    subrequest *one = apr_palloc(r->pool, sizeof *one);

    one->r = r;
    one->auth = auth;
    one->link = &state->subrequests;
    one->next = state->subrequests;
    if (one->next)
        one->next->link = &one->next;
    state->subrequests = one;
    apr_pool_cleanup_register(r->pool, one, forget_subrequest,
                              apr_pool_cleanup_null);
}

ajwt_auth_state *ajwt_auth_state_make(request_rec *r, const char *auth_type)
{
    ajwt_auth_state *auth = apr_pcalloc(r->pool, sizeof *auth);

    auth->reason = AJWT_INTERNAL;
    auth->auth_type = auth_type;
    ajwt_request_state_make(r)->auth = auth;
    if (r->main)
        remember_subrequest(r, auth);
    return auth;
}

/*
 * ap_internal_fast_redirect leaves no pointer to the sub-request.  It copies
 * these two pointers, which no other request shares.  A later hook may change
 * one of them.
 */
static int is_replaced_by(const request_rec *r, const request_rec *other)
{
    return r != other && ((r->filename && r->filename == other->filename) ||
                          r->uri == other->uri);
}

static ajwt_auth_state *find_replacement(request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(main_of(r));
    const subrequest *one = state ? state->subrequests : NULL;

    while (one && !is_replaced_by(r, one->r))
        one = one->next;
    return one ? one->auth : NULL;
}

ajwt_auth_state *ajwt_auth_state_take_over(request_rec *r)
{
    ajwt_auth_state *auth = find_replacement(r);
    const ajwt_auth_state *own = ajwt_auth_state_of(r);

    if (!auth || auth == own || (own && auth->reason != AJWT_ACCEPTED))
        return NULL;
    ajwt_request_state_make(r)->auth = auth;
    return auth;
}

ajwt_auth_state *ajwt_auth_state_of(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return state ? state->auth : NULL;
}

ajwt_auth_state *ajwt_auth_state_before(const request_rec *r)
{
    ajwt_auth_state *auth = NULL;

    while ((r = ajwt_request_origin(r)) && !auth)
        auth = ajwt_auth_state_of(r);
    return auth;
}

int ajwt_auth_state_is_of_auth_type(const ajwt_auth_state *auth,
                                    const request_rec *r)
{
    return r->ap_auth_type &&
           ap_cstr_casecmp(r->ap_auth_type, auth->auth_type) == 0;
}

ajwt_auth_state *ajwt_auth_state_accepted(const request_rec *r)
{
    ajwt_auth_state *auth = ajwt_auth_state_of(r);

    if (!auth)
        auth = ajwt_auth_state_before(r);
    if (!auth || auth->reason != AJWT_ACCEPTED || !r->user ||
        strcmp(r->user, auth->user) != 0 ||
        !ajwt_auth_state_is_of_auth_type(auth, r))
        return NULL;
    return auth;
}
