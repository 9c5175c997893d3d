/* SPDX-License-Identifier: Apache-2.0 */
/* Escapes a label value for Prometheus' text format 0.0.4. */
#include <http_protocol.h>

#include "core/version.h"
#include "httpd/admin/status.h"

static const char *escape_label(const char *text, apr_pool_t *pool)
{
    char *escaped = apr_palloc(pool, 2 * strlen(text) + 1), *end = escaped;

    for (; *text; text++) {
        if (*text == '\\' || *text == '"')
            *end++ = '\\';
        *end++ = *text; /* text has no newline */
    }
    *end = '\0';
    return escaped;
}

static void write_help(request_rec *r, const char *name, const char *type,
                       const char *help)
{
    ap_rprintf(r, "# HELP auth_jwt_%s %s\n# TYPE auth_jwt_%s %s\n", name, help,
               name, type);
}

static void write_metric(request_rec *r, const char *name, const char *type,
                         const char *help, apr_uint64_t value)
{
    write_help(r, name, type, help);
    ap_rprintf(r, "auth_jwt_%s %" APR_UINT64_T_FMT "\n", name, value);
}

/* --- By reason */

static void write_reason_count(request_rec *r, const char *name,
                               const ajwt_reason_row *row, apr_uint64_t value)
{
    ap_rprintf(r,
               "auth_jwt_%s{reason=\"%s\",name=\"%s\"} %" APR_UINT64_T_FMT "\n",
               name, row->tag, row->name, value);
}

/* Writes zeros too, because a rate needs a first value. */
static void write_answered(request_rec *r, const ajwt_status *status,
                           const char *name, const char *help, int is_of_keys)
{
    int i;

    write_help(r, name, "counter", help);
    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        if (status->counts[i].is_of_keys == is_of_keys)
            write_reason_count(r, name, status->counts[i].reason,
                               status->counts[i].answered);
    }
}

static void write_reported(request_rec *r, const ajwt_status *status)
{
    int i;

    write_help(r, "reported_total", "counter",
               "Requests that AuthJWTOptional report let through, by reason.");
    for (i = AJWT_ACCEPTED + 1; i < AJWT_REASON_COUNT; i++) {
        if (!status->counts[i].is_of_keys)
            write_reason_count(r, "reported_total", status->counts[i].reason,
                               status->counts[i].reported);
    }
}

/* --- By key set */

typedef enum value {
    AGE,
    FETCHED,
    NEXT,
    STALE,
    KEYS,
    FAILURES,
    BEING_FETCHED
} value;

static const struct {
    value which;
    const char *name, *help;
} gauges[] = {
    {AGE, "keyset_age_seconds",
     "How long ago the key set was fetched or read."},
    {FETCHED, "keyset_fetched_timestamp_seconds",
     "When the key set was fetched or read."},
    {NEXT, "keyset_next_fetch_timestamp_seconds",
     "When the next attempt is due."},
    {STALE, "keyset_stale_timestamp_seconds",
     "When the key set becomes too old to use."},
    {KEYS, "keyset_keys", "Keys that verify."},
    {FAILURES, "keyset_failures", "Attempts in a row that failed."},
    {BEING_FETCHED, "keyset_being_fetched", "Whether an attempt is under way."},
};

/* Returns -1 if there is no value. */
static apr_int64_t read_gauge(value which, const ajwt_status_keyset *keyset,
                              apr_time_t now)
{
    switch (which) {
    case AGE:
        return keyset->fetched_at ? apr_time_sec(now - keyset->fetched_at) : -1;
    case FETCHED:
        return keyset->fetched_at ? apr_time_sec(keyset->fetched_at) : -1;
    case NEXT:
        return keyset->next_at ? apr_time_sec(keyset->next_at) : -1;
    case STALE:
        return keyset->stale_at ? apr_time_sec(keyset->stale_at) : -1;
    case KEYS:
        return keyset->usable;
    case FAILURES:
        return keyset->failures;
    case BEING_FETCHED:
        return keyset->is_being_fetched;
    }
    return -1;
}

static const ajwt_status_keyset *keyset_at(const ajwt_status *status, int index)
{
    return &APR_ARRAY_IDX(status->keysets, index, ajwt_status_keyset);
}

static void write_gauges(request_rec *r, const ajwt_status *status)
{
    apr_size_t g;
    int i;

    for (g = 0; g < sizeof gauges / sizeof gauges[0]; g++) {
        write_help(r, gauges[g].name, "gauge", gauges[g].help);
        for (i = 0; i < status->keysets->nelts; i++) {
            const ajwt_status_keyset *keyset = keyset_at(status, i);
            const apr_int64_t number =
                read_gauge(gauges[g].which, keyset, status->now);

            if (number >= 0)
                ap_rprintf(r,
                           "auth_jwt_%s{source=\"%s\"} "
                           "%" APR_INT64_T_FMT "\n",
                           gauges[g].name,
                           escape_label(keyset->source, r->pool), number);
        }
    }
}

static void write_states(request_rec *r, const ajwt_status *status)
{
    int i, state;

    write_help(r, "keyset_state", "gauge",
               "1 for the current state of the key set.");
    for (i = 0; i < status->keysets->nelts; i++) {
        const ajwt_status_keyset *keyset = keyset_at(status, i);

        for (state = 0; state < AJWT_KEYSET_STATE_COUNT; state++)
            ap_rprintf(r,
                       "auth_jwt_keyset_state{source=\"%s\",state=\"%s\"} %d\n",
                       escape_label(keyset->source, r->pool),
                       ajwt_status_state_name((ajwt_keyset_state)state),
                       (int)keyset->state == state);
    }
}

static void write_build(request_rec *r)
{
    write_help(r, "build_info", "gauge", "Version of mod_auth_jwt; always 1.");
    ap_rputs("auth_jwt_build_info{version=\"" AJWT_VERSION "\"} 1\n", r);
}

void ajwt_status_write_prometheus(request_rec *r, const ajwt_status *status)
{
    write_answered(r, status, "requests_total",
                   "Authentication results, by reason; an accepted token may "
                   "still fail a Require line.",
                   0);
    write_reported(r, status);
    write_answered(r, status, "load_failures_total",
                   "Attempts to load a key set that failed, by reason.", 1);
    write_metric(r, "verdict_cache_hits_total", "counter",
                 "Signatures that were already in the cache.", status->hits);
    write_metric(r, "verdict_cache_misses_total", "counter",
                 "Signature verifications, one for each key tried.",
                 status->misses);
    write_metric(r, "counting_since_timestamp_seconds", "gauge",
                 "When counting began.",
                 (apr_uint64_t)apr_time_sec(status->since));
    write_states(r, status);
    write_gauges(r, status);
    write_build(r);
}
