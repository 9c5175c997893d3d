/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value from outside in a message: printable ASCII of bounded length, so that
 * a log, a terminal or a page shows it as it is.
 */
#ifndef AJWT_CORE_QUOTE_H
#define AJWT_CORE_QUOTE_H

#include <apr_pools.h>

#include "core/bytes.h"

/** In quotes; what is not printable ASCII is percent-encoded: httpd's log would
 * double a backslash. */
const char *ajwt_quote_text(ajwt_bytes text, apr_pool_t *pool);

#endif
