/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dump of what each section trusts, for `httpd -t -D DUMP_AUTH_JWT`.
 *
 * It uses the syntax of the directives, so that people can paste it and ajwt
 * can parse it; warnings follow as comments.  admin/startup_warnings logs them
 * at each start.
 */
#ifndef AJWT_HTTPD_ADMIN_DUMP_H
#define AJWT_HTTPD_ADMIN_DUMP_H

#include "httpd/module.h"

/** test_config */
void ajwt_dump(apr_pool_t *pool, server_rec *servers);

#endif
