/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are these claims acceptable, now?  (RFC 7519 4.1, RFC 8725 3.8 to 3.11)
 *
 * Registered claims against a policy.  The clock is an argument.  A claim of
 * the wrong JSON type is a refusal, whatever its value.
 */
#ifndef AJWT_CORE_CLAIMS_H
#define AJWT_CORE_CLAIMS_H

#include <apr_time.h>
#include <jansson.h>

#include "core/bytes.h"
#include "core/policy.h"
#include "core/reason.h"

/**
 * Refuses with CLAIM_TYPE, CLAIM_MISSING, ISSUER_MISSING, ISSUER_UNKNOWN,
 * TENANT_INVALID, TENANT_REFUSED, AUDIENCE_MISSING, AUDIENCE_REFUSED, EXPIRED,
 * NOT_YET_VALID, ISSUED_IN_FUTURE, LIFETIME_TOO_LONG, TOKEN_BOUND.
 */
AJWT_MUST_USE ajwt_reason ajwt_claims_check(const json_t *claims,
                                            const ajwt_policy *policy,
                                            apr_time_t now);

/* One look at the claims */
typedef struct ajwt_claims_rule {
    const char *about; /* the claims, in words */
    ajwt_reason (*check)(const json_t *claims, const ajwt_policy *policy,
                         apr_time_t now);
} ajwt_claims_rule;

/** What ajwt_claims_check goes through, one by one; NULL past the last. */
const ajwt_claims_rule *ajwt_claims_rule_at(int index);

/**
 * Which claim has the wrong type, and what is wrong with it, in words without
 * its value; NULL: none of those that are always checked.
 */
const char *ajwt_claims_explain_type(const json_t *claims,
                                     const char *audience_claim,
                                     apr_pool_t *pool);

/** exp in seconds since 1970, as far as it fits; the end of them without. */
apr_uint32_t ajwt_claims_until(const json_t *claims);

#endif
