/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/refresh_schedule.h"

#include "core/limits.h"
#include "core/warning.h"

int ajwt_refresh_schedule_is_leased(const ajwt_refresh_state *refresh,
                                    apr_time_t now)
{
    /* an impossibly long lease means that the clock was set back */
    return now < refresh->leased_until &&
           refresh->leased_until - now <
               apr_time_from_sec(2 * AJWT_MAX_FETCH_TIMEOUT_S);
}

static apr_time_t later_time(apr_time_t a, apr_time_t b)
{
    return a > b ? a : b;
}

static apr_time_t earlier_time(apr_time_t a, apr_time_t b)
{
    return a < b ? a : b;
}

/* 1, 2, 4 ... times first_s, at most max_s */
static int double_delay(apr_uint32_t times, int first_s, int max_s)
{
    int delay_s = first_s;

    while (times-- > 0 && delay_s < max_s)
        delay_s *= 2;
    return delay_s < max_s ? delay_s : max_s;
}

/*
 * The delay between attempts while no keys were ever loaded. It is short at
 * first, for an issuer that starts after httpd.
 */
static int first_delay_s(const ajwt_refresh_state *refresh,
                         const ajwt_refresh_schedule *schedule)
{
    return double_delay(refresh->failures ? refresh->failures - 1 : 0, 1,
                        schedule->cooldown_s);
}

static apr_time_t make_duration(double seconds)
{
    return (apr_time_t)(seconds * APR_USEC_PER_SEC);
}

/* jitter: from 0, as late as without it, to 1 */
static apr_time_t make_retry_delay(int delay_s, double jitter)
{
    return make_duration(delay_s *
                         (1 - jitter * AJWT_RETRY_JITTER_PERCENT / 100));
}

/*
 * When a request may trigger an attempt while no keys were ever loaded: at the
 * due time, which has the jitter. The limits hold if a process died in an
 * attempt, or if the state is damaged.
 */
static apr_time_t find_first_retry_at(const ajwt_refresh_state *refresh,
                                      const ajwt_refresh_schedule *schedule)
{
    const int delay_s = first_delay_s(refresh, schedule);
    const apr_time_t latest =
        refresh->started_at + apr_time_from_sec(delay_s + schedule->timeout_s);

    return later_time(refresh->started_at + make_retry_delay(delay_s, 1),
                      earlier_time(refresh->due_at, latest));
}

/*
 * 0: none, or later than any Retry-After that is accepted: then the clock was
 * set back, or the state is damaged
 */
static apr_time_t find_retry_at(const ajwt_refresh_state *refresh,
                                apr_time_t now)
{
    return refresh->retry_at - now <=
                   apr_time_from_sec((apr_time_t)AJWT_MAX_CACHE_CONTROL_S)
               ? refresh->retry_at
               : 0;
}

apr_time_t ajwt_refresh_schedule_cool_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now)
{
    /* before the last attempt: the clock was set back, so times mean nothing */
    if (now < refresh->started_at)
        return now;
    return later_time(refresh->fetched_at
                          ? refresh->started_at +
                                apr_time_from_sec(schedule->cooldown_s)
                          : find_first_retry_at(refresh, schedule),
                      find_retry_at(refresh, now));
}

apr_time_t ajwt_refresh_schedule_next_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now)
{
    if (ajwt_refresh_schedule_is_leased(refresh, now))
        return refresh->leased_until;
    if (now < refresh->started_at) /* as above */
        return now;
    return later_time(refresh->due_at,
                      ajwt_refresh_schedule_cool_at(refresh, schedule, now));
}

int ajwt_refresh_schedule_is_due(const ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now)
{
    return ajwt_refresh_schedule_next_at(refresh, schedule, now) <= now;
}

void ajwt_refresh_schedule_begin(ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now)
{
    refresh->started_at = now;
    refresh->leased_until =
        now + apr_time_from_sec(schedule->timeout_s + AJWT_LEASE_MARGIN_S);
}

static int clamp_seconds(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

void ajwt_refresh_schedule_succeed(ajwt_refresh_state *refresh,
                                   const ajwt_refresh_schedule *schedule,
                                   int max_age_s, double jitter, apr_time_t now)
{
    int age_s = schedule->refresh_s;

    if (max_age_s >= 0)
        age_s = clamp_seconds(max_age_s, AJWT_MIN_CACHE_CONTROL_S,
                              AJWT_MAX_CACHE_CONTROL_S);
    if (age_s > schedule->stale_s)
        age_s = schedule->stale_s; /* refresh before the set is stale */
    refresh->fetched_at = now;
    refresh->leased_until = 0;
    refresh->retry_at = 0;
    refresh->failures = 0;
    refresh->due_at =
        now + make_duration(age_s * AJWT_REFRESH_AT_PERCENT / 100.0 *
                            (1 + jitter * AJWT_REFRESH_JITTER_PERCENT / 100));
}

static int should_warn(const ajwt_refresh_state *refresh, apr_time_t now)
{
    return refresh->failures == 0 ||
           ajwt_warning_is_due(refresh->warned_at, now);
}

/*
 * An issuer may give all hosts the same time, such as the end of an outage. So
 * they return in the AuthJWTCooldown that follows.
 */
static apr_time_t delay_retry_after(const ajwt_refresh_schedule *schedule,
                                    int retry_after_s, double jitter)
{
    const int latest_s =
        clamp_seconds(schedule->refresh_s, 0, AJWT_MAX_CACHE_CONTROL_S);
    const int earliest_s = clamp_seconds(retry_after_s, 0, latest_s);
    const int spread_s =
        clamp_seconds(schedule->cooldown_s, 0, latest_s - earliest_s);

    return make_duration(earliest_s + jitter * spread_s);
}

int ajwt_refresh_schedule_fail(ajwt_refresh_state *refresh,
                               const ajwt_refresh_schedule *schedule,
                               int retry_after_s, double jitter, apr_time_t now)
{
    const int warns = should_warn(refresh, now);
    int delay_s;

    refresh->failures++;
    delay_s = refresh->fetched_at
                  ? double_delay(refresh->failures - 1, AJWT_FIRST_BACKOFF_S,
                                 AJWT_MAX_BACKOFF_S)
                  : first_delay_s(refresh, schedule);
    refresh->leased_until = 0;
    refresh->retry_at = 0;
    if (retry_after_s > 0)
        refresh->retry_at =
            now + delay_retry_after(schedule, retry_after_s, jitter);
    refresh->due_at =
        later_time(now + make_retry_delay(delay_s, jitter), refresh->retry_at);
    if (warns)
        refresh->warned_at = now;
    return warns;
}

void ajwt_refresh_schedule_restart(ajwt_refresh_state *refresh, apr_time_t now)
{
    refresh->started_at = 0;
    if (!refresh->failures)
        return;
    refresh->failures = 0;
    refresh->due_at = later_time(now, find_retry_at(refresh, now));
}

void ajwt_refresh_schedule_abandon(ajwt_refresh_state *refresh, apr_time_t now)
{
    refresh->started_at = 0;
    refresh->leased_until = 0;
    refresh->due_at = now;
}

int ajwt_refresh_schedule_request(ajwt_refresh_state *refresh,
                                  const ajwt_refresh_schedule *schedule,
                                  apr_time_t now)
{
    if (ajwt_refresh_schedule_is_leased(refresh, now))
        return 1;
    if (now < ajwt_refresh_schedule_cool_at(refresh, schedule, now))
        return 0;
    refresh->due_at = now;
    return 1;
}

int ajwt_refresh_schedule_is_stale(apr_time_t fetched_at,
                                   const ajwt_refresh_schedule *schedule,
                                   apr_time_t now)
{
    return fetched_at != 0 &&
           now >= fetched_at + apr_time_from_sec(schedule->stale_s);
}
