/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a section that asks for tokens apply to the requests that it is meant
 * for?
 *
 * A tag that no URL matches, wildcards that leave out what is below them, and
 * AuthJWT lines where AuthType is not Bearer.
 */
#ifndef AJWT_HTTPD_COVERAGE_H
#define AJWT_HTTPD_COVERAGE_H

#include "httpd/access.h"

/** What it misses: adds ajwt_opening.  all: the sections it is one of. */
void ajwt_coverage_find(apr_array_header_t *openings,
                        const ajwt_config_section *section,
                        const apr_array_header_t *all, apr_pool_t *pool);

#endif
