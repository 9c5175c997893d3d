/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared memory of key sets: one segment a source, and a head for the mutex.
 *
 * A new segment is filled with zeros, which means empty.
 * httpd's parent creates segments and never reads them: it runs as root, and
 * its children, which run as User, can write there.  Only
 * the parent's own memory records which segment belongs to which source
 * (httpd/process/shm).
 *
 * The fetcher process writes, other processes read.  The global mutex guards
 * everything but the atomic words; it is never held across I/O.  A kind of
 * mutex that does not notice that its holder was killed (posixsem) is taken
 * over from it.
 *
 * keys/slot checks a segment whenever the mutex is taken, and a body whenever
 * it is read, and clears it if it is damaged.  A segment holds no pointers.
 */
#ifndef AJWT_KEYS_SHM_SLOTS_H
#define AJWT_KEYS_SHM_SLOTS_H

#include <stdatomic.h>

#include <apr_global_mutex.h>

#include "keys/slot.h"
#include "keys/source.h"

typedef struct ajwt_shm_slots ajwt_shm_slots;

/* In memory that all processes share; zeros: the mutex was never held */
typedef struct ajwt_shm_slots_head {
    atomic_int holder; /* the process that holds the mutex; 0: none */
    atomic_uint locks; /* how often it was taken */
} ajwt_shm_slots_head;

/** Bytes of the segment of one source; it need not be aligned. */
apr_size_t ajwt_shm_slots_segment_size(void);

/** How many of the sources need a segment. */
int ajwt_shm_slots_count(const ajwt_sources *sources);

/** Makes it without segments; children inherit it. */
ajwt_shm_slots *ajwt_shm_slots_make(const ajwt_sources *sources,
                                    ajwt_shm_slots_head *head,
                                    apr_global_mutex_t *mutex,
                                    apr_pool_t *pool);

/** memory: ajwt_shm_slots_segment_size bytes, zeros or left by an earlier one.
 */
void ajwt_shm_slots_set_segment(ajwt_shm_slots *shared,
                                const ajwt_source *source, void *memory);

/**
 * Publishes a file that was read with the configuration.  Call before other
 * processes see the new segment: it takes no mutex.
 */
void ajwt_shm_slots_begin_file(ajwt_shm_slots *shared,
                               const ajwt_source *source, apr_time_t now);

/** The mutex as this process has it. */
void ajwt_shm_slots_set_mutex(ajwt_shm_slots *shared,
                              apr_global_mutex_t *mutex);

/** 0: nothing was ever published.  An atomic read. */
unsigned ajwt_shm_slots_generation(const ajwt_shm_slots *shared,
                                   const ajwt_source *source);

/** How many attempts to load it have ended.  An atomic read. */
unsigned ajwt_shm_slots_attempts(const ajwt_shm_slots *shared,
                                 const ajwt_source *source);

/**
 * Whether an attempt has ended without this kid since it was first waited for.
 * Atomic; the last kids are remembered by their hash.
 */
int ajwt_shm_slots_was_unsuccessful(ajwt_shm_slots *shared,
                                    const ajwt_source *source,
                                    unsigned attempts, ajwt_bytes kid);

/** When the set that serves was fetched; 0: never.  An atomic read. */
apr_time_t ajwt_shm_slots_fetched_at(const ajwt_shm_slots *shared,
                                     const ajwt_source *source);

/** The state without warned_at, read atomically member by member. */
void ajwt_shm_slots_peek(ajwt_refresh_state *refresh,
                         const ajwt_shm_slots *shared,
                         const ajwt_source *source);

/** A request lacks a key: an attempt is wanted.  Atomic. */
void ajwt_shm_slots_want(ajwt_shm_slots *shared, const ajwt_source *source);

/** Whether one was wanted since this was last asked.  Atomic. */
int ajwt_shm_slots_take_want(ajwt_shm_slots *shared, const ajwt_source *source);

/**
 * Whether requests answered 503 for this source may log that at warn now: the
 * first in an hour may.  Atomic.
 */
int ajwt_shm_slots_may_warn(ajwt_shm_slots *shared, const ajwt_source *source,
                            apr_time_t now);

/** Whether one of them did since this was last asked.  Atomic. */
int ajwt_shm_slots_take_warned(ajwt_shm_slots *shared,
                               const ajwt_source *source);

/** Whether damage was found since this was last asked.  Atomic. */
int ajwt_shm_slots_take_damage(ajwt_shm_slots *shared,
                               const ajwt_source *source);

/*
 * These functions take the mutex.  APR_TIMEUP: its holder neither ends nor
 * releases it.
 */

/**
 * The body that serves, copied to pool, and its generation; empty: there is
 * none.
 */
apr_status_t ajwt_shm_slots_read(ajwt_bytes *text, unsigned *generation,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source, apr_pool_t *pool);

apr_status_t ajwt_shm_slots_lock(ajwt_shm_slots_state **state,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source);

/**
 * Call while locked.  The same bytes do not change the generation.  Until
 * unlock, no validator belongs to them.
 */
void ajwt_shm_slots_publish(ajwt_shm_slots *shared, const ajwt_source *source,
                            ajwt_bytes text);

/** To be called while locked, when an attempt has ended. */
void ajwt_shm_slots_end_attempt(ajwt_shm_slots *shared,
                                const ajwt_source *source);

void ajwt_shm_slots_unlock(ajwt_shm_slots *shared);

#endif
