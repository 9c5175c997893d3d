/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognizes text that people paste instead of a token: the token twice,
 * wrapped, in quotes, shortened; JSON, a URL, another header line.
 */
#ifndef AJWT_CLI_PASTED_H
#define AJWT_CLI_PASTED_H

#include "cli/options.h"

/**
 * Explains a text in which no token was found, or a token with a wrong form;
 * NULL: unknown.  The explanation contains no part of the token.
 */
const char *ajwt_pasted_explain(const ajwt_options *options, const char *text,
                                apr_pool_t *pool);

#endif
