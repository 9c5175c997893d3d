/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/subrequest.h"

#include "httpd/request/basic.h"
#include "httpd/request/challenge.h"
#include "httpd/request/export_env.h"
#include "httpd/request/request_state.h"
#include "httpd/request/subrequest_match.h"

/*
 * Makes the state of the sub-request in r's place r's own.  Returns NULL if
 * there is none, or if r has a state and the sub-request was not accepted.
 */
static ajwt_auth_state *take_over_state(request_rec *r)
{
    ajwt_auth_state *auth = ajwt_subrequest_match_find(r);
    const ajwt_auth_state *own = ajwt_auth_state_of(r);

    if (!auth || auth == own || (own && auth->reason != AJWT_ACCEPTED))
        return NULL;
    ajwt_request_state_make(r)->auth = auth;
    return auth;
}

static void take_over_user(request_rec *r, ajwt_auth_state *auth)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    r->user = (char *)auth->user;
    r->ap_auth_type = (char *)auth->auth_type;
    ajwt_export_env_set(r, auth, &section);
    if (!ajwt_is_bearer(auth->auth_type))
        ajwt_basic_forward(r, auth->user, *section.forwards_token);
}

int ajwt_subrequest_take_over(request_rec *r)
{
    ajwt_auth_state *auth = take_over_state(r);

    if (!auth)
        return DECLINED;
    if (auth->reason == AJWT_ACCEPTED)
        take_over_user(r, auth);
    return ajwt_challenge_fixups(r);
}
