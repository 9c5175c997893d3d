/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the fetcher process has answered a wake-up in time.
 *
 * The time of its last answer is in memory that every child can write, and is
 * read after `now`: it may be a little later.
 */
#ifndef AJWT_KEYS_HEARTBEAT_H
#define AJWT_KEYS_HEARTBEAT_H

#include <apr_time.h>

/** Whether no answer came within AJWT_FETCHER_ANSWER_MS after woken_at. */
int ajwt_heartbeat_is_missed(apr_time_t woken_at, apr_time_t answered_at,
                             apr_time_t now);

#endif
