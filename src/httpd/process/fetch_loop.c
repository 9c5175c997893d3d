/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/fetch_loop.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <apr_thread_mutex.h>
#include <apr_thread_pool.h>
#include <ap_listen.h>
#include <http_main.h>
#include <mpm_common.h>

#include "core/limits.h"
#include "httpd/process/child.h"
#include "httpd/process/fetcher_client.h"
#include "httpd/process/key_log.h"
#include "httpd/process/shm.h"
#include "keys/refresher.h"

/* One source, and whether a thread is working on it */
typedef struct fetch_task {
    const ajwt_source *source;
    atomic_int is_queued;
    int is_hidden;         /* a file that this process cannot access */
    apr_time_t unsaved_at; /* last warning that it cannot be saved; 0: none */
} fetch_task;

/* Static, because the fetcher process has one loop */
static const ajwt_fetch_loop_setup *setup;
static ajwt_refresher refresher;
static fetch_task *tasks; /* by the source's index */
static apr_pool_t *root;
static apr_thread_pool_t *threads;
static volatile sig_atomic_t is_ending;

static void handle_end_signal(int signal_number)
{
    (void)signal_number;
    is_ending = 1;
}

/* --- Start */

/*
 * Replaces the inherited handlers of httpd's parent, which would only set
 * flags.
 */
static void set_signal_handlers(void)
{
    struct sigaction action = {.sa_handler = handle_end_signal};
    int number;

    for (number = 1; number < NSIG; number++) {
        if (sigismember(&setup->ending_signals, number) == 1)
            sigaction(number, &action, NULL);
    }
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
}

/*
 * Call after privileges are dropped, because dropping them clears this setting.
 */
static void set_parent_death_signal(void)
{
#ifdef __linux__
    prctl(PR_SET_NAME, "auth_jwt fetch");
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}

static int is_orphan(void)
{
    return getppid() != setup->parent;
}

__attribute__((noreturn)) static void exit_with_error(const char *what,
                                                      apr_status_t status)
{
    ap_log_error(APLOG_MARK, APLOG_CRIT, status, ap_server_conf,
                 "the fetcher process cannot run: %s", what);
    _exit(1);
}

/* Creates a pool that threads may use: its allocator has a mutex. */
static apr_status_t make_root_pool(void)
{
    apr_allocator_t *allocator;
    apr_thread_mutex_t *mutex;
    apr_status_t status = apr_allocator_create(&allocator);

    if (status == APR_SUCCESS)
        status = apr_pool_create_ex(&root, NULL, NULL, allocator);
    if (status != APR_SUCCESS)
        return status;
    apr_allocator_owner_set(allocator, root);
    status = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, root);
    if (status == APR_SUCCESS)
        apr_allocator_mutex_set(allocator, mutex);
    return status;
}

static void *APR_THREAD_FUNC exit_thread(apr_thread_t *thread, void *unused)
{
    (void)unused;
    apr_thread_exit(thread, APR_SUCCESS);
    return NULL;
}

/*
 * glibc loads a library when the first thread ends, and aborts if it cannot: so
 * one thread ends before ChrootDir takes effect.
 */
static apr_status_t load_thread_library(void)
{
    apr_thread_t *thread;
    apr_status_t ended,
        status = apr_thread_create(&thread, NULL, exit_thread, NULL, root);

    return status == APR_SUCCESS ? apr_thread_join(&ended, thread) : status;
}

static void set_up_refresher(void)
{
    refresher.shared = setup->shared;
    refresher.schedule = &setup->settings->schedule;
    refresher.fetcher = &setup->settings->fetcher;
    refresher.state_dir = setup->settings->state_dir;
    refresher.now = apr_time_now;
}

static void set_up_tasks(void)
{
    const ajwt_sources *sources = setup->settings->sources;
    int i;

    tasks = apr_pcalloc(root, (apr_size_t)sources->list->nelts * sizeof *tasks);
    for (i = 0; i < sources->list->nelts; i++)
        tasks[i].source = ajwt_sources_get(sources, i);
}

/*
 * Closes the listeners, because the port would stay in use while this process
 * ends.
 */
static void set_up_process(void)
{
    apr_status_t status;

    set_signal_handlers();
    ap_close_listeners();
    status = make_root_pool();
    if (status == APR_SUCCESS)
        status = load_thread_library();
    if (status != APR_SUCCESS)
        exit_with_error("it cannot create threads", status);
    if (geteuid() == 0 && ap_run_drop_privileges(root, ap_server_conf) != OK)
        exit_with_error("it cannot switch to User and Group", APR_EGENERAL);
    set_parent_death_signal();
    status = ajwt_shm_child_init(setup->shared, root);
    if (status != APR_SUCCESS)
        exit_with_error("it cannot open the mutex auth-jwt", status);
    status = ajwt_http_fetch_open();
    if (status == APR_SUCCESS)
        status =
            apr_thread_pool_create(&threads, 0, AJWT_MAX_FETCH_THREADS, root);
    if (status != APR_SUCCESS)
        exit_with_error("it cannot initialize libcurl or its threads", status);
    set_up_refresher();
    set_up_tasks();
}

/* --- Work */

static void refresh_source(fetch_task *task, apr_pool_t *pool)
{
    ajwt_refresh_result result;

    if (!ajwt_refresher_run(&result, &refresher, task->source, pool))
        return;
    ajwt_key_log_result(ap_server_conf, task->source, &result,
                        &task->unsaved_at, pool);
    if (result.reason != AJWT_ACCEPTED)
        ajwt_counters_add(
            &ajwt_child_get()->counters->of_reason[result.reason].answered);
}

static void *APR_THREAD_FUNC run_task(apr_thread_t *thread, void *data)
{
    fetch_task *task = data;
    apr_pool_t *pool;

    (void)thread;
    if (apr_pool_create(&pool, root) == APR_SUCCESS) {
        apr_pool_tag(pool, "auth_jwt fetch");
        refresh_source(task, pool);
        apr_pool_destroy(pool);
    }
    atomic_store(&task->is_queued, 0);
    ajwt_fetcher_client_wake(); /* so that the loop computes again when the next
                                   one is due */
    return NULL;
}

/* Runs the task in a thread, so that one slow issuer does not delay another. */
static int queue_task(fetch_task *task)
{
    atomic_store(&task->is_queued, 1);
    if (apr_thread_pool_push(threads, run_task, task,
                             APR_THREAD_TASK_PRIORITY_NORMAL,
                             NULL) == APR_SUCCESS)
        return 1;
    atomic_store(&task->is_queued, 0);
    return 0;
}

/* Publishes the saved key set if no other is published. */
static void restore_saved_keys(const ajwt_source *source, apr_pool_t *pool)
{
    const char *detail;
    const ajwt_reason reason =
        ajwt_refresher_restore(&detail, &refresher, source, pool);

    if (reason != AJWT_ACCEPTED)
        ajwt_key_log_state(ap_server_conf, source, reason, detail);
}

static void resume_task(fetch_task *task, apr_pool_t *pool)
{
    const ajwt_source *source = task->source;

    task->is_hidden =
        !ajwt_refresher_resume(&refresher, source, setup->is_restart, pool);
    if (task->is_hidden)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, ap_server_conf,
                     "%s: httpd's User cannot see this file, so it is read at "
                     "start and restart only: after a change, do a graceful "
                     "restart",
                     source->name);
    restore_saved_keys(source, pool);
}

/* Continues the work of the previous fetcher, and restores saved key sets. */
static void resume_tasks(void)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, root);
    for (i = 0; i < setup->settings->sources->list->nelts; i++) {
        if (ajwt_source_is_shared(tasks[i].source))
            resume_task(&tasks[i], pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

static apr_time_t earlier_time(apr_time_t a, apr_time_t b)
{
    return a < b ? a : b;
}

/* Checks any source, including a file that this process cannot access. */
static void report_damage(const ajwt_source *source, apr_pool_t *pool)
{
    if (!ajwt_shm_slots_take_damage(setup->shared, source))
        return;
    ajwt_key_log_damage(ap_server_conf, source);
    restore_saved_keys(source, pool);
}

/* Starts an attempt if it is due; returns when to look at this source again. */
static apr_time_t run_task_if_due(fetch_task *task, apr_pool_t *pool)
{
    const ajwt_source *source = task->source;
    const apr_time_t now = apr_time_now();
    const apr_time_t later = now + apr_time_from_msec(AJWT_FILE_CHECK_MS);
    apr_time_t next_at = ajwt_refresher_next_at(&refresher, source, pool);

    report_damage(source, pool);
    if (next_at > now)
        return next_at;
    if (!ajwt_source_is_remote(source)) {
        refresh_source(task, pool);
        return later;
    }
    return queue_task(task) ? now + apr_time_from_msec(AJWT_MAX_SLEEP_MS)
                            : later;
}

/* Looks at all sources; returns when to do it again. */
static apr_time_t check_tasks(apr_pool_t *pool)
{
    ajwt_fetcher_liveness *liveness = &ajwt_shm_control()->liveness;
    apr_time_t next_at = apr_time_now() + apr_time_from_msec(AJWT_MAX_SLEEP_MS);
    int i;

    for (i = 0; i < setup->settings->sources->list->nelts && !is_ending; i++) {
        fetch_task *task = &tasks[i];

        atomic_store(&liveness->answered_at, apr_time_now());
        if (!ajwt_source_is_shared(task->source))
            continue;
        if (task->is_hidden || atomic_load(&task->is_queued))
            report_damage(task->source, pool);
        else
            next_at = earlier_time(next_at, run_task_if_due(task, pool));
        apr_pool_clear(pool);
    }
    return next_at;
}

/* --- Sleep */

static void drain_wake_ups(int reader)
{
    char wake_up;
    ssize_t count;

    do {
        count = recv(reader, &wake_up, 1, MSG_DONTWAIT);
    } while (count == 1);
}

/*
 * Sleeps until a time, a wake-up or a signal.  Signals are delivered only here.
 */
static void sleep_until(apr_time_t until)
{
    const int reader = ajwt_shm_wake_socket()->reader;
    const apr_time_t now = apr_time_now();
    const apr_time_t span = until > now ? until - now : 0;
    const struct timespec timeout = {apr_time_sec(span),
                                     (long)apr_time_usec(span) * 1000};
    struct pollfd wake_up = {.fd = reader, .events = POLLIN};

    (void)ppoll(&wake_up, 1, &timeout, &setup->sleeping_mask);
    if (is_ending || is_orphan())
        _exit(0);
    drain_wake_ups(reader);
}

/*
 * Delays the work.  Answers wake-ups meanwhile, so that the process does not
 * count as hung.
 */
static void delay_start(void)
{
    ajwt_fetcher_liveness *liveness = &ajwt_shm_control()->liveness;
    const apr_time_t until =
        apr_time_now() + apr_time_from_sec(setup->start_delay_s);

    while (apr_time_now() < until) {
        atomic_store(&liveness->answered_at, apr_time_now());
        sleep_until(until);
    }
    atomic_store(&liveness->pid, (int)getpid());
}

/*
 * The process ends with _exit(): the cleanups of pconf belong to the parent,
 * and would end other processes of this server.
 */
void ajwt_fetch_loop_run(const ajwt_fetch_loop_setup *given)
{
    apr_pool_t *pool;

    setup = given;
    set_up_process();
    if (setup->start_delay_s)
        delay_start();
    resume_tasks();
    apr_pool_create(&pool, root);
    for (;;)
        sleep_until(check_tasks(pool));
}
