/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often did what happen, and since when?
 *
 * In memory that processes share and that outlives restarts: one atomic
 * addition each.  A module of another version may find there what an older one
 * has left: as long as the reasons are the same, counting goes on.
 */
#ifndef AJWT_CACHE_COUNTERS_H
#define AJWT_CACHE_COUNTERS_H

#include <stdatomic.h>

#include <apr_time.h>

#include "core/reason.h"

/* How often a signature was remembered, and how often verified */
typedef struct ajwt_hits {
    _Atomic apr_uint64_t hits, misses;
} ajwt_hits;

typedef struct ajwt_counter {
    char tag[8];                   /* JWT0307, and a NUL */
    _Atomic apr_uint64_t answered; /* requests, or attempts to load keys */
    _Atomic apr_uint64_t reported; /* let through by AuthJWTOptional report */
    _Atomic apr_time_t warned_at;  /* when it was last logged at warn */
} ajwt_counter;

typedef struct ajwt_counters {
    apr_time_t since;
    ajwt_hits verdict_cache;
    ajwt_counter count[AJWT_REASON_COUNT];
} ajwt_counters;

/**
 * Those that lie in memory, which is as large as ajwt_counters; zero, and since
 * now, when they are not of these reasons.
 */
ajwt_counters *ajwt_counters_bind(void *memory, apr_time_t now);

/**
 * Whether a refusal for this reason is the first in an hour, of all processes.
 * Says so once.
 */
int ajwt_counters_is_first(ajwt_counters *counters, ajwt_reason reason,
                           apr_time_t now);

#endif
