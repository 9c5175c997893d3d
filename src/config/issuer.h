/* SPDX-License-Identifier: Apache-2.0 */
/* AuthJWTIssuer: a trusted issuer, with its key source and its restrictions. */
#ifndef AJWT_CONFIG_ISSUER_H
#define AJWT_CONFIG_ISSUER_H

#include <apr_hash.h>

#include "config/args.h"
#include "keys/source.h"

typedef struct ajwt_issuer {
    const char *name; /* iss; "*": any or none */
    const ajwt_source *source;
    ajwt_alg_set algs;             /* 0: those of the section */
    apr_array_header_t *audiences; /* NULL: those of the section */
    const char *audience_claim;
    apr_array_header_t *tenants; /* const char *: GUIDs, or "*"; NULL: the
                                    name is not a template */
} ajwt_issuer;

/* The issuers of one section */
typedef struct ajwt_issuers {
    apr_array_header_t *list;   /* const ajwt_issuer *, in the order of the
                                   configuration */
    apr_hash_t *by_name;        /* maps a name to an issuer of list; NULL
                                   while there are fewer than two */
    apr_array_header_t *others; /* templates, and the one for any issuer */
    int lack_audience;          /* how many have no audience= */
} ajwt_issuers;

/**
 * Parses ISSUER [option=value ...] and adds its source to sources. Returns
 * NULL, or an error message.
 */
const char *ajwt_issuer_parse(ajwt_issuer *issuer, const ajwt_args *args,
                              ajwt_sources *sources);

/** Whether it accepts tokens with any or no iss. */
int ajwt_issuer_is_any(const ajwt_issuer *issuer);

ajwt_issuers *ajwt_issuers_make(apr_pool_t *pool);

/** Returns whether the name is new. Keeps the pointer. */
int ajwt_issuers_add(ajwt_issuers *issuers, const ajwt_issuer *issuer);

/**
 * Returns the issuer with exactly this name, otherwise the matching template,
 * otherwise the one for any issuer; or NULL.
 */
const ajwt_issuer *ajwt_issuers_find(const ajwt_issuers *issuers,
                                     ajwt_bytes name);

#endif
