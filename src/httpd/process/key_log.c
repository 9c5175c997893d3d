/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/key_log.h"

#include <apr_strings.h>

#include "core/limits.h"
#include "core/version.h"
#include "core/warning.h"
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

/* Destination of log lines about a key set, and the range of their levels */
typedef struct note_target {
    server_rec *s;
    const ajwt_source *source;
    int least, most;
    apr_pool_t *pool;
} note_target;

/* httpd's levels are larger the less urgent they are. */
static int level_in_range(int level, const note_target *target)
{
    if (level > target->least)
        return target->least;
    return level < target->most ? target->most : level;
}

static void log_note(const note_target *target, ajwt_reason reason,
                     const char *which, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const int level = level_in_range(ajwt_log_level(row->level), target);

    ap_log_error(APLOG_MARK, level, 0, target->s, "%s %s: %s: %s%s%s%s",
                 row->tag, row->name, target->source->name, which, row->text,
                 detail ? ": " : "", detail ? detail : "");
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
                      const ajwt_keyset *keyset, int most, apr_pool_t *pool)
{
    const note_target target = {s, source, APLOG_DEBUG, most, pool};

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

/* The name of the source, which begins the line, has its location already. */
static const char *without_location(const char *detail,
                                    const ajwt_source *source)
{
    const apr_size_t len = strlen(source->location);

    return strncmp(detail, source->location, len) == 0 &&
                   strncmp(detail + len, ": ", 2) == 0
               ? detail + len + 2
               : detail;
}

static void log_failure(server_rec *s, const ajwt_source *source,
                        const ajwt_refresh_result *result, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(result->reason);
    const int level = result->is_warning_due ? choose_level(row) : APLOG_INFO;
    const char *detail =
        result->detail ? without_location(result->detail, source) : NULL;

    ap_log_error(APLOG_MARK, level, 0, s, "%s %s: %s: %s%s%s: %s", row->tag,
                 row->name, source->name, row->text, detail ? ": " : "",
                 detail ? detail : "",
                 describe_keys_in_use(source, result, pool));
}

static void log_state(server_rec *s, int level, const ajwt_source *source,
                      ajwt_reason reason, const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ap_log_error(APLOG_MARK, level, 0, s, "%s %s: %s: %s%s%s", row->tag,
                 row->name, source->name, row->text, detail ? ": " : "",
                 detail ? detail : "");
}

void ajwt_key_log_state(server_rec *s, const ajwt_source *source,
                        ajwt_reason reason, const char *detail)
{
    log_state(s, choose_level(ajwt_reason_describe(reason)), source, reason,
              detail);
}

/* Whether there was no warning in the last hour; then notes this one. */
static int may_warn(apr_time_t *warned_at)
{
    const apr_time_t now = apr_time_now();

    if (!ajwt_warning_is_due(*warned_at, now))
        return 0;
    *warned_at = now;
    return 1;
}

static void log_saving(server_rec *s, const ajwt_source *source,
                       const ajwt_refresh_result *result,
                       apr_time_t *unsaved_at)
{
    if (result->saved != AJWT_ACCEPTED) {
        const ajwt_reason_row *row = ajwt_reason_describe(result->saved);

        log_state(s, may_warn(unsaved_at) ? choose_level(row) : APLOG_INFO,
                  source, result->saved, result->saved_detail);
    }
    else if (*unsaved_at && result->reason == AJWT_ACCEPTED) {
        *unsaved_at = 0;
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "%s: the key set was saved again in AuthJWTStateDir",
                     source->name);
    }
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
        log_notes(s, source, source->keyset, APLOG_EMERG, pool);
    }
}

void ajwt_key_log_checked_files(server_rec *s, const ajwt_sources *sources,
                                apr_pool_t *pool)
{
    int i;

    for (i = 0; i < sources->list->nelts; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);
        const note_target target = {s, source, APLOG_WARNING, APLOG_EMERG,
                                    pool};

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

/* At the level of the line that the outage began with */
static void log_recovery(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *result)
{
    if (result->ends_outage)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "%s: keys are available again; requests are no longer "
                     "answered 503",
                     source->name);
    if (result->failures)
        ap_log_error(APLOG_MARK,
                     result->ends_outage ? APLOG_INFO : APLOG_WARNING, 0, s,
                     "%s: keys were loaded after failed attempts: %d",
                     source->name, result->failures);
}

void ajwt_key_log_result(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *result,
                         apr_time_t *unsaved_at, apr_pool_t *pool)
{
    if (result->reason != AJWT_ACCEPTED)
        log_failure(s, source, result, pool);
    else if (result->is_changed)
        log_keyset(s, source, result->document);
    if (result->reason == AJWT_ACCEPTED)
        log_recovery(s, source, result);
    log_saving(s, source, result, unsaved_at);
    if (result->document &&
        (result->is_changed || result->reason != AJWT_ACCEPTED))
        log_notes(s, source, result->document,
                  result->reason == AJWT_ACCEPTED || result->is_warning_due
                      ? APLOG_EMERG
                      : APLOG_INFO,
                  pool);
}
