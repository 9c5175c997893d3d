/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared memory of one source: its layout, and the checks that notice
 * damage.
 *
 * A child of httpd that is compromised, or has a bug, can write any bytes here.
 * So a length is read once and clamped, the state is copied before it is
 * checked and used, and a body is copied before its digest is compared.  A
 * damaged slot is cleared, and its keys are due to be loaded again.
 *
 * A slot holds two bodies.  A new set is written beside the one that serves,
 * then the generation is changed: a process that is killed before that leaves
 * the old set in force.  The caller holds the mutex, except for atomic words.
 */
#ifndef AJWT_KEYS_SLOT_H
#define AJWT_KEYS_SLOT_H

#include <stdatomic.h>

#include "core/bytes.h"
#include "core/limits.h"
#include "keys/load.h"
#include "keys/refresh_schedule.h"
#include "net/file.h"

#define AJWT_SLOT_DIGEST_BYTES 32 /* SHA-256 */

/* The last attempt that failed; what came after it leaves it there. */
typedef struct ajwt_failure {
    ajwt_reason reason; /* ACCEPTED: none ever did */
    apr_time_t at;
    char detail[AJWT_MAX_DETAIL_BYTES + 1]; /* in words; "": none */
} ajwt_failure;

/* A copy of the state in this process: read and changed while locked, and
 * written back by unlock */
typedef struct ajwt_shm_slots_state {
    ajwt_refresh_state refresh;
    ajwt_file_mark mark;      /* of a file: which one was loaded */
    ajwt_validator validator; /* of a URL: which answer serves */
    ajwt_failure failure;
} ajwt_shm_slots_state;

/* A key set, as it was loaded */
typedef struct ajwt_slot_body {
    apr_size_t len;
    unsigned generation; /* of the slot, while this body serves */
    unsigned char digest[AJWT_SLOT_DIGEST_BYTES];
    unsigned char bytes[AJWT_MAX_DOCUMENT_BYTES];
} ajwt_slot_body;

typedef struct ajwt_slot {
    atomic_uint generation; /* its last bit is the number of the body */
    atomic_uint attempts;
    atomic_int is_wanted, is_damaged, is_warned;
    _Atomic apr_time_t warned_at; /* that requests are answered 503 */
    /* each a kid's hash, and the attempt that it was first waited for; a kid
     * with the same place replaces the older one, and two kids of one hash
     * are taken for one, which costs the second at most its wait */
    _Atomic apr_uint64_t unknown_kids[AJWT_UNKNOWN_KIDS];
    /* copies of state.refresh's, for readers without the mutex */
    _Atomic apr_time_t fetched_at, started_at, leased_until, due_at, retry_at;
    atomic_uint failures;
    ajwt_shm_slots_state state;
    ajwt_slot_body bodies[2];
} ajwt_slot;

/** How much memory a slot needs; it need not be aligned. */
apr_size_t ajwt_slot_memory_size(void);

/** The slot in such memory.  Zeros: an empty one. */
ajwt_slot *ajwt_slot_in(void *memory);

/** A copy of the state; 0: the slot is damaged. */
int ajwt_slot_load(ajwt_shm_slots_state *state, const ajwt_slot *slot,
                   apr_time_t now);

/** Writes the state back, and shows its times to readers without the mutex. */
void ajwt_slot_store(ajwt_slot *slot, const ajwt_shm_slots_state *state);

void ajwt_slot_show_times(ajwt_slot *slot, const ajwt_shm_slots_state *state);

/** Clears the slot, so that its keys are due now. */
void ajwt_slot_drop(ajwt_slot *slot);

/** A copy of the body that serves; 0: it is damaged. */
int ajwt_slot_read(ajwt_bytes *text, unsigned *generation,
                   const ajwt_slot *slot, apr_pool_t *pool);

/**
 * The same bytes do not change the generation.  The caller stores the state
 * that belongs to text afterwards.
 */
void ajwt_slot_publish(ajwt_slot *slot, ajwt_bytes text);

#endif
