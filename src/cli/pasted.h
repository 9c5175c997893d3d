/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognizes text that people paste instead of a token: the token twice,
 * wrapped, in quotes, shortened; JSON, a URL, another header line.
 */
#ifndef AJWT_CLI_PASTED_H
#define AJWT_CLI_PASTED_H

#include "cli/options.h"

typedef struct ajwt_pasted {
    const char *actual; /* what the text is; NULL: unknown */
    const char *fix;    /* how to fix it; NULL if actual is NULL */
} ajwt_pasted;

/**
 * Explains a text in which no token was found, or a token with a wrong form.
 * The explanation contains no part of the token.
 */
ajwt_pasted ajwt_pasted_explain(const ajwt_options *options, const char *text,
                                apr_pool_t *pool);

#endif
