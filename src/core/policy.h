/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requirements for the tokens of one issuer.
 *
 * The configuration fills in the structure; core/verify checks tokens against
 * it.
 */
#ifndef AJWT_CORE_POLICY_H
#define AJWT_CORE_POLICY_H

#include <apr_tables.h>

#include "core/alg.h"

typedef struct ajwt_policy {
    const char *issuer;                  /* exact iss; NULL: any or none */
    const apr_array_header_t *tenants;   /* const char *: GUIDs, "*" for any;
                                            NULL: issuer is no template */
    ajwt_alg_set algs;                   /* accepted alg */
    const apr_array_header_t *types;     /* const char *: accepted typ,
                                            "-" for absent */
    const apr_array_header_t *audiences; /* const char *; NULL: any */
    const char *audience_claim;          /* the claim with the audience */
    const apr_array_header_t *required;  /* const char *: must be present */
    int leeway_s;
    int max_lifetime_s; /* 0: any */
} ajwt_policy;

#endif
