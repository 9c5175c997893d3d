/* SPDX-License-Identifier: Apache-2.0 */
#include "core/signature.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

/* Written by ajwt_signature_open before threads start, read-only afterwards. */
static EVP_MD *digests[AJWT_DIGEST_COUNT];
static EVP_MAC *hmac;
static const char *const digest_names[] = {"SHA256", "SHA384", "SHA512"};

static apr_status_t free_algorithms(void *unused)
{
    int i;

    (void)unused;
    for (i = 0; i < AJWT_DIGEST_COUNT; i++) {
        EVP_MD_free(digests[i]);
        digests[i] = NULL;
    }
    EVP_MAC_free(hmac);
    hmac = NULL;
    return APR_SUCCESS;
}

ajwt_reason ajwt_signature_open(apr_pool_t *pool)
{
    int i, complete = 1;

    if (hmac)
        return AJWT_ACCEPTED;
    for (i = 0; i < AJWT_DIGEST_COUNT; i++) {
        digests[i] = EVP_MD_fetch(NULL, digest_names[i], NULL);
        complete = complete && digests[i];
    }
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    apr_pool_cleanup_register(pool, NULL, free_algorithms,
                              apr_pool_cleanup_null);
    return complete && hmac ? AJWT_ACCEPTED : AJWT_INTERNAL;
}

/*
 * RFC 7518 3.5: MGF1 with the same hash, and a salt as long as the hash output
 */
static int set_padding(EVP_PKEY_CTX *context, const ajwt_alg *alg)
{
    if (alg->family != AJWT_RSA_PSS)
        return 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digests[alg->digest]) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) ==
               1;
}

static EVP_MD_CTX *make_context(const ajwt_key *key, const ajwt_alg *alg)
{
    const EVP_MD *digest =
        alg->digest == AJWT_NO_DIGEST ? NULL : digests[alg->digest];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;

    if (context &&
        EVP_DigestVerifyInit(context, &padding, digest, NULL, key->pkey) == 1 &&
        set_padding(padding, alg))
        return context;
    EVP_MD_CTX_free(context);
    return NULL;
}

/* Initializing a context takes ten times as long as copying one. */
static EVP_MD_CTX *get_context(const ajwt_key *key, const ajwt_alg *alg)
{
    ajwt_prepared *prepared = &key->prepared[alg - ajwt_alg_at(0)];
    EVP_MD_CTX *context = atomic_load(prepared), *other = NULL;

    if (context)
        return context;
    context = make_context(key, alg);
    if (!context || atomic_compare_exchange_strong(prepared, &other, context))
        return context;
    EVP_MD_CTX_free(context); /* another thread published its context first */
    return other;
}

static ajwt_reason check_public(const ajwt_key *key, const ajwt_alg *alg,
                                ajwt_bytes input, ajwt_bytes signature)
{
    EVP_MD_CTX *prepared = get_context(key, alg);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ajwt_reason reason = AJWT_INTERNAL;

    /* only 1 means valid: OpenSSL returns 0 or a negative value otherwise */
    if (prepared && context && EVP_MD_CTX_copy_ex(context, prepared) == 1)
        reason = EVP_DigestVerify(context, signature.data, signature.len,
                                  input.data, input.len) == 1
                     ? AJWT_ACCEPTED
                     : AJWT_SIGNATURE_INVALID;
    EVP_MD_CTX_free(context);
    return reason;
}

/* RFC 7518 3.4: R and S are concatenated; OpenSSL needs them in DER. */
static ajwt_reason check_ecdsa(const ajwt_key *key, const ajwt_alg *alg,
                               ajwt_bytes input, ajwt_bytes signature)
{
    const int half = (int)(signature.len / 2);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, half, NULL);
    unsigned char *encoded = NULL;
    ajwt_bytes der = {NULL, 0};
    ajwt_reason reason = AJWT_INTERNAL;
    int len = -1;

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s)) {
        r = s = NULL; /* pair owns them now */
        len = i2d_ECDSA_SIG(pair, &encoded);
    }
    if (len > 0) {
        der.data = encoded;
        der.len = (apr_size_t)len;
        reason = check_public(key, alg, input, der);
    }
    OPENSSL_free(encoded);
    ECDSA_SIG_free(pair);
    BN_free(r);
    BN_free(s);
    return reason;
}

static ajwt_reason check_hmac(const ajwt_key *key, const ajwt_alg *alg,
                              ajwt_bytes input, ajwt_bytes signature)
{
    unsigned char expected[EVP_MAX_MD_SIZE];
    ajwt_bytes tag = {expected, 0};
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    OSSL_PARAM params[2];
    ajwt_reason reason = AJWT_INTERNAL;

    params[0] = OSSL_PARAM_construct_utf8_string(
        OSSL_MAC_PARAM_DIGEST, (char *)digest_names[alg->digest], 0);
    params[1] = OSSL_PARAM_construct_end();
    if (context &&
        EVP_MAC_init(context, key->secret.data, key->secret.len, params) &&
        EVP_MAC_update(context, input.data, input.len) &&
        EVP_MAC_final(context, expected, &tag.len, sizeof expected))
        reason = ajwt_bytes_equal_secret(tag, signature)
                     ? AJWT_ACCEPTED
                     : AJWT_SIGNATURE_INVALID;
    OPENSSL_cleanse(expected, sizeof expected);
    EVP_MAC_CTX_free(context);
    return reason;
}

static apr_size_t expected_length(const ajwt_key *key, const ajwt_alg *alg)
{
    if (alg->signature_bytes)
        return alg->signature_bytes;
    return (apr_size_t)EVP_PKEY_get_size(key->pkey);
}

static ajwt_reason check_length_and_family(const ajwt_key *key,
                                           const ajwt_alg *alg,
                                           ajwt_bytes input,
                                           ajwt_bytes signature)
{
    if ((alg->family == AJWT_HMAC) != !key->pkey)
        return AJWT_SIGNATURE_INVALID;
    if (signature.len != expected_length(key, alg))
        return AJWT_SIGNATURE_INVALID;
    switch (alg->family) {
    case AJWT_HMAC:
        return check_hmac(key, alg, input, signature);
    case AJWT_ECDSA:
        return check_ecdsa(key, alg, input, signature);
    case AJWT_RSA_PKCS1:
    case AJWT_RSA_PSS:
    case AJWT_EDDSA:
        return check_public(key, alg, input, signature);
    }
    return AJWT_INTERNAL;
}

ajwt_reason ajwt_signature_check(const ajwt_key *key, const ajwt_alg *alg,
                                 ajwt_bytes signing_input, ajwt_bytes signature)
{
    ajwt_reason reason;

    if (!hmac)
        return AJWT_INTERNAL;
    /* checked again in case the caller selected a wrong key */
    if (!(key->algs & alg->algs))
        return AJWT_SIGNATURE_INVALID;
    reason = check_length_and_family(key, alg, signing_input, signature);
    ERR_clear_error();
    return reason;
}
