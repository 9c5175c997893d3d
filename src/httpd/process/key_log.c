/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/key_log.h"

#include <apr_strings.h>

#include "core/limits.h"
#include "core/version.h"
#include "httpd/process/log_line.h"

static const char *describe_source(ajwt_source_kind kind)
{
    switch (kind) {
    case AJWT_SOURCE_FILE:
        return "keys from the file";
    case AJWT_SOURCE_SECRET:
        return "the secret in the file";
    case AJWT_SOURCE_JWKS:
        return "keys fetched from";
    case AJWT_SOURCE_DISCOVERY:
        return "keys by discovery from";
    }
    return "keys from";
}

void ajwt_key_log_issuers(server_rec *s, const apr_array_header_t *issuers)
{
    int i;

    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s,
                 "mod_auth_jwt " AJWT_VERSION " started, issuers: %d",
                 issuers->nelts);
    for (i = 0; i < issuers->nelts; i++) {
        const ajwt_issuer *issuer =
            APR_ARRAY_IDX(issuers, i, const ajwt_issuer *);

        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "issuer %s: %s %s",
                     issuer->name, describe_source(issuer->source->kind),
                     issuer->source->location);
    }
}

/* Destination of log lines about a key set, and their lowest level */
typedef struct note_target {
    server_rec *s;
    const ajwt_source *source;
    int least;
    apr_pool_t *pool;
} note_target;

static void log_note(const note_target *target, ajwt_reason reason,
                     const char *which, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const int level = ajwt_log_level(row->level);

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

        log_note(target, remark->reason, "", remark->detail);
    }
    for (i = 0; i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        log_note(
            target, note->reason,
            apr_psprintf(target->pool, "key %d%s: ", note->index,
                         ajwt_log_quote_member("kid", note->kid, target->pool)),
            note->detail);
    }
}

static void log_notes(server_rec *s, const ajwt_source *source,
                      const ajwt_keyset *keyset, apr_pool_t *pool)
{
    const note_target target = {s, source, APLOG_DEBUG, pool};

    log_keyset_notes(&target, keyset);
}

/*
 * At least a warning: a refused token needs no action, but a key set that is
 * refused for the same reason does.
 */
static int choose_level(const ajwt_reason_row *row)
{
    const int level = ajwt_log_level(row->level);

    return level < APLOG_WARNING ? level : APLOG_WARNING;
}

static const char *describe_keys_in_use(const ajwt_source *source,
                                        const ajwt_refresh_result *result,
                                        apr_pool_t *pool)
{
    char *date = apr_palloc(pool, APR_RFC822_DATE_LEN);

    if (!result->fetched_at)
        return "there are no keys yet";
    if (result->reason == AJWT_FILE_UNREADABLE)
        return "the last good keys stay in use. If only root can read this "
               "file, do a graceful restart to load it";
    if (!ajwt_source_is_remote(source))
        return "the last good keys stay in use";
    apr_rfc822_date(date, result->stale_at);
    return apr_pstrcat(pool, "the last good keys stay in use until ", date,
                       NULL);
}

static void log_failure(server_rec *s, const ajwt_source *source,
                        const ajwt_refresh_result *result, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(result->reason);
    const int level = result->is_warning_due ? choose_level(row) : APLOG_INFO;

    ap_log_error(APLOG_MARK, level, 0, s, "%s %s: %s: %s%s%s: %s", row->tag,
                 row->name, source->name, row->text, result->detail ? ": " : "",
                 result->detail ? result->detail : "",
                 describe_keys_in_use(source, result, pool));
}

void ajwt_key_log_state(server_rec *s, const ajwt_source *source,
                        ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ap_log_error(APLOG_MARK, choose_level(row), 0, s, "%s %s: %s: %s%s%s",
                 row->tag, row->name, source->name, row->text,
                 detail ? ": " : "", detail ? detail : "");
}

static void log_keyset(server_rec *s, const ajwt_source *source,
                       const ajwt_keyset *keyset)
{
    ap_log_error(APLOG_MARK, APLOG_INFO, 0, s, "%s: usable keys: %d",
                 source->name, keyset->keys->nelts);
}

void ajwt_key_log_files(server_rec *s, const ajwt_sources *sources,
                        apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (source->kind != AJWT_SOURCE_FILE)
            continue;
        log_keyset(s, source, source->keyset);
        log_notes(s, source, source->keyset, pool);
    }
}

void ajwt_key_log_checked_files(server_rec *s, const ajwt_sources *sources,
                                apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);
        const note_target target = {s, source, APLOG_WARNING, pool};

        if (source->kind == AJWT_SOURCE_FILE)
            log_keyset_notes(&target, source->keyset);
    }
}

void ajwt_key_log_damage(server_rec *s, const ajwt_source *source)
{
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, s,
                 "%s: the shared memory of these keys was damaged. It was "
                 "cleared, and the keys are loaded again. A process of this "
                 "httpd wrote over it: look for a faulty or hostile module",
                 source->name);
}

static void log_recovery(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *result)
{
    if (result->ends_outage)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "%s: keys are available again; requests are no longer "
                     "answered 503",
                     source->name);
    if (result->failures)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "%s: keys were loaded again after failed attempts: %d",
                     source->name, result->failures);
}

void ajwt_key_log_result(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *result, apr_pool_t *pool)
{
    const ajwt_keyset *keyset = result->document;

    if (result->reason != AJWT_ACCEPTED)
        log_failure(s, source, result, pool);
    else if (result->is_changed)
        log_keyset(s, source, keyset);
    if (result->reason == AJWT_ACCEPTED)
        log_recovery(s, source, result);
    if (result->saved != AJWT_ACCEPTED)
        ajwt_key_log_state(s, source, result->saved, result->saved_detail);
    if (keyset && (result->is_changed || result->reason != AJWT_ACCEPTED))
        log_notes(s, source, keyset, pool);
}
