/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser for the arguments of a directive, or of an option of ajwt.
 *
 * Each parser returns NULL, or an error that names the directive and the fix;
 * httpd adds file and line.
 */
#ifndef AJWT_CONFIG_ARGS_H
#define AJWT_CONFIG_ARGS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/alg.h"

typedef struct ajwt_args {
    const char *directive; /* the directive that they belong to */
    const char *folder;    /* base of relative paths; NULL: the current
                              directory */
    apr_pool_t *pool;
    int count;
    char *const *word;
} ajwt_args;

const char *ajwt_args_fail(const ajwt_args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Returns an array of const char *, for lists that are kept. */
apr_array_header_t *ajwt_args_array(const ajwt_args *args);

/** Splits text at commas into such an array. */
apr_array_header_t *ajwt_args_split(const char *text, apr_pool_t *pool);

/** Resolves path relative to folder. */
const char *ajwt_args_path(const ajwt_args *args, const char *path);

/** Parses the only argument as a number of these units (a plural noun). */
const char *ajwt_args_number(int *value, const ajwt_args *args,
                             const char *units, int least, int most);

/** Parses the only argument as On or Off. */
const char *ajwt_args_flag(int *value, const ajwt_args *args);

/* An option NAME=VALUE among the arguments */
typedef struct ajwt_args_option {
    const char *name;
    const char **value; /* NULL until it is parsed */
} ajwt_args_option;

/** Parses word and sets the value of the option with its name. */
const char *ajwt_args_parse_option(const ajwt_args_option *known,
                                   apr_size_t count, const ajwt_args *args,
                                   const char *word);

/** The names of all algorithms in algs, with separator between them. */
const char *ajwt_args_print_algs(ajwt_alg_set algs, char separator,
                                 apr_pool_t *pool);

/** names: one or more names of algorithms. */
const char *ajwt_args_algs(ajwt_alg_set *algs, const ajwt_args *args,
                           const apr_array_header_t *names);

/** names: one or more audiences, or only *. */
const char *ajwt_args_audiences(apr_array_header_t **audiences,
                                const ajwt_args *args,
                                apr_array_header_t *names);

/** names: one or more values of typ. */
const char *ajwt_args_types(apr_array_header_t **types, const ajwt_args *args,
                            apr_array_header_t *names);

/** names: one or more claims, or only none; the list is then empty. */
const char *ajwt_args_claims(apr_array_header_t **claims, const ajwt_args *args,
                             apr_array_header_t *names);

#endif
