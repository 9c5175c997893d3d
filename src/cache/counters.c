/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/counters.h"

#include <string.h>

#include "core/limits.h"

static int are_of_these_reasons(const ajwt_counters *counters)
{
    int i;

    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        if (strncmp(counters->count[i].tag,
                    ajwt_reason_describe((ajwt_reason)i)->tag,
                    sizeof counters->count[i].tag) != 0)
            return 0;
    }
    return 1;
}

ajwt_counters *ajwt_counters_bind(void *memory, apr_time_t now)
{
    ajwt_counters *counters = memory;
    int i;

    if (are_of_these_reasons(counters))
        return counters;
    memset(counters, 0, sizeof *counters);
    counters->since = now;
    for (i = 0; i < AJWT_REASON_COUNT; i++)
        memcpy(counters->count[i].tag,
               ajwt_reason_describe((ajwt_reason)i)->tag,
               sizeof counters->count[i].tag);
    return counters;
}

int ajwt_warnings_is_first(ajwt_warnings *warnings, ajwt_reason reason,
                           apr_time_t now)
{
    _Atomic apr_time_t *warned_at = &warnings->at[reason];
    apr_time_t last = atomic_load(warned_at);

    /* a future time means that the clock was set back */
    if (last && last <= now &&
        now - last < apr_time_from_sec(AJWT_WARN_EVERY_S))
        return 0;
    return atomic_compare_exchange_strong(warned_at, &last, now);
}
