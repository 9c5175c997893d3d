#include "httpd/adopt.h"

#include "httpd/answer.h"
#include "httpd/config.h"
#include "httpd/verdict.h"

/* Its token is still in r, since a sub-request has headers of its own. */
static void take_token(request_rec *r, const ajwt_verdict *verdict)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    if (ajwt_is_bearer(verdict->auth_type))
        ajwt_token_source_clean(section.token_sources, !*section.forwards_token,
                                r);
    else if (verdict->taken)
        apr_table_unset(r->headers_in, ajwt_token_source_authorization(r));
}

int ajwt_adopt(request_rec *r)
{
    const ajwt_verdict *verdict = ajwt_verdict_adopt(r);

    if (!verdict)
        return DECLINED;
    if (verdict->reason == AJWT_ACCEPTED) {
        r->user = (char *)verdict->user;
        r->ap_auth_type = (char *)verdict->auth_type;
    }
    take_token(r, verdict);
    return ajwt_answer_fixups(r);
}
