/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fetcher process: the only process that fetches key sets and reads files
 * that change.
 *
 * httpd's parent forks it in post_config, as mod_cgid does its daemon, and
 * replaces it when it ends or when httpd restarts.  It runs as User.  It sleeps
 * until an update is due or a request wakes it, and publishes key sets in
 * shared memory.  So httpd's children have no thread of this module: with such
 * a thread, fork() in a prefork child would deadlock with its signal handler.
 */
#ifndef AJWT_HTTPD_PROCESS_FETCHER_PROCESS_H
#define AJWT_HTTPD_PROCESS_FETCHER_PROCESS_H

#include "httpd/config/config.h"
#include "keys/shm_slots.h"

/**
 * Call in post_config: starts the fetcher. shared NULL: no fetcher is needed.
 */
apr_status_t ajwt_fetcher_process_start(ajwt_shm_slots *shared,
                                        const ajwt_settings *settings,
                                        apr_pool_t *pconf);

/** monitor: replaces a fetcher that does not respond or could not start. */
int ajwt_fetcher_process_monitor(apr_pool_t *pool, server_rec *s);

#endif
