/*
 * Whom does this AuthJWTIssuer line trust, and for what?
 */
#ifndef AJWT_HTTPD_ISSUER_H
#define AJWT_HTTPD_ISSUER_H

#include "httpd/words.h"
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

/**
 * ISSUER [option=value ...]; its source joins sources.  NULL, or an error in
 * words.
 */
const char *ajwt_issuer_parse(ajwt_issuer *issuer, const ajwt_words *in,
                              ajwt_sources *sources);

/** Whether it takes tokens of any or no iss. */
int ajwt_issuer_is_any(const ajwt_issuer *issuer);

/**
 * Among issuers (ajwt_issuer) the one of exactly that name, else the template
 * that it fits, else the one for any; or NULL.
 */
const ajwt_issuer *ajwt_issuer_find(const apr_array_header_t *issuers,
                                    ajwt_bytes name);

#endif
