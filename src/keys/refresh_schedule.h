/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times at which a key set is fetched again.
 *
 * It decides about refresh in the background before expiry, back-off after
 * failures, and at most one fetch per cooldown, whatever the reason. A lease
 * ensures that one process fetches at a time, and that a dead one is replaced.
 * The functions use only the state and `now`; they take no lock: the caller
 * holds it.
 */
#ifndef AJWT_KEYS_REFRESH_SCHEDULE_H
#define AJWT_KEYS_REFRESH_SCHEDULE_H

#include <apr_time.h>

/* Settings of the administrator, the same for every source */
typedef struct ajwt_refresh_schedule {
    int refresh_s;
    int stale_s;
    int cooldown_s;
    int timeout_s;
} ajwt_refresh_schedule;

/* Stored in shared memory: no pointers. All zero: never fetched, due now. */
typedef struct ajwt_refresh_state {
    apr_time_t fetched_at;   /* when the current set was fetched; 0: never */
    apr_time_t started_at;   /* when the last attempt began */
    apr_time_t leased_until; /* end of the lease of a running attempt; 0:
                                none */
    apr_time_t due_at;       /* when the next attempt should begin */
    apr_time_t retry_at;   /* the issuer's Retry-After, with jitter; 0: none */
    apr_time_t warned_at;  /* when an outage was last logged as a warning */
    apr_uint32_t failures; /* consecutive failures */
} ajwt_refresh_state;

/** The earliest time of an attempt: due, after the cooldown, and not leased. */
apr_time_t ajwt_refresh_schedule_next_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now);

/** Whether an attempt should begin now. */
int ajwt_refresh_schedule_is_due(const ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now);

/**
 * When a request may trigger an attempt: after the cooldown or, while no keys
 * were ever loaded, at most 1, 2, 4 ... seconds after the last attempt, and not
 * before the issuer's Retry-After.
 */
apr_time_t ajwt_refresh_schedule_cool_at(const ajwt_refresh_state *refresh,
                                         const ajwt_refresh_schedule *schedule,
                                         apr_time_t now);

/** Whether an attempt is running. */
int ajwt_refresh_schedule_is_leased(const ajwt_refresh_state *refresh,
                                    apr_time_t now);

/** Begins an attempt: no other can begin until the lease ends. */
void ajwt_refresh_schedule_begin(ajwt_refresh_state *refresh,
                                 const ajwt_refresh_schedule *schedule,
                                 apr_time_t now);

/**
 * Records a success. max_age_s: from Cache-Control, -1 without it; jitter: from
 * -1 to 1.
 */
void ajwt_refresh_schedule_succeed(ajwt_refresh_state *refresh,
                                   const ajwt_refresh_schedule *schedule,
                                   int max_age_s, double jitter,
                                   apr_time_t now);

/**
 * Records a failure. retry_after_s: from Retry-After, 0 without it; jitter:
 * from 0 to 1, so that hosts that failed together do not retry together.
 * Returns whether to log a warning: at the start of an outage, after a restart
 * of httpd and then at intervals.
 */
int ajwt_refresh_schedule_fail(ajwt_refresh_state *refresh,
                               const ajwt_refresh_schedule *schedule,
                               int retry_after_s, double jitter,
                               apr_time_t now);

/**
 * Call after a restart of httpd, perhaps with a corrected configuration: an
 * attempt is allowed at once, and begins if the last one failed.
 */
void ajwt_refresh_schedule_restart(ajwt_refresh_state *refresh, apr_time_t now);

/**
 * Call after the process of an attempt died: another attempt begins at once.
 */
void ajwt_refresh_schedule_abandon(ajwt_refresh_state *refresh, apr_time_t now);

/**
 * Call when a request misses a key. Returns whether waiting is useful: an
 * attempt is running, or is due now because the cooldown allows one.
 */
int ajwt_refresh_schedule_request(ajwt_refresh_state *refresh,
                                  const ajwt_refresh_schedule *schedule,
                                  apr_time_t now);

/**
 * Whether a set fetched at this time is too old to be used. Returns 0 if
 * fetched_at is 0: there is no set.
 */
int ajwt_refresh_schedule_is_stale(apr_time_t fetched_at,
                                   const ajwt_refresh_schedule *schedule,
                                   apr_time_t now);

#endif
