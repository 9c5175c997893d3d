/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/refresher.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "core/limits.h"
#include "keys/statedir.h"

/* A file is due when its mark has changed, a URL according to its times. */
static int is_due(const ajwt_refresher *refresher, const ajwt_source *source,
                  const ajwt_slot_state *state, const ajwt_file_mark *mark)
{
    if (source->kind == AJWT_SOURCE_FILE)
        return !ajwt_file_mark_equal(&state->mark, mark) &&
               !ajwt_refresh_schedule_is_leased(&state->refresh,
                                                refresher->now());
    return ajwt_refresh_schedule_is_due(&state->refresh, refresher->schedule,
                                        refresher->now());
}

/* A missing file has an empty mark. */
static void stat_file(ajwt_file_mark *mark, const ajwt_source *source,
                      apr_pool_t *pool)
{
    memset(mark, 0, sizeof *mark);
    if (source->kind == AJWT_SOURCE_FILE)
        (void)ajwt_file_stat(mark, source->location, pool);
}

apr_time_t ajwt_refresher_next_at(const ajwt_refresher *refresher,
                                  const ajwt_source *source, apr_pool_t *pool)
{
    const apr_time_t now = refresher->now();
    ajwt_slot_state *state;
    ajwt_file_mark mark;
    apr_time_t next_at;

    stat_file(&mark, source, pool);
    if (ajwt_shm_slots_lock(&state, refresher->shared, source) != APR_SUCCESS)
        return now + apr_time_from_msec(AJWT_MAX_LOCK_MS);
    if (source->kind == AJWT_SOURCE_FILE)
        next_at = ajwt_file_mark_equal(&state->mark, &mark)
                      ? now + apr_time_from_msec(AJWT_FILE_CHECK_MS)
                      : now;
    else {
        if (ajwt_shm_slots_take_request(refresher->shared, source))
            (void)ajwt_refresh_schedule_request(&state->refresh,
                                                refresher->schedule, now);
        next_at = ajwt_refresh_schedule_next_at(&state->refresh,
                                                refresher->schedule, now);
    }
    ajwt_shm_slots_unlock(refresher->shared);
    return next_at;
}

int ajwt_refresher_resume(const ajwt_refresher *refresher,
                          const ajwt_source *source, int is_restart,
                          apr_pool_t *pool)
{
    static const ajwt_file_mark none = {0};
    const int is_hidden = source->kind == AJWT_SOURCE_FILE &&
                          ajwt_file_is_hidden(source->location, pool);
    ajwt_slot_state *state;

    if (ajwt_shm_slots_lock(&state, refresher->shared, source) != APR_SUCCESS)
        return 1;
    if (state->refresh.leased_until)
        ajwt_refresh_schedule_abandon(&state->refresh, refresher->now());
    if (is_restart)
        ajwt_refresh_schedule_restart(&state->refresh, refresher->now());
    if (is_hidden)
        state->mark = none;
    ajwt_shm_slots_unlock(refresher->shared);
    return !is_hidden;
}

/* A running attempt */
typedef struct refresh_attempt {
    ajwt_file_mark mark;      /* of the file that is loaded */
    ajwt_validator validator; /* that of the current set, then that of the
                                 response */
    apr_time_t lease;         /* shows whether this attempt still has the
                                 lease when it ends */
    ajwt_http_response response;
} refresh_attempt;

static int begin_attempt(refresh_attempt *attempt,
                         const ajwt_refresher *refresher,
                         const ajwt_source *source)
{
    ajwt_slot_state *state;
    int due;

    if (ajwt_shm_slots_lock(&state, refresher->shared, source) != APR_SUCCESS)
        return 0;
    due = is_due(refresher, source, state, &attempt->mark);
    if (due)
        ajwt_refresh_schedule_begin(&state->refresh, refresher->schedule,
                                    refresher->now());
    attempt->lease = state->refresh.leased_until;
    attempt->validator = state->validator;
    ajwt_shm_slots_unlock(refresher->shared);
    return due;
}

/* Returns 0 to 1, so that servers do not fetch at the same time. */
static double make_jitter(void)
{
    unsigned char bytes[2] = {0, 0};

    (void)apr_generate_random_bytes(bytes, sizeof bytes);
    return (bytes[0] << 8 | bytes[1]) / 65535.0;
}

static void load_keyset(ajwt_refresh_result *result, refresh_attempt *attempt,
                        const ajwt_refresher *refresher,
                        const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_http_response *response = &attempt->response;
    apr_time_t deadline =
        refresher->now() + apr_time_from_sec(refresher->schedule->timeout_s);

    result->reason = ajwt_load(response, &attempt->validator, source,
                               refresher->fetcher, deadline, pool);
    result->detail = response->detail;
    if (result->reason != AJWT_ACCEPTED || !response->body.data)
        return;
    result->reason = source->parse(&result->document, &result->detail, source,
                                   response->body, pool);
}

/* Fails if another process has taken the lease. */
static int lock_with_lease(ajwt_slot_state **state,
                           const ajwt_refresher *refresher,
                           const ajwt_source *source, apr_time_t lease)
{
    if (ajwt_shm_slots_lock(state, refresher->shared, source) != APR_SUCCESS)
        return 0;
    if ((*state)->refresh.leased_until == lease)
        return 1;
    ajwt_shm_slots_unlock(refresher->shared);
    return 0;
}

/* Without a body (304), the current set is still valid. */
static void record_success(ajwt_refresh_result *result,
                           const refresh_attempt *attempt,
                           ajwt_slot_state *state,
                           const ajwt_refresher *refresher,
                           const ajwt_source *source)
{
    result->failures = (int)state->refresh.failures;
    if (attempt->response.body.data)
        ajwt_shm_slots_publish(refresher->shared, source,
                               attempt->response.body);
    state->validator = attempt->validator;
    ajwt_refresh_schedule_succeed(&state->refresh, refresher->schedule,
                                  attempt->response.max_age_s,
                                  2 * make_jitter() - 1, refresher->now());
}

static void record_failure(ajwt_refresh_result *result,
                           const refresh_attempt *attempt,
                           ajwt_slot_state *state,
                           const ajwt_refresher *refresher,
                           const ajwt_source *source)
{
    ajwt_failure *failure = &state->failure;

    result->is_warning_due =
        ajwt_refresh_schedule_fail(&state->refresh, refresher->schedule,
                                   attempt->response.retry_after_s,
                                   make_jitter(), refresher->now()) ||
        !ajwt_source_is_remote(source) || failure->reason != result->reason;
    failure->reason = result->reason;
    failure->at = refresher->now();
    apr_cpystrn(failure->detail, result->detail ? result->detail : "",
                sizeof failure->detail);
}

static int end_attempt(ajwt_refresh_result *result,
                       const refresh_attempt *attempt,
                       const ajwt_refresher *refresher,
                       const ajwt_source *source)
{
    ajwt_shm_slots *shared = refresher->shared;
    ajwt_slot_state *state;
    unsigned before;

    if (!lock_with_lease(&state, refresher, source, attempt->lease))
        return 0;
    before = ajwt_shm_slots_generation(shared, source);
    state->mark = attempt->mark;
    if (result->reason == AJWT_ACCEPTED)
        record_success(result, attempt, state, refresher, source);
    else
        record_failure(result, attempt, state, refresher, source);
    result->is_changed = before != ajwt_shm_slots_generation(shared, source);
    result->fetched_at = state->refresh.fetched_at;
    result->stale_at = state->refresh.fetched_at +
                       apr_time_from_sec(refresher->schedule->stale_s);
    result->ends_outage = result->reason == AJWT_ACCEPTED &&
                          ajwt_shm_slots_take_warned(shared, source);
    ajwt_shm_slots_end_attempt(shared, source);
    ajwt_shm_slots_unlock(shared);
    return 1;
}

static int has_state_file(const ajwt_refresher *refresher,
                          const ajwt_source *source)
{
    return refresher->state_dir && ajwt_source_is_remote(source);
}

/*
 * Saves the current set, because the response has no body after a 304. If the
 * current set is damaged, the older file is kept.
 */
static void save_keyset(ajwt_refresh_result *result,
                        const refresh_attempt *attempt,
                        const ajwt_refresher *refresher,
                        const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_saved saved = {.fetched_at = result->fetched_at,
                        .validator = attempt->validator};
    unsigned generation;

    if (ajwt_shm_slots_read(&saved.text, &generation, refresher->shared, source,
                            pool) == APR_SUCCESS &&
        saved.text.len)
        result->saved = ajwt_statedir_write(&saved, &result->saved_detail,
                                            refresher->state_dir, source, pool);
}

int ajwt_refresher_run(ajwt_refresh_result *result,
                       const ajwt_refresher *refresher,
                       const ajwt_source *source, apr_pool_t *pool)
{
    refresh_attempt attempt;

    memset(result, 0, sizeof *result);
    stat_file(&attempt.mark, source, pool);
    if (!begin_attempt(&attempt, refresher, source))
        return 0;
    load_keyset(result, &attempt, refresher, source, pool);
    if (!end_attempt(result, &attempt, refresher, source))
        return 0;
    if (has_state_file(refresher, source) && result->reason == AJWT_ACCEPTED)
        save_keyset(result, &attempt, refresher, source, pool);
    return 1;
}

/* NULL, or why the set must not be used */
static const char *check_age(apr_time_t fetched_at,
                             const ajwt_refresher *refresher)
{
    if (fetched_at > refresher->now())
        return "it was saved in the future: check the clock";
    return ajwt_refresh_schedule_is_stale(fetched_at, refresher->schedule,
                                          refresher->now())
               ? "it is older than AuthJWTStale allows"
               : NULL;
}

static void publish_saved(const ajwt_saved *saved,
                          const ajwt_refresher *refresher,
                          const ajwt_source *source)
{
    ajwt_slot_state *state;

    if (ajwt_shm_slots_lock(&state, refresher->shared, source) != APR_SUCCESS)
        return;
    if (state->refresh.fetched_at == 0) {
        ajwt_shm_slots_publish(refresher->shared, source, saved->text);
        state->refresh.fetched_at = saved->fetched_at;
        state->validator = saved->validator;
        ajwt_shm_slots_end_attempt(refresher->shared, source);
    }
    ajwt_shm_slots_unlock(refresher->shared);
}

static ajwt_reason restore_keyset(const char **detail,
                                  const ajwt_refresher *refresher,
                                  const ajwt_source *source, apr_pool_t *pool)
{
    const void *document;
    ajwt_saved saved;
    ajwt_reason reason =
        ajwt_statedir_read(&saved, detail, refresher->state_dir, source, pool);

    if (reason != AJWT_ACCEPTED || !saved.text.data)
        return reason;
    *detail = check_age(saved.fetched_at, refresher);
    if (*detail)
        return AJWT_STATE_UNUSABLE;
    reason = source->parse(&document, detail, source, saved.text, pool);
    if (reason == AJWT_ACCEPTED)
        publish_saved(&saved, refresher, source);
    return reason;
}

ajwt_reason ajwt_refresher_restore(const char **detail,
                                   const ajwt_refresher *refresher,
                                   const ajwt_source *source, apr_pool_t *pool)
{
    *detail = NULL;
    if (!has_state_file(refresher, source) ||
        ajwt_shm_slots_fetched_at(refresher->shared, source) != 0)
        return AJWT_ACCEPTED;
    return restore_keyset(detail, refresher, source, pool);
}
