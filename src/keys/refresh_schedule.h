/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When is a key set fetched again?
 *
 * Pure state and a `now`: background refresh ahead of expiry, back-off after
 * failures, one fetch per cool-down whatever the reason, a lease so that one
 * process fetches at a time and a dead one is replaced.  Knows no lock: the
 * caller holds it.
 */
#ifndef AJWT_KEYS_REFRESH_SCHEDULE_H
#define AJWT_KEYS_REFRESH_SCHEDULE_H

#include <apr_time.h>

/* What the administrator wants; the same for every source */
typedef struct ajwt_refresh_schedule {
    int refresh_s;
    int stale_s;
    int cooldown_s;
    int timeout_s;
} ajwt_refresh_schedule;

/* Lies in shared memory: no pointers.  All zero: never fetched, due now. */
typedef struct ajwt_refresh_state {
    apr_time_t fetched_at;   /* when the set that serves was; 0: never */
    apr_time_t started_at;   /* when the last attempt began */
    apr_time_t leased_until; /* until then somebody is at it; 0: nobody */
    apr_time_t due_at;       /* when the next attempt is to begin */
    apr_time_t retry_at;     /* not before, the issuer said; 0: nothing */
    apr_time_t warned_at;    /* when an outage was last worth a warning */
    apr_uint32_t failures;   /* in a row */
} ajwt_refresh_state;

/** The earliest time of an attempt: it is due, cooled down and not leased. */
apr_time_t ajwt_refresh_schedule_next_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now);

/** Whether an attempt is to begin now. */
int ajwt_refresh_schedule_is_due(const ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now);

/**
 * When a request may trigger an attempt: after the cool-down or, while no keys
 * were ever loaded, 1, 2, 4 ... seconds after the last attempt, and not before
 * the issuer's Retry-After.
 */
apr_time_t ajwt_refresh_schedule_cool_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now);

/** Whether somebody is at it. */
int ajwt_refresh_schedule_is_leased(const ajwt_refresh_state *refresh,
                                    apr_time_t now);

/** It begins: nobody else will until the lease ends. */
void ajwt_refresh_schedule_begin(ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now);

/**
 * It ended well.  max_age_s: what Cache-Control said, -1 for nothing; jitter:
 * from -1 to 1.
 */
void ajwt_refresh_schedule_succeed(ajwt_refresh_state *refresh,
                                   const ajwt_refresh_schedule *schedule,
                                   int max_age_s, double jitter,
                                   apr_time_t now);

/**
 * It failed.  retry_after_s: what the issuer asked for, 0 for nothing.  Whether
 * it is worth a warning: always while there are no keys, otherwise when it
 * begins and once in a while.
 */
int ajwt_refresh_schedule_fail(ajwt_refresh_state *refresh,
                               const ajwt_refresh_schedule *schedule,
                               int retry_after_s, double jitter,
                               apr_time_t now);

/**
 * httpd was restarted, perhaps with a configuration that works: an attempt is
 * allowed at once, and begins if the last one failed.
 */
void ajwt_refresh_schedule_restart(ajwt_refresh_state *refresh, apr_time_t now);

/** Call after the process of an attempt died: another one begins at once. */
void ajwt_refresh_schedule_abandon(ajwt_refresh_state *refresh, apr_time_t now);

/**
 * A request misses a key.  Whether waiting is worth it: an attempt is under
 * way, or is due now because the cool-down allows one.
 */
int ajwt_refresh_schedule_ask(ajwt_refresh_state *refresh,
                              const ajwt_refresh_schedule *schedule,
                              apr_time_t now);

/**
 * Whether a set that was fetched then is too old to check by.  0: there is
 * none, which is another matter.
 */
int ajwt_refresh_schedule_is_stale(apr_time_t fetched_at,
                                   const ajwt_refresh_schedule *schedule,
                                   apr_time_t now);

#endif
