/* SPDX-License-Identifier: Apache-2.0 */
#include "core/key.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "core/base64url.h"
#include "core/limits.h"

static const ajwt_curve curves[] = {
    {"EC", "P-256", "prime256v1", 256, AJWT_ALG_ES256},
    {"EC", "P-384", "secp384r1", 384, AJWT_ALG_ES384},
    {"EC", "P-521", "secp521r1", 521, AJWT_ALG_ES512},
    {"EC", "secp256k1", "secp256k1", 256, AJWT_ALG_ES256K},
    {"OKP", "Ed25519", "ED25519", 253, AJWT_ALG_ED25519},
    {"OKP", "Ed448", "ED448", 456, AJWT_ALG_ED448},
};

#define CURVE_COUNT (sizeof curves / sizeof curves[0])

const ajwt_curve *ajwt_curve_find(const char *kty, ajwt_bytes crv)
{
    unsigned i;

    for (i = 0; i < CURVE_COUNT; i++) {
        if (strcmp(kty, curves[i].kty) == 0 &&
            ajwt_bytes_equal_string(crv, curves[i].crv))
            return &curves[i];
    }
    return NULL;
}

static apr_status_t free_pkey(void *pkey)
{
    EVP_PKEY_free(pkey);
    return APR_SUCCESS;
}

static apr_status_t free_prepared(void *data)
{
    ajwt_prepared *prepared = data;
    int i;

    for (i = 0; i < AJWT_ALG_COUNT; i++)
        EVP_MD_CTX_free(atomic_load(&prepared[i]));
    return APR_SUCCESS;
}

static ajwt_prepared *make_room_for_prepared(apr_pool_t *pool)
{
    ajwt_prepared *prepared =
        apr_pcalloc(pool, AJWT_ALG_COUNT * sizeof *prepared);

    apr_pool_cleanup_register(pool, prepared, free_prepared,
                              apr_pool_cleanup_null);
    return prepared;
}

static apr_status_t free_certificate(void *certificate)
{
    X509_free(certificate);
    return APR_SUCCESS;
}

static apr_status_t wipe_secret(void *data)
{
    const ajwt_bytes *secret = data;

    ajwt_bytes_wipe(*secret);
    return APR_SUCCESS;
}

static BIGNUM *get_number(const EVP_PKEY *pkey, const char *name)
{
    BIGNUM *number = NULL;

    return EVP_PKEY_get_bn_param(pkey, name, &number) ? number : NULL;
}

/*
 * RFC 7518 3.3 wants 2048 bits; more than 8192, or a long exponent, only costs
 * time.  An even modulus or exponent, or exponent 1, is no RSA.
 */
static ajwt_reason describe_rsa(ajwt_key *key, const EVP_PKEY *pkey)
{
    BIGNUM *n = get_number(pkey, OSSL_PKEY_PARAM_RSA_N);
    BIGNUM *e = get_number(pkey, OSSL_PKEY_PARAM_RSA_E);
    ajwt_reason reason = AJWT_ACCEPTED;

    key->kty = "RSA";
    key->algs = AJWT_ALGS_RSA;
    key->bits = n ? BN_num_bits(n) : 0;
    if (!n || !e || !BN_is_odd(n) || !BN_is_odd(e) || BN_is_one(e))
        reason = AJWT_KEY_MALFORMED;
    else if (key->bits < AJWT_MIN_RSA_BITS || key->bits > AJWT_MAX_RSA_BITS ||
             BN_num_bits(e) > AJWT_MAX_RSA_EXPONENT_BITS)
        reason = AJWT_KEY_SIZE;
    BN_free(n);
    BN_free(e);
    return reason;
}

static ajwt_reason describe_curve(ajwt_key *key, const EVP_PKEY *pkey)
{
    char group[32] = "";
    unsigned i;

    if (EVP_PKEY_is_a(pkey, "EC") &&
        !EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL))
        return AJWT_KEY_TYPE_UNKNOWN;
    for (i = 0; i < CURVE_COUNT; i++) {
        if (*group ? strcmp(group, curves[i].name) == 0
                   : EVP_PKEY_is_a(pkey, curves[i].name)) {
            key->kty = curves[i].kty;
            key->crv = curves[i].crv;
            key->algs = curves[i].algs;
            key->bits = curves[i].bits;
            return AJWT_ACCEPTED;
        }
    }
    return AJWT_KEY_TYPE_UNKNOWN;
}

/* From here on OpenSSL's object is the truth, whatever it was made from. */
ajwt_reason ajwt_key_from_pkey(ajwt_key *key, EVP_PKEY *pkey, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, pkey, free_pkey, apr_pool_cleanup_null);
    key->pkey = pkey;
    key->prepared = make_room_for_prepared(pool);
    return EVP_PKEY_is_a(pkey, "RSA") ? describe_rsa(key, pkey)
                                      : describe_curve(key, pkey);
}

static ajwt_bytes thumbprint(X509 *certificate, const EVP_MD *digest,
                             apr_pool_t *pool)
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ajwt_bytes bytes = {octets, 0};

    if (!X509_digest(certificate, digest, octets, &len))
        return ajwt_bytes_from_string(NULL);
    bytes.len = len;
    return ajwt_bytes_from_string(ajwt_base64url_encode(bytes, pool));
}

void ajwt_key_add_thumbprints(ajwt_key *key, X509 *certificate,
                              apr_pool_t *pool)
{
    if (!key->x5t.data)
        key->x5t = thumbprint(certificate, EVP_sha1(), pool);
    if (!key->x5t_s256.data)
        key->x5t_s256 = thumbprint(certificate, EVP_sha256(), pool);
}

ajwt_reason ajwt_key_from_certificate(ajwt_key *key, X509 *certificate,
                                      apr_pool_t *pool)
{
    EVP_PKEY *pkey = X509_get_pubkey(certificate);

    apr_pool_cleanup_register(pool, certificate, free_certificate,
                              apr_pool_cleanup_null);
    ajwt_key_add_thumbprints(key, certificate, pool);
    if (!pkey) {
        ERR_clear_error();
        return AJWT_KEY_TYPE_UNKNOWN;
    }
    return ajwt_key_from_pkey(key, pkey, pool);
}

/* The cleanup's argument is the pool's: keys are copied about. */
static ajwt_bytes copy_secret(ajwt_bytes secret, apr_pool_t *pool)
{
    ajwt_bytes *copy = apr_palloc(pool, sizeof *copy);

    copy->data = apr_pmemdup(pool, secret.data, secret.len);
    copy->len = secret.len;
    apr_pool_cleanup_register(pool, copy, wipe_secret, apr_pool_cleanup_null);
    return *copy;
}

/* RFC 7518 3.2: a secret is at least as long as the hash */
ajwt_reason ajwt_key_from_secret(ajwt_key *key, ajwt_bytes secret,
                                 apr_pool_t *pool)
{
    const ajwt_alg *alg;
    int i;

    key->kty = "oct";
    key->algs = 0;
    key->bits = (int)(secret.len * 8);
    for (i = 0; (alg = ajwt_alg_at(i)) != NULL; i++) {
        if (alg->family == AJWT_HMAC && secret.len >= alg->signature_bytes)
            key->algs |= alg->means;
    }
    if (!key->algs || secret.len > AJWT_MAX_SECRET_BYTES)
        return AJWT_KEY_SIZE;
    key->secret = copy_secret(secret, pool);
    return AJWT_ACCEPTED;
}
