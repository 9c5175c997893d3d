/* SPDX-License-Identifier: Apache-2.0 */
#include <http_protocol.h>

#include "core/json.h"
#include "core/version.h"
#include "httpd/admin/status.h"

static void set_number(json_t *object, const char *name, apr_uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

/* Sets a time in seconds since 1970, or null. */
static void set_time(json_t *object, const char *name, apr_time_t time)
{
    json_object_set_new(object, name,
                        time ? json_integer(apr_time_sec(time)) : json_null());
}

static void set_text(json_t *object, const char *name, const char *text)
{
    json_object_set_new(object, name, text ? json_string(text) : json_null());
}

static json_t *make_reason(const ajwt_reason_row *row)
{
    json_t *reason = json_object();

    set_text(reason, "tag", row->tag);
    set_text(reason, "name", row->name);
    set_text(reason, "meaning", row->text);
    return reason;
}

static json_t *list_algs(ajwt_alg_set algs)
{
    json_t *names = json_array();
    const ajwt_alg *alg;
    int i;

    for (i = 0; (alg = ajwt_alg_at(i)) != NULL; i++) {
        if (alg->algs & algs)
            json_array_append_new(names, json_string(alg->name));
    }
    return names;
}

/* Returns null if there is no reason. */
static json_t *make_problem(const ajwt_reason_row *row, const char *detail)
{
    json_t *problem;

    if (!row)
        return json_null();
    problem = make_reason(row);
    set_text(problem, "detail", detail);
    return problem;
}

static json_t *make_key(const ajwt_status_key *key)
{
    json_t *object = json_object();

    set_text(object, "kid", key->kid);
    set_text(object, "kty", key->kty);
    set_text(object, "crv", key->crv);
    json_object_set_new(object, "bits",
                        key->bits ? json_integer(key->bits) : json_null());
    json_object_set_new(object, "algs", list_algs(key->algs));
    json_object_set_new(object, "is_used", json_boolean(key->algs != 0));
    json_object_set_new(object, "problem", make_problem(key->why, key->detail));
    set_text(object, "repairs", key->repairs);
    return object;
}

static json_t *make_failure(const ajwt_status_keyset *keyset)
{
    json_t *failure;

    if (!keyset->failure)
        return json_null();
    failure = make_reason(keyset->failure);
    set_text(failure, "detail", keyset->failure_detail);
    set_time(failure, "at", keyset->failed_at);
    return failure;
}

static json_t *make_remarks(const ajwt_status_keyset *keyset)
{
    json_t *remarks = json_array();
    int i;

    for (i = 0; i < keyset->remarks->nelts; i++) {
        const ajwt_status_remark *remark =
            &APR_ARRAY_IDX(keyset->remarks, i, ajwt_status_remark);

        json_array_append_new(remarks,
                              make_problem(remark->why, remark->detail));
    }
    return remarks;
}

static json_t *make_keyset(const ajwt_status_keyset *keyset, apr_time_t now)
{
    json_t *object = json_object(), *keys = json_array();
    int i;

    for (i = 0; i < keyset->keys->nelts; i++)
        json_array_append_new(
            keys, make_key(&APR_ARRAY_IDX(keyset->keys, i, ajwt_status_key)));
    set_text(object, "source", keyset->source);
    set_text(object, "state", ajwt_status_state_name(keyset->state));
    json_object_set_new(object, "is_being_fetched",
                        json_boolean(keyset->is_being_fetched));
    set_time(object, "fetched_at", keyset->fetched_at);
    json_object_set_new(object, "age_s",
                        keyset->fetched_at ? json_integer(apr_time_sec(
                                                 now - keyset->fetched_at))
                                           : json_null());
    set_time(object, "next_fetch_at", keyset->next_at);
    set_time(object, "stale_at", keyset->stale_at);
    set_number(object, "failures", (apr_uint64_t)keyset->failures);
    json_object_set_new(object, "last_failure", make_failure(keyset));
    json_object_set_new(object, "keys", keys);
    json_object_set_new(object, "remarks", make_remarks(keyset));
    return object;
}

static json_t *make_requests(const ajwt_status *status)
{
    json_t *requests = json_object();

    set_number(requests, "accepted", status->accepted);
    set_number(requests, "refused", status->refused);
    set_number(requests, "reported", status->reported);
    return requests;
}

static json_t *make_verdict_cache(const ajwt_status *status)
{
    json_t *cache = json_object();

    json_object_set_new(cache, "is_on",
                        json_boolean(status->has_verdict_cache));
    set_number(cache, "hits", status->hits);
    set_number(cache, "misses", status->misses);
    return cache;
}

static json_t *make_reasons(const ajwt_status *status)
{
    json_t *reasons = json_array();
    int i;

    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        json_t *reason = make_reason(status->counts[i].reason);

        set_number(reason, "answered", status->counts[i].answered);
        set_number(reason, "reported", status->counts[i].reported);
        json_array_append_new(reasons, reason);
    }
    return reasons;
}

static json_t *make_keysets(const ajwt_status *status)
{
    json_t *keysets = json_array();
    int i;

    for (i = 0; i < status->keysets->nelts; i++)
        json_array_append_new(
            keysets,
            make_keyset(&APR_ARRAY_IDX(status->keysets, i, ajwt_status_keyset),
                        status->now));
    return keysets;
}

void ajwt_status_write_json(request_rec *r, const ajwt_status *status)
{
    json_t *object = json_object();

    set_text(object, "version", AJWT_VERSION);
    set_text(object, "server", status->server);
    set_time(object, "now", status->now);
    set_time(object, "since", status->since);
    json_object_set_new(object, "requests", make_requests(status));
    json_object_set_new(object, "verdict_cache", make_verdict_cache(status));
    json_object_set_new(object, "key_sets", make_keysets(status));
    json_object_set_new(object, "reasons", make_reasons(status));
    ap_rvputs(r, ajwt_json_print(object, r->pool), "\n", NULL);
    json_decref(object);
}
