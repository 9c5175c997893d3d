/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificates of a file are there to verify tokens with?
 *
 * Their dates and issuers are not checked: the administrator named the file.
 */
#ifndef AJWT_CORE_CERTIFICATE_H
#define AJWT_CORE_CERTIFICATE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

/**
 * NULL, or why certificate is left out, in printable ASCII: its keyUsage allows
 * no signature (RFC 5280 4.2.1.3), or it issued another of certificates (X509
 * *), as a CA of a chain does.
 */
const char *ajwt_certificate_check(X509 *certificate,
                                   const apr_array_header_t *certificates,
                                   apr_pool_t *pool);

#endif
