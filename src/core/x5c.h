/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader for the certificate in an x5c member (RFC 7517 4.7).
 *
 * x5c contains DER in base64 (not base64url), the certificate of the key first.
 */
#ifndef AJWT_CORE_X5C_H
#define AJWT_CORE_X5C_H

#include <openssl/x509.h>

#include "core/members.h"

/**
 * Reads the first certificate, which the caller frees, and returns
 * AJWT_ODDITY_COUNT. Without one, *certificate is NULL and the deviation of x5c
 * is returned.
 */
ajwt_oddity ajwt_x5c_read(X509 **certificate, const json_t *x5c,
                          apr_pool_t *pool);

#endif
