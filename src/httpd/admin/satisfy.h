/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates Satisfy, Order, Allow and Deny as mod_access_compat does.
 *
 * If a section has any of these lines, all such lines of the sections around it
 * have no effect, because that module does not merge.
 */
#ifndef AJWT_HTTPD_ADMIN_SATISFY_H
#define AJWT_HTTPD_ADMIN_SATISFY_H

#include "httpd/admin/conf_tree.h"

/** Whether a section itself has such a line. */
int ajwt_satisfy_is_set(const ajwt_conf_section *section);

/**
 * Returns the Satisfy Any line of a section if it applies to a method;
 * otherwise NULL.
 */
const ap_directive_t *ajwt_satisfy_any(const ajwt_conf_section *section,
                                       int method, apr_pool_t *pool);

/** Whether requests of a method are allowed from some address. */
int ajwt_satisfy_allows_address(const ajwt_conf_section *section, int method,
                                apr_pool_t *pool);

#endif
