#include "httpd/answer.h"

#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#include "core/bearer.h"
#include "httpd/log.h"

#define CHALLENGE_FILTER "AUTH_JWT_CHALLENGE"

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

static apr_status_t drop_challenge(ap_filter_t *filter,
                                   apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;

    if (ap_is_HTTP_SUCCESS(r->status)) {
        apr_table_unset(r->err_headers_out, "WWW-Authenticate");
        apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
    }
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void ajwt_answer_register(void)
{
    ap_register_output_filter(CHALLENGE_FILTER, drop_challenge, NULL,
                              AP_FTYPE_CONTENT_SET);
}

int ajwt_answer_fixups(request_rec *r)
{
    const char *tag =
        r->prev ? apr_table_get(r->prev->subprocess_env, "JWT_REASON") : NULL;

    if (!tag)
        return DECLINED;
    /* httpd has renamed it to REDIRECT_JWT_REASON by then */
    apr_table_setn(r->subprocess_env, "JWT_REASON", tag);
    ap_add_output_filter(CHALLENGE_FILTER, NULL, r, r->connection);
    return DECLINED;
}
