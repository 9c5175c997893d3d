/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dump of what each section trusts, for `httpd -t -D DUMP_AUTH_JWT`.
 *
 * It uses the syntax of the directives, so that people can paste it and ajwt
 * can parse it; warnings follow as comments.  Sections that need no token are
 * logged at each start.
 */
#ifndef AJWT_HTTPD_ADMIN_DUMP_H
#define AJWT_HTTPD_ADMIN_DUMP_H

#include "httpd/module.h"

/** check_config: `httpd -t` warns of sections that need no token. */
int ajwt_dump_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s);

/**
 * post_config: so does each start.  Not check_config: a daemon has closed its
 * terminal by then, and opens its error log only afterwards.
 */
int ajwt_dump_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp, server_rec *s);

/** test_config */
void ajwt_dump(apr_pool_t *pool, server_rec *servers);

#endif
