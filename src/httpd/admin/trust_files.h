/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Warns about trust files (keys=, secret=, AuthJWTFetchCA) that other users can
 * change or read.
 */
#ifndef AJWT_HTTPD_ADMIN_TRUST_FILES_H
#define AJWT_HTTPD_ADMIN_TRUST_FILES_H

#include "httpd/module.h"

/** check_config: at `httpd -t`. */
int ajwt_trust_files_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                                  apr_pool_t *ptemp, server_rec *s);

/** post_config: at each start and restart. */
int ajwt_trust_files_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                                 apr_pool_t *ptemp, server_rec *s);

#endif
