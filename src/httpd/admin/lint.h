/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is risky in a section, and what would be better?
 */
#ifndef AJWT_HTTPD_ADMIN_LINT_H
#define AJWT_HTTPD_ADMIN_LINT_H

#include "httpd/admin/conf_tree.h"

/* One that is worth a word */
typedef struct ajwt_lint_finding {
    const ap_directive_t *line; /* NULL: it is the section itself */
    const char *text;           /* what, and the fix */
    int is_open;                /* it lets requests through without a token */
} ajwt_lint_finding;

/** The risks of a section: an array of ajwt_lint_finding.  all: every section.
 */
const apr_array_header_t *ajwt_lint_find(const ajwt_conf_section *section,
                                         const apr_array_header_t *all,
                                         apr_pool_t *pool);

#endif
