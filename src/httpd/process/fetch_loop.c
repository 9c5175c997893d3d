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
typedef struct task {
    const ajwt_source *source;
    atomic_int is_queued;
    int is_hidden;         /* a file that this process cannot access */
    apr_time_t unsaved_at; /* last warning that it cannot be saved; 0: none */
} task;

/* Static, because the fetcher process has one loop */
static const ajwt_fetch_loop_setup *setup;
static ajwt_refresher renewer;
static task *tasks; /* by the source's index */
static apr_pool_t *root;
static apr_thread_pool_t *threads;
static volatile sig_atomic_t is_ending;

static void note_ending(int signal_number)
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
    struct sigaction action = {.sa_handler = note_ending};
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
static void end_with_parent(void)
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

__attribute__((noreturn)) static void give_up(const char *what,
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

static void *APR_THREAD_FUNC end_at_once(apr_thread_t *thread, void *unused)
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
        status = apr_thread_create(&thread, NULL, end_at_once, NULL, root);

    return status == APR_SUCCESS ? apr_thread_join(&ended, thread) : status;
}

static void prepare_renewer(void)
{
    renewer.shared = setup->shared;
    renewer.schedule = &setup->settings->schedule;
    renewer.fetcher = &setup->settings->fetcher;
    renewer.state_dir = setup->settings->state_dir;
    renewer.now = apr_time_now;
}

static void prepare_tasks(void)
{
    const ajwt_sources *sources = setup->settings->sources;
    int i;

    tasks = apr_pcalloc(root, (apr_size_t)sources->nelts * sizeof *tasks);
    for (i = 0; i < sources->nelts; i++)
        tasks[i].source = ajwt_sources_get(sources, i);
}

/*
 * Closes the listeners, because the port would stay in use while this process
 * ends.
 */
static void prepare(void)
{
    apr_status_t status;

    set_signal_handlers();
    ap_close_listeners();
    status = make_root_pool();
    if (status == APR_SUCCESS)
        status = load_thread_library();
    if (status != APR_SUCCESS)
        give_up("it cannot create threads", status);
    if (geteuid() == 0 && ap_run_drop_privileges(root, ap_server_conf) != OK)
        give_up("it cannot switch to User and Group", APR_EGENERAL);
    end_with_parent();
    status = ajwt_shm_child_init(setup->shared, root);
    if (status != APR_SUCCESS)
        give_up("it cannot open the mutex auth-jwt", status);
    status = ajwt_http_fetch_open();
    if (status == APR_SUCCESS)
        status =
            apr_thread_pool_create(&threads, 0, AJWT_MAX_FETCH_THREADS, root);
    if (status != APR_SUCCESS)
        give_up("it cannot initialize libcurl or its threads", status);
    prepare_renewer();
    prepare_tasks();
}

/* --- Work */

static void renew(task *run, apr_pool_t *pool)
{
    ajwt_refresh_result renewal;

    if (!ajwt_refresher_run(&renewal, &renewer, run->source, pool))
        return;
    ajwt_key_log_result(ap_server_conf, run->source, &renewal, &run->unsaved_at,
                        pool);
    if (renewal.reason != AJWT_ACCEPTED)
        atomic_fetch_add(
            &ajwt_child_get()->counters->count[renewal.reason].answered, 1);
}

static void *APR_THREAD_FUNC run_task(apr_thread_t *thread, void *data)
{
    task *run = data;
    apr_pool_t *pool;

    (void)thread;
    if (apr_pool_create(&pool, root) == APR_SUCCESS) {
        apr_pool_tag(pool, "auth_jwt fetch");
        renew(run, pool);
        apr_pool_destroy(pool);
    }
    atomic_store(&run->is_queued, 0);
    ajwt_fetcher_client_wake(); /* so that the loop computes again when the next
                                   one is due */
    return NULL;
}

/* Runs the task in a thread, so that one slow issuer does not delay another. */
static int queue(task *queued)
{
    atomic_store(&queued->is_queued, 1);
    if (apr_thread_pool_push(threads, run_task, queued,
                             APR_THREAD_TASK_PRIORITY_NORMAL,
                             NULL) == APR_SUCCESS)
        return 1;
    atomic_store(&queued->is_queued, 0);
    return 0;
}

/* Publishes the saved key set if no other is published. */
static void restore(const ajwt_source *source, apr_pool_t *pool)
{
    const char *detail;
    const ajwt_reason reason =
        ajwt_refresher_restore(&detail, &renewer, source, pool);

    if (reason != AJWT_ACCEPTED)
        ajwt_key_log_state(ap_server_conf, source, reason, detail);
}

static void resume_task(task *resumed, apr_pool_t *pool)
{
    const ajwt_source *source = resumed->source;

    resumed->is_hidden =
        !ajwt_refresher_resume(&renewer, source, setup->is_restart, pool);
    if (resumed->is_hidden)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, ap_server_conf,
                     "%s: httpd's User cannot see this file, so it is read at "
                     "start and restart only: after a change, do a graceful "
                     "restart",
                     source->name);
    restore(source, pool);
}

/* Continues the work of the previous fetcher, and restores saved key sets. */
static void resume(void)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, root);
    for (i = 0; i < setup->settings->sources->nelts; i++) {
        if (ajwt_source_is_shared(tasks[i].source))
            resume_task(&tasks[i], pool);
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
}

static apr_time_t earlier(apr_time_t a, apr_time_t b)
{
    return a < b ? a : b;
}

/* Checks any source, including a file that this process cannot access. */
static void note_damage(const ajwt_source *source, apr_pool_t *pool)
{
    if (!ajwt_shm_slots_take_damage(setup->shared, source))
        return;
    ajwt_key_log_damage(ap_server_conf, source);
    restore(source, pool);
}

/* Starts an attempt if it is due; returns when to look at this source again. */
static apr_time_t look_at(task *looked_at, apr_pool_t *pool)
{
    const ajwt_source *source = looked_at->source;
    const apr_time_t now = apr_time_now();
    const apr_time_t later = now + apr_time_from_msec(AJWT_FILE_CHECK_MS);
    apr_time_t next_at = ajwt_refresher_next_at(&renewer, source, pool);

    note_damage(source, pool);
    if (next_at > now)
        return next_at;
    if (!ajwt_source_is_remote(source)) {
        renew(looked_at, pool);
        return later;
    }
    return queue(looked_at) ? now + apr_time_from_msec(AJWT_MAX_SLEEP_MS)
                            : later;
}

/* Looks at all sources; returns when to do it again. */
static apr_time_t look(apr_pool_t *pool)
{
    ajwt_fetcher_signs *signs = &ajwt_shm_control()->signs;
    apr_time_t next_at = apr_time_now() + apr_time_from_msec(AJWT_MAX_SLEEP_MS);
    int i;

    for (i = 0; i < setup->settings->sources->nelts && !is_ending; i++) {
        task *looked_at = &tasks[i];

        atomic_store(&signs->answered_at, apr_time_now());
        if (!ajwt_source_is_shared(looked_at->source))
            continue;
        if (looked_at->is_hidden || atomic_load(&looked_at->is_queued))
            note_damage(looked_at->source, pool);
        else
            next_at = earlier(next_at, look_at(looked_at, pool));
        apr_pool_clear(pool);
    }
    return next_at;
}

/* --- Sleep */

static void drain(int reader)
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
    const int reader = ajwt_shm_wake_pipe()->reader;
    const apr_time_t now = apr_time_now();
    const apr_time_t span = until > now ? until - now : 0;
    const struct timespec timeout = {apr_time_sec(span),
                                     (long)apr_time_usec(span) * 1000};
    struct pollfd wake_up = {.fd = reader, .events = POLLIN};

    (void)ppoll(&wake_up, 1, &timeout, &setup->sleeping_mask);
    if (is_ending || is_orphan())
        _exit(0);
    drain(reader);
}

/*
 * Delays the work.  Answers wake-ups meanwhile, so that the process does not
 * count as hung.
 */
static void rest(void)
{
    ajwt_fetcher_signs *signs = &ajwt_shm_control()->signs;
    const apr_time_t until = apr_time_now() + apr_time_from_sec(setup->rest_s);

    while (apr_time_now() < until) {
        atomic_store(&signs->answered_at, apr_time_now());
        sleep_until(until);
    }
    atomic_store(&signs->pid, (int)getpid());
}

/*
 * The process ends with _exit(): the cleanups of pconf belong to the parent,
 * and would end other processes of this server.
 */
void ajwt_fetch_loop_run(const ajwt_fetch_loop_setup *given)
{
    apr_pool_t *pool;

    setup = given;
    prepare();
    if (setup->rest_s)
        rest();
    resume();
    apr_pool_create(&pool, root);
    for (;;)
        sleep_until(look(pool));
}
