/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/status.h"

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_status.h>
#include <util_script.h>

#include "core/json.h"
#include "core/version.h"
#include "httpd/config/config.h"
#include "httpd/process/child.h"
#include "httpd/process/shm.h"

const char *ajwt_status_state_name(ajwt_keyset_state state)
{
    static const char *const names[AJWT_KEYSET_STATE_COUNT] = {
        "fresh", "due", "stale", "never-loaded", "fixed", "hidden"};

    return names[state];
}

/* --- Data */

/*
 * Returns the bytes as text if they can be shown as they are, otherwise escaped
 * as in log lines.
 */
static const char *make_text(ajwt_bytes bytes, apr_pool_t *pool)
{
    const char *text;
    json_t *utf8;

    if (!bytes.data)
        return NULL;
    text = apr_pstrmemdup(pool, (const char *)bytes.data, bytes.len);
    utf8 = json_string(text);
    if (!utf8 || ajwt_bytes_has_control(bytes))
        text = ap_escape_logitem(pool, text);
    json_decref(utf8);
    return text;
}

static void add_key(ajwt_status_keyset *row, const ajwt_key *key,
                    apr_pool_t *pool)
{
    ajwt_status_key *added = apr_array_push(row->keys);

    added->kid = make_text(key->kid, pool);
    added->kty = apr_pstrdup(pool, key->kty);
    added->crv = apr_pstrdup(pool, key->crv);
    added->bits = key->bits;
    added->algs = key->algs;
    added->repairs = apr_pstrdup(pool, key->repairs);
    if (key->has_private_members)
        added->why = ajwt_reason_describe(AJWT_KEY_PRIVATE);
}

static void add_note(ajwt_status_keyset *row, const ajwt_key_note *note,
                     apr_pool_t *pool)
{
    ajwt_status_key *added = apr_array_push(row->keys);

    added->kid = make_text(note->kid, pool);
    added->kty = apr_pstrdup(pool, note->kty);
    added->crv = apr_pstrdup(pool, note->crv);
    added->bits = note->bits;
    added->why = ajwt_reason_describe(note->reason);
    added->detail = apr_pstrdup(pool, note->detail);
}

static void add_remark(ajwt_status_keyset *row,
                       const ajwt_keyset_remark *remark, apr_pool_t *pool)
{
    ajwt_status_remark *added = apr_array_push(row->remarks);

    added->why = ajwt_reason_describe(remark->reason);
    added->detail = apr_pstrdup(pool, remark->detail);
}

/* Copies all data, because the key set may be freed after its release. */
static void add_keys(ajwt_status_keyset *row, const ajwt_keyset *keyset,
                     apr_pool_t *pool)
{
    int i;

    row->usable = keyset->keys->nelts;
    for (i = 0; i < keyset->keys->nelts; i++)
        add_key(row, &APR_ARRAY_IDX(keyset->keys, i, ajwt_key), pool);
    for (i = 0; i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        if (!note->is_used)
            add_note(row, note, pool);
    }
    for (i = 0; i < keyset->remarks->nelts; i++)
        add_remark(row, &APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark),
                   pool);
}

static void collect_keys(ajwt_status_keyset *row, const ajwt_source *source,
                         apr_pool_t *pool)
{
    ajwt_keyring *keyring = ajwt_child_get()->keyring;
    ajwt_pinned pinned;

    row->keys = apr_array_make(pool, 4, sizeof(ajwt_status_key));
    row->remarks = apr_array_make(pool, 0, sizeof(ajwt_status_remark));
    if (!keyring)
        return;
    ajwt_keyring_update(keyring, source);
    ajwt_keyring_acquire(&pinned, keyring, source);
    if (pinned.keyset)
        add_keys(row, pinned.keyset, pool);
    ajwt_keyring_release(&pinned);
}

static ajwt_keyset_state check_state(const ajwt_refresh_state *refresh,
                                     const ajwt_source *source, apr_time_t now)
{
    const ajwt_refresh_schedule *schedule = &ajwt_config_settings()->schedule;

    if (!refresh->fetched_at)
        return AJWT_KEYSET_NEVER_LOADED;
    if (!ajwt_source_is_remote(source))
        return refresh->failures ? AJWT_KEYSET_DUE : AJWT_KEYSET_FRESH;
    if (ajwt_refresh_schedule_is_stale(refresh->fetched_at, schedule, now))
        return AJWT_KEYSET_STALE;
    return refresh->failures || now >= refresh->due_at ? AJWT_KEYSET_DUE
                                                       : AJWT_KEYSET_FRESH;
}

static void set_times(ajwt_status_keyset *row,
                      const ajwt_refresh_state *refresh, apr_time_t now)
{
    const ajwt_refresh_schedule *schedule = &ajwt_config_settings()->schedule;
    const apr_time_t cool_at =
        ajwt_refresh_schedule_cool_at(refresh, schedule, now);
    const apr_time_t due_at = refresh->due_at ? refresh->due_at : now;

    row->is_being_fetched = ajwt_refresh_schedule_is_leased(refresh, now);
    row->fetched_at = refresh->fetched_at;
    row->failures = (int)refresh->failures;
    if (!row->is_remote)
        return;
    row->next_at = due_at > cool_at ? due_at : cool_at;
    if (refresh->fetched_at)
        row->stale_at =
            refresh->fetched_at + apr_time_from_sec(schedule->stale_s);
}

static void set_failure(ajwt_status_keyset *row, const ajwt_failure *failure,
                        apr_pool_t *pool)
{
    if (failure->reason == AJWT_ACCEPTED)
        return;
    row->failure = ajwt_reason_describe(failure->reason);
    row->failed_at = failure->at;
    if (*failure->detail)
        row->failure_detail =
            make_text(ajwt_bytes_from_string(failure->detail), pool);
}

static int copy_state(ajwt_slot_state *copy, const ajwt_source *source)
{
    ajwt_shm_slots *shared = ajwt_child_get()->slots;
    ajwt_slot_state *state;

    if (!shared || ajwt_shm_slots_lock(&state, shared, source) != APR_SUCCESS)
        return 0;
    *copy = *state;
    ajwt_shm_slots_unlock(shared);
    return 1;
}

static void collect_keyset(ajwt_status_keyset *row, const ajwt_source *source,
                           apr_time_t now, apr_pool_t *pool)
{
    ajwt_slot_state state;

    row->source = make_text(ajwt_bytes_from_string(source->name), pool);
    row->is_remote = ajwt_source_is_remote(source);
    collect_keys(row, source, pool);
    if (!ajwt_source_is_shared(source)) {
        row->state = AJWT_KEYSET_FIXED;
    }
    else if (!copy_state(&state, source)) {
        row->state = AJWT_KEYSET_HIDDEN;
    }
    else {
        row->state = check_state(&state.refresh, source, now);
        set_times(row, &state.refresh, now);
        set_failure(row, &state.failure, pool);
    }
}

static void collect_keysets(ajwt_status *status, apr_pool_t *pool)
{
    const ajwt_sources *sources = ajwt_config_settings()->sources;
    int i;

    status->keysets =
        apr_array_make(pool, sources->list->nelts, sizeof(ajwt_status_keyset));
    for (i = 0; i < sources->list->nelts; i++)
        collect_keyset(apr_array_push(status->keysets),
                       ajwt_sources_get(sources, i), status->now, pool);
}

/* Reasons 06xx and 07xx are about keys, not about requests. */
static int is_about_keys(const ajwt_reason_row *row)
{
    return strcmp(row->tag, "JWT06") > 0;
}

static void collect_counts(ajwt_status *status)
{
    ajwt_counters *counters = ajwt_child_get()->counters;
    int i;

    status->since = counters->since;
    status->hits = atomic_load(&counters->signature_cache.hits);
    status->misses = atomic_load(&counters->signature_cache.misses);
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        ajwt_status_count *count = &status->counts[i];

        count->reason = ajwt_reason_describe((ajwt_reason)i);
        count->is_of_keys = is_about_keys(count->reason);
        count->answered = atomic_load(&counters->of_reason[i].answered);
        count->reported = atomic_load(&counters->of_reason[i].reported);
        if (i == AJWT_ACCEPTED)
            status->accepted = count->answered;
        else if (!count->is_of_keys)
            status->refused += count->answered;
        status->reported += count->reported;
    }
}

static void collect_status(ajwt_status *status, const request_rec *r)
{
    memset(status, 0, sizeof *status);
    status->server =
        make_text(ajwt_bytes_from_string(r->server->server_hostname), r->pool);
    status->now = apr_time_now();
    status->has_verdict_cache = ajwt_config_settings()->verdict_cache != 0;
    collect_counts(status);
    collect_keysets(status, r->pool);
}

/* --- The page */

typedef struct format {
    const char *name;
    const char *content_type;
    void (*write)(request_rec *r, const ajwt_status *status);
} format;

static const format formats[] = {
    {"html", "text/html; charset=utf-8", ajwt_status_write_html},
    {"json", "application/json", ajwt_status_write_json},
    {"prometheus", "text/plain; version=0.0.4; charset=utf-8",
     ajwt_status_write_prometheus},
};

/* Returns the format that the query string names; NULL: unknown. */
static const format *find_format(request_rec *r)
{
    apr_table_t *arguments;
    const char *name;
    apr_size_t i;

    ap_args_to_table(r, &arguments);
    name = apr_table_get(arguments, "format");
    if (!name)
        return &formats[0];
    for (i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(name, formats[i].name) == 0)
            return &formats[i];
    }
    return NULL;
}

static int send_status(request_rec *r, const format *chosen)
{
    ajwt_status *status = apr_palloc(r->pool, sizeof *status);

    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->headers_out, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'");
    ap_set_content_type(r, chosen->content_type);
    collect_status(status, r);
    chosen->write(r, status);
    return OK;
}

int ajwt_status_handler(request_rec *r)
{
    const format *chosen;
    int status;

    if (!r->handler || strcmp(r->handler, "jwt-status") != 0)
        return DECLINED;
    ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
    if (r->method_number != M_GET)
        return HTTP_METHOD_NOT_ALLOWED;
    status = ap_discard_request_body(r);
    if (status != OK)
        return status;
    chosen = find_format(r);
    if (chosen)
        return send_status(r, chosen);
    apr_table_setn(r->notes, "error-notes",
                   "Write format=html, format=json or format=prometheus.");
    return HTTP_BAD_REQUEST;
}

/* --- Section of mod_status's page */

static int count_state(const ajwt_status *status, ajwt_keyset_state state)
{
    int i, count = 0;

    for (i = 0; i < status->keysets->nelts; i++)
        count += APR_ARRAY_IDX(status->keysets, i, ajwt_status_keyset).state ==
                 state;
    return count;
}

static void write_short_text(request_rec *r, const ajwt_status *status)
{
    ap_rprintf(r,
               "JWTVersion: " AJWT_VERSION "\nJWTAccepted: %" APR_UINT64_T_FMT
               "\nJWTRefused: %" APR_UINT64_T_FMT
               "\nJWTReported: %" APR_UINT64_T_FMT
               "\nJWTVerdictCacheHits: %" APR_UINT64_T_FMT
               "\nJWTVerdictCacheMisses: %" APR_UINT64_T_FMT "\n",
               status->accepted, status->refused, status->reported,
               status->hits, status->misses);
    ap_rprintf(r,
               "JWTKeySets: %d\nJWTKeySetsDue: %d\nJWTKeySetsStale: %d\n"
               "JWTKeySetsNeverLoaded: %d\n",
               status->keysets->nelts, count_state(status, AJWT_KEYSET_DUE),
               count_state(status, AJWT_KEYSET_STALE),
               count_state(status, AJWT_KEYSET_NEVER_LOADED));
}

static void write_short_html(request_rec *r, const ajwt_status *status)
{
    int i;

    ap_rprintf(r,
               "<hr />\n<h2>mod_auth_jwt " AJWT_VERSION "</h2>\n"
               "<p>Tokens accepted: %" APR_UINT64_T_FMT
               "; requests refused: %" APR_UINT64_T_FMT
               "; let through by AuthJWTOptional report: %" APR_UINT64_T_FMT
               ".<br />\nVerdict cache: hits: %" APR_UINT64_T_FMT
               ", misses: %" APR_UINT64_T_FMT ".</p>\n<ul>\n",
               status->accepted, status->refused, status->reported,
               status->hits, status->misses);
    for (i = 0; i < status->keysets->nelts; i++) {
        const ajwt_status_keyset *keyset =
            &APR_ARRAY_IDX(status->keysets, i, ajwt_status_keyset);

        ap_rprintf(r, "<li>%s: %s, usable keys: %d</li>\n",
                   ap_escape_html(r->pool, keyset->source),
                   ajwt_status_state_name(keyset->state), keyset->usable);
    }
    ap_rputs("</ul>\n", r);
}

static int write_short_status(request_rec *r, int flags)
{
    ajwt_status *status = apr_palloc(r->pool, sizeof *status);

    collect_status(status, r);
    if (flags & AP_STATUS_SHORT)
        write_short_text(r, status);
    else
        write_short_html(r, status);
    return OK;
}

void ajwt_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, write_short_status, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
