/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cookies of a Cookie field, found and removed by name.  (RFC 6265 4.2.1)
 */
#ifndef AJWT_CORE_COOKIE_H
#define AJWT_CORE_COOKIE_H

#include <apr_pools.h>
#include <apr_tables.h>

/**
 * field without its cookies of that name: field itself if it has none, NULL if
 * nothing else is left.  Adds each of their values to values (const char *),
 * equal ones once: browsers send one for each path that it was set for.
 * Commas separate too, because httpd joins several fields by them.
 */
const char *ajwt_cookie_remove(const char *field, const char *name,
                               apr_array_header_t *values, apr_pool_t *pool);

#endif
