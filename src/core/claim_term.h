/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One term of a `Require jwt-claim` line: PATH=VALUE, PATH!=VALUE, PATH~REGEX
 * or PATH.
 */
#ifndef AJWT_CORE_CLAIM_TERM_H
#define AJWT_CORE_CLAIM_TERM_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/bytes.h"
#include "core/claim_path.h"
#include "core/reason.h"

typedef enum ajwt_term_operation {
    AJWT_TERM_PRESENT,
    AJWT_TERM_EQUAL,
    AJWT_TERM_OTHER,
    AJWT_TERM_MATCHES
} ajwt_term_operation;

typedef struct ajwt_claim_term {
    ajwt_term_operation operation;
    const ajwt_claim_path *path;
    ajwt_bytes value;    /* EQUAL, OTHER: ends with a NUL; data is NULL if an
                            expression is empty */
    pcre2_code *pattern; /* MATCHES */
} ajwt_claim_term;

/** Returns 0 and a message in *error if the term is invalid. */
int ajwt_claim_term_parse(const char **error, ajwt_claim_term *term,
                          const char *word, apr_pool_t *pool);

/** Whether text contains an expression, which only httpd can evaluate. */
int ajwt_claim_term_is_template(const char *text);

/** The VALUE of a term if it contains an expression, otherwise NULL. */
const char *ajwt_claim_term_template(const ajwt_claim_term *term);

/** Returns the reasons of ajwt_require_match. */
AJWT_MUST_USE ajwt_reason ajwt_claim_term_check(const ajwt_claim_term *term,
                                                const json_t *claims,
                                                apr_pool_t *pool);

#endif
