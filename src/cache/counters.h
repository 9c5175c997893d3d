/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of the status page and of Prometheus, in shared memory that outlives
 * restarts.
 *
 * All processes increment them, and only with ajwt_counters_add.
 * httpd/admin/status_prometheus prints them. The memory may contain the
 * counters of another version of the module; they are kept if the reasons are
 * the same.
 */
#ifndef AJWT_CACHE_COUNTERS_H
#define AJWT_CACHE_COUNTERS_H

#include <stdatomic.h>

#include <apr_time.h>

#include "core/reason.h"

typedef _Atomic apr_uint64_t ajwt_count;

/* Look-ups in the signature cache */
typedef struct ajwt_lookup_counters {
    ajwt_count hits, misses;
} ajwt_lookup_counters;

typedef struct ajwt_reason_counters {
    char tag[8];         /* JWT0307 with a NUL */
    ajwt_count answered; /* requests, or attempts to load keys */
    ajwt_count reported; /* let through by AuthJWTOptional report */
} ajwt_reason_counters;

typedef struct ajwt_counters {
    apr_time_t since;
    ajwt_lookup_counters signature_cache;
    ajwt_reason_counters of_reason[AJWT_REASON_COUNT];
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

/** Increments a counter, for example &counters->of_reason[reason].answered. */
void ajwt_counters_add(ajwt_count *counter);

/**
 * Whether this is the first refusal for this reason in an hour, in all
 * processes. Returns true once.
 */
int ajwt_warnings_is_first(ajwt_warnings *warnings, ajwt_reason reason,
                           apr_time_t now);

#endif
