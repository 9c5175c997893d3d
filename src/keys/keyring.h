/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys with which this process verifies signatures.
 *
 * It keeps a parsed, immutable snapshot of each segment, which is replaced when
 * the generation changes. One request at a time parses a new generation; the
 * others take no lock and use the previous snapshot. No thread is needed.
 */
#ifndef AJWT_KEYS_KEYRING_H
#define AJWT_KEYS_KEYRING_H

#include <apr_pools.h>

#include "core/keyset.h"
#include "keys/shm_slots.h"
#include "keys/source.h"
#include "keys/waiters.h"

typedef struct ajwt_keyring ajwt_keyring;

/* Access of requests to the fetcher process */
typedef struct ajwt_fetcher_client {
    void (*wake)(const struct ajwt_fetcher_client *fetcher);
    /*
     * Whether waiting is useless: the fetcher does not answer, or this process
     * is terminating
     */
    int (*is_gone)(const struct ajwt_fetcher_client *fetcher,
                   apr_time_t woken_at);
    ajwt_waiters *waiters; /* of all processes */
    int waiter_limit;      /* how many requests may wait */
} ajwt_fetcher_client;

/**
 * Must be called once in each child before it starts threads; valid as long as
 * pool. It parses nothing yet; keys that were read with the configuration are
 * used as they are.
 */
apr_status_t ajwt_keyring_open(ajwt_keyring **keyring,
                               const ajwt_sources *sources,
                               ajwt_shm_slots *shared,
                               const ajwt_refresh_schedule *schedule,
                               const ajwt_fetcher_client *fetcher,
                               apr_pool_t *pool);

/* A snapshot in use. The thread that acquired it must release it soon. */
typedef struct ajwt_pinned {
    const ajwt_keyset *keyset; /* NULL: there are no keys yet */
    unsigned generation;       /* that of keyset */
    void *readers;
} ajwt_pinned;

/**
 * Pins the newest generation, or the previous one while another thread parses
 * the newest.
 */
void ajwt_keyring_acquire(ajwt_pinned *pinned, ajwt_keyring *keyring,
                          const ajwt_source *source);

void ajwt_keyring_release(ajwt_pinned *pinned);

/** Whether the keys are too old to be used. */
int ajwt_keyring_is_stale(const ajwt_keyring *keyring,
                          const ajwt_source *source, apr_time_t now);

/**
 * Parses a new generation, and frees snapshots that are no longer used. May be
 * called from any thread.
 */
void ajwt_keyring_update(ajwt_keyring *keyring, const ajwt_source *source);

/**
 * Call when a key is missing in the generation that was used. Wakes the fetcher
 * and waits for the running attempt, or the one that the cooldown allows now,
 * until it has ended or the fetch timeout is over. Does not wait for the
 * fetcher if too many requests wait already, or for a file; but waits while
 * another request parses a newer generation. Returns whether to try again.
 * missing: the kid of the missing key; NULL: there are no keys.
 */
int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned generation, const ajwt_bytes *missing);

/**
 * Whether a request without keys is the first in an hour, and so may be logged
 * at level warn.
 */
int ajwt_keyring_may_warn(ajwt_keyring *keyring, const ajwt_source *source,
                          apr_time_t now);

/** Seconds until a request can trigger a fetch, at least 1: for Retry-After. */
int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now);

#endif
