/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this token acceptable?  The front door of core: read this first.
 */
#ifndef AJWT_CORE_VERIFY_H
#define AJWT_CORE_VERIFY_H

#include <apr_time.h>

#include "core/keyset.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/token.h"

/*
 * Signatures of one token that were found good before, each by one key of one
 * generation of a key set.  The index is that of the key in the set.
 */
typedef struct ajwt_known_signatures {
    int (*has)(const struct ajwt_known_signatures *known,
               apr_uint32_t key_index, apr_time_t now);
    /* until_s: seconds since 1970 */
    void (*add)(const struct ajwt_known_signatures *known,
                apr_uint32_t key_index, apr_time_t now, apr_uint32_t until_s);
} ajwt_known_signatures;

/**
 * Checks a parsed token: its authenticity, then the policy on its claims.
 * keys is NULL when none are available yet: then everything that needs no key
 * is checked, and the best result is KEYS_UNAVAILABLE.  known: a signature that
 * it has is not verified again, and everything else is checked; NULL: none.
 * ACCEPTED is the only result that grants access.
 */
AJWT_MUST_USE ajwt_reason ajwt_verify(const ajwt_token *token,
                                      const ajwt_policy *policy,
                                      const ajwt_keyset *keys,
                                      const ajwt_known_signatures *known,
                                      apr_time_t now);

/* What is checked, and what the steps have found out so far */
typedef struct ajwt_verification {
    const ajwt_token *token;
    const ajwt_policy *policy;
    const ajwt_keyset *keys;
    const ajwt_known_signatures *known;
    apr_time_t now;
    ajwt_candidates candidates; /* the keys that may have signed */
    const ajwt_key *signer;     /* the last that was tried; NULL: none was */
} ajwt_verification;

/**
 * Who vouches for the claims: the header, the key and the signature (RFC 7515
 * 5.2), in this order.  Nothing about the claims is checked: core/claims does
 * that, whoever vouches for them.
 */
AJWT_MUST_USE ajwt_reason
ajwt_verify_authenticity(ajwt_verification *verification);

/* One step of authenticity; each relies on those before it */
typedef struct ajwt_verify_step {
    const char *name; /* for ajwt explain */
    ajwt_reason (*check)(ajwt_verification *verification);
} ajwt_verify_step;

/**
 * The steps of ajwt_verify_authenticity, one by one; NULL past the last.
 */
const ajwt_verify_step *ajwt_verify_step_at(int index);

#endif
