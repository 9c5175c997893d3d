/*
 * Which keys does this process judge by, right now?
 *
 * A parsed, immutable snapshot of each slot, swapped when the slot's
 * generation moves.  Whoever judges takes no lock and parses nothing: a
 * background thread calls ajwt_keyring_update.
 */
#ifndef AJWT_KEYS_KEYRING_H
#define AJWT_KEYS_KEYRING_H

#include <apr_pools.h>

#include "core/keyset.h"
#include "keys/shared.h"
#include "keys/source.h"

typedef struct ajwt_keyring ajwt_keyring;

/**
 * Parses what is there already.  Once in each child, before it has threads;
 * lives as long as pool.  is_stopping is asked by those who wait; NULL: never.
 * wake is called by them, again and again; NULL: somebody looks anyway.
 */
apr_status_t ajwt_keyring_open(ajwt_keyring **keyring,
                               const ajwt_sources *sources, ajwt_shared *shared,
                               const ajwt_schedule *schedule,
                               int (*is_stopping)(void),
                               void (*wake)(const ajwt_source *source),
                               apr_pool_t *pool);

/* A snapshot in use: to be released, soon, by the thread that acquired it. */
typedef struct ajwt_pinned {
    const ajwt_keyset *keyset; /* NULL: there are no keys yet */
    unsigned generation;       /* which ones they are */
    void *readers;
} ajwt_pinned;

void ajwt_keyring_acquire(ajwt_pinned *pinned, ajwt_keyring *keyring,
                          const ajwt_source *source);

void ajwt_keyring_release(ajwt_pinned *pinned);

/** Whether the keys are too old to judge by. */
int ajwt_keyring_is_stale(const ajwt_keyring *keyring,
                          const ajwt_source *source, apr_time_t now);

/**
 * Parses a generation that was not parsed yet, and frees snapshots that nobody
 * uses any more.  From any thread.
 */
void ajwt_keyring_update(ajwt_keyring *keyring, const ajwt_source *source);

/**
 * A key is missing in the generation that was judged by: waits for the fetch
 * that is under way or that the cool-down allows now, until it ended or the
 * fetch time-out is over.  Whether judging again can give another answer.
 * missing: the kid of the one key that is; for that only a few wait at a time.
 * NULL: there are no keys.
 */
int ajwt_keyring_await(ajwt_keyring *keyring, const ajwt_source *source,
                       unsigned generation, const ajwt_bytes *missing);

/** Seconds until a request can have it fetched, at least 1: for Retry-After. */
int ajwt_keyring_retry_after(ajwt_keyring *keyring, const ajwt_source *source,
                             apr_time_t now);

#endif
