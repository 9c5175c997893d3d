/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared memory for key sets: one segment for each source, and a head for the
 * mutex.
 *
 * A new segment is filled with zeros, which means empty. httpd's parent creates
 * segments but never reads them, because it runs as root and its children,
 * which run as User, can write to them. Only the memory of the parent records
 * which segment belongs to which source (httpd/process/shm).
 *
 * The fetcher process writes, other processes read. The global mutex protects
 * everything except the atomic words; it is never held during I/O. If a kind of
 * mutex (posixsem) is not released when its holder is killed, the next process
 * takes it over.
 *
 * keys/slot checks a segment whenever the mutex is taken, and a body whenever
 * it is read, and clears a damaged segment. A segment contains no pointers.
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

/** The size of the segment of one source, in bytes; it need not be aligned. */
apr_size_t ajwt_shm_slots_segment_size(void);

/** How many of the sources need a segment. */
int ajwt_shm_slots_count(const ajwt_sources *sources);

/** Creates the object without segments; children inherit it. */
ajwt_shm_slots *ajwt_shm_slots_make(const ajwt_sources *sources,
                                    ajwt_shm_slots_head *head,
                                    apr_global_mutex_t *mutex,
                                    apr_pool_t *pool);

/** memory: ajwt_shm_slots_segment_size bytes, zeroed or used before. */
void ajwt_shm_slots_set_segment(ajwt_shm_slots *shared,
                                const ajwt_source *source, void *memory);

/**
 * Publishes a file that was read with the configuration. Call before other
 * processes have access to the new segment: it takes no mutex.
 */
void ajwt_shm_slots_begin_file(ajwt_shm_slots *shared,
                               const ajwt_source *source, apr_time_t now);

/** Sets the mutex of this process. */
void ajwt_shm_slots_set_mutex(ajwt_shm_slots *shared,
                              apr_global_mutex_t *mutex);

/** The generation; 0: nothing was ever published. An atomic read. */
unsigned ajwt_shm_slots_generation(const ajwt_shm_slots *shared,
                                   const ajwt_source *source);

/** How many attempts to load the keys have ended. An atomic read. */
unsigned ajwt_shm_slots_attempts(const ajwt_shm_slots *shared,
                                 const ajwt_source *source);

/**
 * Whether an attempt has ended without this kid since a request first waited
 * for it. Atomic; only hashes of the last kids are stored.
 */
int ajwt_shm_slots_was_unsuccessful(ajwt_shm_slots *shared,
                                    const ajwt_source *source,
                                    unsigned attempts, ajwt_bytes kid);

/** When the current set was fetched; 0: never. An atomic read. */
apr_time_t ajwt_shm_slots_fetched_at(const ajwt_shm_slots *shared,
                                     const ajwt_source *source);

/** Copies the state without warned_at; each member is read atomically. */
void ajwt_shm_slots_peek(ajwt_refresh_state *refresh,
                         const ajwt_shm_slots *shared,
                         const ajwt_source *source);

/** Requests an attempt, because a key is missing. Atomic. */
void ajwt_shm_slots_request(ajwt_shm_slots *shared, const ajwt_source *source);

/** Whether an attempt was requested since the last call. Atomic. */
int ajwt_shm_slots_take_request(ajwt_shm_slots *shared,
                                const ajwt_source *source);

/**
 * Whether a request answered 503 for this source may be logged at level warn:
 * only the first in an hour. Atomic.
 */
int ajwt_shm_slots_may_warn(ajwt_shm_slots *shared, const ajwt_source *source,
                            apr_time_t now);

/**
 * Call when httpd has restarted: the next such request is logged at level warn.
 * The end of the outage is still logged. Atomic.
 */
void ajwt_shm_slots_restart_warnings(ajwt_shm_slots *shared,
                                     const ajwt_source *source);

/** Whether such a warning was logged since the last call. Atomic. */
int ajwt_shm_slots_take_warned(ajwt_shm_slots *shared,
                               const ajwt_source *source);

/** Whether damage was found since the last call. Atomic. */
int ajwt_shm_slots_take_damage(ajwt_shm_slots *shared,
                               const ajwt_source *source);

/*
 * These functions take the mutex. They return APR_TIMEUP if another process
 * holds it for too long.
 */

/**
 * Copies the current body to pool, and returns its generation; empty if there
 * is none.
 */
apr_status_t ajwt_shm_slots_read(ajwt_bytes *text, unsigned *generation,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source, apr_pool_t *pool);

apr_status_t ajwt_shm_slots_lock(ajwt_slot_state **state,
                                 ajwt_shm_slots *shared,
                                 const ajwt_source *source);

/**
 * Call while locked. Publishing the same bytes does not change the generation.
 * The caller sets the validator of text before unlock.
 */
void ajwt_shm_slots_publish(ajwt_shm_slots *shared, const ajwt_source *source,
                            ajwt_bytes text);

/** Call while locked, when an attempt has ended. */
void ajwt_shm_slots_end_attempt(ajwt_shm_slots *shared,
                                const ajwt_source *source);

void ajwt_shm_slots_unlock(ajwt_shm_slots *shared);

#endif
