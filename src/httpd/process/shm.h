/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared memory, the mutex and the wake-up pipe: what outlives a restart.
 *
 * All of it lives in the process pool, so old and new children share it.  Which
 * segment belongs to which source is kept in the parent's own memory: the
 * parent, which is root, reads nothing that children can write.
 */
#ifndef AJWT_HTTPD_PROCESS_SHM_H
#define AJWT_HTTPD_PROCESS_SHM_H

#include "cache/counters.h"
#include "httpd/module.h"
#include "keys/shm_slots.h"
#include "keys/waiters.h"

/* Signs of life of the fetcher process */
typedef struct ajwt_fetcher_signs {
    atomic_int pid;                 /* set by httpd's parent; 0: none runs */
    _Atomic apr_time_t answered_at; /* when it last checked for due sources */
} ajwt_fetcher_signs;

/* Shared memory that is not per source; zeros at first */
typedef struct ajwt_control {
    ajwt_shm_slots_head head;
    ajwt_fetcher_signs signs;
    ajwt_waiters waiters;
} ajwt_control;

/*
 * Sockets, not inherited by programs that are executed.  A pipe would not do:
 * whether a write to it may wait is a flag that parent and children share, and
 * a child that sets it could stop httpd's parent.  A call to send() says so for
 * itself.
 */
typedef struct ajwt_wake_pipe {
    int reader, writer; /* -1: none */
} ajwt_wake_pipe;

/** In pre_config, on every pass: makes the mutex known to httpd's Mutex. */
apr_status_t ajwt_shm_pre_config(apr_pool_t *pconf);

/**
 * In post_config: the segments of these sources; those of URLs keep what they
 * hold, and segments of no source are released.
 */
apr_status_t ajwt_shm_open(ajwt_shm_slots **shared, const ajwt_sources *sources,
                           apr_pool_t *pconf, server_rec *s);

/** What ajwt_shm_open has opened. */
ajwt_control *ajwt_shm_control(void);
const ajwt_wake_pipe *ajwt_shm_wake_pipe(void);

/** Call in child_init and in the fetcher: opens the mutex in this process. */
apr_status_t ajwt_shm_child_init(ajwt_shm_slots *shared, apr_pool_t *pchild);

/**
 * Call in post_config: the counters of all processes, which earlier
 * configurations may have begun.
 */
apr_status_t ajwt_shm_open_counters(ajwt_counters **counters, server_rec *s);

#endif
