/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that the fetcher process can use AuthJWTFetchCA and AuthJWTStateDir.
 *
 * It runs after the whole configuration has been read, because User may come
 * last.
 */
#ifndef AJWT_HTTPD_PROCESS_FETCHER_FILES_H
#define AJWT_HTTPD_PROCESS_FETCHER_FILES_H

#include "httpd/config/config.h"

/**
 * Returns NULL, or an error that names the directive and the command that fixes
 * it.
 */
const char *ajwt_fetcher_files_check(const ajwt_settings *settings,
                                     server_rec *s, apr_pool_t *pool);

#endif
