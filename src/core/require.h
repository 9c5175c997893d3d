/*
 * Do these claims satisfy a `Require jwt-scope` or `Require jwt-claim` line?
 *
 * Parsed and compiled once, matched often, from any thread.
 */
#ifndef AJWT_CORE_REQUIRE_H
#define AJWT_CORE_REQUIRE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

typedef struct ajwt_require ajwt_require;

/**
 * words: const char *, what stands behind `jwt-scope`: every one of them must
 * be granted.  NULL, and *error in words, when the line is wrong.
 */
const ajwt_require *ajwt_require_parse_scope(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool);

/**
 * words: what stands behind `jwt-claim`: PATH=VALUE, PATH!=VALUE, PATH~REGEX
 * or PATH; every one of them must hold.
 */
const ajwt_require *ajwt_require_parse_claim(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool);

/**
 * 1: all of it holds; 0: it does not; -1: it cannot be said, since a regular
 * expression gave up at its limit.
 */
int ajwt_require_match(const ajwt_require *require, const json_t *claims,
                       apr_pool_t *pool);

/** The scopes of a jwt-scope line, space-separated; NULL for jwt-claim. */
const char *ajwt_require_scope(const ajwt_require *require);

#endif
