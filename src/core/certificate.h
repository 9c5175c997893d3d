/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selection of the certificates in a file whose keys verify tokens.
 *
 * Their validity dates and issuers are not checked: the administrator
 * configured the file.
 */
#ifndef AJWT_CORE_CERTIFICATE_H
#define AJWT_CORE_CERTIFICATE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

/**
 * NULL, or why certificate is skipped, in printable ASCII: its keyUsage does
 * not allow signatures (RFC 5280 4.2.1.3), or it is the issuer of another
 * certificate of certificates (X509 *), as a CA in a chain is.
 */
const char *ajwt_certificate_check(X509 *certificate,
                                   const apr_array_header_t *certificates,
                                   apr_pool_t *pool);

#endif
