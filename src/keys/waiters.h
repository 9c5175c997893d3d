/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits how many requests wait for keys: places in shared memory.
 *
 * A place is a deadline: it is free when that is 0 or has passed, so a process
 * that is killed while it waits takes no place with it.  Atomic, without a
 * lock.
 */
#ifndef AJWT_KEYS_WAITERS_H
#define AJWT_KEYS_WAITERS_H

#include <stdatomic.h>

#include <apr_time.h>

#include "core/limits.h"

/* Zeros: all places are free */
typedef struct ajwt_waiters {
    _Atomic apr_time_t deadlines[AJWT_MAX_WAITERS];
} ajwt_waiters;

/** How many of these workers may wait: a share of them, at least one. */
int ajwt_waiters_limit(int workers);

/** Takes one of the first `limit` places; -1: none is free. */
int ajwt_waiters_take(ajwt_waiters *waiters, int limit, apr_time_t deadline,
                      apr_time_t now);

/** place: what ajwt_waiters_take returned for this deadline. */
void ajwt_waiters_leave(ajwt_waiters *waiters, int place, apr_time_t deadline);

#endif
