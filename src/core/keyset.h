/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Immutable key sets, and selection of the keys for a token (RFC 7517 5).
 *
 * Keys are found by name in hash tables. Keys that cannot be used are skipped
 * and reported with a reason; the other keys remain usable.
 */
#ifndef AJWT_CORE_KEYSET_H
#define AJWT_CORE_KEYSET_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "core/jwk.h"
#include "core/limits.h"
#include "core/token.h"

/* A message for the administrator about one key of the set */
typedef struct ajwt_key_note {
    ajwt_bytes kid;
    /* as in ajwt_key; NULL or 0 where unknown */
    const char *kty, *crv;
    int bits;
    int index;   /* in the set, from 0 */
    int is_used; /* the key is used despite the note */
    ajwt_reason reason;
    const char *detail; /* the member and the error, in printable ASCII;
                           NULL: see reason */
} ajwt_key_note;

/* A message about the set as a whole */
typedef struct ajwt_keyset_remark {
    ajwt_reason reason; /* KEYSET_AMBIGUOUS, KEYSET_REPAIRED */
    const char *detail;
} ajwt_keyset_remark;

typedef struct ajwt_keyset {
    apr_array_header_t *keys;    /* ajwt_key */
    apr_array_header_t *notes;   /* ajwt_key_note, in the order of the set */
    apr_array_header_t *remarks; /* ajwt_keyset_remark */
    /* name -> apr_array_header_t of ajwt_key * */
    apr_hash_t *by_kid, *by_x5t, *by_x5t_s256;
    apr_array_header_t *unnamed; /* ajwt_key *: keys without a kid */
} ajwt_keyset;

/**
 * Parses a JWK Set or, for AJWT_LOCAL, also PEM public keys and certificates.
 * Refuses with KEYSET_INVALID, DUPLICATE_MEMBER, OVER_LIMIT, NUMBER_RANGE,
 * KEYSET_UNUSABLE. After KEYSET_UNUSABLE, *keyset still contains the notes.
 * core/document makes the message for a refusal.
 */
AJWT_MUST_USE ajwt_reason ajwt_keyset_parse(const ajwt_keyset **keyset,
                                            ajwt_bytes text, ajwt_origin origin,
                                            apr_pool_t *pool);

/**
 * Lists the first keys that are not used, with reasons; NULL if there are none.
 */
const char *ajwt_keyset_describe_unused(const ajwt_keyset *keyset,
                                        apr_pool_t *pool);

/** Makes a set with one HMAC secret. Refuses with KEY_SIZE. */
AJWT_MUST_USE ajwt_reason ajwt_keyset_from_secret(const ajwt_keyset **keyset,
                                                  ajwt_bytes secret,
                                                  apr_pool_t *pool);

typedef struct ajwt_candidates {
    const ajwt_key *keys[AJWT_MAX_CANDIDATE_KEYS];
    int count;
} ajwt_candidates;

/**
 * Finds the keys that may have signed token with one of algs. The token's kid
 * selects them; without a kid its x5t#S256, then its x5t; without any of these,
 * all keys are candidates. If no key has that name, the keys without a kid are
 * candidates: a key with a kid never verifies a token with another kid.
 *
 * A key with an issuer only verifies tokens of that issuer. Equal keys count
 * once.
 *
 * Refuses with KEY_UNKNOWN, KEY_UNSUITABLE (a key with that name does not
 * support the algorithm), KEY_ISSUER (all keys with that name belong to other
 * issuers), KEY_AMBIGUOUS (more than AJWT_MAX_CANDIDATE_KEYS: none is tried).
 */
AJWT_MUST_USE ajwt_reason ajwt_keyset_find(ajwt_candidates *candidates,
                                           const ajwt_keyset *keyset,
                                           const ajwt_token *token,
                                           ajwt_alg_set algs);

#endif
