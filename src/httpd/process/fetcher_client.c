/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/fetcher_client.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ap_mpm.h>

#include "httpd/process/child.h"
#include "httpd/process/shm.h"
#include "keys/heartbeat.h"

static int query_mpm(int what)
{
    int value = 0;

    return ap_mpm_query(what, &value) == APR_SUCCESS && value > 0 ? value : 1;
}

/* Ignores errors: a full socket already holds a wake-up. */
void ajwt_fetcher_client_wake(void)
{
    const char wake_up = 1;

    (void)!send(ajwt_shm_wake_socket()->writer, &wake_up, 1,
                MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void wake_fetcher(const ajwt_fetcher_client *unused)
{
    (void)unused;
    ajwt_fetcher_client_wake();
}

static int is_child_stopping(void)
{
    int state;

    return atomic_load(&ajwt_child_get()->is_stopping) ||
           (ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS &&
            state == AP_MPMQ_STOPPING);
}

/*
 * Kills a fetcher that was woken and does not respond, because it is stopped or
 * hangs. httpd's parent then starts another.  Its pid is in shared memory that
 * every child can write, so only a process of this server's process group is
 * signalled.  A compromised child could send that signal without this function.
 */
static void kill_hung_fetcher(const ajwt_fetcher_liveness *liveness)
{
    const pid_t pid = atomic_load(&liveness->pid);

    if (pid > 1 && pid != getpid() && pid != ajwt_child_get()->parent &&
        getpgid(pid) == getpgrp())
        kill(pid, SIGKILL);
}

static int is_fetcher_gone(const ajwt_fetcher_client *unused,
                           apr_time_t woken_at)
{
    const ajwt_fetcher_liveness *liveness = &ajwt_shm_control()->liveness;

    (void)unused;
    if (is_child_stopping() || atomic_load(&liveness->pid) == 0)
        return 1;
    if (!ajwt_heartbeat_is_missed(woken_at, atomic_load(&liveness->answered_at),
                                  apr_time_now()))
        return 0;
    kill_hung_fetcher(liveness);
    return 1;
}

void ajwt_fetcher_client_prepare(void)
{
    ajwt_child *child = ajwt_child_get();

    child->fetcher.wake = wake_fetcher;
    child->fetcher.is_gone = is_fetcher_gone;
    child->fetcher.waiters = &ajwt_shm_control()->waiters;
    child->fetcher.waiter_limit = ajwt_waiters_limit(
        query_mpm(AP_MPMQ_MAX_DAEMONS) * query_mpm(AP_MPMQ_MAX_THREADS));
    child->parent = getpid();
}

/*
 * With httpd -X this process is also the parent, and its fetcher needs that end
 * of the pipe.
 */
void ajwt_fetcher_client_open(void)
{
    if (getpid() != ajwt_child_get()->parent)
        close(ajwt_shm_wake_socket()->reader);
}
