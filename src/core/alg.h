/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table of the signature algorithms, one row for each name (RFC 7518 3.1, RFC
 * 8037 3.1, RFC 8812 3.2, RFC 9864 2.2).
 *
 * EdDSA is a name for two algorithms: its row contains the bits of Ed25519 and
 * Ed448. A token can be verified if the intersection of three sets is not
 * empty: the algorithms of its alg, those that the issuer configuration allows,
 * and those that the key supports.
 */
#ifndef AJWT_CORE_ALG_H
#define AJWT_CORE_ALG_H

#include "core/bytes.h"

typedef unsigned ajwt_alg_set;

#define AJWT_ALG_RS256   (1u << 0)
#define AJWT_ALG_RS384   (1u << 1)
#define AJWT_ALG_RS512   (1u << 2)
#define AJWT_ALG_PS256   (1u << 3)
#define AJWT_ALG_PS384   (1u << 4)
#define AJWT_ALG_PS512   (1u << 5)
#define AJWT_ALG_ES256   (1u << 6)
#define AJWT_ALG_ES384   (1u << 7)
#define AJWT_ALG_ES512   (1u << 8)
#define AJWT_ALG_ES256K  (1u << 9)
#define AJWT_ALG_ED25519 (1u << 10)
#define AJWT_ALG_ED448   (1u << 11)
#define AJWT_ALG_HS256   (1u << 12)
#define AJWT_ALG_HS384   (1u << 13)
#define AJWT_ALG_HS512   (1u << 14)

#define AJWT_ALGS_RSA                                                    \
    (AJWT_ALG_RS256 | AJWT_ALG_RS384 | AJWT_ALG_RS512 | AJWT_ALG_PS256 | \
     AJWT_ALG_PS384 | AJWT_ALG_PS512)
#define AJWT_ALGS_PSS   (AJWT_ALG_PS256 | AJWT_ALG_PS384 | AJWT_ALG_PS512)
#define AJWT_ALGS_EDDSA (AJWT_ALG_ED25519 | AJWT_ALG_ED448)
#define AJWT_ALGS_HMAC  (AJWT_ALG_HS256 | AJWT_ALG_HS384 | AJWT_ALG_HS512)
typedef enum ajwt_alg_family {
    AJWT_RSA_PKCS1, /* RFC 7518 3.3 */
    AJWT_RSA_PSS,   /* RFC 7518 3.5 */
    AJWT_ECDSA,     /* RFC 7518 3.4 */
    AJWT_EDDSA,     /* RFC 8037 */
    AJWT_HMAC       /* RFC 7518 3.2 */
} ajwt_alg_family;

typedef enum ajwt_digest {
    AJWT_SHA256,
    AJWT_SHA384,
    AJWT_SHA512,
    AJWT_DIGEST_COUNT,
    AJWT_NO_DIGEST = AJWT_DIGEST_COUNT
} ajwt_digest;

#define AJWT_ALG_COUNT 16

typedef struct ajwt_alg {
    const char *name;
    ajwt_alg_set algs;
    ajwt_alg_family family;
    ajwt_digest digest;
    /* length of a signature; 0: that of the key */
    apr_size_t signature_bytes;
} ajwt_alg;

/** Finds a row by its case-sensitive name; NULL if there is none. */
const ajwt_alg *ajwt_alg_find(ajwt_bytes name);

/** The row at index, to iterate over all rows; NULL past the last one. */
const ajwt_alg *ajwt_alg_at(int index);

#endif
