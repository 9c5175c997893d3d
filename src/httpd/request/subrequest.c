/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/subrequest.h"

#include "httpd/request/basic.h"
#include "httpd/request/challenge.h"
#include "httpd/request/export_env.h"

static void take_over(request_rec *r, ajwt_auth_state *auth)
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
    ajwt_auth_state *auth = ajwt_auth_state_take_over(r);

    if (!auth)
        return DECLINED;
    if (auth->reason == AJWT_ACCEPTED)
        take_over(r, auth);
    return ajwt_challenge_fixups(r);
}
