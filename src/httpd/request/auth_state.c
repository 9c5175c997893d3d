/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/auth_state.h"

#include <http_request.h>

#include "httpd/request/request_state.h"
#include "httpd/request/subrequest_match.h"

ajwt_auth_state *ajwt_auth_state_make(request_rec *r, const char *auth_type)
{
    ajwt_auth_state *auth = apr_pcalloc(r->pool, sizeof *auth);

    auth->reason = AJWT_INTERNAL;
    auth->auth_type = auth_type;
    ajwt_request_state_make(r)->auth = auth;
    if (r->main)
        ajwt_subrequest_match_add(r, auth);
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
