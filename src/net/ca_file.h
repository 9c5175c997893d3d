/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a file of CA certificates (AuthJWTFetchCA) as libcurl will read it.
 */
#ifndef AJWT_NET_CA_FILE_H
#define AJWT_NET_CA_FILE_H

#include <apr_pools.h>

/**
 * NULL, or why no certificate can be checked by this file: the path, the cause,
 * and the command that helps.  A file with a damaged block counts, because
 * OpenSSL then reads none of it.
 */
const char *ajwt_ca_file_check(const char *path, apr_pool_t *pool);

#endif
