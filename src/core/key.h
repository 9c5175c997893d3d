/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verification keys and the algorithms that each of them supports.
 *
 * The key determines the algorithms, not the token: type, curve, size, alg, use
 * and key_ops are combined into one set. A key is immutable and belongs to its
 * pool.
 */
#ifndef AJWT_CORE_KEY_H
#define AJWT_CORE_KEY_H

#include <stdatomic.h>

#include <apr_pools.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/alg.h"
#include "core/bytes.h"
#include "core/reason.h"

/* Read-only after it is published; threads make copies of it. */
typedef _Atomic(EVP_MD_CTX *) ajwt_prepared;

typedef struct ajwt_key {
    ajwt_bytes kid;      /* absent: none */
    ajwt_bytes x5t;      /* in base64url, as in tokens */
    ajwt_bytes x5t_s256; /* the same */
    ajwt_bytes issuer;   /* it verifies only tokens of this issuer; absent:
                            any */
    const char *kty;     /* RSA, EC, OKP, oct */
    const char *crv;     /* P-256, ... ; NULL for RSA and oct */
    int bits;
    ajwt_alg_set algs;       /* algorithms it may verify; never 0 */
    EVP_PKEY *pkey;          /* NULL for oct */
    ajwt_prepared *prepared; /* one entry for each algorithm: the context
                                that core/signature creates from pkey at the
                                first verification; NULL for oct */
    ajwt_bytes secret;       /* only for oct; wiped with the pool */
    int has_private_members; /* present, but not read */
    int index;               /* in its set, from 0 */
    const char *problem;     /* why the key is not used: the member and the
                                error, in printable ASCII; NULL: no error */
    const char *repairs;     /* what was tolerated; NULL: nothing */
    ajwt_bytes x5t_written;  /* as written, if that was not strict base64url */
    ajwt_bytes x5t_s256_written;
    /* the first equal key of the set, under any name */
    const struct ajwt_key *original;
} ajwt_key;

/* One row for each curve: the names in JOSE and OpenSSL, and the algorithms */
typedef struct ajwt_curve {
    const char *kty;
    const char *crv;
    const char *name; /* of the group for EC, of the key type for OKP */
    int bits;
    ajwt_alg_set algs;
} ajwt_curve;

/** Returns NULL for a curve that is not supported. */
const ajwt_curve *ajwt_curve_find(const char *kty, ajwt_bytes crv);

/**
 * Takes ownership of pkey. Refuses with KEY_TYPE_UNKNOWN, KEY_SIZE,
 * KEY_MALFORMED, KEY_PURPOSE (an RSA-PSS key that no JOSE algorithm can use);
 * key->problem contains the reason.
 */
AJWT_MUST_USE ajwt_reason ajwt_key_from_pkey(ajwt_key *key, EVP_PKEY *pkey,
                                             apr_pool_t *pool);

/**
 * Takes ownership of certificate; its thumbprints become x5t and x5t_s256. Its
 * validity dates and issuer are not checked: the administrator configured it.
 */
AJWT_MUST_USE ajwt_reason ajwt_key_from_certificate(ajwt_key *key,
                                                    X509 *certificate,
                                                    apr_pool_t *pool);

/**
 * Sets x5t and x5t_s256 from the certificate unless the key already has them.
 */
void ajwt_key_add_thumbprints(ajwt_key *key, X509 *certificate,
                              apr_pool_t *pool);

/**
 * Two keys have equal material only if they are the same key, in any encoding.
 */
ajwt_bytes ajwt_key_material(const ajwt_key *key, apr_pool_t *pool);

/** Copies secret. Refuses with KEY_SIZE: RFC 7518 3.2. */
AJWT_MUST_USE ajwt_reason ajwt_key_from_secret(ajwt_key *key, ajwt_bytes secret,
                                               apr_pool_t *pool);

#endif
