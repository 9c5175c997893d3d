/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/slot.h"

#include <stdint.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "core/limits.h"

#define ALIGNMENT 64u

apr_size_t ajwt_slot_memory_size(void)
{
    return ALIGNMENT + sizeof(ajwt_slot);
}

/* APR aligns an anonymous segment to 8 bytes only. */
ajwt_slot *ajwt_slot_in(void *memory)
{
    const uintptr_t past = (uintptr_t)memory % ALIGNMENT;

    return (ajwt_slot *)((unsigned char *)memory +
                         (past ? ALIGNMENT - past : 0));
}

/* --- the state */

static int is_terminated(const char *text, apr_size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/*
 * Whether a time is plausible: no directive allows one further in the future.
 */
static int is_time_possible(apr_time_t at, apr_time_t now)
{
    return at >= 0 &&
           at - now <= apr_time_from_sec((apr_time_t)AJWT_MAX_DIRECTIVE_S);
}

static int are_times_possible(const ajwt_slot_state *state, apr_time_t now)
{
    const ajwt_refresh_state *refresh = &state->refresh;

    return is_time_possible(refresh->fetched_at, now) &&
           is_time_possible(refresh->started_at, now) &&
           is_time_possible(refresh->leased_until, now) &&
           is_time_possible(refresh->due_at, now) &&
           is_time_possible(refresh->retry_at, now) &&
           is_time_possible(refresh->warned_at, now) &&
           is_time_possible(state->failure.at, now);
}

/*
 * The ETag is sent in a request header, so it must not contain control
 * characters.
 */
static int is_state_possible(const ajwt_slot_state *state, apr_time_t now)
{
    const ajwt_validator *known = &state->validator;
    const ajwt_failure *failure = &state->failure;

    return is_terminated(known->url, sizeof known->url) &&
           is_terminated(known->etag, sizeof known->etag) &&
           !ajwt_bytes_has_control(ajwt_bytes_from_string(known->etag)) &&
           is_terminated(failure->detail, sizeof failure->detail) &&
           (unsigned)failure->reason < AJWT_REASON_COUNT &&
           are_times_possible(state, now);
}

/* Prevents the compiler from reading the slot again instead of the copy. */
static void copy_state(ajwt_slot_state *copy, const ajwt_slot *slot)
{
    memcpy(copy, &slot->state, sizeof *copy);
    atomic_signal_fence(memory_order_seq_cst);
}

static int is_body_possible(const ajwt_slot *slot)
{
    const unsigned generation = atomic_load(&slot->generation);
    const ajwt_slot_body *body = &slot->bodies[generation & 1];

    return body->generation == generation && body->len <= sizeof body->bytes;
}

int ajwt_slot_load(ajwt_slot_state *state, const ajwt_slot *slot,
                   apr_time_t now)
{
    copy_state(state, slot);
    return is_body_possible(slot) && is_state_possible(state, now);
}

void ajwt_slot_copy_times(ajwt_slot *slot, const ajwt_slot_state *state)
{
    atomic_store(&slot->fetched_at, state->refresh.fetched_at);
    atomic_store(&slot->started_at, state->refresh.started_at);
    atomic_store(&slot->leased_until, state->refresh.leased_until);
    atomic_store(&slot->due_at, state->refresh.due_at);
    atomic_store(&slot->retry_at, state->refresh.retry_at);
    atomic_store(&slot->failures, state->refresh.failures);
}

void ajwt_slot_store(ajwt_slot *slot, const ajwt_slot_state *state)
{
    slot->state = *state;
    ajwt_slot_copy_times(slot, state);
}

/* --- bodies */

/* The length, read once and clamped to the buffer */
static apr_size_t body_length(const ajwt_slot_body *body)
{
    const apr_size_t len = *(const volatile apr_size_t *)&body->len;

    return len <= sizeof body->bytes ? len : sizeof body->bytes;
}

static void compute_digest(unsigned char digest[AJWT_SLOT_DIGEST_BYTES],
                           ajwt_bytes text)
{
    memset(digest, 0, AJWT_SLOT_DIGEST_BYTES);
    (void)EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL);
}

/* Before the first set there is no text and no digest. */
static int has_digest(const ajwt_slot_body *body, unsigned generation,
                      ajwt_bytes text)
{
    unsigned char digest[AJWT_SLOT_DIGEST_BYTES];

    if (!generation)
        return text.len == 0;
    compute_digest(digest, text);
    return memcmp(digest, body->digest, sizeof digest) == 0;
}

/*
 * Wipes the body, which may contain secrets from a file. No generation selects
 * it afterwards: those of body 0 are even, those of body 1 odd.
 */
static void wipe_body(ajwt_slot *slot, unsigned number)
{
    ajwt_slot_body *body = &slot->bodies[number];

    OPENSSL_cleanse(body->bytes, body_length(body));
    body->len = 0;
    body->generation = number ^ 1;
}

static void fill_body(ajwt_slot *slot, unsigned generation, ajwt_bytes text)
{
    ajwt_slot_body *body = &slot->bodies[generation & 1];

    body->len = text.len; /* first, so that wipe_body covers the bytes */
    if (text.len)
        memcpy(body->bytes, text.data, text.len);
    compute_digest(body->digest, text);
    body->generation = generation;
}

/*
 * The next generation, which selects the other body. After an empty slot (0) or
 * damage it is a new number, so that all processes replace their keys.
 */
static unsigned next_generation(unsigned generation, int is_known)
{
    const unsigned number = (generation & 1) ^ 1;

    if (!is_known || !generation)
        generation = ((unsigned)apr_time_now() & ~1u) | number;
    else
        generation++;
    return generation ? generation : 2;
}

static void select_body(ajwt_slot *slot, unsigned generation)
{
    atomic_store_explicit(&slot->generation, generation, memory_order_release);
}

/* Clears what requests have written, because it may be damaged too. */
static void clear_request_words(ajwt_slot *slot)
{
    int i;

    for (i = 0; i < AJWT_UNKNOWN_KIDS; i++)
        atomic_store(&slot->unknown_kids[i], 0);
    atomic_store(&slot->warned_at, 0);
    atomic_store(&slot->is_warned, 0);
    atomic_store(&slot->is_requested, 0);
}

void ajwt_slot_clear(ajwt_slot *slot)
{
    const unsigned generation =
        next_generation(atomic_load(&slot->generation), 0);

    memset(&slot->state, 0, sizeof slot->state);
    ajwt_slot_copy_times(slot, &slot->state);
    clear_request_words(slot);
    /* all bytes, since the lengths may be damaged */
    OPENSSL_cleanse(slot->bodies, sizeof slot->bodies);
    wipe_body(slot, (generation & 1) ^ 1);
    fill_body(slot, generation, ajwt_bytes_from_string(""));
    select_body(slot, generation);
    atomic_store(&slot->is_damaged, 1);
}

int ajwt_slot_read(ajwt_bytes *text, unsigned *generation,
                   const ajwt_slot *slot, apr_pool_t *pool)
{
    const ajwt_slot_body *body;

    *generation = atomic_load(&slot->generation);
    body = &slot->bodies[*generation & 1];
    text->len = body_length(body);
    text->data = apr_pmemdup(pool, body->bytes, text->len);
    if (has_digest(body, *generation, *text))
        return 1;
    ajwt_bytes_wipe(*text);
    text->len = 0;
    return 0;
}

static int is_current_text(const ajwt_slot *slot, unsigned generation,
                           ajwt_bytes text)
{
    const ajwt_slot_body *body = &slot->bodies[generation & 1];

    return body_length(body) == text.len &&
           has_digest(body, generation, text) &&
           memcmp(body->bytes, text.data, text.len) == 0;
}

/*
 * The old validator must not remain with the new set if this process is killed
 * before it stores the new one: a 304 would confirm the wrong set.
 */
static void clear_validator(ajwt_slot *slot)
{
    *slot->state.validator.etag = '\0';
    atomic_signal_fence(memory_order_seq_cst);
}

void ajwt_slot_publish(ajwt_slot *slot, ajwt_bytes text)
{
    const unsigned before = atomic_load(&slot->generation);
    const unsigned generation = next_generation(before, 1);

    if (text.len > AJWT_MAX_DOCUMENT_BYTES ||
        is_current_text(slot, before, text))
        return;
    wipe_body(slot, generation & 1);
    fill_body(slot, generation, text);
    clear_validator(slot);
    select_body(slot, generation);
    wipe_body(slot, before & 1);
}
