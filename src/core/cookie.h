/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup and removal of cookies in a Cookie field (RFC 6265 4.2.1). */
#ifndef AJWT_CORE_COOKIE_H
#define AJWT_CORE_COOKIE_H

#include <apr_pools.h>
#include <apr_tables.h>

/**
 * Returns field without its cookies of that name: field itself if it contains
 * none, NULL if nothing else is left. Adds each of their values to values
 * (const char *), equal values once: browsers send one cookie for each path.
 * Commas also separate cookies, because httpd joins several field lines with
 * them.
 */
const char *ajwt_cookie_remove(const char *field, const char *name,
                               apr_array_header_t *values, apr_pool_t *pool);

#endif
