/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Require lines and blocks, evaluated for a request without a token.
 *
 * mod_authz_core evaluates such a tree with three results: granted, denied and
 * neutral.  Here a clause has a set of them, because a rule about an address or
 * a method is true only for some requests.
 */
#ifndef AJWT_HTTPD_ADMIN_CLAUSE_H
#define AJWT_HTTPD_ADMIN_CLAUSE_H

#include "httpd/admin/conf_tree.h"

typedef enum ajwt_clause_kind {
    AJWT_CLAUSE_LINE, /* Require */
    AJWT_CLAUSE_ALL,  /* <RequireAll>, AuthMerging And */
    AJWT_CLAUSE_ANY,  /* <RequireAny>, AuthMerging Or, lines outside a block */
    AJWT_CLAUSE_NONE, /* <RequireNone> */
    AJWT_CLAUSE_EITHER, /* one of the parts; which one depends on the request */
    AJWT_CLAUSE_UNKNOWN /* of a section that only a request determines
                         */
} ajwt_clause_kind;

/* A set of results */
enum { AJWT_GRANTS = 1, AJWT_DENIES = 2, AJWT_IS_NEUTRAL = 4 };

typedef struct ajwt_clause {
    ajwt_clause_kind kind;
    const ap_directive_t *line;       /* Require, <Require...> or AuthMerging */
    const ap_directive_t *limit;      /* <Limit> or <LimitExcept> around it */
    const ajwt_conf_section *section; /* where the line is */
    apr_int64_t methods;       /* methods that it applies to, as httpd's bits */
    apr_array_header_t *parts; /* ajwt_clause * */
    int is_negated;            /* Require not */
    const char
        *provider;    /* of a LINE; for an alias, the provider that it names */
    const char *args; /* arguments of the provider */
} ajwt_clause;

/** Reads the Require lines of a section itself; NULL: it has none. */
ajwt_clause *ajwt_clause_read(const ajwt_conf_section *section,
                              apr_pool_t *pool);

/** Creates a clause of two others; line: the AuthMerging line, or NULL. */
ajwt_clause *ajwt_clause_join(ajwt_clause_kind kind, const ap_directive_t *line,
                              ajwt_clause *first, ajwt_clause *second,
                              apr_pool_t *pool);

/** A clause without parts, for every method: UNKNOWN, or ANY, which never
 * grants. */
ajwt_clause *ajwt_clause_make(ajwt_clause_kind kind, apr_pool_t *pool);

/**
 * Returns the results for a method (httpd's number); is_of_all: the clause is a
 * part of ALL.
 */
int ajwt_clause_results(const ajwt_clause *clause, int method, int is_of_all,
                        apr_pool_t *pool);

/** Whether a clause applies to requests of a method. */
int ajwt_clause_is_about(const ajwt_clause *clause, int method);

/**
 * Returns which requests a LINE can grant without a token, for example "all
 * requests"; NULL: none.
 */
const char *ajwt_clause_grants_to(const ajwt_clause *clause);

/** Returns the methods of a <Limit> or <LimitExcept> line, as httpd's bits. */
apr_int64_t ajwt_clause_methods_of(const ap_directive_t *limit,
                                   apr_pool_t *pool);

#endif
