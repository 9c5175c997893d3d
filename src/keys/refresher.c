/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/refresher.h"

#include <apr_general.h>
#include <apr_strings.h>

#include "core/limits.h"
#include "keys/statedir.h"

/* A file is due when its mark has changed, a URL according to its times. */
static int is_due(const ajwt_refresher *renewer, const ajwt_source *source,
                  const ajwt_shm_slots_state *state, const ajwt_file_mark *mark)
{
    if (source->kind == AJWT_SOURCE_FILE)
        return !ajwt_file_mark_equal(&state->mark, mark) &&
               !ajwt_refresh_schedule_is_leased(&state->refresh,
                                                renewer->now());
    return ajwt_refresh_schedule_is_due(&state->refresh, renewer->schedule,
                                        renewer->now());
}

/* A missing file has an empty mark. */
static void look_at_file(ajwt_file_mark *mark, const ajwt_source *source,
                         apr_pool_t *pool)
{
    memset(mark, 0, sizeof *mark);
    if (source->kind == AJWT_SOURCE_FILE)
        (void)ajwt_file_stat(mark, source->location, pool);
}

apr_time_t ajwt_refresher_next_at(const ajwt_refresher *renewer,
                                  const ajwt_source *source, apr_pool_t *pool)
{
    const apr_time_t now = renewer->now();
    ajwt_shm_slots_state *state;
    ajwt_file_mark mark;
    apr_time_t next_at;

    look_at_file(&mark, source, pool);
    if (ajwt_shm_slots_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return now + apr_time_from_msec(AJWT_MAX_LOCK_MS);
    if (source->kind == AJWT_SOURCE_FILE)
        next_at = ajwt_file_mark_equal(&state->mark, &mark)
                      ? now + apr_time_from_msec(AJWT_FILE_CHECK_MS)
                      : now;
    else {
        if (ajwt_shm_slots_take_want(renewer->shared, source))
            (void)ajwt_refresh_schedule_ask(&state->refresh, renewer->schedule,
                                            now);
        next_at = ajwt_refresh_schedule_next_at(&state->refresh,
                                                renewer->schedule, now);
    }
    ajwt_shm_slots_unlock(renewer->shared);
    return next_at;
}

int ajwt_refresher_resume(const ajwt_refresher *renewer,
                          const ajwt_source *source, int is_restart,
                          apr_pool_t *pool)
{
    static const ajwt_file_mark none = {0};
    const int is_hidden = source->kind == AJWT_SOURCE_FILE &&
                          ajwt_file_is_hidden(source->location, pool);
    ajwt_shm_slots_state *state;

    if (ajwt_shm_slots_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return 1;
    if (state->refresh.leased_until)
        ajwt_refresh_schedule_abandon(&state->refresh, renewer->now());
    if (is_restart)
        ajwt_refresh_schedule_restart(&state->refresh, renewer->now());
    if (is_hidden)
        state->mark = none;
    ajwt_shm_slots_unlock(renewer->shared);
    return !is_hidden;
}

/* A running attempt */
typedef struct attempt {
    ajwt_file_mark mark;      /* of the file that is loaded */
    ajwt_validator validator; /* that of the current set, then that of the
                                 response */
    apr_time_t lease;         /* shows whether this attempt still has the
                                 lease when it ends */
    ajwt_http_response response;
} attempt;

static int begin(attempt *made, const ajwt_refresher *renewer,
                 const ajwt_source *source)
{
    ajwt_shm_slots_state *state;
    int due;

    if (ajwt_shm_slots_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return 0;
    due = is_due(renewer, source, state, &made->mark);
    if (due)
        ajwt_refresh_schedule_begin(&state->refresh, renewer->schedule,
                                    renewer->now());
    made->lease = state->refresh.leased_until;
    made->validator = state->validator;
    ajwt_shm_slots_unlock(renewer->shared);
    return due;
}

/* Returns -1 to 1, so that servers do not fetch at the same time. */
static double make_jitter(void)
{
    unsigned char bytes[2] = {0, 0};

    (void)apr_generate_random_bytes(bytes, sizeof bytes);
    return (bytes[0] << 8 | bytes[1]) / 32767.5 - 1;
}

static void load(ajwt_refresh_result *renewal, attempt *made,
                 const ajwt_refresher *renewer, const ajwt_source *source,
                 apr_pool_t *pool)
{
    ajwt_http_response *response = &made->response;
    apr_time_t deadline =
        renewer->now() + apr_time_from_sec(renewer->schedule->timeout_s);

    renewal->reason = ajwt_load(response, &made->validator, source,
                                renewer->fetcher, deadline, pool);
    renewal->detail = response->detail;
    if (renewal->reason != AJWT_ACCEPTED || !response->body.data)
        return;
    renewal->reason = ajwt_keyset_parse(&renewal->keyset, response->body,
                                        ajwt_source_origin(source), pool);
    if (renewal->reason != AJWT_ACCEPTED)
        renewal->detail =
            ajwt_source_explain(source, response->body, renewal->keyset, pool);
}

/* Fails if another process has taken the lease. */
static int lock_leased(ajwt_shm_slots_state **state,
                       const ajwt_refresher *renewer, const ajwt_source *source,
                       apr_time_t lease)
{
    if (ajwt_shm_slots_lock(state, renewer->shared, source) != APR_SUCCESS)
        return 0;
    if ((*state)->refresh.leased_until == lease)
        return 1;
    ajwt_shm_slots_unlock(renewer->shared);
    return 0;
}

/* Without a body (304), the current set is still valid. */
static void succeed(ajwt_refresh_result *renewal, const attempt *made,
                    ajwt_shm_slots_state *state, const ajwt_refresher *renewer,
                    const ajwt_source *source)
{
    renewal->failures = (int)state->refresh.failures;
    if (made->response.body.data)
        ajwt_shm_slots_publish(renewer->shared, source, made->response.body);
    state->validator = made->validator;
    ajwt_refresh_schedule_succeed(&state->refresh, renewer->schedule,
                                  made->response.max_age_s, make_jitter(),
                                  renewer->now());
}

static void fail(ajwt_refresh_result *renewal, const attempt *made,
                 ajwt_shm_slots_state *state, const ajwt_refresher *renewer,
                 const ajwt_source *source)
{
    ajwt_failure *failure = &state->failure;

    renewal->is_news =
        ajwt_refresh_schedule_fail(&state->refresh, renewer->schedule,
                                   made->response.retry_after_s, make_jitter(),
                                   renewer->now()) ||
        !ajwt_source_is_remote(source) || failure->reason != renewal->reason;
    failure->reason = renewal->reason;
    failure->at = renewer->now();
    apr_cpystrn(failure->detail, renewal->detail ? renewal->detail : "",
                sizeof failure->detail);
}

static int end(ajwt_refresh_result *renewal, const attempt *made,
               const ajwt_refresher *renewer, const ajwt_source *source)
{
    ajwt_shm_slots *shared = renewer->shared;
    ajwt_shm_slots_state *state;
    unsigned before;

    if (!lock_leased(&state, renewer, source, made->lease))
        return 0;
    before = ajwt_shm_slots_generation(shared, source);
    state->mark = made->mark;
    if (renewal->reason == AJWT_ACCEPTED)
        succeed(renewal, made, state, renewer, source);
    else
        fail(renewal, made, state, renewer, source);
    renewal->is_changed = before != ajwt_shm_slots_generation(shared, source);
    renewal->fetched_at = state->refresh.fetched_at;
    renewal->stale_at = state->refresh.fetched_at +
                        apr_time_from_sec(renewer->schedule->stale_s);
    renewal->ends_outage = renewal->reason == AJWT_ACCEPTED &&
                           ajwt_shm_slots_take_warned(shared, source);
    ajwt_shm_slots_end_attempt(shared, source);
    ajwt_shm_slots_unlock(shared);
    return 1;
}

static int is_saved(const ajwt_refresher *renewer, const ajwt_source *source)
{
    return renewer->state_dir && ajwt_source_is_remote(source);
}

/*
 * Saves the current set, because the response has no body after a 304. If the
 * current set is damaged, the older file is kept.
 */
static void save(ajwt_refresh_result *renewal, const attempt *made,
                 const ajwt_refresher *renewer, const ajwt_source *source,
                 apr_pool_t *pool)
{
    ajwt_saved saved = {.fetched_at = renewal->fetched_at,
                        .validator = made->validator};
    unsigned generation;

    if (ajwt_shm_slots_read(&saved.text, &generation, renewer->shared, source,
                            pool) == APR_SUCCESS &&
        saved.text.len)
        renewal->saved = ajwt_statedir_write(&saved, &renewal->saved_detail,
                                             renewer->state_dir, source, pool);
}

int ajwt_refresher_run(ajwt_refresh_result *renewal,
                       const ajwt_refresher *renewer, const ajwt_source *source,
                       apr_pool_t *pool)
{
    attempt made;

    memset(renewal, 0, sizeof *renewal);
    look_at_file(&made.mark, source, pool);
    if (!begin(&made, renewer, source))
        return 0;
    load(renewal, &made, renewer, source, pool);
    if (!end(renewal, &made, renewer, source))
        return 0;
    if (is_saved(renewer, source) && renewal->reason == AJWT_ACCEPTED)
        save(renewal, &made, renewer, source, pool);
    return 1;
}

/* NULL, or why the set must not be used */
static const char *check_age(apr_time_t fetched_at,
                             const ajwt_refresher *renewer)
{
    if (fetched_at > renewer->now())
        return "it was saved in the future: check the clock";
    return ajwt_refresh_schedule_is_stale(fetched_at, renewer->schedule,
                                          renewer->now())
               ? "it is older than AuthJWTStale allows"
               : NULL;
}

static void publish_saved(const ajwt_saved *saved,
                          const ajwt_refresher *renewer,
                          const ajwt_source *source)
{
    ajwt_shm_slots_state *state;

    if (ajwt_shm_slots_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return;
    if (state->refresh.fetched_at == 0) {
        ajwt_shm_slots_publish(renewer->shared, source, saved->text);
        state->refresh.fetched_at = saved->fetched_at;
        state->validator = saved->validator;
        ajwt_shm_slots_end_attempt(renewer->shared, source);
    }
    ajwt_shm_slots_unlock(renewer->shared);
}

static ajwt_reason restore(const char **detail, const ajwt_refresher *renewer,
                           const ajwt_source *source, apr_pool_t *pool)
{
    const ajwt_keyset *keyset;
    ajwt_saved saved;
    ajwt_reason reason =
        ajwt_statedir_read(&saved, detail, renewer->state_dir, source, pool);

    if (reason != AJWT_ACCEPTED || !saved.text.data)
        return reason;
    *detail = check_age(saved.fetched_at, renewer);
    if (*detail)
        return AJWT_STATE_UNUSABLE;
    reason = ajwt_keyset_parse(&keyset, saved.text, ajwt_source_origin(source),
                               pool);
    if (reason == AJWT_ACCEPTED)
        publish_saved(&saved, renewer, source);
    else
        *detail = ajwt_source_explain(source, saved.text, keyset, pool);
    return reason;
}

ajwt_reason ajwt_refresher_restore(const char **detail,
                                   const ajwt_refresher *renewer,
                                   const ajwt_source *source, apr_pool_t *pool)
{
    *detail = NULL;
    if (!is_saved(renewer, source) ||
        ajwt_shm_slots_fetched_at(renewer->shared, source) != 0)
        return AJWT_ACCEPTED;
    return restore(detail, renewer, source, pool);
}
