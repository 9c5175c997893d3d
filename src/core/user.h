/*
 * Which claim names the user?
 *
 * A name is a non-empty string without control characters, or an integer.
 */
#ifndef AJWT_CORE_USER_H
#define AJWT_CORE_USER_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/* One word of AuthJWTUser: literals and claims in turn */
typedef struct ajwt_user_rule ajwt_user_rule;

/**
 * words: const char *: CLAIM (a PATH), {CLAIM}/{CLAIM} templates, or =text.
 * An array of const ajwt_user_rule *; NULL, and *error, when they are wrong.
 */
const apr_array_header_t *ajwt_user_parse(const char **error,
                                          const apr_array_header_t *words,
                                          apr_pool_t *pool);

/**
 * The first that gives a non-empty string without control characters, or an
 * integer; NULL when none does.
 */
const char *ajwt_user_find(const apr_array_header_t *rules,
                           const json_t *claims, apr_pool_t *pool);

#endif
