/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do these claims satisfy a `Require jwt-scope`, `jwt-claim` or `jwt-acr` line?
 *
 * Parsed and compiled once, matched often, from any thread.
 */
#ifndef AJWT_CORE_REQUIRE_H
#define AJWT_CORE_REQUIRE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>

#include "core/bearer.h"
#include "core/reason.h"

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
 * words: what stands behind `jwt-acr`: values of acr, one of which it must be,
 * and max-age=SECONDS since auth_time (RFC 9470); either may be left out.  An
 * auth_time further ahead than any leeway is none.
 */
const ajwt_require *ajwt_require_parse_acr(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool);

/**
 * Words and values that hold `%{`, const char *, as they are written; NULL if
 * there are none.  The caller must evaluate them for each request.
 */
const apr_array_header_t *ajwt_require_templates(const ajwt_require *require);

/**
 * The line with values, one for each template and in their order, in place of
 * the templates.  A value is one name or one value, whatever is in it; an empty
 * one never holds.
 */
const ajwt_require *ajwt_require_fill(const ajwt_require *require,
                                      const char *const *values,
                                      apr_pool_t *pool);

/**
 * Refuses with SCOPE_MISSING, CLAIM_RULE, STEP_UP_NEEDED; with CLAIM_OVERAGE
 * when it cannot be said, since the issuer left a claim out for its size
 * (OpenID Connect Core 5.6.2); with CLAIM_INEXACT when it cannot be said, since
 * the claim holds an integer beyond 64 bits; with VALUE_EMPTY when it cannot be
 * said, since an expression was empty; with INTERNAL when a regular expression
 * gave up at its limit, and for a line with templates.
 */
AJWT_MUST_USE ajwt_reason ajwt_require_match(const ajwt_require *require,
                                             const json_t *claims,
                                             apr_time_t now, apr_pool_t *pool);

/** The claims that the line is about, with their values: `team "red", dept
 * none`. */
const char *ajwt_require_actual(const ajwt_require *require,
                                const json_t *claims, apr_pool_t *pool);

/**
 * What a jwt-scope line names, const char *, less what is no scope (RFC 6749
 * 3.3); NULL if it names none, and for another line.
 */
const apr_array_header_t *ajwt_require_scopes(const ajwt_require *require);

/** Whether the claims grant that one scope. */
int ajwt_require_grants_scope(const json_t *claims, const char *name);

/** Whether it cannot be said: then nothing is granted, under a `not` either. */
int ajwt_require_is_undecided(ajwt_reason reason);

/** Adds what a client would have to have: scope, or acr_values and max_age. */
void ajwt_require_ask(ajwt_challenge *challenge, const ajwt_require *require);

#endif
