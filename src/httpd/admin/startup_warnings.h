/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs warnings about the configuration, at each start and in `httpd -t`.
 *
 * admin/lint finds the sections that let requests through without a token, and
 * the values that match no real token; this module logs each of them once.
 */
#ifndef AJWT_HTTPD_ADMIN_STARTUP_WARNINGS_H
#define AJWT_HTTPD_ADMIN_STARTUP_WARNINGS_H

#include "httpd/module.h"

/** check_config: `httpd -t` warns of sections that need no token. */
int ajwt_startup_warnings_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                       apr_pool_t *ptemp, server_rec *s);

/**
 * post_config: so does each start.  Not check_config: a daemon has closed its
 * terminal by then, and opens its error log only afterwards.
 */
int ajwt_startup_warnings_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                      apr_pool_t *ptemp, server_rec *s);

#endif
