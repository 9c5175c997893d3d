/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognizes what people paste instead of a token: the token twice, wrapped,
 * in quotes, shortened; JSON, a URL, another header line.
 */
#ifndef AJWT_CLI_PASTED_H
#define AJWT_CLI_PASTED_H

#include "cli/options.h"

/**
 * What text is, in which no token was found, or one of a wrong form; NULL:
 * unknown.  Never shows any of the token.
 */
const char *ajwt_pasted_explain(const ajwt_options *options, const char *text,
                                apr_pool_t *pool);

#endif
