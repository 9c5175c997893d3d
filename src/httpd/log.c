#include "httpd/log.h"

#include <apr_strings.h>

#include "core/limits.h"

static int to_httpd_level(ajwt_level level)
{
    switch (level) {
    case AJWT_LEVEL_ERROR:
        return APLOG_ERR;
    case AJWT_LEVEL_WARN:
        return APLOG_WARNING;
    case AJWT_LEVEL_INFO:
        return APLOG_INFO;
    case AJWT_LEVEL_DEBUG:
        return APLOG_DEBUG;
    }
    return APLOG_ERR;
}

/* In quotes, escaped and cut */
static const char *quote(ajwt_bytes value, apr_pool_t *pool)
{
    apr_size_t len =
        value.len < AJWT_MAX_LOGGED_BYTES ? value.len : AJWT_MAX_LOGGED_BYTES;
    const char *text = apr_pstrmemdup(pool, (const char *)value.data, len);

    return apr_pstrcat(pool, "\"", ap_escape_logitem(pool, text), "\"", NULL);
}

/* `, name "value"`; nothing when it is absent */
static const char *quote_if(const char *name, ajwt_bytes value,
                            apr_pool_t *pool)
{
    return value.data
               ? apr_pstrcat(pool, ", ", name, " ", quote(value, pool), NULL)
               : "";
}

static void log_reason(request_rec *r, int level, const ajwt_verdict *verdict,
                       ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    ap_log_rerror(APLOG_MARK, level, 0, r, "%s %s: %s%s%s%s%s%s", row->tag,
                  row->name, row->text,
                  quote_if("iss", verdict->token.issuer, r->pool),
                  quote_if("kid", verdict->token.kid, r->pool),
                  quote_if("alg", verdict->token.alg_name, r->pool),
                  detail ? ": " : "", detail ? detail : "");
}

void ajwt_log_refusal(request_rec *r, const ajwt_verdict *verdict,
                      ajwt_reason reason, const char *detail)
{
    log_reason(r, to_httpd_level(ajwt_reason_describe(reason)->level), verdict,
               reason, detail);
}

/* Whoever tries the module must not take a silent log for a quiet one. */
void ajwt_log_report(request_rec *r, const ajwt_verdict *verdict,
                     ajwt_reason reason, const char *detail)
{
    const int level = to_httpd_level(ajwt_reason_describe(reason)->level);

    log_reason(r, level < APLOG_WARNING ? level : APLOG_WARNING, verdict,
               reason,
               apr_pstrcat(r->pool, "let through by AuthJWTOptional report",
                           detail ? "; " : "", detail ? detail : "", NULL));
}

void ajwt_log_not_exported(request_rec *r, const ajwt_variable *variable)
{
    if (APLOG_R_IS_LEVEL(r, APLOG_INFO))
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "claim %s is not exported: %s",
                      quote(ajwt_bytes_from_string(variable->claim), r->pool),
                      variable->why);
}

void ajwt_log_not_sent(request_rec *r, const char *claim, const char *header,
                       const char *why)
{
    if (APLOG_R_IS_LEVEL(r, APLOG_INFO))
        ap_log_rerror(
            APLOG_MARK, APLOG_INFO, 0, r, "claim %s is not sent as %s: %s",
            quote(ajwt_bytes_from_string(claim), r->pool), header, why);
}

static const char *say_where_from(ajwt_source_kind kind)
{
    switch (kind) {
    case AJWT_SOURCE_FILE:
        return "keys from the file";
    case AJWT_SOURCE_SECRET:
        return "the secret in the file";
    case AJWT_SOURCE_JWKS:
        return "keys fetched from";
    case AJWT_SOURCE_DISCOVERY:
        return "keys by discovery, from";
    }
    return "keys from";
}

void ajwt_log_issuers(server_rec *s, const apr_array_header_t *issuers)
{
    int i;

    for (i = 0; i < issuers->nelts; i++) {
        const ajwt_issuer *issuer =
            APR_ARRAY_IDX(issuers, i, const ajwt_issuer *);

        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "issuer %s: %s %s",
                     issuer->name, say_where_from(issuer->source->kind),
                     issuer->source->location);
    }
}

static void log_note(server_rec *s, const ajwt_source *source,
                     const ajwt_key_note *note, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(note->reason);

    ap_log_error(APLOG_MARK, to_httpd_level(row->level), 0, s,
                 "%s %s: %s: key %d%s: %s", row->tag, row->name, source->name,
                 note->index, quote_if("kid", note->kid, pool), row->text);
}

static void log_notes(server_rec *s, const ajwt_source *source,
                      const ajwt_keyset *keyset, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < keyset->notes->nelts; i++)
        log_note(s, source, &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note),
                 pool);
}

/* At least a warning: what a token is refused for calls for no act, a key set
 * that is refused for the same does. */
static int level_of_source(const ajwt_reason_row *row)
{
    const int level = to_httpd_level(row->level);

    return level < APLOG_WARNING ? level : APLOG_WARNING;
}

static const char *what_serves(const ajwt_source *source,
                               const ajwt_renewal *renewal, apr_pool_t *pool)
{
    char *date = apr_palloc(pool, APR_RFC822_DATE_LEN);

    if (!renewal->fetched_at)
        return "there are no keys yet";
    if (!ajwt_source_is_remote(source))
        return "the last good keys serve on";
    apr_rfc822_date(date, renewal->stale_at);
    return apr_pstrcat(pool, "the last good keys serve until ", date, NULL);
}

static void log_failure(server_rec *s, const ajwt_source *source,
                        const ajwt_renewal *renewal, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(renewal->reason);
    const int level = renewal->is_news ? level_of_source(row) : APLOG_INFO;

    ap_log_error(APLOG_MARK, level, 0, s, "%s %s: %s: %s%s%s: %s", row->tag,
                 row->name, source->name, row->text,
                 renewal->detail ? ": " : "",
                 renewal->detail ? renewal->detail : "",
                 what_serves(source, renewal, pool));
}

/* What is odd about a set is said when it is new, not at each renewal. */
void ajwt_log_state(server_rec *s, const ajwt_source *source,
                    ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ap_log_error(APLOG_MARK, level_of_source(row), 0, s, "%s %s: %s: %s%s%s",
                 row->tag, row->name, source->name, row->text,
                 detail ? ": " : "", detail ? detail : "");
}

void ajwt_log_renewal(server_rec *s, const ajwt_source *source,
                      const ajwt_renewal *renewal, apr_pool_t *pool)
{
    if (renewal->reason != AJWT_ACCEPTED)
        log_failure(s, source, renewal, pool);
    else if (renewal->is_changed)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "%s: keys to verify with: %d", source->name,
                     renewal->keyset->keys->nelts);
    if (renewal->reason == AJWT_ACCEPTED && renewal->failures)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "%s: renewed again, after attempts that failed: %d",
                     source->name, renewal->failures);
    if (renewal->saved != AJWT_ACCEPTED)
        ajwt_log_state(s, source, renewal->saved, renewal->saved_detail);
    if (renewal->keyset &&
        (renewal->is_changed || renewal->reason != AJWT_ACCEPTED))
        log_notes(s, source, renewal->keyset, pool);
}
