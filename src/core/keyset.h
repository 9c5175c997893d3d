/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of these keys may have signed this token?  (RFC 7517 5)
 *
 * An immutable set, found by name without a walk.  Keys that are not understood
 * are left out and remembered with their reason; the others serve.
 */
#ifndef AJWT_CORE_KEYSET_H
#define AJWT_CORE_KEYSET_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "core/jwk.h"
#include "core/limits.h"
#include "core/token.h"

/* What is worth a line to the administrator about one key of the set */
typedef struct ajwt_key_note {
    ajwt_bytes kid;
    /* as in ajwt_key, and as far as it was understood: NULL or 0 where not */
    const char *kty, *crv;
    int bits;
    int index;   /* in the set, from 0 */
    int is_used; /* it serves all the same */
    ajwt_reason reason;
    const char *detail; /* which member, and what is wrong with it, in printable
                           ASCII; NULL: reason says it all */
} ajwt_key_note;

/* The same about the set as a whole */
typedef struct ajwt_keyset_remark {
    ajwt_reason reason; /* KEYSET_AMBIGUOUS, KEYSET_REPAIRED */
    const char *detail;
} ajwt_keyset_remark;

typedef struct ajwt_keyset {
    apr_array_header_t *keys;    /* ajwt_key */
    apr_array_header_t *notes;   /* ajwt_key_note, by index */
    apr_array_header_t *remarks; /* ajwt_keyset_remark */
    /* name -> apr_array_header_t of ajwt_key * */
    apr_hash_t *by_kid, *by_x5t, *by_x5t_s256;
    apr_array_header_t *unnamed; /* ajwt_key *: keys without a kid */
} ajwt_keyset;

/**
 * A JWK Set, or, for AJWT_LOCAL, PEM public keys and certificates too.
 * Refuses with KEYSET_INVALID, DUPLICATE_MEMBER, OVER_LIMIT, NUMBER_RANGE,
 * KEYSET_UNUSABLE; with the latter *keyset still holds the notes.  See
 * core/document for what to say then.
 */
AJWT_MUST_USE ajwt_reason ajwt_keyset_parse(const ajwt_keyset **keyset,
                                            ajwt_bytes text, ajwt_origin origin,
                                            apr_pool_t *pool);

/** Each key that is not used and why, the first ones; NULL: there are none. */
const char *ajwt_keyset_say_unused(const ajwt_keyset *keyset, apr_pool_t *pool);

/** One key: an HMAC secret.  Refuses with KEY_SIZE. */
AJWT_MUST_USE ajwt_reason ajwt_keyset_from_secret(const ajwt_keyset **keyset,
                                                  ajwt_bytes secret,
                                                  apr_pool_t *pool);

typedef struct ajwt_candidates {
    const ajwt_key *keys[AJWT_MAX_CANDIDATE_KEYS];
    int count;
} ajwt_candidates;

/**
 * The keys that may have signed token under one of algs: those of its kid;
 * without one those of its x5t#S256 or x5t; without any of these every key that
 * fits.  Where no key has the name, the keys without a kid that fit: a key with
 * a kid never serves another kid.
 * A key with an issuer of its own only serves that issuer's tokens.  Equal keys
 * count once.
 * Refuses with KEY_UNKNOWN, KEY_UNSUITABLE (a key of that name does not fit),
 * KEY_ISSUER (all of that name are other issuers'),
 * KEY_AMBIGUOUS (more than four: none is tried).
 */
AJWT_MUST_USE ajwt_reason ajwt_keyset_find(ajwt_candidates *candidates,
                                           const ajwt_keyset *keyset,
                                           const ajwt_token *token,
                                           ajwt_alg_set algs);

#endif
