/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AuthJWTTokenSource: the places in a request where a token may be.
 */
#ifndef AJWT_CONFIG_TOKEN_SOURCE_H
#define AJWT_CONFIG_TOKEN_SOURCE_H

#include <apr_tables.h>

#include "config/args.h"
#include "core/credentials.h"

/** sources: ajwt_token_source.  NULL, or an error in words. */
const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_args *args);

/** Whether sources has one of the same place and name. */
int ajwt_token_source_is_among(const apr_array_header_t *sources,
                               const ajwt_token_source *source);

#endif
