/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds other URLs that reach a protected application.
 *
 * A front controller uses the path after its own name, RewriteRule [PT] gives
 * httpd another path, and a servlet container removes ";..." from a path.  So
 * the application uses another path than the one that httpd compares with
 * <Location>.  Rules in .htaccess files and in applications are not found.
 */
#ifndef AJWT_HTTPD_ADMIN_BYPASS_H
#define AJWT_HTTPD_ADMIN_BYPASS_H

#include "httpd/admin/require_gap.h"

/** Adds an ajwt_opening for each. tree: every section. */
void ajwt_bypass_find(apr_array_header_t *openings,
                      const ajwt_conf_section *section,
                      const ajwt_conf_tree *tree, apr_pool_t *pool);

#endif
