/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the Require lines that are in effect in a section, as mod_authz_core
 * merges them: a section's own lines replace those around it, unless
 * AuthMerging is set.  Lines that apply only to some requests become an EITHER
 * clause.
 */
#ifndef AJWT_HTTPD_ADMIN_MERGING_H
#define AJWT_HTTPD_ADMIN_MERGING_H

#include "httpd/admin/clause.h"

/* A section that httpd merges for a request, always or for some requests */
typedef struct ajwt_element {
    const ajwt_conf_section *section;
    int is_certain;
    int is_branch; /* of <If> to <Else>: exactly one of them applies */
} ajwt_element;

/**
 * Returns the sections that httpd merges for section, including itself, in
 * httpd's order.
 */
const apr_array_header_t *ajwt_merging_find(const ajwt_conf_section *section,
                                            const ajwt_conf_tree *tree,
                                            apr_pool_t *pool);

/** Returns the Require lines of these elements; NULL: there are none. */
ajwt_clause *ajwt_merging_clause(const ajwt_conf_section *section,
                                 const apr_array_header_t *elements,
                                 apr_pool_t *pool);

#endif
