/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/fetcher_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ap_mpm.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_main.h>

#include "core/limits.h"
#include "core/warning.h"
#include "httpd/process/fetch_loop.h"
#include "httpd/process/fetcher_client.h"
#include "httpd/process/shm.h"
#include "keys/heartbeat.h"

/* The parent's data about the fetcher of one configuration */
typedef struct fetcher_state {
    ajwt_shm_slots *shared;
    const ajwt_settings *settings;
    apr_pool_t *pconf;
    /*
     * In pconf.  Clearing pconf signals the process and waits for it. pid is
     * only replaced by a newer pid: 0 or -1 would signal other processes.
     */
    apr_proc_t *proc;
    int is_alive;
    int start_delay_s; /* delay of the next fetcher; grows while fetchers end
                          early */
    apr_time_t started_at, woken_at, logged_at;
} fetcher_state;

static fetcher_state *the_fetcher; /* NULL: no fetcher is needed */

static ajwt_fetcher_liveness *fetcher_liveness(void)
{
    return &ajwt_shm_control()->liveness;
}

/* The signals that httpd and init use to end or restart a process */
static sigset_t ending_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGWINCH};
    sigset_t set;
    unsigned i;

    sigemptyset(&set);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaddset(&set, numbers[i]);
    return set;
}

static void maintain_fetcher(int reason, void *data, int status);

/*
 * The signals are blocked before fork(), so the new process receives them only
 * while it sleeps.
 */
static apr_status_t start_fetcher(fetcher_state *fetcher)
{
    const sigset_t ending = ending_signals();
    const pid_t parent = getpid();
    sigset_t before;
    pid_t pid;

    pthread_sigmask(SIG_BLOCK, &ending, &before);
    pid = fork();
    if (pid == 0)
        ajwt_fetch_loop_run(&(ajwt_fetch_loop_setup){
            .shared = fetcher->shared,
            .settings = fetcher->settings,
            .parent = parent,
            .start_delay_s = fetcher->start_delay_s,
            .is_restart = !fetcher->started_at,
            .ending_signals = ending,
            .sleeping_mask = before,
        });
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return apr_get_os_error();
    fetcher->started_at = apr_time_now();
    fetcher->woken_at = 0;
    fetcher->proc->pid = pid;
    fetcher->is_alive = 1;
    atomic_store(&fetcher_liveness()->answered_at, fetcher->started_at);
    /* no request waits for a fetcher that delays its work */
    atomic_store(&fetcher_liveness()->pid,
                 fetcher->start_delay_s ? 0 : (int)pid);
    apr_proc_other_child_register(fetcher->proc, maintain_fetcher, fetcher,
                                  NULL, fetcher->pconf);
    return APR_SUCCESS;
}

static int is_httpd_running(void)
{
    int state;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS &&
           state != AP_MPMQ_STOPPING;
}

static const char *describe_exit(int status, apr_pool_t *pool)
{
    if (WIFSIGNALED(status))
        return apr_psprintf(pool, "signal %d", WTERMSIG(status));
    return apr_psprintf(pool, "exit code %d", WEXITSTATUS(status));
}

/* Logs at level error at most once an hour, otherwise at info. */
static void log_exit(fetcher_state *fetcher, int status)
{
    const apr_time_t now = apr_time_now();
    const int is_due = ajwt_warning_is_due(fetcher->logged_at, now);
    apr_pool_t *pool;

    apr_pool_create(&pool, fetcher->pconf);
    ap_log_error(APLOG_MARK, is_due ? APLOG_ERR : APLOG_INFO, 0, ap_server_conf,
                 "the fetcher process %" APR_PID_T_FMT
                 " ended (%s): httpd starts a new one%s. Requests still use "
                 "the keys that were loaded",
                 fetcher->proc->pid, describe_exit(status, pool),
                 fetcher->start_delay_s
                     ? apr_psprintf(pool, ", which begins to fetch after %d s",
                                    fetcher->start_delay_s)
                     : "");
    apr_pool_destroy(pool);
    if (is_due)
        fetcher->logged_at = now;
}

/* Sets no delay after a long life, otherwise 1, 2, 4 ... seconds. */
static void set_start_delay(fetcher_state *fetcher)
{
    const apr_time_t life = apr_time_now() - fetcher->started_at;

    if (life >= apr_time_from_sec(AJWT_FETCHER_GOOD_S))
        fetcher->start_delay_s = 0;
    else if (!fetcher->start_delay_s)
        fetcher->start_delay_s = 1;
    else if (fetcher->start_delay_s < AJWT_FETCHER_MAX_DELAY_S)
        fetcher->start_delay_s *= 2;
}

static void replace_fetcher(fetcher_state *fetcher, int status)
{
    apr_status_t error;

    set_start_delay(fetcher);
    log_exit(fetcher, status);
    error = start_fetcher(fetcher);
    if (error != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_ERR, error, ap_server_conf,
                     "cannot start the fetcher process; httpd tries again in a "
                     "few seconds");
}

static void mark_as_ended(fetcher_state *fetcher)
{
    fetcher->is_alive = 0;
    atomic_store(&fetcher_liveness()->pid, 0);
}

/*
 * The process usually ends within a millisecond.  Clearing pconf also waits for
 * it, but APR polls only every 47 ms, and kills it after 3 s.
 */
static void end_fetcher(fetcher_state *fetcher)
{
    const pid_t pid = fetcher->proc->pid;
    int step;

    kill(pid, SIGTERM);
    for (step = 0; step < AJWT_FETCHER_END_MS; step++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            break;
        apr_sleep(apr_time_from_msec(1));
    }
    mark_as_ended(fetcher);
}

/*
 * Called by httpd's parent. apr_proc_other_child_unregister calls it again,
 * with APR_OC_REASON_UNREGISTER.
 */
static void maintain_fetcher(int reason, void *data, int status)
{
    fetcher_state *fetcher = data;

    switch (reason) {
    case APR_OC_REASON_DEATH:
    case APR_OC_REASON_LOST:
        mark_as_ended(fetcher);
        apr_proc_other_child_unregister(data);
        if (is_httpd_running())
            replace_fetcher(fetcher, status);
        break;
    case APR_OC_REASON_RESTART:
        apr_proc_other_child_unregister(data);
        break;
    case APR_OC_REASON_UNREGISTER:
        if (fetcher->is_alive)
            end_fetcher(fetcher);
        break;
    default:
        break;
    }
}

apr_status_t ajwt_fetcher_process_start(ajwt_shm_slots *shared,
                                        const ajwt_settings *settings,
                                        apr_pool_t *pconf)
{
    apr_status_t status;

    the_fetcher = NULL;
    if (!shared)
        return APR_SUCCESS;
    ajwt_fetcher_client_prepare();
    the_fetcher = apr_pcalloc(pconf, sizeof *the_fetcher);
    the_fetcher->shared = shared;
    the_fetcher->settings = settings;
    the_fetcher->pconf = pconf;
    the_fetcher->proc = apr_pcalloc(pconf, sizeof *the_fetcher->proc);
    status = start_fetcher(the_fetcher);
    if (status == APR_SUCCESS)
        apr_pool_note_subprocess(pconf, the_fetcher->proc,
                                 APR_KILL_AFTER_TIMEOUT);
    return status;
}

/* Whether it was woken some time ago and has not responded since. */
static int is_fetcher_hung(const fetcher_state *fetcher, apr_time_t now)
{
    return fetcher->woken_at &&
           ajwt_heartbeat_is_missed(
               fetcher->woken_at, atomic_load(&fetcher_liveness()->answered_at),
               now);
}

int ajwt_fetcher_process_monitor(apr_pool_t *pool, server_rec *s)
{
    fetcher_state *fetcher = the_fetcher;
    const apr_time_t now = apr_time_now();

    (void)pool, (void)s;
    if (!fetcher || !is_httpd_running())
        return DECLINED;
    if (!fetcher->is_alive) {
        (void)start_fetcher(fetcher);
    }
    else if (is_fetcher_hung(fetcher, now)) {
        kill(fetcher->proc->pid, SIGKILL);
    }
    else if (now < fetcher->woken_at ||
             now - fetcher->woken_at >=
                 apr_time_from_msec(AJWT_FETCHER_CHECK_MS)) {
        fetcher->woken_at = now;
        ajwt_fetcher_client_wake();
    }
    return DECLINED;
}
