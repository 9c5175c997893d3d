/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds sections that do not apply to the requests that they should protect: a
 * tag that no URL matches, wildcards that do not match the paths below, and
 * AuthJWT lines without AuthType Bearer.
 */
#ifndef AJWT_HTTPD_ADMIN_COVERAGE_H
#define AJWT_HTTPD_ADMIN_COVERAGE_H

#include "httpd/admin/require_gap.h"

/**
 * Adds an ajwt_opening for what section does not protect. tree: every section.
 */
void ajwt_coverage_find(apr_array_header_t *openings,
                        const ajwt_conf_section *section,
                        const ajwt_conf_tree *tree, apr_pool_t *pool);

#endif
