/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `Require jwt-scope`, `jwt-claim` and `jwt-acr` lines.
 *
 * A line is parsed and compiled once, then matched from any thread.
 */
#ifndef AJWT_CORE_REQUIRE_H
#define AJWT_CORE_REQUIRE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>

#include "core/challenge.h"
#include "core/reason.h"

typedef struct ajwt_require ajwt_require;

/**
 * words: const char *, the arguments of `jwt-scope`: all of these scopes must
 * be granted. Returns NULL and a message in *error if the line is invalid.
 */
const ajwt_require *ajwt_require_parse_scope(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool);

/**
 * words: the arguments of `jwt-claim`: PATH=VALUE, PATH!=VALUE, PATH~REGEX or
 * PATH; all of them must hold.
 */
const ajwt_require *ajwt_require_parse_claim(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool);

/**
 * words: the arguments of `jwt-acr`: accepted values of acr, and
 * max-age=SECONDS since auth_time (RFC 9470); either may be omitted. An
 * auth_time further in the future than the largest leeway is ignored.
 */
const ajwt_require *ajwt_require_parse_acr(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool);

/**
 * Arguments and values that contain `%{`, const char *, as written; NULL if
 * there are none. The caller must evaluate them for each request.
 */
const apr_array_header_t *ajwt_require_templates(const ajwt_require *require);

/**
 * Returns the line with each template replaced by its value; values are in the
 * order of the templates. A value is always one name or one claim value,
 * whatever it contains; an empty value never holds.
 */
const ajwt_require *ajwt_require_fill(const ajwt_require *require,
                                      const char *const *values,
                                      apr_pool_t *pool);

/**
 * Refuses with SCOPE_MISSING, CLAIM_RULE, STEP_UP_NEEDED. Refuses with a reason
 * for which ajwt_require_is_undecided is true if the result is undefined:
 * CLAIM_OVERAGE (the issuer omitted a claim because of its size, OpenID Connect
 * Core 5.6.2), CLAIM_INEXACT (the claim contains an integer beyond 64 bits),
 * VALUE_EMPTY (an expression is empty). Refuses with INTERNAL if a regular
 * expression reaches its limit, and for a line with templates.
 */
AJWT_MUST_USE ajwt_reason ajwt_require_match(const ajwt_require *require,
                                             const json_t *claims,
                                             apr_time_t now, apr_pool_t *pool);

/**
 * The claims that the line refers to, with their values: `team "red", dept
 * none`.
 */
const char *ajwt_require_actual(const ajwt_require *require,
                                const json_t *claims, apr_pool_t *pool);

/**
 * The names in a jwt-scope line, const char *, except those that are not
 * scope-tokens (RFC 6749 3.3); NULL if there are none, and for other lines.
 */
const apr_array_header_t *ajwt_require_scopes(const ajwt_require *require);

/** Whether the claims grant this scope. */
int ajwt_require_grants_scope(const json_t *claims, const char *name);

/**
 * Whether the result is undefined: then access is denied, also under a `not`.
 */
int ajwt_require_is_undecided(ajwt_reason reason);

/**
 * Adds what the client needs to the challenge: scope, or acr_values and
 * max_age.
 */
void ajwt_require_fill_challenge(ajwt_challenge *challenge,
                                 const ajwt_require *require);

#endif
