/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which variable does a claim become, and with which value?
 *
 * Names are safe for every CGI, values free of control characters; what cannot
 * be exported safely is not, and is noted.  Knows no environment.
 */
#ifndef AJWT_CORE_EXPORT_H
#define AJWT_CORE_EXPORT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

#include "core/claim_path.h"

typedef enum ajwt_variable_format {
    AJWT_VARIABLE_LIST,
    AJWT_VARIABLE_JSON
} ajwt_variable_format;

typedef struct ajwt_variable_item {
    const ajwt_path *path;
    const char *name; /* without the prefix, safe */
} ajwt_variable_item;

typedef struct ajwt_variable_rules {
    int is_lasting;                  /* as long as the process has requests */
    int all;                         /* every top-level claim */
    const apr_array_header_t *items; /* ajwt_variable_item, unless all */
} ajwt_variable_rules;

typedef struct ajwt_variable {
    const char *name;  /* with the prefix */
    const char *value; /* NULL: not exported */
    const char *claim; /* the claim or PATH that it comes from */
    const char *why;   /* when not exported: in words, for the log */
    int is_borrowed;   /* value is the text of the claim itself */
} ajwt_variable;

/* Variables, and what they were made by */
typedef struct ajwt_variables {
    const ajwt_variable_rules *rules;
    const char *prefix;
    ajwt_variable_format format;
    apr_array_header_t *list; /* ajwt_variable */
} ajwt_variables;

/**
 * words: const char *: `all`, `none` or PATH[=NAME] ... .  NULL, and *error in
 * words, when they are wrong.
 */
ajwt_variable_rules *ajwt_variable_parse_rules(const char **error,
                                               const apr_array_header_t *words,
                                               apr_pool_t *pool);

/** NULL, or what is wrong with a prefix, in words. */
const char *ajwt_variable_check_prefix(const char *prefix);

/**
 * How a claim's value is written wherever an application reads it.  NULL, and
 * *why in words, when it is not safe there.
 */
const char *ajwt_variable_print(const char **why, const json_t *claim,
                                ajwt_variable_format format, apr_pool_t *pool);

/** One for each claim that the rules name. */
const ajwt_variables *ajwt_variable_make_all(const json_t *claims,
                                             const ajwt_variable_rules *rules,
                                             const char *prefix,
                                             ajwt_variable_format format,
                                             apr_pool_t *pool);

/** Whether make_all would give these again for the same claims. */
int ajwt_variables_fit(const ajwt_variables *variables,
                       const ajwt_variable_rules *rules, const char *prefix,
                       ajwt_variable_format format);

/** How many bytes ajwt_variables_copy writes. */
apr_size_t ajwt_variables_bytes(const ajwt_variables *variables);

/**
 * Into memory of that size, aligned for a pointer.  Values that are borrowed
 * stay so, and so do the names of claims.
 */
const ajwt_variables *ajwt_variables_copy(void *memory,
                                          const ajwt_variables *variables);

/** Overwrites their values, but for those that are borrowed. */
void ajwt_variables_wipe(const ajwt_variables *variables);

#endif
