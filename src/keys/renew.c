#include "keys/renew.h"

#include <apr_general.h>

#include "core/limits.h"
#include "keys/load.h"

/* A file is due when it is another one than was read; a URL by its times. */
static int is_due(const ajwt_renewer *renewer, const ajwt_source *source,
                  const ajwt_shared_state *state, const ajwt_file_mark *mark)
{
    if (source->kind == AJWT_SOURCE_FILE)
        return !ajwt_file_mark_equal(&state->mark, mark) &&
               !ajwt_refresh_is_leased(&state->refresh, renewer->now());
    return ajwt_refresh_is_due(&state->refresh, renewer->schedule,
                               renewer->now());
}

/* A file that is missing has an empty mark. */
static void look_at_file(ajwt_file_mark *mark, const ajwt_source *source,
                         apr_pool_t *pool)
{
    memset(mark, 0, sizeof *mark);
    if (source->kind == AJWT_SOURCE_FILE)
        (void)ajwt_file_stat(mark, source->location, pool);
}

int ajwt_renew_is_due(const ajwt_renewer *renewer, const ajwt_source *source,
                      apr_pool_t *pool)
{
    ajwt_shared_state *state;
    ajwt_file_mark mark;
    int due;

    look_at_file(&mark, source, pool);
    if (ajwt_shared_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return 0;
    due = is_due(renewer, source, state, &mark);
    ajwt_shared_unlock(renewer->shared);
    return due;
}

/* *lease tells whether it is still ours when the attempt has ended. */
static int begin(apr_time_t *lease, const ajwt_renewer *renewer,
                 const ajwt_source *source, const ajwt_file_mark *mark)
{
    ajwt_shared_state *state;
    int due;

    if (ajwt_shared_lock(&state, renewer->shared, source) != APR_SUCCESS)
        return 0;
    due = is_due(renewer, source, state, mark);
    if (due)
        ajwt_refresh_begin(&state->refresh, renewer->schedule, renewer->now());
    *lease = state->refresh.leased_until;
    ajwt_shared_unlock(renewer->shared);
    return due;
}

/* From -1 to 1, so that many servers do not fetch in step */
static double make_jitter(void)
{
    unsigned char octets[2] = {0, 0};

    (void)apr_generate_random_bytes(octets, sizeof octets);
    return (octets[0] << 8 | octets[1]) / 32767.5 - 1;
}

static void load(ajwt_renewal *renewal, ajwt_response *response,
                 const ajwt_renewer *renewer, const ajwt_source *source,
                 apr_pool_t *pool)
{
    apr_time_t deadline =
        renewer->now() + apr_time_from_sec(renewer->schedule->timeout_s);

    renewal->reason =
        ajwt_load(response, source, renewer->fetcher, deadline, pool);
    renewal->detail = response->detail;
    if (renewal->reason == AJWT_ACCEPTED)
        renewal->reason = ajwt_keyset_parse(&renewal->keyset, response->body,
                                            ajwt_source_origin(source), pool);
}

static int is_given_up(const ajwt_renewal *renewal, const ajwt_fetcher *fetcher)
{
    return renewal->reason == AJWT_FETCH_FAILED && fetcher->is_stopping &&
           fetcher->is_stopping();
}

/* Fails when the slot or the lease has gone to another. */
static int lock_leased(ajwt_shared_state **state, const ajwt_renewer *renewer,
                       const ajwt_source *source, apr_time_t lease)
{
    if (ajwt_shared_lock(state, renewer->shared, source) != APR_SUCCESS)
        return 0;
    if ((*state)->refresh.leased_until == lease)
        return 1;
    ajwt_shared_unlock(renewer->shared);
    return 0;
}

static void abandon(const ajwt_renewer *renewer, const ajwt_source *source,
                    apr_time_t lease)
{
    ajwt_shared_state *state;

    if (!lock_leased(&state, renewer, source, lease))
        return;
    ajwt_refresh_abandon(&state->refresh, renewer->now());
    ajwt_shared_unlock(renewer->shared);
}

static int end(ajwt_renewal *renewal, const ajwt_response *response,
               const ajwt_renewer *renewer, const ajwt_source *source,
               const ajwt_file_mark *mark, apr_time_t lease)
{
    ajwt_shared *shared = renewer->shared;
    ajwt_shared_state *state;
    unsigned before;

    if (!lock_leased(&state, renewer, source, lease))
        return 0;
    before = ajwt_shared_generation(shared, source);
    state->mark = *mark;
    if (renewal->reason == AJWT_ACCEPTED) {
        ajwt_shared_publish(shared, source, response->body);
        ajwt_refresh_succeed(&state->refresh, renewer->schedule,
                             response->max_age_s, make_jitter(),
                             renewer->now());
    }
    else {
        ajwt_refresh_fail(&state->refresh, make_jitter(), renewer->now());
    }
    renewal->is_changed = before != ajwt_shared_generation(shared, source);
    renewal->fetched_at = state->refresh.fetched_at;
    ajwt_shared_end_attempt(shared, source);
    ajwt_shared_unlock(shared);
    return 1;
}

int ajwt_renew(ajwt_renewal *renewal, const ajwt_renewer *renewer,
               const ajwt_source *source, apr_pool_t *pool)
{
    ajwt_response response;
    ajwt_file_mark mark;
    apr_time_t lease;

    memset(renewal, 0, sizeof *renewal);
    look_at_file(&mark, source, pool);
    if (!begin(&lease, renewer, source, &mark))
        return 0;
    load(renewal, &response, renewer, source, pool);
    if (is_given_up(renewal, renewer->fetcher)) {
        abandon(renewer, source, lease);
        return 0;
    }
    return end(renewal, &response, renewer, source, &mark, lease);
}
