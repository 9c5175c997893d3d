/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/waiters.h"

int ajwt_waiters_limit(int workers)
{
    const int limit = workers / AJWT_WORKERS_PER_WAITER;

    if (limit < 1)
        return 1;
    return limit < AJWT_MAX_WAITERS ? limit : AJWT_MAX_WAITERS;
}

/* A deadline beyond the longest timeout is damage. */
static int is_place_free(apr_time_t deadline, apr_time_t now)
{
    return deadline <= now ||
           deadline - now > apr_time_from_sec(AJWT_MAX_FETCH_TIMEOUT_S);
}

int ajwt_waiters_take(ajwt_waiters *waiters, int limit, apr_time_t deadline,
                      apr_time_t now)
{
    int place;

    for (place = 0; place < limit && place < AJWT_MAX_WAITERS; place++) {
        apr_time_t found = atomic_load(&waiters->deadlines[place]);

        if (is_place_free(found, now) &&
            atomic_compare_exchange_strong(&waiters->deadlines[place], &found,
                                           deadline))
            return place;
    }
    return -1;
}

void ajwt_waiters_leave(ajwt_waiters *waiters, int place, apr_time_t deadline)
{
    apr_time_t expected = deadline;

    (void)atomic_compare_exchange_strong(&waiters->deadlines[place], &expected,
                                         0);
}
