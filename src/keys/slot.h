/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of the shared memory of one source, and checks that detect damage.
 *
 * A child of httpd that is compromised, or has a bug, can write any bytes here.
 * So a length is read once and clamped, the state is copied before it is
 * checked and used, and a body is copied before its digest is compared. A
 * damaged slot is cleared, and its keys are due to be loaded again.
 *
 * A slot contains two bodies. A new set is written to the unused body, then the
 * generation is changed: if the process is killed before that, the old set
 * remains current. The caller holds the mutex, except for atomic words.
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

/* The last failed attempt; a later success does not clear it. */
typedef struct ajwt_failure {
    ajwt_reason reason; /* ACCEPTED: there was none */
    apr_time_t at;
    char detail[AJWT_MAX_DETAIL_BYTES + 1]; /* message; "": none */
} ajwt_failure;

/*
 * A copy of the state in this process: read and changed while locked, written
 * back by unlock
 */
typedef struct ajwt_slot_state {
    ajwt_refresh_state refresh;
    ajwt_file_mark mark;      /* for a file: the version that was loaded */
    ajwt_validator validator; /* for a URL: the response in use */
    ajwt_failure failure;
} ajwt_slot_state;

/* A key set, as it was loaded */
typedef struct ajwt_slot_body {
    apr_size_t len;
    unsigned generation; /* of the slot, while this body is current */
    unsigned char digest[AJWT_SLOT_DIGEST_BYTES];
    unsigned char bytes[AJWT_MAX_DOCUMENT_BYTES];
} ajwt_slot_body;

typedef struct ajwt_slot {
    atomic_uint generation; /* its lowest bit is the number of the current
                               body */
    atomic_uint attempts;
    atomic_int is_requested, is_damaged, is_warned;
    _Atomic apr_time_t warned_at; /* time of the last warning that requests
                                     are answered 503 */
    /*
     * Each entry has the hash of a kid, and the number of attempts when a
     * request first waited for it. A kid with the same place replaces the older
     * one. Two kids with the same hash are not distinguished; in the worst
     * case, requests for the second one do not wait.
     */
    _Atomic apr_uint64_t unknown_kids[AJWT_UNKNOWN_KIDS];
    /* copies from state.refresh, for readers without the mutex */
    _Atomic apr_time_t fetched_at, started_at, leased_until, due_at, retry_at;
    atomic_uint failures;
    ajwt_slot_state state;
    ajwt_slot_body bodies[2];
} ajwt_slot;

/** The size of the memory for a slot; it need not be aligned. */
apr_size_t ajwt_slot_memory_size(void);

/** Returns the slot in such memory. Zeros are an empty slot. */
ajwt_slot *ajwt_slot_in(void *memory);

/** Copies and checks the state; returns 0 if the slot is damaged. */
int ajwt_slot_load(ajwt_slot_state *state, const ajwt_slot *slot,
                   apr_time_t now);

/** Writes the state back, and updates the atomic times. */
void ajwt_slot_store(ajwt_slot *slot, const ajwt_slot_state *state);

void ajwt_slot_copy_times(ajwt_slot *slot, const ajwt_slot_state *state);

/** Clears the slot, so that its keys are due now. */
void ajwt_slot_clear(ajwt_slot *slot);

/** Copies the current body; returns 0 if it is damaged. */
int ajwt_slot_read(ajwt_bytes *text, unsigned *generation,
                   const ajwt_slot *slot, apr_pool_t *pool);

/**
 * Publishing the same bytes does not change the generation. The caller stores
 * the state that belongs to text afterwards.
 */
void ajwt_slot_publish(ajwt_slot *slot, ajwt_bytes text);

#endif
