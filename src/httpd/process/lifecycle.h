/* SPDX-License-Identifier: Apache-2.0 */
/* Set-up and shutdown of the module: server start, restart and children. */
#ifndef AJWT_HTTPD_PROCESS_LIFECYCLE_H
#define AJWT_HTTPD_PROCESS_LIFECYCLE_H

#include "httpd/module.h"

int ajwt_lifecycle_pre_config(apr_pool_t *pconf, apr_pool_t *plog,
                              apr_pool_t *ptemp);
int ajwt_lifecycle_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                apr_pool_t *ptemp, server_rec *s);
int ajwt_lifecycle_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                               apr_pool_t *ptemp, server_rec *s);
void ajwt_lifecycle_child_init(apr_pool_t *pchild, server_rec *s);

/** child_stopping: ends the waiting for keys, unless the stop is graceful. */
void ajwt_lifecycle_child_stopping(apr_pool_t *pchild, int graceful);

#endif
