/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared memory, the mutex and the wake-up pipe, which persist across restarts.
 *
 * They live in the process pool, so old and new children share them.  The
 * parent keeps in its private memory which segment belongs to which source: it
 * runs as root and reads nothing that children can write.
 */
#ifndef AJWT_HTTPD_PROCESS_SHM_H
#define AJWT_HTTPD_PROCESS_SHM_H

#include "cache/counters.h"
#include "httpd/module.h"
#include "keys/shm_slots.h"
#include "keys/waiters.h"

/* Liveness of the fetcher process */
typedef struct ajwt_fetcher_liveness {
    atomic_int pid; /* set by httpd's parent; 0: no fetcher runs */
    _Atomic apr_time_t answered_at; /* when it last checked for due sources */
} ajwt_fetcher_liveness;

/* Shared memory that is not per source; initially zero */
typedef struct ajwt_control {
    ajwt_shm_slots_head head;
    ajwt_fetcher_liveness liveness;
    ajwt_waiters waiters;
} ajwt_control;

/*
 * A socket pair, closed on exec.  A pipe does not work: parent and children
 * would share its O_NONBLOCK flag, and a child that clears it could block
 * httpd's parent. send() has a flag for each call.
 */
typedef struct ajwt_wake_socket {
    int reader, writer; /* -1: none */
} ajwt_wake_socket;

/**
 * Call in pre_config, on every pass: registers the mutex for the Mutex
 * directive.
 */
apr_status_t ajwt_shm_pre_config(apr_pool_t *pconf);

/**
 * Call in post_config: opens the segments of these sources.  Segments of URLs
 * keep their content; segments without a source are released.
 */
apr_status_t ajwt_shm_open(ajwt_shm_slots **shared, const ajwt_sources *sources,
                           apr_pool_t *pconf, server_rec *s);

/** The control segment that ajwt_shm_open has opened. */
ajwt_control *ajwt_shm_control(void);
const ajwt_wake_socket *ajwt_shm_wake_socket(void);

/** Call in child_init and in the fetcher: opens the mutex in this process. */
apr_status_t ajwt_shm_child_init(ajwt_shm_slots *shared, apr_pool_t *pchild);

/**
 * Call in post_config: opens the counters of all processes, which earlier
 * configurations may have created.
 */
apr_status_t ajwt_shm_open_counters(ajwt_counters **counters, server_rec *s);

/**
 * Call in post_config: creates the times of warnings for this configuration.
 * Children of an older one keep their own.
 */
apr_status_t ajwt_shm_open_warnings(ajwt_warnings **warnings,
                                    apr_pool_t *pconf);

#endif
