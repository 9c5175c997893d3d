/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of one process of httpd, in one struct.
 *
 * httpd/process/lifecycle sets it up: in post_config the members that children
 * inherit, in child_init those of the child itself.  All other code only uses
 * it.
 */
#ifndef AJWT_HTTPD_PROCESS_CHILD_H
#define AJWT_HTTPD_PROCESS_CHILD_H

#include <stdatomic.h>

#include "cache/counters.h"
#include "httpd/process/caches.h"
#include "keys/keyring.h"
#include "keys/shm_slots.h"

typedef struct ajwt_child {
    /* Set in post_config, for one configuration */
    ajwt_shm_slots *slots; /* NULL: no source needs shared memory */
    ajwt_counters
        *counters; /* of all processes, including earlier configurations */
    ajwt_warnings *warnings;     /* of all processes of this configuration */
    ajwt_caches caches;          /* its token cache: set in child_init */
    ajwt_fetcher_client fetcher; /* how a request reaches the fetcher process */
    pid_t parent;
    int has_algorithms; /* OpenSSL has the digests; fetched before the children
                           start, which share the memory */

    /* Set in child_init */
    ajwt_keyring *keyring; /* NULL: it could not be set up, or has ended */
    atomic_int is_stopping;
} ajwt_child;

ajwt_child *ajwt_child_get(void);

#endif
