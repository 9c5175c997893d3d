/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the fetcher process can use AuthJWTFetchCA and AuthJWTStateDir.
 *
 * Only once the whole configuration has been read: User may come last.
 */
#ifndef AJWT_HTTPD_PROCESS_FETCHER_FILES_H
#define AJWT_HTTPD_PROCESS_FETCHER_FILES_H

#include "httpd/config/config.h"

/** NULL, or which one it cannot use, with the command that helps. */
const char *ajwt_fetcher_files_check(const ajwt_settings *settings,
                                     server_rec *s, apr_pool_t *pool);

#endif
