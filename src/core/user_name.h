/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which claim names the user?
 *
 * A name is a non-empty string without control characters (C0, C1, DEL) and
 * without white space at its ends, or an integer.  Two users must not get one
 * name.
 */
#ifndef AJWT_CORE_USER_NAME_H
#define AJWT_CORE_USER_NAME_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/* One word of AuthJWTUser: literals and claims in turn */
typedef struct ajwt_user_name_rule ajwt_user_name_rule;

/**
 * words: const char *: CLAIM (a PATH), {CLAIM}/{CLAIM} templates, or =text.
 * An array of const ajwt_user_name_rule *; NULL, and *error, when they are
 * wrong.
 */
const apr_array_header_t *ajwt_user_name_parse(const char **error,
                                               const apr_array_header_t *words,
                                               apr_pool_t *pool);

/**
 * The first rule that gives a name, or NULL.  Then *why is NULL, or names the
 * fault of the first claim that is present.
 */
const char *ajwt_user_name_find(const char **why,
                                const apr_array_header_t *rules,
                                const json_t *claims, apr_pool_t *pool);

#endif
