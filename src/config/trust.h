/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust settings of one section: its issuers, and the requirements for tokens.
 *
 * httpd fills the structure from a section, ajwt from its options.
 */
#ifndef AJWT_CONFIG_TRUST_H
#define AJWT_CONFIG_TRUST_H

#include "config/issuer.h"
#include "core/policy.h"
#include "core/reason.h"
#include "core/token.h"

typedef struct ajwt_trust {
    const ajwt_issuers *issuers;         /* NULL: none */
    const apr_array_header_t *audiences; /* const char *; NULL: not set */
    const apr_array_header_t *types;     /* const char * */
    const apr_array_header_t *required;  /* const char * */
    ajwt_alg_set algs;
    int leeway_s;
    int max_lifetime_s;
} ajwt_trust;

/**
 * Whether tokens can be checked with these settings: returns
 * ISSUER_UNCONFIGURED, AUDIENCE_UNCONFIGURED, or ACCEPTED.
 */
AJWT_MUST_USE ajwt_reason ajwt_trust_check(const ajwt_trust *trust);

/**
 * Finds the issuer that the token names. The token is not verified yet. Refuses
 * with ISSUER_MISSING, ISSUER_UNKNOWN, GRAPH_TOKEN.
 */
AJWT_MUST_USE ajwt_reason ajwt_trust_find(const ajwt_issuer **issuer,
                                          const ajwt_trust *trust,
                                          const ajwt_token *token);

/** Sets the requirements for tokens of this issuer. */
void ajwt_trust_policy(ajwt_policy *policy, const ajwt_trust *trust,
                       const ajwt_issuer *issuer);

#endif
