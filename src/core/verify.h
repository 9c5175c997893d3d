/*
 * Is this token acceptable?  The front door of core: read this first.
 */
#ifndef AJWT_CORE_VERIFY_H
#define AJWT_CORE_VERIFY_H

#include <apr_time.h>

#include "core/keyset.h"
#include "core/policy.h"
#include "core/proof.h"
#include "core/reason.h"
#include "core/token.h"

/**
 * Judges a parsed token in the order of the RFCs: header, key, signature,
 * claims.  keys is NULL when there are none yet: then what can be judged
 * without them is, and the verdict is at best KEYS_UNAVAILABLE.
 * proof: that of this very token, by these keys: a signature that it knows to
 * be good is not verified again, and all the rest is judged.  NULL: nothing is
 * remembered.
 * ACCEPTED is the only verdict that lets anybody in.
 */
AJWT_MUST_USE ajwt_reason ajwt_verify(const ajwt_token *token,
                                      const ajwt_policy *policy,
                                      const ajwt_keyset *keys,
                                      const ajwt_proof *proof, apr_time_t now);

#endif
