/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about risky settings of a section, with the fix for each. */
#ifndef AJWT_HTTPD_ADMIN_LINT_H
#define AJWT_HTTPD_ADMIN_LINT_H

#include "httpd/admin/conf_tree.h"

/* A warning about one line or one section */
typedef struct ajwt_lint_finding {
    const ap_directive_t *line; /* NULL: about the section itself */
    const char *text;           /* the problem and the fix */
    int is_open;                /* it lets requests through without a token */
    int is_broken;              /* its requests are answered 500 */
} ajwt_lint_finding;

/**
 * Returns the warnings about a section: an array of ajwt_lint_finding. all:
 * every section.
 */
const apr_array_header_t *ajwt_lint_find(const ajwt_conf_section *section,
                                         const apr_array_header_t *all,
                                         apr_pool_t *pool);

#endif
