/*
 * Which key sets do all processes share?
 *
 * One segment of shared memory: a header with magic and layout version, then a
 * slot for each source, found by what the source is and never by its place in
 * a configuration, since two generations of processes share the segment.
 *
 * A slot holds two bodies.  A new set is written beside the one that serves and
 * then published by bumping the slot's generation: a writer that dies half-way
 * leaves the old set in force.  The global mutex guards everything but the
 * atomic words; it is never held across I/O.  A kind of mutex that does not
 * notice that its holder was killed (posixsem) is taken over from it.  No
 * pointer lies in the segment.
 */
#ifndef AJWT_KEYS_SHARED_H
#define AJWT_KEYS_SHARED_H

#include <apr_global_mutex.h>

#include "core/bytes.h"
#include "keys/file.h"
#include "keys/load.h"
#include "keys/refresh.h"
#include "keys/source.h"

typedef struct ajwt_shared ajwt_shared;

/** Octets of a segment with room for so many slots. */
apr_size_t ajwt_shared_size(int slots);

/** Makes an empty segment; segment need not be aligned. */
void ajwt_shared_format(void *segment, apr_size_t size, int slots);

/** How many of the sources need a slot. */
int ajwt_shared_count(const ajwt_sources *sources);

/**
 * Gives each source that is shared a slot: the one it had, else a free one;
 * slots that nobody names become free.  NULL when the segment has another
 * layout, or too few slots, or cannot be locked: then a new one is needed.
 * Children inherit what the parent bound.
 */
ajwt_shared *ajwt_shared_bind(void *segment, apr_size_t size,
                              const ajwt_sources *sources,
                              apr_global_mutex_t *mutex, apr_pool_t *pool);

/** Copies what an older segment knows about the same sources. */
void ajwt_shared_adopt(ajwt_shared *shared, const ajwt_sources *sources,
                       void *older, apr_size_t size);

/** The mutex as this process has it. */
void ajwt_shared_set_mutex(ajwt_shared *shared, apr_global_mutex_t *mutex);

/** 0: nothing was ever published.  An atomic read. */
unsigned ajwt_shared_generation(const ajwt_shared *shared,
                                const ajwt_source *source);

/** How many attempts to load it have ended.  An atomic read. */
unsigned ajwt_shared_attempts(const ajwt_shared *shared,
                              const ajwt_source *source);

/**
 * Whether one more may wait for the attempt that follows so many, since a key
 * of this kid may come with it: of all processes only a few, and even fewer
 * for a kid that was waited for in vain, so that a client with a dead key
 * leaves room for those with a new one.  Atomic.
 */
int ajwt_shared_may_wait(ajwt_shared *shared, const ajwt_source *source,
                         unsigned attempts, ajwt_bytes kid);

/** When the set that serves was fetched; 0: never.  An atomic read. */
apr_time_t ajwt_shared_fetched_at(const ajwt_shared *shared,
                                  const ajwt_source *source);

/** Of the state only when it began, is leased and due; by atomic reads. */
void ajwt_shared_peek(ajwt_refresh *refresh, const ajwt_shared *shared,
                      const ajwt_source *source);

/*
 * What follows takes the mutex.  APR_NOTFOUND: the slot has gone to another
 * source, as an old generation of processes may find.  APR_TIMEUP: whoever
 * holds it neither ends nor goes on.
 */

/** The body that serves, copied to pool, and its generation. */
apr_status_t ajwt_shared_read(ajwt_bytes *text, unsigned *generation,
                              ajwt_shared *shared, const ajwt_source *source,
                              apr_pool_t *pool);

/* The last attempt that failed; what came after it leaves it there. */
typedef struct ajwt_failure {
    ajwt_reason reason; /* ACCEPTED: none ever did */
    apr_time_t at;
    char detail[AJWT_MAX_DETAIL_BYTES + 1]; /* in words; "": none */
} ajwt_failure;

/* What is to be read and changed while locked */
typedef struct ajwt_shared_state {
    ajwt_refresh refresh;
    ajwt_file_mark mark;      /* of a file: which one was loaded */
    ajwt_validator validator; /* of a URL: which answer serves */
    ajwt_failure failure;
} ajwt_shared_state;

apr_status_t ajwt_shared_lock(ajwt_shared_state **state, ajwt_shared *shared,
                              const ajwt_source *source);

/** To be called while locked; the same octets do not move the generation. */
void ajwt_shared_publish(ajwt_shared *shared, const ajwt_source *source,
                         ajwt_bytes text);

/** To be called while locked, when an attempt has ended. */
void ajwt_shared_end_attempt(ajwt_shared *shared, const ajwt_source *source);

void ajwt_shared_unlock(ajwt_shared *shared);

#endif
