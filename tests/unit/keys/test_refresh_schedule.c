/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/limits.h"
#include "keys/refresh_schedule.h"

typedef enum operation {
    IS_DUE, /* questions, with the answer that is wanted */
    IS_LEASED,
    ASK,
    NEXT_AT, /* a second, and not before that of the question */
    BEGIN,   /* what happens */
    SUCCEED,
    FAIL,
    FAIL_300, /* with Retry-After */
    FAIL_DAY,
    RESTART,
    ABANDON
} operation;

typedef struct event {
    int at_s;
    operation what;
    int wanted;
} event;

typedef struct story {
    const char *name;
    int cooldown_s, timeout_s;
    event events[20];
    int count;
} story;

#define EVENTS(...) \
    {__VA_ARGS__}, (int)SUPPORT_COUNT(((const event[]){__VA_ARGS__}))

#define YEAR_S (365 * 86400)

static const story stories[] = {
    {"the start", 30, 5,
     EVENTS({0, NEXT_AT, 0}, {0, IS_DUE, 1}, {0, IS_LEASED, 0}, {0, ASK, 1},
            {0, IS_DUE, 1}, {9, NEXT_AT, 9})},

    {"an attempt under way", 30, 5,
     EVENTS({0, BEGIN}, {0, IS_LEASED, 1}, {0, IS_DUE, 0}, {1, ASK, 1},
            {1, IS_DUE, 0}, {9, IS_LEASED, 1}, {9, ASK, 1}, {1, NEXT_AT, 10},
            {9, NEXT_AT, 10})},

    {"whoever was at it has died", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {10, IS_LEASED, 0},
            {10, NEXT_AT, 30}, {29, NEXT_AT, 30}, {10, IS_DUE, 0}, {10, ASK, 0},
            {29, IS_DUE, 0}, {29, ASK, 0}, {30, IS_DUE, 1}, {30, ASK, 1})},

    {"the same without a cool-down", 0, 5,
     EVENTS({0, BEGIN}, {9, NEXT_AT, 10}, {10, NEXT_AT, 10}, {9, IS_DUE, 0},
            {10, IS_LEASED, 0}, {10, IS_DUE, 1})},

    {"a longer time-out is a longer lease", 30, 60,
     EVENTS({0, BEGIN}, {64, IS_LEASED, 1}, {64, IS_DUE, 0}, {64, ASK, 1},
            {65, IS_LEASED, 0}, {65, IS_DUE, 1})},

    {"a success ends the lease", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {1, IS_LEASED, 0}, {1, IS_DUE, 0},
            {1, NEXT_AT, 3241}, {3240, NEXT_AT, 3241}, {3240, IS_DUE, 0},
            {3241, IS_DUE, 1}, {3241, NEXT_AT, 3241}, {9999, NEXT_AT, 9999})},

    {"asked while cooling, after a success", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {2, ASK, 0}, {29, ASK, 0},
            {29, NEXT_AT, 3241}, {30, IS_DUE, 0}, {30, ASK, 1}, {30, IS_DUE, 1},
            {30, NEXT_AT, 30})},

    {"asked while cooling, after a failure", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, FAIL},
            {1, IS_LEASED, 0}, {2, ASK, 0}, {29, ASK, 0}, {30, ASK, 1},
            {30, IS_DUE, 1})},

    {"asked when free: one attempt, then it cools again", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {100, ASK, 1}, {101, ASK, 1},
            {101, IS_DUE, 1}, {101, BEGIN}, {101, IS_DUE, 0},
            {101, NEXT_AT, 111}, {102, SUCCEED}, {103, ASK, 0}, {130, ASK, 0},
            {131, ASK, 1}, {131, NEXT_AT, 131})},

    {"to be told no does not make it due later", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {29, ASK, 0}, {30, IS_DUE, 0},
            {3240, IS_DUE, 0})},

    {"the cool-down is longer than the back-off", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, FAIL},
            {1, NEXT_AT, 30}, {11, IS_DUE, 0}, {29, IS_DUE, 0},
            {30, IS_DUE, 1})},

    {"the back-off is longer than the cool-down", 5, 2,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, FAIL},
            {1, NEXT_AT, 11}, {5, IS_DUE, 0}, {10, IS_DUE, 0},
            {11, IS_DUE, 1})},

    {"asked during a back-off", 5, 2,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, FAIL},
            {6, IS_DUE, 0}, {6, ASK, 1}, {6, IS_DUE, 1})},

    {"a success ends the back-off", 0, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {0, FAIL},
            {10, BEGIN}, {10, FAIL}, {30, BEGIN}, {30, SUCCEED}, {31, BEGIN},
            {31, FAIL}, {40, IS_DUE, 0}, {41, IS_DUE, 1})},

    {"given up: another one begins at once", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, ABANDON},
            {1, IS_LEASED, 0}, {1, IS_DUE, 1}, {1, NEXT_AT, 1}, {1, ASK, 1},
            {2, BEGIN}, {2, IS_DUE, 0}, {3, ASK, 1}, {31, IS_DUE, 0},
            {32, IS_DUE, 1})},

    {"given up during a back-off", 0, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {0, FAIL},
            {10, BEGIN}, {11, ABANDON}, {11, IS_DUE, 1}, {11, BEGIN},
            {11, FAIL}, {30, IS_DUE, 0}, {31, IS_DUE, 1})},

    {"never loaded: the first retries come soon", 30, 5,
     EVENTS({0, BEGIN}, {0, FAIL}, {0, ASK, 0}, {0, IS_DUE, 0}, {1, IS_DUE, 1},
            {1, BEGIN}, {1, FAIL}, {2, IS_DUE, 0}, {2, ASK, 0}, {3, IS_DUE, 1},
            {3, BEGIN}, {3, FAIL}, {6, ASK, 0}, {7, ASK, 1})},

    {"never loaded: the retries are never further apart than the cool-down", 4,
     5,
     EVENTS({0, BEGIN}, {0, FAIL}, {1, BEGIN}, {1, FAIL}, {3, BEGIN}, {3, FAIL},
            {7, BEGIN}, {7, FAIL}, {10, IS_DUE, 0}, {11, IS_DUE, 1},
            {11, BEGIN}, {11, FAIL}, {14, ASK, 0}, {15, IS_DUE, 1})},

    {"never loaded, and its process died: the next one need not wait", 30, 5,
     EVENTS({0, BEGIN}, {2, ABANDON}, {2, IS_DUE, 1})},

    {"a restart after a failure", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {1, FAIL},
            {2, IS_DUE, 0}, {2, RESTART}, {2, IS_DUE, 1}, {2, BEGIN}, {2, FAIL},
            {3, IS_DUE, 0}, {3, ASK, 0}, {32, ASK, 1})},

    {"a restart after a success", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {2, ASK, 0}, {2, RESTART}, {2, IS_DUE, 0},
            {2, ASK, 1}, {2, IS_DUE, 1})},

    {"the issuer says when", 30, 5,
     EVENTS({-4000, BEGIN}, {-4000, SUCCEED}, {0, BEGIN}, {0, FAIL_300},
            {31, ASK, 0}, {299, IS_DUE, 0}, {299, ASK, 0}, {300, IS_DUE, 1},
            {300, BEGIN}, {301, SUCCEED}, {330, ASK, 1})},

    {"the issuer says when, and no keys were ever loaded", 30, 5,
     EVENTS({0, BEGIN}, {0, FAIL_300}, {31, ASK, 0}, {299, IS_DUE, 0},
            {300, IS_DUE, 1})},

    {"what the issuer says outlives a restart", 30, 5,
     EVENTS({0, BEGIN}, {0, FAIL_300}, {1, RESTART}, {1, IS_DUE, 0},
            {299, ASK, 0}, {300, IS_DUE, 1})},

    {"the issuer says a day: at most AuthJWTRefresh", 30, 5,
     EVENTS({0, BEGIN}, {0, FAIL_DAY}, {3599, IS_DUE, 0}, {3600, IS_DUE, 1})},

    {"the clock goes back a little during a lease", 30, 5,
     EVENTS({0, BEGIN}, {-2, IS_LEASED, 1}, {-2, IS_DUE, 0}, {-2, ASK, 1},
            {-2, NEXT_AT, 10})},

    {"the clock goes back a year during a lease", 30, 5,
     EVENTS({YEAR_S, BEGIN}, {0, IS_LEASED, 0}, {0, IS_DUE, 1}, {0, NEXT_AT, 0},
            {0, ASK, 1})},

    {"the clock goes back a year after a success", 30, 5,
     EVENTS({YEAR_S, BEGIN}, {YEAR_S, SUCCEED}, {0, IS_DUE, 1}, {0, NEXT_AT, 0},
            {0, BEGIN}, {1, SUCCEED}, {1, IS_DUE, 0}, {1, NEXT_AT, 3241},
            {3240, IS_DUE, 0}, {3241, IS_DUE, 1})},

    {"the clock goes back a year after a failure", 30, 5,
     EVENTS({YEAR_S, BEGIN}, {YEAR_S, FAIL}, {0, IS_DUE, 1})},

    {"the clock goes back a year, and somebody asks", 30, 5,
     EVENTS({YEAR_S, BEGIN}, {YEAR_S, SUCCEED}, {0, ASK, 1}, {0, IS_DUE, 1})},

    {"the clock leaps ahead", 30, 5,
     EVENTS({0, BEGIN}, {1, SUCCEED}, {YEAR_S, IS_DUE, 1},
            {YEAR_S, NEXT_AT, YEAR_S}, {YEAR_S, ASK, 1})},
};

static apr_time_t at(double seconds)
{
    return SUPPORT_NOW + (apr_time_t)(seconds * APR_USEC_PER_SEC);
}

/* The second, or that of now when it has passed */
static int next_second(const ajwt_refresh_state *refresh,
                       const ajwt_refresh_schedule *schedule, int now_s)
{
    const apr_time_t next_at =
        ajwt_refresh_schedule_next_at(refresh, schedule, at(now_s));

    return next_at <= at(now_s) ? now_s
                                : (int)apr_time_sec(next_at - SUPPORT_NOW);
}

/* The answer; to what is no question, the one that was wanted */
static int play_event(ajwt_refresh_state *refresh,
                      const ajwt_refresh_schedule *schedule, const event *e)
{
    switch (e->what) {
    case IS_DUE:
        return ajwt_refresh_schedule_is_due(refresh, schedule, at(e->at_s));
    case IS_LEASED:
        return ajwt_refresh_schedule_is_leased(refresh, at(e->at_s));
    case ASK:
        return ajwt_refresh_schedule_request(refresh, schedule, at(e->at_s));
    case NEXT_AT:
        return next_second(refresh, schedule, e->at_s);
    case BEGIN:
        ajwt_refresh_schedule_begin(refresh, schedule, at(e->at_s));
        break;
    case SUCCEED:
        ajwt_refresh_schedule_succeed(refresh, schedule, -1, 0, at(e->at_s));
        break;
    case FAIL:
        ajwt_refresh_schedule_fail(refresh, schedule, 0, 0, at(e->at_s));
        break;
    case FAIL_300:
        ajwt_refresh_schedule_fail(refresh, schedule, 300, 0, at(e->at_s));
        break;
    case FAIL_DAY:
        ajwt_refresh_schedule_fail(refresh, schedule, 86400, 0, at(e->at_s));
        break;
    case RESTART:
        ajwt_refresh_schedule_restart(refresh, at(e->at_s));
        break;
    case ABANDON:
        ajwt_refresh_schedule_abandon(refresh, at(e->at_s));
        break;
    }
    return e->wanted;
}

/* A process that sleeps until next_at is never late. */
static int is_due_before_next(const ajwt_refresh_state *refresh,
                              const ajwt_refresh_schedule *schedule,
                              apr_time_t now)
{
    const apr_time_t next_at =
        ajwt_refresh_schedule_next_at(refresh, schedule, now);

    while (now < next_at) {
        if (ajwt_refresh_schedule_is_due(refresh, schedule, now))
            return 1;
        now += apr_time_from_sec(1);
    }
    return 0;
}

static void test_stories(void **state)
{
    unsigned i;
    int j;

    for (i = 0; i < SUPPORT_COUNT(stories); i++) {
        const story *told = &stories[i];
        const ajwt_refresh_schedule schedule = {3600, 86400, told->cooldown_s,
                                                told->timeout_s};
        ajwt_refresh_state refresh = {0};

        for (j = 0; j < told->count; j++) {
            const event *e = &told->events[j];
            const char *what = apr_psprintf(*state, "%s: event %d, second %d",
                                            told->name, j, e->at_s);

            support_expect(what,
                           play_event(&refresh, &schedule, e) == e->wanted);
            support_expect(
                what, !is_due_before_next(&refresh, &schedule, at(e->at_s)));
        }
    }
}

/* Due after exactly so long, and no earlier */
static void expect_wait(const char *what, const ajwt_refresh_state *refresh,
                        apr_time_t since, double wait_s, apr_pool_t *pool)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 0, 5};
    apr_time_t due_at = since + (apr_time_t)(wait_s * APR_USEC_PER_SEC);

    support_expect(
        apr_pstrcat(pool, what, ": not earlier", NULL),
        !ajwt_refresh_schedule_is_due(refresh, &schedule, due_at - 1000));
    support_expect(
        apr_pstrcat(pool, what, ": not later", NULL),
        ajwt_refresh_schedule_is_due(refresh, &schedule, due_at + 1000));
}

static void test_a_success_schedules_the_next(void **state)
{
    static const struct {
        const char *what;
        int refresh_s, max_age_s;
        double jitter, wait_s;
    } cases[] = {
        {"nothing said", 3600, -1, 0, 3240},
        {"latest", 3600, -1, 1, 3564},
        {"earliest", 3600, -1, -1, 2916},
        {"half-way", 3600, -1, 0.5, 3402},
        {"AuthJWTRefresh is short", 10, -1, 0, 9},
        {"AuthJWTRefresh is long", 20 * 86400, -1, 0, 18 * 86400},
        {"longer than AuthJWTStale", 40 * 86400, -1, 0, 27 * 86400},
        {"max-age is shorter", 3600, 600, 0, 540},
        {"max-age is longer", 3600, 7200, 0, 6480},
        {"max-age is shorter, earliest", 3600, 600, -1, 486},
        {"max-age at the lower bound", 3600, 300, 0, 270},
        {"max-age below it", 3600, 299, 0, 270},
        {"max-age 0", 3600, 0, 0, 270},
        {"max-age 0, and AuthJWTRefresh is shorter", 10, 0, 0, 270},
        {"max-age at the upper bound", 3600, 86400, 0, 77760},
        {"max-age above it", 3600, 86401, 0, 77760},
        {"max-age far above it", 3600, 2147483647, 0, 77760},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        ajwt_refresh_schedule schedule = {cases[i].refresh_s, 30 * 86400, 30,
                                          5};
        ajwt_refresh_state refresh = {0};

        ajwt_refresh_schedule_begin(&refresh, &schedule, at(0));
        ajwt_refresh_schedule_succeed(&refresh, &schedule, cases[i].max_age_s,
                                      cases[i].jitter, at(1));
        expect_wait(cases[i].what, &refresh, at(1), cases[i].wait_s, *state);
        support_expect(cases[i].what, refresh.fetched_at == at(1));
    }
}

/* G1 */
static void test_failures_back_off(void **state)
{
    static const int waits_s[] = {10, 20, 40, 80, 160, 320, 640, 900, 900, 900};
    ajwt_refresh_schedule schedule = {3600, 86400, 0, 5};
    ajwt_refresh_state refresh = {0};
    apr_time_t now = at(0);
    unsigned i;

    ajwt_refresh_schedule_begin(&refresh, &schedule, now);
    ajwt_refresh_schedule_succeed(&refresh, &schedule, -1, 0, now);
    for (i = 0; i < SUPPORT_COUNT(waits_s); i++) {
        const char *what = apr_psprintf(*state, "failure %u", i + 1);

        ajwt_refresh_schedule_begin(&refresh, &schedule, now);
        ajwt_refresh_schedule_fail(&refresh, &schedule, 0, 0, now);
        expect_wait(what, &refresh, now, waits_s[i], *state);
        support_expect(what, refresh.fetched_at == at(0));
        now += apr_time_from_sec(waits_s[i]);
    }
}

/* Never later than without jitter */
static void test_the_back_off_is_jittered(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    static const struct {
        const char *what;
        apr_uint32_t failures;
        double jitter, wait_s;
    } cases[] = {
        {"first, earliest", 0, 1, 5},
        {"first, latest", 0, 0, 10},
        {"third, half-way", 2, 0.5, 30},
        {"last, earliest", 20, 1, 450},
        {"last, latest", 20, 0, 900},
        {"after an outage of years", 0xfffffffe, 0, 900},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        ajwt_refresh_state refresh = {.fetched_at = at(-4000)};

        refresh.failures = cases[i].failures;
        ajwt_refresh_schedule_fail(&refresh, &schedule, 0, cases[i].jitter,
                                   at(0));
        expect_wait(cases[i].what, &refresh, at(0), cases[i].wait_s, *state);
    }
}

/*
 * When a request may trigger the next attempt, and when the next one begins
 * without it
 */
static void expect_retry(const char *what, const ajwt_refresh_state *refresh,
                         const ajwt_refresh_schedule *schedule, double cool_s,
                         double next_s)
{
    support_expect(what, ajwt_refresh_schedule_cool_at(refresh, schedule,
                                                       at(5)) == at(cool_s));
    support_expect(what, ajwt_refresh_schedule_next_at(refresh, schedule,
                                                       at(5)) == at(next_s));
}

/*
 * Hosts that start in the same second of an outage do not try together. An
 * attempt begins at 0 and fails by its time-out.
 */
static void test_retries_without_keys_are_jittered(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    static const struct {
        const char *what;
        apr_uint32_t failures;
        double jitter, wait_s;
    } cases[] = {
        {"first, latest", 0, 0, 1},     {"first, earliest", 0, 1, 0.5},
        {"third, half-way", 2, 0.5, 3}, {"last, latest", 20, 0, 30},
        {"last, earliest", 20, 1, 15},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        ajwt_refresh_state refresh = {.failures = cases[i].failures};

        ajwt_refresh_schedule_begin(&refresh, &schedule, at(0));
        ajwt_refresh_schedule_fail(&refresh, &schedule, 0, cases[i].jitter,
                                   at(5));
        expect_retry(cases[i].what, &refresh, &schedule, 5 + cases[i].wait_s,
                     5 + cases[i].wait_s);
    }
}

/*
 * Hosts to which the issuer named the same time do not return together: not
 * before it, and at most AuthJWTCooldown after it, but by AuthJWTRefresh.
 */
static void test_retry_after_is_jittered(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    static const struct {
        const char *what;
        int retry_after_s;
        double jitter, wait_s;
    } cases[] = {
        {"earliest", 300, 0, 300},
        {"latest", 300, 1, 330},
        {"half-way", 300, 0.5, 315},
        {"near AuthJWTRefresh, latest", 3590, 1, 3600},
        {"AuthJWTRefresh, latest", 3600, 1, 3600},
        {"a day, latest", 86400, 1, 3600},
    };
    static const ajwt_refresh_schedule slow = {10 * 86400, 20 * 86400, 30, 5};
    ajwt_refresh_state longest = {.failures = 20};
    unsigned i, is_loaded;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        for (is_loaded = 0; is_loaded < 2; is_loaded++) {
            ajwt_refresh_state refresh = {.fetched_at =
                                              is_loaded ? at(-4000) : 0};

            ajwt_refresh_schedule_begin(&refresh, &schedule, at(0));
            ajwt_refresh_schedule_fail(&refresh, &schedule,
                                       cases[i].retry_after_s, cases[i].jitter,
                                       at(5));
            expect_retry(cases[i].what, &refresh, &schedule,
                         5 + cases[i].wait_s, 5 + cases[i].wait_s);
        }
    }
    /* the longest that is accepted is not taken for damage */
    longest.fetched_at = at(-86400);
    ajwt_refresh_schedule_begin(&longest, &slow, at(0));
    ajwt_refresh_schedule_fail(&longest, &slow, 86400, 1, at(5));
    expect_retry("the longest", &longest, &slow, 86405, 86405);
}

/* A process that died in an attempt left no time of the next one. */
static void test_a_damaged_time_delays_no_request(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    ajwt_refresh_state refresh = {.failures = 20};

    (void)state;
    refresh.started_at = at(0);
    refresh.due_at = at(YEAR_S);
    assert_true(ajwt_refresh_schedule_cool_at(&refresh, &schedule, at(1)) <=
                at(35));
    refresh.due_at = at(-1);
    assert_true(ajwt_refresh_schedule_cool_at(&refresh, &schedule, at(1)) ==
                at(15));
}

/* G1: However often requests ask and whatever comes of it, once there are
 * keys */
static void test_one_attempt_in_a_cooldown(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    ajwt_refresh_state refresh = {.fetched_at = at(-1)};
    int tenth, attempts = 0;

    (void)state;
    for (tenth = 0; tenth < 3000; tenth++) {
        apr_time_t now = at(tenth / 10.0);

        ajwt_refresh_schedule_request(&refresh, &schedule, now);
        if (!ajwt_refresh_schedule_is_due(&refresh, &schedule, now))
            continue;
        attempts++;
        ajwt_refresh_schedule_begin(&refresh, &schedule, now);
        if (attempts % 3 == 0)
            ajwt_refresh_schedule_succeed(&refresh, &schedule, -1, 0, now);
        else if (attempts % 3 == 1)
            ajwt_refresh_schedule_fail(&refresh, &schedule, 0, 0, now);
    }
    assert_int_equal(attempts, 10);
}

/* G3 */
static void test_stale(void **state)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    static const struct {
        const char *what;
        int age_s, wanted;
    } cases[] = {
        {"fresh", 0, 0},
        {"due", 3600, 0},
        {"a second before", 86399, 0},
        {"old enough", 86400, 1},
        {"a year old", YEAR_S, 1},
        {"from tomorrow, by a clock that went back", -86400, 0},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect(cases[i].what,
                       ajwt_refresh_schedule_is_stale(at(0), &schedule,
                                                      at(cases[i].age_s)) ==
                           cases[i].wanted);
    support_expect("there is none",
                   !ajwt_refresh_schedule_is_stale(0, &schedule, at(0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_stories),
        SUPPORT_TEST(test_a_success_schedules_the_next),
        SUPPORT_TEST(test_failures_back_off),
        SUPPORT_TEST(test_the_back_off_is_jittered),
        SUPPORT_TEST(test_retries_without_keys_are_jittered),
        SUPPORT_TEST(test_retry_after_is_jittered),
        SUPPORT_TEST(test_a_damaged_time_delays_no_request),
        SUPPORT_TEST(test_one_attempt_in_a_cooldown),
        SUPPORT_TEST(test_stale),
    };

    return SUPPORT_RUN(tests);
}
