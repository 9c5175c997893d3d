/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this token acceptable?  The front door of core: read this first.
 */
#ifndef AJWT_CORE_VERIFY_H
#define AJWT_CORE_VERIFY_H

#include <apr_time.h>

#include "core/keyset.h"
#include "core/policy.h"
#include "cache/signature_cache.h"
#include "core/reason.h"
#include "core/token.h"

/**
 * Checks a parsed token in the order of the RFCs: header, key, signature,
 * claims.  keys is NULL when there are none yet: then what can be checked
 * without them is, and the result is at best KEYS_UNAVAILABLE.
 * proof: that of this very token, by these keys: a signature that it knows to
 * be good is not verified again, and all the rest is checked.  NULL: nothing is
 * remembered.
 * ACCEPTED is the only result that lets anybody in.
 */
AJWT_MUST_USE ajwt_reason ajwt_verify(const ajwt_token *token,
                                      const ajwt_policy *policy,
                                      const ajwt_keyset *keys,
                                      const ajwt_signature_lookup *lookup,
                                      apr_time_t now);

/* What is checked, by what, and what the steps have found out so far */
typedef struct ajwt_verification {
    const ajwt_token *token;
    const ajwt_policy *policy;
    const ajwt_keyset *keys;
    const ajwt_signature_lookup *lookup;
    apr_time_t now;
    ajwt_candidates candidates; /* the keys that may have signed */
    const ajwt_key *signer;     /* the last that was tried; NULL: none was */
} ajwt_verification;

/* One step before the claims; each relies on those before it */
typedef struct ajwt_verify_step {
    const char *about; /* in words */
    ajwt_reason (*check)(ajwt_verification *verification);
} ajwt_verify_step;

/**
 * What ajwt_verify goes through, one by one, and then core/claims' rules; NULL
 * past the last.
 */
const ajwt_verify_step *ajwt_verify_step_at(int index);

#endif
