/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User names from claims, as AuthJWTUser configures them.
 *
 * A name is a non-empty string without control characters (C0, C1, DEL) and
 * without white space at its ends, or an integer. Two users must not get the
 * same name.
 */
#ifndef AJWT_CORE_USER_NAME_H
#define AJWT_CORE_USER_NAME_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/* One argument of AuthJWTUser: a sequence of literals and claims */
typedef struct ajwt_user_name_rule ajwt_user_name_rule;

/**
 * words: const char *: CLAIM (a PATH), {CLAIM}/{CLAIM} templates, or =text.
 * Returns an array of const ajwt_user_name_rule *; NULL and a message in *error
 * if they are invalid.
 */
const apr_array_header_t *ajwt_user_name_parse(const char **error,
                                               const apr_array_header_t *words,
                                               apr_pool_t *pool);

/**
 * Returns the name of the first rule that applies, or NULL. Then *why is NULL,
 * or describes what is wrong with the first claim that is present.
 */
const char *ajwt_user_name_find(const char **why,
                                const apr_array_header_t *rules,
                                const json_t *claims, apr_pool_t *pool);

#endif
