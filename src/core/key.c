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

static ajwt_prepared *make_prepared(apr_pool_t *pool)
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

static BIGNUM *get_key_number(const EVP_PKEY *pkey, const char *name)
{
    BIGNUM *number = NULL;

    return EVP_PKEY_get_bn_param(pkey, name, &number) ? number : NULL;
}

static ajwt_reason set_problem(ajwt_key *key, ajwt_reason reason,
                               const char *problem)
{
    key->problem = problem;
    return reason;
}

/* Checks what every RSA key must satisfy, whatever its size. */
static const char *check_rsa(const BIGNUM *n, const BIGNUM *e)
{
    if (!n || !e)
        return "OpenSSL cannot read its n and e";
    if (!BN_is_odd(n))
        return "n is even";
    if (!BN_is_odd(e))
        return "e is even";
    return BN_is_one(e) ? "e is 1" : NULL;
}

/*
 * RFC 7518 3.3 requires 2048 bits. A key above 8192 bits, or a long exponent,
 * only costs time.
 */
static ajwt_reason check_rsa_size(ajwt_key *key, int exponent_bits,
                                  apr_pool_t *pool)
{
    if (key->bits < AJWT_MIN_RSA_BITS || key->bits > AJWT_MAX_RSA_BITS)
        return set_problem(
            key, AJWT_KEY_SIZE,
            apr_psprintf(pool, "n has %d bits, and must have %d to %d",
                         key->bits, AJWT_MIN_RSA_BITS, AJWT_MAX_RSA_BITS));
    if (exponent_bits > AJWT_MAX_RSA_EXPONENT_BITS)
        return set_problem(
            key, AJWT_KEY_SIZE,
            apr_psprintf(pool, "e has %d bits, and must have at most %d",
                         exponent_bits, AJWT_MAX_RSA_EXPONENT_BITS));
    return AJWT_ACCEPTED;
}

/* The hashes that RFC 7518 3.5 allows, with OpenSSL's two names for each */
static const struct pss_hash {
    const char *name, *alias;
    int bytes;
    ajwt_alg_set alg;
} pss_hashes[] = {{"SHA2-256", "SHA256", 32, AJWT_ALG_PS256},
                  {"SHA2-384", "SHA384", 48, AJWT_ALG_PS384},
                  {"SHA2-512", "SHA512", 64, AJWT_ALG_PS512}};

/* SHA-1, the default (RFC 4055 3.1), has no parameter. */
static int has_hash(const EVP_PKEY *pkey, const char *parameter,
                    const struct pss_hash *hash)
{
    char name[32] = "";

    return EVP_PKEY_get_utf8_string_param(pkey, parameter, name, sizeof name,
                                          NULL) &&
           (strcmp(name, hash->name) == 0 || strcmp(name, hash->alias) == 0);
}

/* The minimum salt length of an RSA-PSS key; -1: the key is unrestricted. */
static int get_salt_bytes(const EVP_PKEY *pkey)
{
    int bytes;

    return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, &bytes)
               ? bytes
               : -1;
}

/*
 * RFC 4055 3.1: a key may allow only one hash. RFC 7518 3.5: MGF1 uses the same
 * hash, and the salt is as long as its output.
 */
static ajwt_reason restrict_to_pss(ajwt_key *key, const EVP_PKEY *pkey)
{
    const int salt_bytes = get_salt_bytes(pkey);
    unsigned i;

    key->algs = salt_bytes < 0 ? AJWT_ALGS_PSS : 0;
    for (i = 0; salt_bytes >= 0 && i < 3; i++) {
        const struct pss_hash *hash = &pss_hashes[i];

        if (has_hash(pkey, OSSL_PKEY_PARAM_RSA_DIGEST, hash) &&
            has_hash(pkey, OSSL_PKEY_PARAM_RSA_MGF1_DIGEST, hash) &&
            salt_bytes <= hash->bytes)
            key->algs = hash->alg;
    }
    return key->algs
               ? AJWT_ACCEPTED
               : set_problem(
                     key, AJWT_KEY_PURPOSE,
                     "its RSA-PSS parameters do not fit any JWS algorithm");
}

static ajwt_reason describe_rsa(ajwt_key *key, const EVP_PKEY *pkey,
                                apr_pool_t *pool)
{
    BIGNUM *n = get_key_number(pkey, OSSL_PKEY_PARAM_RSA_N);
    BIGNUM *e = get_key_number(pkey, OSSL_PKEY_PARAM_RSA_E);
    const char *problem = check_rsa(n, e);
    ajwt_reason reason;

    key->kty = "RSA";
    key->algs = AJWT_ALGS_RSA;
    key->bits = n ? BN_num_bits(n) : 0;
    reason = problem ? set_problem(key, AJWT_KEY_MALFORMED, problem)
                     : check_rsa_size(key, BN_num_bits(e), pool);
    if (reason == AJWT_ACCEPTED && EVP_PKEY_is_a(pkey, "RSA-PSS"))
        reason = restrict_to_pss(key, pkey);
    BN_free(n);
    BN_free(e);
    ERR_clear_error();
    return reason;
}

static ajwt_reason describe_curve(ajwt_key *key, const EVP_PKEY *pkey,
                                  apr_pool_t *pool)
{
    const char *type = EVP_PKEY_get0_type_name(pkey);
    char group[32] = "";
    unsigned i;

    if (EVP_PKEY_is_a(pkey, "EC") &&
        !EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL))
        return set_problem(key, AJWT_KEY_TYPE_UNKNOWN, "its curve has no name");
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
    return set_problem(key, AJWT_KEY_TYPE_UNKNOWN,
                       apr_pstrcat(pool,
                                   *group ? "its curve is " : "its type is ",
                                   *group ? group
                                   : type ? type
                                          : "not known to OpenSSL",
                                   NULL));
}

/* After this, only the OpenSSL key is used, whatever it was made from. */
ajwt_reason ajwt_key_from_pkey(ajwt_key *key, EVP_PKEY *pkey, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, pkey, free_pkey, apr_pool_cleanup_null);
    key->pkey = pkey;
    key->prepared = make_prepared(pool);
    return EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS")
               ? describe_rsa(key, pkey, pool)
               : describe_curve(key, pkey, pool);
}

static const char *print_number(const EVP_PKEY *pkey, const char *name,
                                apr_pool_t *pool)
{
    BIGNUM *number = get_key_number(pkey, name);
    char *hex = number ? BN_bn2hex(number) : NULL;
    const char *copy = apr_pstrdup(pool, hex ? hex : "");

    OPENSSL_free(hex);
    BN_free(number);
    return copy;
}

static ajwt_bytes raw_material(const ajwt_key *key, apr_pool_t *pool)
{
    ajwt_bytes material = {NULL, 0};
    size_t len = 0;
    unsigned char *bytes;

    if (EVP_PKEY_get_raw_public_key(key->pkey, NULL, &len) != 1)
        return material;
    bytes = apr_palloc(pool, len);
    if (EVP_PKEY_get_raw_public_key(key->pkey, bytes, &len) == 1) {
        material.data = bytes;
        material.len = len;
    }
    return material;
}

ajwt_bytes ajwt_key_material(const ajwt_key *key, apr_pool_t *pool)
{
    if (!key->pkey)
        return key->secret;
    if (strcmp(key->kty, "OKP") == 0)
        return raw_material(key, pool);
    if (strcmp(key->kty, "EC") == 0)
        return ajwt_bytes_from_string(apr_pstrcat(
            pool, key->crv, " ",
            print_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, pool), " ",
            print_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, pool), NULL));
    return ajwt_bytes_from_string(apr_pstrcat(
        pool, "RSA ", print_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, pool), " ",
        print_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, pool), NULL));
}

static ajwt_bytes make_thumbprint(X509 *certificate, const EVP_MD *digest,
                                  apr_pool_t *pool)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ajwt_bytes bytes = {raw, 0};

    if (!X509_digest(certificate, digest, raw, &len))
        return ajwt_bytes_from_string(NULL);
    bytes.len = len;
    return ajwt_bytes_from_string(ajwt_base64url_encode(bytes, pool));
}

void ajwt_key_add_thumbprints(ajwt_key *key, X509 *certificate,
                              apr_pool_t *pool)
{
    if (!key->x5t.data)
        key->x5t = make_thumbprint(certificate, EVP_sha1(), pool);
    if (!key->x5t_s256.data)
        key->x5t_s256 = make_thumbprint(certificate, EVP_sha256(), pool);
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
        return set_problem(key, AJWT_KEY_TYPE_UNKNOWN,
                           "the type of its key is not known to OpenSSL");
    }
    return ajwt_key_from_pkey(key, pkey, pool);
}

/*
 * The cleanup needs memory from the pool, because ajwt_key structures are
 * copied.
 */
static ajwt_bytes copy_secret(ajwt_bytes secret, apr_pool_t *pool)
{
    ajwt_bytes *copy = apr_palloc(pool, sizeof *copy);

    copy->data = apr_pmemdup(pool, secret.data, secret.len);
    copy->len = secret.len;
    apr_pool_cleanup_register(pool, copy, wipe_secret, apr_pool_cleanup_null);
    return *copy;
}

/* RFC 7518 3.2: a secret is at least as long as the hash output */
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
            key->algs |= alg->algs;
    }
    if (!key->algs || secret.len > AJWT_MAX_SECRET_BYTES)
        return set_problem(
            key, AJWT_KEY_SIZE,
            apr_psprintf(pool,
                         "it has %" APR_SIZE_T_FMT
                         " bytes, and must have at least 32 (HS256) "
                         "and at most %d",
                         secret.len, AJWT_MAX_SECRET_BYTES));
    key->secret = copy_secret(secret, pool);
    return AJWT_ACCEPTED;
}
