/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fetcher process does, from its first step to its end.
 */
#ifndef AJWT_HTTPD_FETCH_LOOP_H
#define AJWT_HTTPD_FETCH_LOOP_H

#include <signal.h>

#include "httpd/config.h"
#include "keys/shared.h"

typedef struct ajwt_fetch_loop_setup {
    ajwt_shared *shared;
    const ajwt_settings *settings;
    pid_t parent;   /* it ends with this process */
    int rest_s;     /* before it works */
    int is_restart; /* of httpd: it is the first of a configuration */
    /* blocked when it is called, and open only while it sleeps */
    sigset_t ending_signals;
    sigset_t sleeping_mask;
} ajwt_fetch_loop_setup;

/** In the new process; does not return. */
__attribute__((noreturn)) void ajwt_fetch_loop_run(
    const ajwt_fetch_loop_setup *setup);

#endif
