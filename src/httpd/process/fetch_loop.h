/* SPDX-License-Identifier: Apache-2.0 */
/* The main loop of the fetcher process. */
#ifndef AJWT_HTTPD_PROCESS_FETCH_LOOP_H
#define AJWT_HTTPD_PROCESS_FETCH_LOOP_H

#include <signal.h>

#include "httpd/config/config.h"
#include "keys/shm_slots.h"

typedef struct ajwt_fetch_loop_setup {
    ajwt_shm_slots *shared;
    const ajwt_settings *settings;
    pid_t parent;      /* the fetcher ends when this process ends */
    int start_delay_s; /* delay before it starts to work */
    int is_restart; /* of httpd: it is the first fetcher of a configuration */
    /* Signals that end it: blocked except while it sleeps */
    sigset_t ending_signals;
    sigset_t sleeping_mask;
} ajwt_fetch_loop_setup;

/** Call in the new process; does not return. */
__attribute__((noreturn)) void ajwt_fetch_loop_run(
    const ajwt_fetch_loop_setup *given);

#endif
