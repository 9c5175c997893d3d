/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom does this AuthJWTIssuer line trust, and for what?
 */
#ifndef AJWT_CONFIG_ISSUER_H
#define AJWT_CONFIG_ISSUER_H

#include <apr_hash.h>

#include "config/args.h"
#include "keys/source.h"

typedef struct ajwt_issuer {
    const char *name; /* iss; "*": any or none */
    const ajwt_source *source;
    ajwt_alg_set algs;             /* 0: the section's */
    apr_array_header_t *audiences; /* NULL: the section's */
    const char *audience_claim;
    apr_array_header_t *tenants; /* const char *: GUIDs, or "*"; NULL: the
                                    name is no template */
} ajwt_issuer;

/* Those of one section */
typedef struct ajwt_issuers {
    apr_array_header_t *list;   /* const ajwt_issuer *, as they were written */
    apr_hash_t *by_name;        /* of the same */
    apr_array_header_t *others; /* those that take more names than their own */
    int lack_audience;          /* how many have no audience= */
} ajwt_issuers;

/**
 * ISSUER [option=value ...]; its source joins sources.  NULL, or an error in
 * words.
 */
const char *ajwt_issuer_parse(ajwt_issuer *issuer, const ajwt_args *args,
                              ajwt_sources *sources);

/** Whether it takes tokens of any or no iss. */
int ajwt_issuer_is_any(const ajwt_issuer *issuer);

ajwt_issuers *ajwt_issuers_make(apr_pool_t *pool);

/** Whether there was none of that name yet. */
int ajwt_issuers_add(ajwt_issuers *issuers, const ajwt_issuer *issuer);

/**
 * The one of exactly that name, else the template that it fits, else the one
 * for any; or NULL.
 */
const ajwt_issuer *ajwt_issuers_find(const ajwt_issuers *issuers,
                                     ajwt_bytes name);

#endif
