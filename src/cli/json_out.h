/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is something told to programs?  Names of members are never changed.
 */
#ifndef AJWT_CLI_JSON_OUT_H
#define AJWT_CLI_JSON_OUT_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/reason.h"

/** tag, name, text, fix, status; null for ACCEPTED. */
json_t *ajwt_json_out_reason(ajwt_reason reason);

/** null for NULL; what is no UTF-8 with \xHH in place of its bytes. */
json_t *ajwt_json_out_text(const char *text, apr_pool_t *pool);

/** The same of a value that somebody else owns. */
json_t *ajwt_json_out_value(const json_t *value);

#endif
