/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/log.h"

#include <apr_strings.h>

#include "core/limits.h"
#include "core/version.h"
#include "httpd/process/shm.h"

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

static void log_reason(request_rec *r, int level, const ajwt_auth_state *auth,
                       ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    ap_log_rerror(APLOG_MARK, level, 0, r, "%s %s: %s%s%s%s%s%s", row->tag,
                  row->name, row->text,
                  quote_if("iss", auth->token.issuer, r->pool),
                  quote_if("kid", auth->token.kid, r->pool),
                  quote_if("alg", auth->token.alg_name, r->pool),
                  detail ? ": " : "", detail ? detail : "");
}

/* Missing keys count for each key set, all other refusals for each reason. */
static int is_first_in_an_hour(const request_rec *r,
                               const ajwt_auth_state *auth, ajwt_reason reason)
{
    if (reason == AJWT_KEYS_UNAVAILABLE || reason == AJWT_KEYS_STALE)
        return !auth->is_repeated;
    return reason != AJWT_NO_TOKEN &&
           ajwt_counters_is_first(ajwt_shm_counters(), reason, r->request_time);
}

/*
 * Debian's LogLevel is warn: the first line of each reason must be seen there,
 * and a condition that lasts must not fill the log.
 */
void ajwt_log_refusal(request_rec *r, const ajwt_auth_state *auth,
                      ajwt_reason reason, const char *detail)
{
    const int level = to_httpd_level(ajwt_reason_describe(reason)->level);
    const int is_first = is_first_in_an_hour(r, auth, reason);

    if (is_first)
        log_reason(
            r, level < APLOG_WARNING ? level : APLOG_WARNING, auth, reason,
            apr_pstrcat(r->pool, detail ? detail : "", detail ? "; " : "",
                        "for an hour, further ones are logged at info", NULL));
    else
        log_reason(r, APLOG_INFO, auth, reason, detail);
}

/* At warn, so that a silent log means that there are no refusals. */
void ajwt_log_report(request_rec *r, const ajwt_auth_state *auth,
                     ajwt_reason reason, const char *detail)
{
    const int least = auth->is_repeated ? APLOG_INFO : APLOG_WARNING;
    const int level = to_httpd_level(ajwt_reason_describe(reason)->level);

    log_reason(r, level < least ? level : least, auth, reason,
               apr_pstrcat(r->pool, "let through by AuthJWTOptional report",
                           detail ? "; " : "", detail ? detail : "", NULL));
}

void ajwt_log_not_exported(request_rec *r, const ajwt_export_variable *variable)
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

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 "mod_auth_jwt " AJWT_VERSION " runs, issuers: %d",
                 issuers->nelts);
    for (i = 0; i < issuers->nelts; i++) {
        const ajwt_issuer *issuer =
            APR_ARRAY_IDX(issuers, i, const ajwt_issuer *);

        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "issuer %s: %s %s",
                     issuer->name, say_where_from(issuer->source->kind),
                     issuer->source->location);
    }
}

/* Where lines about a key set go, and the least level that they have */
typedef struct note_target {
    server_rec *s;
    const ajwt_source *source;
    int least;
    apr_pool_t *pool;
} note_target;

static void log_about(const note_target *target, ajwt_reason reason,
                      const char *which, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const int level = to_httpd_level(row->level);

    ap_log_error(APLOG_MARK, level < target->least ? level : target->least, 0,
                 target->s, "%s %s: %s: %s%s%s%s", row->tag, row->name,
                 target->source->name, which, row->text, detail ? ": " : "",
                 detail ? detail : "");
}

static void log_keyset_notes(const note_target *target,
                             const ajwt_keyset *keyset)
{
    int i;

    for (i = 0; i < keyset->remarks->nelts; i++) {
        const ajwt_keyset_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark);

        log_about(target, remark->reason, "", remark->detail);
    }
    for (i = 0; i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        log_about(target, note->reason,
                  apr_psprintf(target->pool, "key %d%s: ", note->index,
                               quote_if("kid", note->kid, target->pool)),
                  note->detail);
    }
}

static void log_notes(server_rec *s, const ajwt_source *source,
                      const ajwt_keyset *keyset, apr_pool_t *pool)
{
    const note_target target = {s, source, APLOG_DEBUG, pool};

    log_keyset_notes(&target, keyset);
}

/* At least a warning: what a token is refused for calls for no act, a key set
 * that is refused for the same does. */
static int level_of_source(const ajwt_reason_row *row)
{
    const int level = to_httpd_level(row->level);

    return level < APLOG_WARNING ? level : APLOG_WARNING;
}

static const char *what_serves(const ajwt_source *source,
                               const ajwt_refresh_result *renewal,
                               apr_pool_t *pool)
{
    char *date = apr_palloc(pool, APR_RFC822_DATE_LEN);

    if (!renewal->fetched_at)
        return "there are no keys yet";
    if (renewal->reason == AJWT_FILE_UNREADABLE)
        return "the last good keys stay in use. If only root can read this "
               "file, do a graceful restart to load it";
    if (!ajwt_source_is_remote(source))
        return "the last good keys stay in use";
    apr_rfc822_date(date, renewal->stale_at);
    return apr_pstrcat(pool, "the last good keys stay in use until ", date,
                       NULL);
}

static void log_failure(server_rec *s, const ajwt_source *source,
                        const ajwt_refresh_result *renewal, apr_pool_t *pool)
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

static void log_keyset(server_rec *s, const ajwt_source *source,
                       const ajwt_keyset *keyset)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "%s: keys to verify with: %d",
                 source->name, keyset->keys->nelts);
}

void ajwt_log_files(server_rec *s, const ajwt_sources *sources,
                    apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (source->kind != AJWT_SOURCE_FILE)
            continue;
        log_keyset(s, source, source->keyset);
        log_notes(s, source, source->keyset, pool);
    }
}

void ajwt_log_checked_files(server_rec *s, const ajwt_sources *sources,
                            apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);
        const note_target target = {s, source, APLOG_WARNING, pool};

        if (source->kind == AJWT_SOURCE_FILE)
            log_keyset_notes(&target, source->keyset);
    }
}

void ajwt_log_damage(server_rec *s, const ajwt_source *source)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 "%s: the shared memory of these keys was damaged. It was "
                 "cleared, and the keys are loaded again. A process of this "
                 "httpd wrote over it: look for a faulty or hostile module",
                 source->name);
}

static void log_recovery(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *renewal)
{
    if (renewal->ends_outage)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "%s: keys are available again; requests are no longer "
                     "answered 503",
                     source->name);
    if (renewal->failures)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "%s: keys were loaded again after failed attempts: %d",
                     source->name, renewal->failures);
}

void ajwt_log_renewal(server_rec *s, const ajwt_source *source,
                      const ajwt_refresh_result *renewal, apr_pool_t *pool)
{
    if (renewal->reason != AJWT_ACCEPTED)
        log_failure(s, source, renewal, pool);
    else if (renewal->is_changed)
        log_keyset(s, source, renewal->keyset);
    if (renewal->reason == AJWT_ACCEPTED)
        log_recovery(s, source, renewal);
    if (renewal->saved != AJWT_ACCEPTED)
        ajwt_log_state(s, source, renewal->saved, renewal->saved_detail);
    if (renewal->keyset &&
        (renewal->is_changed || renewal->reason != AJWT_ACCEPTED))
        log_notes(s, source, renewal->keyset, pool);
}
