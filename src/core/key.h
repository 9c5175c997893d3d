/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is this key, and what may it verify?
 *
 * The key decides, the message cannot: type, curve, size, alg, use and key_ops
 * become one set of algorithms.  A key is immutable and belongs to its pool.
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

/* Read-only once it is there, so that threads copy it */
typedef _Atomic(EVP_MD_CTX *) ajwt_prepared;

typedef struct ajwt_key {
    ajwt_bytes kid;      /* absent: none */
    ajwt_bytes x5t;      /* in base64url, as tokens have it */
    ajwt_bytes x5t_s256; /* the same */
    ajwt_bytes issuer;   /* whose tokens alone it verifies; absent: any */
    const char *kty;     /* RSA, EC, OKP, oct */
    const char *crv;     /* P-256, ... ; NULL for RSA and oct */
    int bits;
    ajwt_alg_set algs;       /* what it may verify; never 0 */
    EVP_PKEY *pkey;          /* NULL for oct */
    ajwt_prepared *prepared; /* for each algorithm, what core/signature made of
                                pkey when it first verified by it; NULL for
                                oct */
    ajwt_bytes secret;       /* absent but for oct; wiped with the pool */
    int has_private_members; /* they were there and were not read */
    int index;               /* in its set, from 0 */
    const char *problem;     /* why it is not used: which member and what is
                                wrong, in printable ASCII; NULL: nothing */
    const char *repairs;     /* what was read tolerantly; NULL: nothing */
    ajwt_bytes x5t_written;  /* where it was not strict base64url */
    ajwt_bytes x5t_s256_written;
    /* the first of its set that is the same key, under whatever names */
    const struct ajwt_key *original;
} ajwt_key;

/* One row a curve: JOSE's name, OpenSSL's, and what it may verify */
typedef struct ajwt_curve {
    const char *kty;
    const char *crv;
    const char *name; /* of the group for EC, of the key type for OKP */
    int bits;
    ajwt_alg_set algs;
} ajwt_curve;

/** NULL for a curve that nothing can be verified with. */
const ajwt_curve *ajwt_curve_find(const char *kty, ajwt_bytes crv);

/**
 * Takes over pkey.  Refuses with KEY_TYPE_UNKNOWN, KEY_SIZE, KEY_MALFORMED,
 * KEY_PURPOSE (an RSA-PSS key for no algorithm of JOSE); key->problem says why.
 */
AJWT_MUST_USE ajwt_reason ajwt_key_from_pkey(ajwt_key *key, EVP_PKEY *pkey,
                                             apr_pool_t *pool);

/**
 * Takes over certificate; its thumbprints become x5t and x5t_s256.  Its dates
 * and its issuer are not checked: the administrator named it.
 */
AJWT_MUST_USE ajwt_reason ajwt_key_from_certificate(ajwt_key *key,
                                                    X509 *certificate,
                                                    apr_pool_t *pool);

/** x5t and x5t_s256 of the certificate, where the key has none of its own. */
void ajwt_key_add_thumbprints(ajwt_key *key, X509 *certificate,
                              apr_pool_t *pool);

/** Equal for equal keys only, in whatever form they were written. */
ajwt_bytes ajwt_key_material(const ajwt_key *key, apr_pool_t *pool);

/** secret is copied.  Refuses with KEY_SIZE: RFC 7518 3.2. */
AJWT_MUST_USE ajwt_reason ajwt_key_from_secret(ajwt_key *key, ajwt_bytes secret,
                                               apr_pool_t *pool);

#endif
