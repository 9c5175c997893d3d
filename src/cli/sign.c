/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sign.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

static const char *const digest_names[] = {"SHA256", "SHA384", "SHA512", NULL};

const ajwt_alg *ajwt_sign_find_alg(const ajwt_key *key, const char *name)
{
    const ajwt_alg *alg;
    int i;

    for (i = 0; (alg = ajwt_alg_at(i)); i++) {
        if (alg->algs & key->algs && (!name || strcmp(name, alg->name) == 0))
            return alg;
    }
    return NULL;
}

/*
 * RFC 7518 3.5: MGF1 with the same hash (OpenSSL's default), salt of the hash's
 * length
 */
static int set_padding(EVP_PKEY_CTX *context, const ajwt_alg *alg)
{
    return alg->family != AJWT_RSA_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) ==
                1);
}

/* Signs in OpenSSL's format; returns 0 on failure. */
static int sign_with(ajwt_bytes *signature, EVP_PKEY *pkey, const ajwt_alg *alg,
                     ajwt_bytes input, apr_pool_t *pool)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;
    unsigned char *bytes = NULL;
    size_t len = 0;
    int done = 0;

    if (context &&
        EVP_DigestSignInit_ex(context, &padding, digest_names[alg->digest],
                              NULL, NULL, pkey, NULL) == 1 &&
        set_padding(padding, alg) &&
        EVP_DigestSign(context, NULL, &len, input.data, input.len) == 1) {
        bytes = apr_palloc(pool, len);
        done = EVP_DigestSign(context, bytes, &len, input.data, input.len);
    }
    EVP_MD_CTX_free(context);
    signature->data = bytes;
    signature->len = len;
    return done == 1;
}

/* Converts DER to RFC 7518 3.4: R and S concatenated, each in full length. */
static int convert_from_der(ajwt_bytes *signature, apr_size_t len,
                            apr_pool_t *pool)
{
    const unsigned char *der = signature->data;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)signature->len);
    unsigned char *bytes = apr_palloc(pool, len);
    int half = (int)(len / 2);
    int done = pair &&
               BN_bn2binpad(ECDSA_SIG_get0_r(pair), bytes, half) == half &&
               BN_bn2binpad(ECDSA_SIG_get0_s(pair), bytes + half, half) == half;

    ECDSA_SIG_free(pair);
    signature->data = bytes;
    signature->len = len;
    return done;
}

static EVP_PKEY *get_signing_key(const ajwt_key *key)
{
    if (!key->pkey)
        return EVP_PKEY_new_raw_private_key_ex(
            NULL, "HMAC", NULL, key->secret.data, key->secret.len);
    return EVP_PKEY_up_ref(key->pkey) ? key->pkey : NULL;
}

ajwt_reason ajwt_sign(ajwt_bytes *signature, const ajwt_key *key,
                      const ajwt_alg *alg, ajwt_bytes input, apr_pool_t *pool)
{
    EVP_PKEY *pkey;
    int done;

    if (!(key->algs & alg->algs))
        return AJWT_KEY_UNSUITABLE;
    pkey = get_signing_key(key);
    done = pkey && sign_with(signature, pkey, alg, input, pool) &&
           (alg->family != AJWT_ECDSA ||
            convert_from_der(signature, alg->signature_bytes, pool));
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return done ? AJWT_ACCEPTED : AJWT_INTERNAL;
}
