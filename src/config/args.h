/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind a directive, or an option of the tool, and what is wrong
 * with it?
 *
 * Each function that parses returns NULL, or an error that names the directive
 * and the fix; httpd adds file and line.
 */
#ifndef AJWT_CONFIG_ARGS_H
#define AJWT_CONFIG_ARGS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "core/alg.h"

typedef struct ajwt_args {
    const char *directive; /* what they stand behind */
    const char *folder;    /* whence relative paths go; NULL: where we are */
    apr_pool_t *pool;
    int count;
    char *const *word;
} ajwt_args;

const char *ajwt_args_fail(const ajwt_args *args, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** An array of const char *, for lists that keep their words. */
apr_array_header_t *ajwt_args_array(const ajwt_args *args);

/** The same, of what stands between commas. */
apr_array_header_t *ajwt_args_split(const char *text, apr_pool_t *pool);

/** A path, from the folder. */
const char *ajwt_args_path(const ajwt_args *args, const char *path);

/** The one word as a number of such units, named in the plural. */
const char *ajwt_args_number(int *value, const ajwt_args *args,
                             const char *units, int least, int most);

/** The one word as On or Off. */
const char *ajwt_args_flag(int *value, const ajwt_args *args);

/* One that may stand there as NAME=VALUE */
typedef struct ajwt_args_option {
    const char *name;
    const char **value; /* NULL until it was read */
} ajwt_args_option;

/** word into the value of the option of that name. */
const char *ajwt_args_parse_option(const ajwt_args_option *known,
                                   apr_size_t count, const ajwt_args *args,
                                   const char *word);

/** The names of all in algs, with separator between them. */
const char *ajwt_args_print_algs(ajwt_alg_set algs, char separator,
                                 apr_pool_t *pool);

/** names of algorithms, at least one. */
const char *ajwt_args_algs(ajwt_alg_set *algs, const ajwt_args *args,
                           const apr_array_header_t *names);

/** names of audiences, at least one, or * alone. */
const char *ajwt_args_audiences(apr_array_header_t **audiences,
                                const ajwt_args *args,
                                apr_array_header_t *names);

/** values of typ, at least one. */
const char *ajwt_args_types(apr_array_header_t **types, const ajwt_args *args,
                            apr_array_header_t *names);

/** names of claims, at least one, or none alone: then the list is empty. */
const char *ajwt_args_claims(apr_array_header_t **claims, const ajwt_args *args,
                             apr_array_header_t *names);

#endif
