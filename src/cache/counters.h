/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of results, in shared memory that outlives restarts.
 *
 * Each update is one atomic addition. The memory may contain the counters of
 * another version of the module; they are kept if the reasons are the same.
 */
#ifndef AJWT_CACHE_COUNTERS_H
#define AJWT_CACHE_COUNTERS_H

#include <stdatomic.h>

#include <apr_time.h>

#include "core/reason.h"

/* Hits and misses of the signature cache */
typedef struct ajwt_hits {
    _Atomic apr_uint64_t hits, misses;
} ajwt_hits;

typedef struct ajwt_counter {
    char tag[8];                   /* JWT0307 with a NUL */
    _Atomic apr_uint64_t answered; /* requests, or attempts to load keys */
    _Atomic apr_uint64_t reported; /* let through by AuthJWTOptional report */
} ajwt_counter;

typedef struct ajwt_counters {
    apr_time_t since;
    ajwt_hits verdict_cache;
    ajwt_counter count[AJWT_REASON_COUNT];
} ajwt_counters;

/*
 * The time of the last log line at level warn for each reason; 0: none. It is
 * shared by the processes of one configuration. Each restart begins with zeros,
 * because an administrator must see what a corrected configuration still
 * refuses.
 */
typedef struct ajwt_warnings {
    _Atomic apr_time_t at[AJWT_REASON_COUNT];
} ajwt_warnings;

/**
 * Returns the counters in memory, which has the size of ajwt_counters. If they
 * were made for other reasons, they are reset and since is set to now.
 */
ajwt_counters *ajwt_counters_bind(void *memory, apr_time_t now);

/**
 * Whether this is the first refusal for this reason in an hour, in all
 * processes. Returns true once.
 */
int ajwt_warnings_is_first(ajwt_warnings *warnings, ajwt_reason reason,
                           apr_time_t now);

#endif
