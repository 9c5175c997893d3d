/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/adopt.h"

#include "httpd/answer.h"
#include "httpd/basic.h"
#include "httpd/export.h"

static void take_over(request_rec *r, ajwt_verdict *verdict)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    r->user = (char *)verdict->user;
    r->ap_auth_type = (char *)verdict->auth_type;
    ajwt_export_set(r, verdict, &section);
    if (!ajwt_is_bearer(verdict->auth_type))
        ajwt_basic_forward(r, verdict->user, *section.forwards_token);
}

int ajwt_adopt(request_rec *r)
{
    ajwt_verdict *verdict = ajwt_verdict_adopt(r);

    if (!verdict)
        return DECLINED;
    if (verdict->reason == AJWT_ACCEPTED)
        take_over(r, verdict);
    return ajwt_answer_fixups(r);
}
