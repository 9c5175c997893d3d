#include "httpd/answer.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "httpd/config.h"
#include "httpd/log.h"

#define HEADERS_FILTER "AUTH_JWT_HEADERS"

static void drop_challenge(request_rec *r)
{
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
}

/* err_headers_out, since error answers throw headers_out away. */
static void challenge(request_rec *r, ajwt_reason reason,
                      const ajwt_challenge *asked)
{
    ajwt_challenge told = {0};
    ajwt_section section;

    if (asked)
        told = *asked;
    ajwt_config_get(&section, r);
    told.realm = ap_auth_name(r);
    told.resource_metadata = section.resource ? section.resource->url : NULL;
    apr_table_setn(r->err_headers_out,
                   r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate"
                                                 : "WWW-Authenticate",
                   ajwt_bearer_challenge(reason, &told, r->pool));
}

/* Where AuthType is not Bearer, its own module knows how to ask. */
static void ask(request_rec *r, const ajwt_verdict *verdict, ajwt_reason reason,
                const ajwt_challenge *asked)
{
    drop_challenge(r);
    if (ajwt_is_bearer(verdict->auth_type))
        challenge(r, reason, asked);
    else if (ajwt_reason_describe(reason)->status == HTTP_UNAUTHORIZED)
        ap_note_auth_failure(r);
}

int ajwt_answer_refuse(request_rec *r, const ajwt_verdict *verdict,
                       ajwt_reason reason, const ajwt_challenge *asked,
                       const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ajwt_log_refusal(r, verdict, reason, detail);
    apr_table_setn(r->subprocess_env, "JWT_REASON", row->tag);
    if (row->status == HTTP_SERVICE_UNAVAILABLE)
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_itoa(r->pool, verdict->retry_after_s));
    else if (row->status < HTTP_INTERNAL_SERVER_ERROR)
        ask(r, verdict, reason, asked);
    return row->status;
}

void ajwt_answer_report(request_rec *r, const ajwt_verdict *verdict,
                        ajwt_reason reason, const char *detail)
{
    ajwt_log_refusal(
        r, verdict, reason,
        apr_pstrcat(r->pool, "let through by AuthJWTOptional report",
                    detail ? "; " : "", detail ? detail : "", NULL));
    apr_table_setn(r->subprocess_env, "JWT_REASON",
                   ajwt_reason_describe(reason)->tag);
    drop_challenge(r);
}

/* err_headers_out, since an error answer has no others. */
void ajwt_answer_keep_private(request_rec *r, const ajwt_verdict *verdict)
{
    const ajwt_token_source *source = verdict->credentials.source;

    if (r->main || !source || source->place == AJWT_IN_AUTHORIZATION)
        return;
    apr_table_setn(r->err_headers_out, "Cache-Control", "private");
    if (source->place == AJWT_IN_QUERY)
        apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
}

int ajwt_answer_note_auth_failure(request_rec *r, const char *auth_type)
{
    if (!ajwt_is_bearer(auth_type))
        return DECLINED;
    challenge(r, AJWT_NO_TOKEN, NULL);
    return OK;
}

/* Where the token was that the answer is for, in Authorization or elsewhere */
static const ajwt_token_source *source_of(const request_rec *r)
{
    const ajwt_verdict *verdict = ajwt_verdict_of(r);

    if (!verdict)
        verdict = ajwt_verdict_before(r);
    return verdict ? verdict->credentials.source : NULL;
}

static int is_private(const ajwt_token_source *source)
{
    return source && source->place != AJWT_IN_AUTHORIZATION;
}

static int says_no_store(request_rec *r, const apr_table_t *headers)
{
    const char *value = apr_table_get(headers, "Cache-Control");

    return value && ap_find_token(r->pool, value, "no-store");
}

/* Whatever the application said: a CGI says it in err_headers_out. */
static void override_headers(request_rec *r, const ajwt_token_source *source)
{
    int is_stored = !says_no_store(r, r->headers_out) &&
                    !says_no_store(r, r->err_headers_out);

    apr_table_unset(r->headers_out, "Cache-Control");
    apr_table_setn(r->err_headers_out, "Cache-Control",
                   is_stored ? "private" : "private, no-store");
    if (source->place != AJWT_IN_QUERY)
        return;
    apr_table_unset(r->headers_out, "Referrer-Policy");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
}

static apr_status_t settle_headers(ap_filter_t *filter,
                                   apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    const ajwt_token_source *source = source_of(r);

    if (ap_is_HTTP_SUCCESS(r->status))
        drop_challenge(r);
    if (is_private(source))
        override_headers(r, source);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void ajwt_answer_register(void)
{
    ap_register_output_filter(HEADERS_FILTER, settle_headers, NULL,
                              AP_FTYPE_CONTENT_SET);
}

int ajwt_answer_fixups(request_rec *r)
{
    const char *tag =
        r->prev ? apr_table_get(r->prev->subprocess_env, "JWT_REASON") : NULL;

    /* httpd has renamed it to REDIRECT_JWT_REASON by then */
    if (tag)
        apr_table_setn(r->subprocess_env, "JWT_REASON", tag);
    if (!r->main && (tag || is_private(source_of(r))))
        ap_add_output_filter(HEADERS_FILTER, NULL, r, r->connection);
    return DECLINED;
}
