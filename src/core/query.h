/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookup and removal of parameters in a query string (RFC 3986 3.4;
 * application/x-www-form-urlencoded).
 *
 * Parameters are separated by &. A name is compared after percent-decoding, as
 * applications do.
 */
#ifndef AJWT_CORE_QUERY_H
#define AJWT_CORE_QUERY_H

#include <apr_pools.h>
#include <apr_tables.h>

/* Names of parameters */
typedef struct ajwt_query_names {
    const char *const *name;
    int count;
} ajwt_query_names;

/**
 * Returns query without its parameters of these names, or query itself if it
 * has none. Adds their decoded values to values (const char *), which may be
 * NULL; a value that cannot be decoded is added unchanged.
 */
const char *ajwt_query_remove(const char *query, const ajwt_query_names *names,
                              apr_array_header_t *values, apr_pool_t *pool);

/**
 * The same for a text that contains a query string: a URL, or a request line
 * (RFC 9112 3), which may be malformed. text may be NULL.
 */
const char *ajwt_query_remove_in(const char *text,
                                 const ajwt_query_names *names,
                                 apr_pool_t *pool);

#endif
