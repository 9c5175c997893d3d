/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Require lines are in effect in a section?
 *
 * As mod_authz_core merges them: a section's own replace those around it,
 * unless AuthMerging says otherwise.  What only some requests get is an EITHER.
 */
#ifndef AJWT_HTTPD_MERGING_H
#define AJWT_HTTPD_MERGING_H

#include "httpd/clause.h"

/* A section that httpd merges, for every request to another or for some */
typedef struct ajwt_element {
    const ajwt_config_section *section;
    int is_certain;
    int is_branch; /* of <If> to <Else>: one of them applies */
} ajwt_element;

/** Those for section, itself among them, in httpd's order: ajwt_element. */
const apr_array_header_t *ajwt_merging_find(const ajwt_config_section *section,
                                            const apr_array_header_t *all,
                                            apr_pool_t *pool);

/** The Require lines of these elements; NULL: there are none. */
ajwt_clause *ajwt_merging_clause(const ajwt_config_section *section,
                                 const apr_array_header_t *elements,
                                 apr_pool_t *pool);

#endif
