/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/limits.h"

#define A "https://a.example/jwks"

/* A mutex that is not given back would keep the program for ever. */
#define MAX_SECONDS 60

typedef struct test_scene {
    support_segment segment;
    ajwt_shm_slots *shared;
    const ajwt_source *source;
    apr_pool_t *pool;
} test_scene;

/* What httpd's Mutex directive offers */
static const apr_lockmech_e mechanisms[] = {
    APR_LOCK_DEFAULT, APR_LOCK_PROC_PTHREAD, APR_LOCK_POSIXSEM,
    APR_LOCK_SYSVSEM, APR_LOCK_FCNTL,        APR_LOCK_FLOCK};

static test_scene set_scene_with(apr_lockmech_e mechanism, apr_pool_t *pool)
{
    const ajwt_sources *sources = support_sources(pool, A, NULL);
    test_scene set = {support_make_segment(pool), NULL,
                      ajwt_sources_get(sources, 0), pool};

    assert_int_equal(
        apr_global_mutex_create(
            &set.segment.mutex,
            apr_pstrcat(pool, support_folder(pool), "/mutex", NULL), mechanism,
            pool),
        APR_SUCCESS);
    set.shared = support_bind(&set.segment, sources, pool);
    support_publish(set.shared, set.source, "before");
    return set;
}

static test_scene set_scene(apr_pool_t *pool)
{
    return set_scene_with(APR_LOCK_DEFAULT, pool);
}

/* As a child of httpd does */
static void enter_child(test_scene *scene)
{
    apr_global_mutex_t *mutex = scene->segment.mutex;

    if (apr_global_mutex_child_init(&mutex, apr_global_mutex_lockfile(mutex),
                                    scene->pool) != APR_SUCCESS)
        _exit(2);
    ajwt_shm_slots_set_mutex(scene->shared, mutex);
}

/* Its wait status */
static int end_of(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_children_share_the_segment(void **state)
{
    test_scene scene = set_scene(*state);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        enter_child(&scene);
        support_publish(scene.shared, scene.source, "by the child");
        _exit(0);
    }
    assert_int_equal(end_of(child), 0);
    support_expect_serving(scene.shared, scene.source, "by the child", *state);
}

static void hold_and_wait(test_scene *scene, int said)
{
    ajwt_slot_state *locked;

    enter_child(scene);
    if (ajwt_shm_slots_lock(&locked, scene->shared, scene->source) ==
            APR_SUCCESS &&
        write(said, "x", 1) == 1)
        pause();
    _exit(2);
}

/* A child that holds the mutex */
static pid_t start_holder(test_scene *scene)
{
    struct pollfd held = {.events = POLLIN};
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        hold_and_wait(scene, ends[1]);
    held.fd = ends[0];
    assert_int_equal(poll(&held, 1, MAX_SECONDS * 1000), 1);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void kill_holder(pid_t holder)
{
    kill(holder, SIGKILL);
    assert_true(WIFSIGNALED(end_of(holder)));
}

/* G6: More than once: whoever took the mutex over gives it back. */
static void test_a_process_that_is_killed_while_it_holds_the_mutex(void **state)
{
    unsigned i, round;

    for (i = 0; i < SUPPORT_COUNT(mechanisms); i++) {
        test_scene scene = set_scene_with(mechanisms[i], *state);

        for (round = 0; round < 3; round++) {
            const char *text = apr_psprintf(*state, "round %u", round);

            kill_holder(start_holder(&scene));
            support_publish(scene.shared, scene.source, text);
            support_expect_serving(scene.shared, scene.source, text, *state);
        }
    }
}

/* G6: httpd's parent may come to lock before it asks how its child ended. */
static void test_a_killed_holder_that_nobody_has_waited_for(void **state)
{
    test_scene scene = set_scene_with(APR_LOCK_POSIXSEM, *state);
    pid_t holder = start_holder(&scene);
    siginfo_t end;

    kill(holder, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)holder, &end, WEXITED | WNOWAIT), 0);
    support_expect_serving(scene.shared, scene.source, "before", *state);
    end_of(holder);
}

static void test_a_holder_that_lives_is_not_robbed(void **state)
{
    test_scene scene = set_scene_with(APR_LOCK_POSIXSEM, *state);
    pid_t holder = start_holder(&scene);
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, scene.shared, scene.source),
                     APR_TIMEUP);
    kill_holder(holder);
    support_expect_serving(scene.shared, scene.source, "before", *state);
}

/* It took the mutex and had no time to say so. */
static void test_a_holder_that_nobody_knows(void **state)
{
    test_scene scene = set_scene_with(APR_LOCK_POSIXSEM, *state);
    int round;

    for (round = 0; round < 2; round++) {
        assert_int_equal(apr_global_mutex_lock(scene.segment.mutex),
                         APR_SUCCESS);
        support_expect_serving(scene.shared, scene.source, "before", *state);
    }
}

/* Its number was overwritten with what is none of a process. */
static void test_a_holder_of_a_damaged_number(void **state)
{
    static const int numbers[] = {-1, -2147483647 - 1, 2147483647};
    test_scene scene = set_scene_with(APR_LOCK_POSIXSEM, *state);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(numbers); i++) {
        assert_int_equal(apr_global_mutex_lock(scene.segment.mutex),
                         APR_SUCCESS);
        atomic_store(&scene.segment.head->holder, numbers[i]);
        support_expect_serving(scene.shared, scene.source, "before", *state);
    }
}

#define CONTENDERS 4
#define ROUNDS     200

/* Adds to a number that the mutex alone guards. */
static void contend(test_scene *scene, volatile int *number, int times)
{
    ajwt_slot_state *locked;

    enter_child(scene);
    while (times) {
        int cached;

        if (ajwt_shm_slots_lock(&locked, scene->shared, scene->source) !=
            APR_SUCCESS)
            continue;
        cached = *number;
        sched_yield();
        *number = cached + 1;
        ajwt_shm_slots_unlock(scene->shared);
        times--;
    }
    _exit(0);
}

static void test_only_one_takes_over(void **state)
{
    volatile int *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    test_scene scene = set_scene_with(APR_LOCK_POSIXSEM, *state);
    pid_t holder = start_holder(&scene), contenders[CONTENDERS];
    int i;

    for (i = 0; i < CONTENDERS; i++) {
        contenders[i] = fork();
        assert_true(contenders[i] >= 0);
        if (contenders[i] == 0)
            contend(&scene, number, ROUNDS);
    }
    kill_holder(holder);
    for (i = 0; i < CONTENDERS; i++)
        assert_int_equal(end_of(contenders[i]), 0);
    assert_int_equal(*number, CONTENDERS * ROUNDS);
}

static void die(int signal_number)
{
    (void)signal_number;
    kill(getpid(), SIGKILL);
}

/* Bytes whose second half cannot be read: whoever copies them dies there. */
static void publish_half(test_scene *scene)
{
    const size_t len = AJWT_MAX_DOCUMENT_BYTES;
    char *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const ajwt_bytes text = {(unsigned char *)bytes, len};
    ajwt_slot_state *locked;

    enter_child(scene);
    if (bytes == MAP_FAILED)
        _exit(2);
    memset(bytes, 'x', len);
    mprotect(bytes + len / 2, len / 2, PROT_NONE);
    signal(SIGSEGV, die);
    signal(SIGBUS, die);
    if (ajwt_shm_slots_lock(&locked, scene->shared, scene->source) ==
        APR_SUCCESS)
        ajwt_shm_slots_publish(scene->shared, scene->source, text);
    _exit(2);
}

/* G6 */
static void test_a_process_that_is_killed_half_way_through_a_set(void **state)
{
    test_scene scene = set_scene(*state);
    const unsigned generation =
        ajwt_shm_slots_generation(scene.shared, scene.source);
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        publish_half(&scene);
    status = end_of(child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(ajwt_shm_slots_generation(scene.shared, scene.source),
                     generation);
    support_expect_serving(scene.shared, scene.source, "before", *state);
    support_publish(scene.shared, scene.source, "before");
    assert_int_equal(ajwt_shm_slots_generation(scene.shared, scene.source),
                     generation);
    support_publish(scene.shared, scene.source, "after");
    support_expect_serving(scene.shared, scene.source, "after", *state);
}

/* Processes that publish sets of one letter each */
#define WRITERS 3

static void publish_letters(test_scene *scene, char letter)
{
    char text[2] = {letter, '\0'};
    int i;

    enter_child(scene);
    for (i = 1; i <= ROUNDS; i++)
        support_publish(scene->shared, scene->source,
                        support_repeat(text, i * 100, scene->pool));
    _exit(0);
}

static int is_whole(const char *text)
{
    size_t len = strlen(text);

    return strcmp(text, "before") == 0 ||
           (len % 100 == 0 && len > 0 &&
            strspn(text, (char[]){*text, '\0'}) == len);
}

static int is_running(pid_t *child)
{
    int status;

    if (*child == 0 || waitpid(*child, &status, WNOHANG) == 0)
        return *child != 0;
    support_expect("a writer's end", status == 0);
    *child = 0;
    return 0;
}

/* G6 */
static void test_no_set_is_read_mixed(void **state)
{
    test_scene scene = set_scene(*state);
    pid_t children[WRITERS];
    int i, running = WRITERS;

    for (i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            publish_letters(&scene, (char)('a' + i));
    }
    while (running) {
        apr_pool_t *pool;

        apr_pool_create(&pool, *state);
        support_expect(
            "a set that is whole",
            is_whole(support_serving(scene.shared, scene.source, pool)));
        apr_pool_destroy(pool);
        for (i = running = 0; i < WRITERS; i++)
            running += is_running(&children[i]);
    }
}

/* --- what requests of all processes say once --- */

/* In memory that they share */
typedef struct warnings {
    atomic_int is_time; /* they begin together */
    atomic_int count;
} warnings;

static void warn(test_scene *scene, warnings *all, apr_time_t now)
{
    int i;

    while (!atomic_load(&all->is_time))
        sched_yield();
    for (i = 0; i < ROUNDS; i++)
        atomic_fetch_add(&all->count, ajwt_shm_slots_may_warn(
                                          scene->shared, scene->source, now));
    _exit(0);
}

static int count_warnings(test_scene *scene, apr_time_t now)
{
    warnings *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[CONTENDERS];
    int i, count;

    assert_true(all != MAP_FAILED);
    for (i = 0; i < CONTENDERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            warn(scene, all, now);
    }
    atomic_store(&all->is_time, 1);
    for (i = 0; i < CONTENDERS; i++)
        assert_int_equal(end_of(children[i]), 0);
    count = atomic_load(&all->count);
    munmap(all, sizeof *all);
    return count;
}

static void test_one_of_all_processes_warns(void **state)
{
    test_scene scene = set_scene(*state);
    int hour;

    for (hour = 0; hour < 20; hour++)
        support_expect(
            apr_psprintf(*state, "hour %d", hour),
            count_warnings(&scene,
                           SUPPORT_NOW + apr_time_from_sec(hour * 3600)) == 1);
    assert_int_equal(
        count_warnings(&scene, SUPPORT_NOW + apr_time_from_sec(20 * 3600 - 1)),
        0);
    assert_true(ajwt_shm_slots_take_warned(scene.shared, scene.source));
    assert_false(ajwt_shm_slots_take_warned(scene.shared, scene.source));
}

static void test_what_a_child_wants_is_seen_by_others(void **state)
{
    test_scene scene = set_scene(*state);
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        ajwt_shm_slots_request(scene.shared, scene.source);
        _exit(0);
    }
    assert_int_equal(end_of(child), 0);
    assert_true(ajwt_shm_slots_take_request(scene.shared, scene.source));
    assert_false(ajwt_shm_slots_take_request(scene.shared, scene.source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_children_share_the_segment),
        SUPPORT_TEST(test_a_process_that_is_killed_while_it_holds_the_mutex),
        SUPPORT_TEST(test_a_killed_holder_that_nobody_has_waited_for),
        SUPPORT_TEST(test_a_holder_that_lives_is_not_robbed),
        SUPPORT_TEST(test_a_holder_that_nobody_knows),
        SUPPORT_TEST(test_a_holder_of_a_damaged_number),
        SUPPORT_TEST(test_only_one_takes_over),
        SUPPORT_TEST(test_a_process_that_is_killed_half_way_through_a_set),
        SUPPORT_TEST(test_no_set_is_read_mixed),
        SUPPORT_TEST(test_one_of_all_processes_warns),
        SUPPORT_TEST(test_what_a_child_wants_is_seen_by_others),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
