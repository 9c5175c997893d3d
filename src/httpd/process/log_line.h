/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of log lines: levels, and values from outside in quotes.
 */
#ifndef AJWT_HTTPD_PROCESS_LOG_LINE_H
#define AJWT_HTTPD_PROCESS_LOG_LINE_H

#include "core/bytes.h"
#include "core/reason.h"
#include "httpd/module.h"

/** Returns httpd's level, APLOG_*. */
int ajwt_log_level(ajwt_level level);

/** Returns value in quotes, escaped, and cut to AJWT_MAX_LOGGED_BYTES. */
const char *ajwt_log_quote(ajwt_bytes value, apr_pool_t *pool);

/** Returns `, name "value"`, or "" if value is absent. */
const char *ajwt_log_quote_member(const char *name, ajwt_bytes value,
                                  apr_pool_t *pool);

#endif
