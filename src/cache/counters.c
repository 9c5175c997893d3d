/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/counters.h"

#include <string.h>

#include "core/limits.h"
#include "core/warning.h"

static int has_tags_of_reasons(const ajwt_counters *counters)
{
    int i;

    for (i = 0; i < AJWT_REASON_COUNT; i++) {
        if (strncmp(counters->of_reason[i].tag,
                    ajwt_reason_describe((ajwt_reason)i)->tag,
                    sizeof counters->of_reason[i].tag) != 0)
            return 0;
    }
    return 1;
}

ajwt_counters *ajwt_counters_bind(void *memory, apr_time_t now)
{
    ajwt_counters *counters = memory;
    int i;

    if (has_tags_of_reasons(counters))
        return counters;
    memset(counters, 0, sizeof *counters);
    counters->since = now;
    for (i = 0; i < AJWT_REASON_COUNT; i++)
        memcpy(counters->of_reason[i].tag,
               ajwt_reason_describe((ajwt_reason)i)->tag,
               sizeof counters->of_reason[i].tag);
    return counters;
}

void ajwt_counters_add(ajwt_count *counter)
{
    atomic_fetch_add(counter, 1);
}

int ajwt_warnings_is_first(ajwt_warnings *warnings, ajwt_reason reason,
                           apr_time_t now)
{
    _Atomic apr_time_t *warned_at = &warnings->at[reason];
    apr_time_t last = atomic_load(warned_at);

    return ajwt_warning_is_due(last, now) &&
           atomic_compare_exchange_strong(warned_at, &last, now);
}
