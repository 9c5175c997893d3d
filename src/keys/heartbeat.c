/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/heartbeat.h"

#include "core/limits.h"

int ajwt_heartbeat_is_missed(apr_time_t woken_at, apr_time_t answered_at,
                             apr_time_t now)
{
    const apr_time_t limit = apr_time_from_msec(AJWT_FETCHER_ANSWER_MS);

    if (now - woken_at < limit)
        return 0;
    return answered_at < woken_at || answered_at > now + limit;
}
