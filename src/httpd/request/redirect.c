/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/redirect.h"

#include "httpd/request/auth_state.h"

/* Whether r has no user and no authentication state. */
static int is_without_authentication(const request_rec *r)
{
    return !r->user && !ajwt_auth_state_of(r);
}

/*
 * Returns the nearest earlier request that was authenticated.  Returns NULL if
 * there is none, or if r is an ErrorDocument: httpd passes the status of the
 * error on to it.
 */
static const request_rec *find_authenticated(const request_rec *r)
{
    while (r && is_without_authentication(r))
        r = r->status == HTTP_OK ? r->prev : NULL;
    return r;
}

int ajwt_redirect_fixups(request_rec *r)
{
    const request_rec *before;

    if (!r->prev || !is_without_authentication(r))
        return DECLINED;
    before = find_authenticated(r);
    if (!before || !ajwt_auth_state_accepted(before))
        return DECLINED;
    r->user = before->user;
    r->ap_auth_type = before->ap_auth_type;
    /* httpd sets it only while r->user is NULL; programs may use that name */
    apr_table_setn(r->subprocess_env, "REDIRECT_REMOTE_USER", r->user);
    return DECLINED;
}
