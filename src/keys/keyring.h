/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that this process checks signatures with.
 *
 * A parsed, immutable snapshot of each segment, swapped when its generation
 * moves.  A request that finds a new generation parses it, one at a time; the
 * others take no lock and use the snapshot before.  No thread is needed.
 */
#ifndef AJWT_KEYS_KEYRING_H
#define AJWT_KEYS_KEYRING_H

#include <apr_pools.h>

#include "core/keyset.h"
#include "keys/shm_slots.h"
#include "keys/source.h"
#include "keys/waiters.h"

typedef struct ajwt_keyring ajwt_keyring;

/* How a request reaches the process that fetches */
typedef struct ajwt_fetcher_client {
    void (*wake)(const struct ajwt_fetcher_client *fetcher);
    /* Whether waiting is useless: the fetcher does not answer, or this process
     * ends */
    int (*is_gone)(const struct ajwt_fetcher_client *fetcher,
                   apr_time_t woken_at);
    ajwt_waiters *waiters; /* of all processes */
    int waiter_limit;      /* how many requests may wait */
} ajwt_fetcher_client;

/**
 * Once in each child, before it has threads; lives as long as pool.  Parses
 * nothing yet; keys that came with the configuration are used as they are.
 */
apr_status_t ajwt_keyring_open(ajwt_keyring **keyring,
                               const ajwt_sources *sources,
                               ajwt_shm_slots *shared,
                               const ajwt_refresh_schedule *schedule,
                               const ajwt_fetcher_client *fetcher,
                               apr_pool_t *pool);

/* A snapshot in use: to be released, soon, by the thread that acquired it. */
typedef struct ajwt_pinned {
    const ajwt_keyset *keyset; /* NULL: there are no keys yet */
    unsigned generation;       /* which ones they are */
    void *readers;
} ajwt_pinned;

/** Pins the newest generation, or the one before while another thread parses
 * the newest. */
void ajwt_keyring_acquire(ajwt_pinned *pinned, ajwt_keyring *keyring,
                          const ajwt_source *source);

void ajwt_keyring_release(ajwt_pinned *pinned);

/** Whether the keys are too old to check by. */
int ajwt_keyring_is_stale(const ajwt_keyring *keyring,
                          const ajwt_source *source, apr_time_t now);

/**
 * Parses a generation that was not parsed yet, and frees snapshots that nobody
 * uses any more.  From any thread.
 */
void ajwt_keyring_update(ajwt_keyring *keyring, const ajwt_source *source);

/**
 * Call when a key is missing in the generation that was used.  Wakes the
 * fetcher and waits for the attempt that is running or that the cool-down
 * allows now, until it has ended or the fetch time-out is over.  Does not wait
 * if too many requests do, or for a file, but for a newer generation that
 * another request parses.  Returns whether to try again.  missing: the kid of
 * the missing key; NULL: there are no keys.
 */
int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned generation, const ajwt_bytes *missing);

/** Whether a request without keys is the first in an hour: log it at warn. */
int ajwt_keyring_may_warn(ajwt_keyring *keyring, const ajwt_source *source,
                          apr_time_t now);

/** Seconds until a request can have it fetched, at least 1: for Retry-After. */
int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now);

#endif
