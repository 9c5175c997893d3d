/* SPDX-License-Identifier: Apache-2.0 */
#include "core/alg.h"

/* clang-format off */
static const ajwt_alg algs[] = {
    {"RS256",   AJWT_ALG_RS256,   AJWT_RSA_PKCS1, AJWT_SHA256,    0},
    {"RS384",   AJWT_ALG_RS384,   AJWT_RSA_PKCS1, AJWT_SHA384,    0},
    {"RS512",   AJWT_ALG_RS512,   AJWT_RSA_PKCS1, AJWT_SHA512,    0},
    {"PS256",   AJWT_ALG_PS256,   AJWT_RSA_PSS,   AJWT_SHA256,    0},
    {"PS384",   AJWT_ALG_PS384,   AJWT_RSA_PSS,   AJWT_SHA384,    0},
    {"PS512",   AJWT_ALG_PS512,   AJWT_RSA_PSS,   AJWT_SHA512,    0},
    {"ES256",   AJWT_ALG_ES256,   AJWT_ECDSA,     AJWT_SHA256,    64},
    {"ES384",   AJWT_ALG_ES384,   AJWT_ECDSA,     AJWT_SHA384,    96},
    {"ES512",   AJWT_ALG_ES512,   AJWT_ECDSA,     AJWT_SHA512,    132},
    {"ES256K",  AJWT_ALG_ES256K,  AJWT_ECDSA,     AJWT_SHA256,    64},
    {"EdDSA",   AJWT_ALGS_EDDSA,  AJWT_EDDSA,     AJWT_NO_DIGEST, 0},
    {"Ed25519", AJWT_ALG_ED25519, AJWT_EDDSA,     AJWT_NO_DIGEST, 64},
    {"Ed448",   AJWT_ALG_ED448,   AJWT_EDDSA,     AJWT_NO_DIGEST, 114},
    {"HS256",   AJWT_ALG_HS256,   AJWT_HMAC,      AJWT_SHA256,    32},
    {"HS384",   AJWT_ALG_HS384,   AJWT_HMAC,      AJWT_SHA384,    48},
    {"HS512",   AJWT_ALG_HS512,   AJWT_HMAC,      AJWT_SHA512,    64},
};
/* clang-format on */

_Static_assert(sizeof algs / sizeof algs[0] == AJWT_ALG_COUNT,
               "AJWT_ALG_COUNT is not the number of rows");

const ajwt_alg *ajwt_alg_find(ajwt_bytes name)
{
    int i;

    for (i = 0; i < AJWT_ALG_COUNT; i++) {
        if (ajwt_bytes_equal_string(name, algs[i].name))
            return &algs[i];
    }
    return NULL;
}

const ajwt_alg *ajwt_alg_at(int index)
{
    return index >= 0 && index < AJWT_ALG_COUNT ? &algs[index] : NULL;
}
