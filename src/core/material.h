/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys from the members of a JWK (RFC 7518 6.2, 6.3, RFC 8037 2). */
#ifndef AJWT_CORE_MATERIAL_H
#define AJWT_CORE_MATERIAL_H

#include <openssl/evp.h>

#include "core/members.h"

/**
 * kty: RSA, EC or OKP. Refuses with KEY_MALFORMED, KEY_TYPE_UNKNOWN;
 * members->problem then contains the reason.
 */
AJWT_MUST_USE ajwt_reason ajwt_material_read(EVP_PKEY **pkey,
                                             ajwt_members *members,
                                             const char *kty);

#endif
