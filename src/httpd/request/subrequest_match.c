/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/subrequest_match.h"

#include "httpd/request/request_state.h"

typedef struct ajwt_subrequest {
    const request_rec *r;
    struct ajwt_auth_state *auth;
    struct ajwt_subrequest **link; /* the pointer to this entry */
    struct ajwt_subrequest *next;
} subrequest;

static request_rec *find_main_request(request_rec *r)
{
    while (r->main)
        r = r->main;
    return r;
}

/*
 * The pool of a sub-request is a child of the main request's pool, so it is
 * cleared first.
 */
static apr_status_t remove_subrequest(void *data)
{
    subrequest *entry = data;

    *entry->link = entry->next;
    if (entry->next)
        entry->next->link = entry->link;
    return APR_SUCCESS;
}

void ajwt_subrequest_match_add(request_rec *r, struct ajwt_auth_state *auth)
{
    ajwt_request_state *state = ajwt_request_state_make(find_main_request(r));
    subrequest *entry = apr_palloc(r->pool, sizeof *entry);

    entry->r = r;
    entry->auth = auth;
    entry->link = &state->subrequests;
    entry->next = state->subrequests;
    if (entry->next)
        entry->next->link = &entry->next;
    state->subrequests = entry;
    apr_pool_cleanup_register(r->pool, entry, remove_subrequest,
                              apr_pool_cleanup_null);
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

struct ajwt_auth_state *ajwt_subrequest_match_find(request_rec *r)
{
    const ajwt_request_state *state =
        ajwt_request_state_of(find_main_request(r));
    const subrequest *entry = state ? state->subrequests : NULL;

    while (entry && !is_replaced_by(r, entry->r))
        entry = entry->next;
    return entry ? entry->auth : NULL;
}
