/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other URLs by which a guarded application is reached.
 *
 * A front controller takes the path behind its own name, RewriteRule [PT] gives
 * httpd another path, and a servlet container removes ";..." from one: httpd
 * compares another path with <Location> than the application does.  Only what
 * the configuration shows is found: not the rules of .htaccess files and
 * applications.
 */
#ifndef AJWT_HTTPD_BYPASS_H
#define AJWT_HTTPD_BYPASS_H

#include "httpd/access.h"

/** Adds ajwt_opening.  all: the sections that section is one of. */
void ajwt_bypass_find(apr_array_header_t *openings,
                      const ajwt_config_section *section,
                      const apr_array_header_t *all, apr_pool_t *pool);

#endif
