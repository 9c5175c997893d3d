/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quoting of untrusted values in messages.
 *
 * The result is printable ASCII of limited length, safe in a log, a terminal or
 * a page.
 */
#ifndef AJWT_CORE_QUOTE_H
#define AJWT_CORE_QUOTE_H

#include <apr_pools.h>

#include "core/bytes.h"

/**
 * Adds quotes and percent-encodes all bytes except printable ASCII: httpd's log
 * would escape a backslash again.
 */
const char *ajwt_quote_text(ajwt_bytes text, apr_pool_t *pool);

#endif
