/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/request_log.h"

#include <apr_strings.h>

#include "httpd/process/child.h"
#include "httpd/process/log_line.h"

static void log_reason(request_rec *r, int level, const ajwt_auth_state *auth,
                       ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    ap_log_rerror(APLOG_MARK, level, 0, r, "%s %s: %s%s%s%s%s%s", row->tag,
                  row->name, row->text,
                  ajwt_log_quote_member("iss", auth->token.issuer, r->pool),
                  ajwt_log_quote_member("kid", auth->token.kid, r->pool),
                  ajwt_log_quote_member("alg", auth->token.alg_name, r->pool),
                  detail ? ": " : "", detail ? detail : "");
}

/*
 * Missing keys count once for each key set, all other refusals once for each
 * reason.
 */
static int is_first_in_an_hour(const request_rec *r,
                               const ajwt_auth_state *auth, ajwt_reason reason)
{
    if (reason == AJWT_KEYS_UNAVAILABLE || reason == AJWT_KEYS_STALE)
        return !auth->is_repeated;
    return reason != AJWT_NO_TOKEN &&
           ajwt_warnings_is_first(ajwt_child_get()->warnings, reason,
                                  r->request_time);
}

/*
 * Debian's LogLevel is warn: the first line of each reason must appear at that
 * level, and a lasting condition must not fill the log.
 */
void ajwt_request_log_refusal(request_rec *r, const ajwt_auth_state *auth,
                              ajwt_reason reason, const char *detail)
{
    const int level = ajwt_log_level(ajwt_reason_describe(reason)->level);
    const int is_first = is_first_in_an_hour(r, auth, reason);

    if (is_first)
        log_reason(
            r, level < APLOG_WARNING ? level : APLOG_WARNING, auth, reason,
            apr_pstrcat(r->pool, detail ? detail : "", detail ? "; " : "",
                        "for an hour, further ones are logged at level info",
                        NULL));
    else
        log_reason(r, APLOG_INFO, auth, reason, detail);
}

/* At warn, so that an empty log means that no request would be refused. */
void ajwt_request_log_report(request_rec *r, const ajwt_auth_state *auth,
                             ajwt_reason reason, const char *detail)
{
    const int least = auth->is_repeated ? APLOG_INFO : APLOG_WARNING;
    const int level = ajwt_log_level(ajwt_reason_describe(reason)->level);

    log_reason(r, level < least ? level : least, auth, reason,
               apr_pstrcat(r->pool, "let through by AuthJWTOptional report",
                           detail ? "; " : "", detail ? detail : "", NULL));
}

void ajwt_request_log_not_exported(request_rec *r,
                                   const ajwt_export_variable *variable)
{
    if (APLOG_R_IS_LEVEL(r, APLOG_INFO))
        ap_log_rerror(
            APLOG_MARK, APLOG_INFO, 0, r, "claim %s is not exported: %s",
            ajwt_log_quote(ajwt_bytes_from_string(variable->claim), r->pool),
            variable->why);
}

void ajwt_request_log_not_sent(request_rec *r, const char *claim,
                               const char *header, const char *why)
{
    if (APLOG_R_IS_LEVEL(r, APLOG_INFO))
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "claim %s is not sent as %s: %s",
                      ajwt_log_quote(ajwt_bytes_from_string(claim), r->pool),
                      header, why);
}
