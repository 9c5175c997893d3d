/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of a token. This is the entry point of core; read it first. */
#ifndef AJWT_CORE_VERIFY_H
#define AJWT_CORE_VERIFY_H

#include <apr_time.h>

#include "core/keyset.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/step.h"
#include "core/token.h"

/*
 * Valid signatures of one token from earlier requests, each with one key of one
 * generation of a key set. key_index is the index of the key in the set.
 */
typedef struct ajwt_known_signatures {
    int (*has)(const struct ajwt_known_signatures *known,
               apr_uint32_t key_index, apr_time_t now);
    /* until_s: seconds since 1970 */
    void (*add)(const struct ajwt_known_signatures *known,
                apr_uint32_t key_index, apr_time_t now, apr_uint32_t until_s);
} ajwt_known_signatures;

/**
 * Checks a parsed token: its authenticity, then its claims against the policy.
 * keys is NULL if none are available yet; everything that needs no key is then
 * checked, and the best result is KEYS_UNAVAILABLE. A signature in known is not
 * verified again; everything else is checked. known may be NULL. ACCEPTED is
 * the only result that grants access.
 */
AJWT_MUST_USE ajwt_reason ajwt_verify(const ajwt_token *token,
                                      const ajwt_policy *policy,
                                      const ajwt_keyset *keys,
                                      const ajwt_known_signatures *known,
                                      apr_time_t now);

/* Input of the verification, and the results of its steps so far */
typedef struct ajwt_verification {
    const ajwt_token *token;
    const ajwt_policy *policy;
    const ajwt_keyset *keys;
    const ajwt_known_signatures *known;
    apr_time_t now;
    ajwt_candidates candidates; /* the keys that may have signed */
    const ajwt_key *signer;     /* the last key that was tried; NULL: none */
} ajwt_verification;

/**
 * Checks the header, the key and the signature, in this order (RFC 7515 5.2).
 * The claims are not checked here: core/claims checks them, however the token
 * was authenticated.
 */
AJWT_MUST_USE ajwt_reason
ajwt_verify_authenticity(ajwt_verification *verification);

/* One step of the authentication; each relies on those before it */
typedef struct ajwt_verify_step {
    ajwt_step step;
    const char *name; /* for ajwt explain */
    ajwt_reason (*check)(ajwt_verification *verification);
} ajwt_verify_step;

/** The steps of ajwt_verify_authenticity in order; NULL past the last one. */
const ajwt_verify_step *ajwt_verify_step_at(int index);

#endif
