/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of the registered claims against a policy (RFC 7519 4.1, RFC 8725 3.8
 * to 3.11).
 *
 * The current time is an argument. A claim with the wrong JSON type is refused,
 * whatever its value is.
 */
#ifndef AJWT_CORE_CLAIMS_H
#define AJWT_CORE_CLAIMS_H

#include <apr_time.h>
#include <jansson.h>

#include "core/bytes.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/step.h"

/**
 * Refuses with CLAIM_TYPE, CLAIM_MISSING, ISSUER_MISSING, ISSUER_UNKNOWN,
 * TENANT_INVALID, TENANT_REFUSED, AUDIENCE_MISSING, AUDIENCE_REFUSED, EXPIRED,
 * NOT_YET_VALID, ISSUED_IN_FUTURE, LIFETIME_TOO_LONG, TOKEN_BOUND.
 */
AJWT_MUST_USE ajwt_reason ajwt_claims_check(const json_t *claims,
                                            const ajwt_policy *policy,
                                            apr_time_t now);

/* One check of the claims */
typedef struct ajwt_claims_rule {
    ajwt_step step;
    const char *name; /* for ajwt explain */
    ajwt_reason (*check)(const json_t *claims, const ajwt_policy *policy,
                         apr_time_t now);
} ajwt_claims_rule;

/** The checks of ajwt_claims_check in order; NULL past the last one. */
const ajwt_claims_rule *ajwt_claims_rule_at(int index);

/**
 * Which claim has the wrong type and why, without its value; NULL if all of the
 * claims that are always checked have the right type.
 */
const char *ajwt_claims_explain_type(const json_t *claims,
                                     const char *audience_claim,
                                     apr_pool_t *pool);

/**
 * exp in seconds since 1970, limited to 0..UINT32_MAX; UINT32_MAX without exp.
 */
apr_uint32_t ajwt_claims_until(const json_t *claims);

#endif
