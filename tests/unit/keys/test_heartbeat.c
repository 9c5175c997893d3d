/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/limits.h"
#include "keys/heartbeat.h"

#define ASKED_AT SUPPORT_NOW
#define LIMIT    apr_time_from_msec(AJWT_FETCHER_ANSWER_MS)

static void test_an_answer_in_time(void **state)
{
    const apr_time_t now = ASKED_AT + 2 * LIMIT;

    (void)state;
    support_expect("at once",
                   !ajwt_heartbeat_is_missed(ASKED_AT, ASKED_AT, now));
    support_expect("later",
                   !ajwt_heartbeat_is_missed(ASKED_AT, ASKED_AT + LIMIT, now));
}

/* It answered between the reading of the clock and that of its answer. */
static void test_an_answer_a_moment_after_now(void **state)
{
    const apr_time_t now = ASKED_AT + 2 * LIMIT;

    (void)state;
    support_expect("1 us", !ajwt_heartbeat_is_missed(ASKED_AT, now + 1, now));
    support_expect("500 ms", !ajwt_heartbeat_is_missed(
                                 ASKED_AT, now + apr_time_from_msec(500), now));
}

static void test_no_answer(void **state)
{
    (void)state;
    support_expect("not yet", !ajwt_heartbeat_is_missed(ASKED_AT, ASKED_AT - 1,
                                                        ASKED_AT + LIMIT - 1));
    support_expect("too late", ajwt_heartbeat_is_missed(ASKED_AT, ASKED_AT - 1,
                                                        ASKED_AT + LIMIT));
    support_expect("never",
                   ajwt_heartbeat_is_missed(ASKED_AT, 0, ASKED_AT + LIMIT));
}

/* Then the memory was damaged, or the clock was set back. */
static void test_an_answer_from_the_future(void **state)
{
    const apr_time_t now = ASKED_AT + 2 * LIMIT;

    (void)state;
    support_expect(
        "an hour",
        ajwt_heartbeat_is_missed(ASKED_AT, now + apr_time_from_sec(3600), now));
    support_expect("the end of time",
                   ajwt_heartbeat_is_missed(ASKED_AT, APR_INT64_MAX, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_an_answer_in_time),
        SUPPORT_TEST(test_an_answer_a_moment_after_now),
        SUPPORT_TEST(test_no_answer),
        SUPPORT_TEST(test_an_answer_from_the_future),
    };

    return SUPPORT_RUN(tests);
}
