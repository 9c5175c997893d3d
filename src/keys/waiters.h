/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limit on the requests that wait for keys: an array of places in shared
 * memory.
 *
 * A place contains a deadline and is free if that is 0 or has passed, so that a
 * killed process cannot leak a place. The operations are atomic and take no
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

/**
 * How many requests may wait with this number of workers: a share of them, at
 * least one.
 */
int ajwt_waiters_limit(int workers);

/** Takes one of the first `limit` places; returns -1 if none is free. */
int ajwt_waiters_take(ajwt_waiters *waiters, int limit, apr_time_t deadline,
                      apr_time_t now);

/** place: returned by ajwt_waiters_take for this deadline. */
void ajwt_waiters_leave(ajwt_waiters *waiters, int place, apr_time_t deadline);

#endif
