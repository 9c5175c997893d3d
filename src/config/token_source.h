/* SPDX-License-Identifier: Apache-2.0 */
/* AuthJWTTokenSource: the places in a request where a token may be. */
#ifndef AJWT_CONFIG_TOKEN_SOURCE_H
#define AJWT_CONFIG_TOKEN_SOURCE_H

#include <apr_tables.h>

#include "config/args.h"
#include "core/credentials.h"

/** sources: array of ajwt_token_source. Returns NULL, or an error message. */
const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_args *args);

/** Whether sources contains one with the same place and name. */
int ajwt_token_source_is_among(const apr_array_header_t *sources,
                               const ajwt_token_source *source);

#endif
