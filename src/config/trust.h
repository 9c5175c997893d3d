/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom does one section trust, and what must a token be like there?
 *
 * What the directives about trust say, put together: httpd fills it from a
 * section, ajwt from its options.
 */
#ifndef AJWT_CONFIG_TRUST_H
#define AJWT_CONFIG_TRUST_H

#include "config/issuer.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/token.h"

typedef struct ajwt_trust {
    const ajwt_issuers *issuers;         /* NULL: none */
    const apr_array_header_t *audiences; /* const char *; NULL: not said */
    const apr_array_header_t *types;     /* const char * */
    const apr_array_header_t *required;  /* const char * */
    ajwt_alg_set algs;
    int leeway_s;
    int max_lifetime_s;
} ajwt_trust;

/**
 * ISSUER_UNCONFIGURED, AUDIENCE_UNCONFIGURED, or ACCEPTED: whether tokens can
 * be checked by it at all.
 */
AJWT_MUST_USE ajwt_reason ajwt_trust_check(const ajwt_trust *trust);

/**
 * Whose token it says it is: before anything of it is believed, that must be
 * one of ours.  Refuses with ISSUER_MISSING, ISSUER_UNKNOWN, GRAPH_TOKEN.
 */
AJWT_MUST_USE ajwt_reason ajwt_trust_find(const ajwt_issuer **issuer,
                                          const ajwt_trust *trust,
                                          const ajwt_token *token);

/** What tokens of that issuer must be like. */
void ajwt_trust_policy(ajwt_policy *policy, const ajwt_trust *trust,
                       const ajwt_issuer *issuer);

#endif
