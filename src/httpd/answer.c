#include "httpd/answer.h"

#include <apr_strings.h>
#include <http_core.h>

#include "core/bearer.h"
#include "httpd/log.h"

/* err_headers_out, since error answers throw headers_out away. */
static void challenge(request_rec *r, ajwt_reason reason, const char *scope)
{
    apr_table_setn(
        r->err_headers_out,
        r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate"
                                      : "WWW-Authenticate",
        ajwt_bearer_challenge(reason, ap_auth_name(r), scope, r->pool));
}

int ajwt_answer_refuse(request_rec *r, const ajwt_verdict *verdict,
                       ajwt_reason reason, const char *scope, const char *mend)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ajwt_log_refusal(r, verdict, reason, mend);
    apr_table_setn(r->subprocess_env, "JWT_REASON", row->tag);
    if (row->status == HTTP_SERVICE_UNAVAILABLE)
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_itoa(r->pool, verdict->retry_after_s));
    else if (row->status < HTTP_INTERNAL_SERVER_ERROR)
        challenge(r, reason, scope);
    return row->status;
}

int ajwt_answer_note_auth_failure(request_rec *r, const char *auth_type)
{
    if (!ajwt_is_bearer(auth_type))
        return DECLINED;
    challenge(r, AJWT_NO_TOKEN, NULL);
    return OK;
}

/* httpd has renamed it to REDIRECT_JWT_REASON by then. */
int ajwt_answer_fixups(request_rec *r)
{
    const char *tag =
        r->prev ? apr_table_get(r->prev->subprocess_env, "JWT_REASON") : NULL;

    if (tag)
        apr_table_setn(r->subprocess_env, "JWT_REASON", tag);
    return DECLINED;
}
