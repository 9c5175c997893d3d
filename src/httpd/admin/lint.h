/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about risky settings of a section, with the fix for each. */
#ifndef AJWT_HTTPD_ADMIN_LINT_H
#define AJWT_HTTPD_ADMIN_LINT_H

#include "httpd/admin/conf_tree.h"
#include "httpd/admin/hint.h"

/* A warning about one line or one section */
typedef struct ajwt_lint_finding {
    const ap_directive_t *line; /* NULL: about the section itself */
    const char *text;           /* the problem and the fix */
    int is_open;                /* it lets requests through without a token */
    int is_broken;              /* its requests are answered 500 */
} ajwt_lint_finding;

/**
 * Returns the warnings about a section: an array of ajwt_lint_finding. tree:
 * every section.
 */
const apr_array_header_t *ajwt_lint_find(const ajwt_conf_section *section,
                                         const ajwt_conf_tree *tree,
                                         apr_pool_t *pool);

/** Returns a finding as text: its place, the line or section, the problem. */
const char *ajwt_lint_text(const ajwt_lint_finding *finding,
                           const ajwt_conf_section *section, apr_pool_t *pool);

/** Returns all hints (ajwt_hint) for tree and the sections in it. */
const apr_array_header_t *ajwt_lint_find_hints(const ap_directive_t *tree,
                                               apr_pool_t *pool);

/** Returns a hint as text. */
const char *ajwt_lint_hint_text(const ajwt_hint *hint, apr_pool_t *pool);

/** Whether lines of the section itself are about tokens. */
int ajwt_lint_is_concerned(const ajwt_conf_section *section, apr_pool_t *pool);

#endif
