/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parameters of a query string, found and removed by name.  (RFC 3986 3.4;
 * application/x-www-form-urlencoded)
 *
 * Parameters are separated by &.  A name is compared after percent-decoding,
 * because an application compares it so.
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
 * query without its parameters of these names, or query itself if it has none.
 * Their decoded values are added to values (const char *), which may be NULL;
 * one that cannot be decoded is added as it is.
 */
const char *ajwt_query_remove(const char *query, const ajwt_query_names *names,
                              apr_array_header_t *values, apr_pool_t *pool);

/**
 * The same for a text that contains a query string: a URL, or a request line
 * (RFC 9112 3), which need not be well-formed.  text may be NULL.
 */
const char *ajwt_query_remove_in(const char *text,
                                 const ajwt_query_names *names,
                                 apr_pool_t *pool);

#endif
