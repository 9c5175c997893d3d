/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output of ajwt.  Names of members never change. */
#ifndef AJWT_CLI_JSON_OUT_H
#define AJWT_CLI_JSON_OUT_H

#include <apr_pools.h>
#include <jansson.h>

#include "core/reason.h"

/** Returns the members tag, name, text, fix, status; null for ACCEPTED. */
json_t *ajwt_json_out_reason(ajwt_reason reason);

/**
 * Returns a string, or null for NULL.  Text that is not UTF-8 is escaped as
 * \xHH.
 */
json_t *ajwt_json_out_text(const char *text, apr_pool_t *pool);

/** Returns a new reference to value, or null for NULL. */
json_t *ajwt_json_out_value(const json_t *value);

#endif
