/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversion of claims to environment variables.
 *
 * Names are safe in every CGI environment, and values contain no control
 * characters. A claim that cannot be exported safely is skipped, with a reason.
 * The module does not access an environment.
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
    int is_lasting;                  /* valid as long as the process serves
                                        requests */
    int all;                         /* every top-level claim */
    const apr_array_header_t *items; /* ajwt_export_item, unless all */
} ajwt_export_rules;

typedef struct ajwt_export_variable {
    const char *name;  /* with the prefix */
    const char *value; /* NULL: not exported */
    const char *claim; /* the claim or PATH that it comes from */
    const char *why;   /* reason if not exported, for the log */
    int is_borrowed;   /* value is the text of the claim itself */
} ajwt_export_variable;

/* Variables, and the settings that they were made with */
typedef struct ajwt_export_list {
    const ajwt_export_rules *rules;
    const char *prefix;
    ajwt_export_format format;
    apr_array_header_t *list; /* ajwt_export_variable */
} ajwt_export_list;

/**
 * words: const char *: `all`, `none` or PATH[=NAME] ... . Returns NULL and a
 * message in *error if they are invalid.
 */
ajwt_export_rules *ajwt_export_parse_rules(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool);

/** NULL, or what is wrong with a prefix. */
const char *ajwt_export_check_prefix(const char *prefix);

/**
 * Prints the value of a claim for an application. Returns NULL and a message in
 * *why if the value is not safe to export.
 */
const char *ajwt_export_print(const char **why, const json_t *claim,
                              ajwt_export_format format, apr_pool_t *pool);

/** Makes one variable for each claim that the rules select. */
const ajwt_export_list *ajwt_export_make_all(const json_t *claims,
                                             const ajwt_export_rules *rules,
                                             const char *prefix,
                                             ajwt_export_format format,
                                             apr_pool_t *pool);

/** Whether make_all would return the same variables for the same claims. */
int ajwt_export_list_fit(const ajwt_export_list *variables,
                         const ajwt_export_rules *rules, const char *prefix,
                         ajwt_export_format format);

/** The number of bytes that ajwt_export_list_copy writes. */
apr_size_t ajwt_export_list_bytes(const ajwt_export_list *variables);

/**
 * Copies the list to memory of that size, aligned for a pointer. Borrowed
 * values and the names of claims are not copied: they must outlive the copy.
 */
const ajwt_export_list *ajwt_export_list_copy(
    void *memory, const ajwt_export_list *variables);

/** Overwrites the values, except borrowed ones. */
void ajwt_export_list_wipe(const ajwt_export_list *variables);

#endif
