/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check of a file of CA certificates (AuthJWTFetchCA). The file is read as
 * libcurl reads it.
 */
#ifndef AJWT_NET_CA_FILE_H
#define AJWT_NET_CA_FILE_H

#include <apr_pools.h>

/**
 * NULL, or why the file cannot be used to verify certificates: the path, the
 * cause, and the command that fixes it. A damaged block is an error, because
 * OpenSSL then reads no certificate of the file.
 */
const char *ajwt_ca_file_check(const char *path, apr_pool_t *pool);

#endif
