/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keys/waiters.h"

/* A process that never ends would keep the program for ever. */
#define MAX_SECONDS 60

static apr_time_t in_seconds(double seconds)
{
    return SUPPORT_NOW + (apr_time_t)(seconds * APR_USEC_PER_SEC);
}

/* For 30 seconds, at SUPPORT_NOW */
static int take(ajwt_waiters *waiters, int limit)
{
    return ajwt_waiters_take(waiters, limit, in_seconds(30), SUPPORT_NOW);
}

static void test_a_share_of_the_workers_may_wait(void **state)
{
    static const struct {
        int workers, limit;
    } cases[] = {{-1, 1},  {0, 1},    {1, 1},          {3, 1},   {4, 1},
                 {7, 1},   {8, 2},    {32, 8},         {63, 15}, {64, 16},
                 {65, 16}, {400, 16}, {2147483647, 16}};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect(apr_psprintf(*state, "%d workers", cases[i].workers),
                       ajwt_waiters_limit(cases[i].workers) == cases[i].limit);
}

static void test_no_more_places_than_the_limit(void **state)
{
    static const int limits[] = {-1, 0, 1, 2, 8, 15, 16, 17, 1000};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(limits); i++) {
        const char *what = apr_psprintf(*state, "limit %d", limits[i]);
        const int places = limits[i] < 0                  ? 0
                           : limits[i] < AJWT_MAX_WAITERS ? limits[i]
                                                          : AJWT_MAX_WAITERS;
        ajwt_waiters waiters = {0};
        int place;

        for (place = 0; place < places; place++)
            support_expect(what, take(&waiters, limits[i]) == place);
        support_expect(what, take(&waiters, limits[i]) == -1);
    }
}

/* Half of the places are for a kid that a fetch did not bring. */
static void test_a_smaller_limit_sees_the_places_of_a_larger_one(void **state)
{
    ajwt_waiters waiters = {0};
    int i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(take(&waiters, 8), i);
    assert_int_equal(take(&waiters, 4), -1);
    assert_int_equal(take(&waiters, 8), 4);
    ajwt_waiters_leave(&waiters, 2, in_seconds(30));
    assert_int_equal(take(&waiters, 4), 2);
}

static void test_a_place_is_free_at_its_deadline(void **state)
{
    ajwt_waiters waiters = {0};

    (void)state;
    assert_int_equal(take(&waiters, 1), 0);
    assert_int_equal(
        ajwt_waiters_take(&waiters, 1, in_seconds(60), in_seconds(29.999)), -1);
    assert_int_equal(
        ajwt_waiters_take(&waiters, 1, in_seconds(60), in_seconds(30)), 0);
    assert_int_equal(
        ajwt_waiters_take(&waiters, 1, in_seconds(61), in_seconds(31)), -1);
}

static void test_a_deadline_that_no_wait_has_is_free(void **state)
{
    static const struct {
        const char *what;
        apr_time_t found;
        int is_free;
    } cases[] = {
        {"never taken", 0, 1},
        {"the longest wait",
         SUPPORT_NOW + APR_USEC_PER_SEC * AJWT_MAX_FETCH_TIMEOUT_S, 0},
        {"a microsecond more",
         SUPPORT_NOW + APR_USEC_PER_SEC * AJWT_MAX_FETCH_TIMEOUT_S + 1, 1},
        {"a year ahead", SUPPORT_NOW + APR_USEC_PER_SEC * 86400 * 365, 1},
        {"the last time that there is", INT64_MAX, 1},
        {"the first time that there is", INT64_MIN, 1},
        {"before 1970", -1, 1},
    };
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        ajwt_waiters waiters = {0};

        atomic_store(&waiters.deadlines[0], cases[i].found);
        support_expect(cases[i].what,
                       take(&waiters, 1) == (cases[i].is_free ? 0 : -1));
        support_expect(cases[i].what, take(&waiters, 1) == -1);
    }
}

static void test_a_waiter_frees_only_its_own_place(void **state)
{
    ajwt_waiters waiters = {0};

    (void)state;
    assert_int_equal(
        ajwt_waiters_take(&waiters, 2, in_seconds(1), in_seconds(0)), 0);
    assert_int_equal(
        ajwt_waiters_take(&waiters, 2, in_seconds(2), in_seconds(0)), 1);
    ajwt_waiters_leave(&waiters, 1, in_seconds(1)); /* the other's deadline */
    assert_int_equal(take(&waiters, 2), -1);
    ajwt_waiters_leave(&waiters, 1, in_seconds(2));
    assert_int_equal(take(&waiters, 2), 1);
    /* one that is late: its place was given to another at its deadline */
    assert_int_equal(
        ajwt_waiters_take(&waiters, 2, in_seconds(9), in_seconds(1)), 0);
    ajwt_waiters_leave(&waiters, 0, in_seconds(1));
    assert_int_equal(
        ajwt_waiters_take(&waiters, 2, in_seconds(9), in_seconds(1)), -1);
}

/* --- several at once --- */

/* In memory that processes share, too */
typedef struct test_crowd {
    ajwt_waiters waiters;
    int limit;
    atomic_int present; /* they begin together */
    atomic_int waiting; /* that hold a place */
    atomic_int most;    /* of those, at any time */
    atomic_int turns, refused;
} test_crowd;

#define MEMBERS 8
#define TURNS   30000

static void note_most(test_crowd *all, int waiting)
{
    int most = atomic_load(&all->most);

    while (waiting > most) {
        if (atomic_compare_exchange_weak(&all->most, &most, waiting))
            return;
    }
}

/* Each with a deadline of its own, as by the clock of its request */
static void wait_often(test_crowd *all, int member)
{
    const apr_time_t deadline = in_seconds(30) + member;
    int turn;

    atomic_fetch_add(&all->present, 1);
    while (atomic_load(&all->present) < MEMBERS)
        sched_yield();
    for (turn = 0; turn < TURNS; turn++) {
        const int place =
            ajwt_waiters_take(&all->waiters, all->limit, deadline, SUPPORT_NOW);

        if (place < 0) {
            atomic_fetch_add(&all->refused, 1);
            continue;
        }
        note_most(all, atomic_fetch_add(&all->waiting, 1) + 1);
        atomic_fetch_add(&all->turns, 1);
        if (turn % 64 == 0)
            sched_yield(); /* the others see it taken, on one CPU too */
        atomic_fetch_sub(&all->waiting, 1);
        ajwt_waiters_leave(&all->waiters, place, deadline);
    }
}

typedef struct member {
    test_crowd *all;
    int number;
    pthread_t thread;
} member;

static void *run_member(void *data)
{
    const member *run = data;

    wait_often(run->all, run->number);
    return NULL;
}

static void expect_kept_to_limit(const char *what, test_crowd *all)
{
    support_expect(what, atomic_load(&all->most) <= all->limit);
    support_expect(what, atomic_load(&all->turns) > 0);
    support_expect(what,
                   atomic_load(&all->turns) + atomic_load(&all->refused) ==
                       MEMBERS * TURNS);
    /* all places were left */
    support_expect(what, take(&all->waiters, 1) == 0);
}

static void test_threads_keep_to_the_limit(void **state)
{
    int limit, i;

    for (limit = 1; limit < MEMBERS; limit += 2) {
        test_crowd all = {.limit = limit};
        member members[MEMBERS];

        for (i = 0; i < MEMBERS; i++) {
            members[i].all = &all;
            members[i].number = i;
            assert_int_equal(pthread_create(&members[i].thread, NULL,
                                            run_member, &members[i]),
                             0);
        }
        for (i = 0; i < MEMBERS; i++)
            pthread_join(members[i].thread, NULL);
        expect_kept_to_limit(apr_psprintf(*state, "threads, limit %d", limit),
                             &all);
    }
}

static test_crowd *make_shared_crowd(int limit)
{
    test_crowd *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(made != MAP_FAILED);
    made->limit = limit;
    return made;
}

static void test_processes_keep_to_the_limit(void **state)
{
    int limit, i, status;

    for (limit = 1; limit < MEMBERS; limit += 3) {
        test_crowd *all = make_shared_crowd(limit);
        pid_t members[MEMBERS];

        for (i = 0; i < MEMBERS; i++) {
            members[i] = fork();
            assert_true(members[i] >= 0);
            if (members[i] == 0) {
                wait_often(all, i);
                _exit(0);
            }
        }
        for (i = 0; i < MEMBERS; i++) {
            assert_int_equal(waitpid(members[i], &status, 0), members[i]);
            assert_int_equal(status, 0);
        }
        expect_kept_to_limit(apr_psprintf(*state, "processes, limit %d", limit),
                             all);
        munmap(all, sizeof *all);
    }
}

static void test_a_killed_process_keeps_no_place(void **state)
{
    test_crowd *all = make_shared_crowd(1);
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        (void)take(&all->waiters, 1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(take(&all->waiters, 1), -1);
    assert_int_equal(
        ajwt_waiters_take(&all->waiters, 1, in_seconds(60), in_seconds(30)), 0);
    munmap(all, sizeof *all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_a_share_of_the_workers_may_wait),
        SUPPORT_TEST(test_no_more_places_than_the_limit),
        SUPPORT_TEST(test_a_smaller_limit_sees_the_places_of_a_larger_one),
        SUPPORT_TEST(test_a_place_is_free_at_its_deadline),
        SUPPORT_TEST(test_a_deadline_that_no_wait_has_is_free),
        SUPPORT_TEST(test_a_waiter_frees_only_its_own_place),
        SUPPORT_TEST(test_threads_keep_to_the_limit),
        SUPPORT_TEST(test_processes_keep_to_the_limit),
        SUPPORT_TEST(test_a_killed_process_keeps_no_place),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
