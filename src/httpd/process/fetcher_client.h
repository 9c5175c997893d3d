/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wakes the fetcher process from a request, and detects when it does not
 * respond.
 *
 * httpd's children make no HTTP request and have no thread for keys.  A request
 * that lacks a key wakes the fetcher through a pipe and polls shared memory.
 */
#ifndef AJWT_HTTPD_PROCESS_FETCHER_CLIENT_H
#define AJWT_HTTPD_PROCESS_FETCHER_CLIENT_H

#include "httpd/module.h"
#include "keys/keyring.h"

/**
 * Call in post_config, after shared memory is open: sets how many requests may
 * wait.
 */
void ajwt_fetcher_client_prepare(void);

/** Call in child_init. */
void ajwt_fetcher_client_open(void);

/** Wakes the fetcher process, from any process. */
void ajwt_fetcher_client_wake(void);

#endif
