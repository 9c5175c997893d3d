/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificate does this x5c hold?  (RFC 7517 4.7)
 *
 * Base64 (not base64url) of DER, the key's own certificate first.
 */
#ifndef AJWT_CORE_X5C_H
#define AJWT_CORE_X5C_H

#include <openssl/x509.h>

#include "core/members.h"

/**
 * The first one, which the caller frees.  Without any: NULL, and what is odd
 * about x5c is returned; else AJWT_ODDITY_COUNT.
 */
ajwt_oddity ajwt_x5c_read(X509 **certificate, const json_t *x5c,
                          apr_pool_t *pool);

#endif
