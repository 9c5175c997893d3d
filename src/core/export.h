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

typedef enum ajwt_export_format {
    AJWT_EXPORT_LIST,
    AJWT_EXPORT_JSON
} ajwt_export_format;

typedef struct ajwt_export_item {
    const ajwt_claim_path *path;
    const char *name; /* without the prefix, safe */
} ajwt_export_item;

typedef struct ajwt_export_rules {
    int is_lasting;                  /* as long as the process has requests */
    int all;                         /* every top-level claim */
    const apr_array_header_t *items; /* ajwt_export_item, unless all */
} ajwt_export_rules;

typedef struct ajwt_export_variable {
    const char *name;  /* with the prefix */
    const char *value; /* NULL: not exported */
    const char *claim; /* the claim or PATH that it comes from */
    const char *why;   /* when not exported: in words, for the log */
    int is_borrowed;   /* value is the text of the claim itself */
} ajwt_export_variable;

/* Variables, and what they were made by */
typedef struct ajwt_export_list {
    const ajwt_export_rules *rules;
    const char *prefix;
    ajwt_export_format format;
    apr_array_header_t *list; /* ajwt_export_variable */
} ajwt_export_list;

/**
 * words: const char *: `all`, `none` or PATH[=NAME] ... .  NULL, and *error in
 * words, when they are wrong.
 */
ajwt_export_rules *ajwt_export_parse_rules(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool);

/** NULL, or what is wrong with a prefix, in words. */
const char *ajwt_export_check_prefix(const char *prefix);

/**
 * How a claim's value is written wherever an application reads it.  NULL, and
 * *why in words, when it is not safe there.
 */
const char *ajwt_export_print(const char **why, const json_t *claim,
                              ajwt_export_format format, apr_pool_t *pool);

/** One for each claim that the rules name. */
const ajwt_export_list *ajwt_export_make_all(const json_t *claims,
                                             const ajwt_export_rules *rules,
                                             const char *prefix,
                                             ajwt_export_format format,
                                             apr_pool_t *pool);

/** Whether make_all would give these again for the same claims. */
int ajwt_export_list_fit(const ajwt_export_list *variables,
                         const ajwt_export_rules *rules, const char *prefix,
                         ajwt_export_format format);

/** How many bytes ajwt_export_list_copy writes. */
apr_size_t ajwt_export_list_bytes(const ajwt_export_list *variables);

/**
 * Into memory of that size, aligned for a pointer.  Values that are borrowed
 * stay so, and so do the names of claims.
 */
const ajwt_export_list *ajwt_export_list_copy(
    void *memory, const ajwt_export_list *variables);

/** Overwrites their values, but for those that are borrowed. */
void ajwt_export_list_wipe(const ajwt_export_list *variables);

#endif
