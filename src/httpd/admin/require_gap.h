/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sections that let requests through without a token.
 *
 * Evaluates the Require, AuthMerging, <Limit> and Satisfy lines that httpd
 * merges for a section, as mod_authz_core and mod_access_compat do for a
 * request without a token.  A rule that is not about a user (an address, a
 * method, an expression) may be true or false.
 */
#ifndef AJWT_HTTPD_ADMIN_REQUIRE_GAP_H
#define AJWT_HTTPD_ADMIN_REQUIRE_GAP_H

#include "httpd/admin/conf_tree.h"

/* A line that lets requests through without a token */
typedef struct ajwt_opening {
    const ap_directive_t *line;
    const char *text; /* which requests, and the fix */
} ajwt_opening;

/** Adds the openings of a section: ajwt_opening.  tree: every section. */
apr_array_header_t *ajwt_require_gap_find(const ajwt_conf_section *section,
                                          const ajwt_conf_tree *tree,
                                          apr_pool_t *pool);

/**
 * Whether a section requires a token: its AuthType does, and no AuthJWTOptional
 * makes it optional.
 */
int ajwt_require_gap_is_guarded(const ajwt_conf_section *section,
                                apr_pool_t *pool);

#endif
