/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "core/base64url.h"

/* Where OpenSSL refuses to make what a test needs, there is no test. */
#define NEED(condition)                              \
    do {                                             \
        if (!(condition))                            \
            fail_msg("OpenSSL failed: " #condition); \
    } while (0)

/* name, kty, crv, bits; the rest is made when first asked for */
static support_key keys[] = {
    {"RSA", "RSA", NULL, 2048, NULL, {NULL, 0}},
    {"RSA-other", "RSA", NULL, 2048, NULL, {NULL, 0}},
    {"RSA-3072", "RSA", NULL, 3072, NULL, {NULL, 0}},
    {"P-256", "EC", "P-256", 0, NULL, {NULL, 0}},
    {"P-256-other", "EC", "P-256", 0, NULL, {NULL, 0}},
    {"P-384", "EC", "P-384", 0, NULL, {NULL, 0}},
    {"P-521", "EC", "P-521", 0, NULL, {NULL, 0}},
    {"secp256k1", "EC", "secp256k1", 0, NULL, {NULL, 0}},
    {"Ed25519", "OKP", "Ed25519", 0, NULL, {NULL, 0}},
    {"Ed25519-other", "OKP", "Ed25519", 0, NULL, {NULL, 0}},
    {"Ed448", "OKP", "Ed448", 0, NULL, {NULL, 0}},
    {"X25519", "OKP", "X25519", 0, NULL, {NULL, 0}},
    {"oct", "oct", NULL, 512, NULL, {NULL, 0}},
    {"oct-other", "oct", NULL, 512, NULL, {NULL, 0}},
    {"oct-48", "oct", NULL, 384, NULL, {NULL, 0}},
    {"oct-32", "oct", NULL, 256, NULL, {NULL, 0}},
};

static X509 *certificates[SUPPORT_COUNT(keys)];

/* The program's keys go with its root pool. */
static apr_status_t forget(void *data)
{
    support_key *key = data;
    size_t index = (size_t)(key - keys);

    EVP_PKEY_free(key->pkey);
    X509_free(certificates[index]);
    key->pkey = NULL;
    key->secret = ajwt_bytes_from_string(NULL);
    certificates[index] = NULL;
    return APR_SUCCESS;
}

static void make_secret(support_key *key)
{
    apr_size_t len = (apr_size_t)key->bits / 8;
    unsigned char *secret = apr_palloc(support_root(), len);

    NEED(RAND_bytes(secret, (int)len) == 1);
    secret[len - 1] |= 0x80; /* of a file, a newline at the end is removed */
    key->secret.data = secret;
    key->secret.len = len;
}

static void make(support_key *key)
{
    if (strcmp(key->kty, "oct") == 0)
        make_secret(key);
    else if (strcmp(key->kty, "RSA") == 0)
        key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)key->bits);
    else if (strcmp(key->kty, "EC") == 0)
        key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", key->crv);
    else
        key->pkey = EVP_PKEY_Q_keygen(NULL, NULL, key->crv);
    NEED(key->pkey || key->secret.data);
    apr_pool_cleanup_register(support_root(), key, forget,
                              apr_pool_cleanup_null);
}

const support_key *support_key_named(const char *name)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(keys); i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (!keys[i].pkey && !keys[i].secret.data)
            make(&keys[i]);
        return &keys[i];
    }
    fail_msg("no key is called %s", name);
    return NULL;
}

const support_key *support_key_for(const char *alg)
{
    static const char *const special[][2] = {
        {"ES256", "P-256"},     {"ES384", "P-384"},     {"ES512", "P-521"},
        {"EdDSA", "Ed25519"},   {"Ed25519", "Ed25519"}, {"Ed448", "Ed448"},
        {"ES256K", "secp256k1"}};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(special); i++) {
        if (strcmp(special[i][0], alg) == 0)
            return support_key_named(special[i][1]);
    }
    return support_key_named(*alg == 'H' ? "oct" : "RSA");
}

static void set_bytes(json_t *jwk, const char *member, const unsigned char *raw,
                      apr_size_t len, apr_pool_t *pool)
{
    ajwt_bytes bytes = {raw, len};

    json_object_set_new(jwk, member,
                        json_string(ajwt_base64url_encode(bytes, pool)));
}

/* In as many bytes as given; 0: in as few as it needs */
static void set_number(json_t *jwk, const char *member, const BIGNUM *number,
                       int len, apr_pool_t *pool)
{
    unsigned char *raw;

    len = len ? len : BN_num_bytes(number);
    raw = apr_palloc(pool, (apr_size_t)len);
    NEED(BN_bn2binpad(number, raw, len) == len);
    set_bytes(jwk, member, raw, (apr_size_t)len, pool);
}

static void set_parameter(json_t *jwk, const char *member,
                          const support_key *key, const char *parameter,
                          int len, apr_pool_t *pool)
{
    BIGNUM *number = NULL;

    NEED(EVP_PKEY_get_bn_param(key->pkey, parameter, &number));
    set_number(jwk, member, number, len, pool);
    BN_free(number);
}

static void set_point(json_t *jwk, const support_key *key, apr_pool_t *pool)
{
    int len = (EVP_PKEY_get_bits(key->pkey) + 7) / 8;

    set_parameter(jwk, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, len, pool);
    set_parameter(jwk, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, len, pool);
}

static void set_raw(json_t *jwk, const support_key *key, apr_pool_t *pool)
{
    unsigned char raw[64];
    size_t len = sizeof raw;

    NEED(EVP_PKEY_get_raw_public_key(key->pkey, raw, &len));
    set_bytes(jwk, "x", raw, len, pool);
}

json_t *support_jwk(const char *name, apr_pool_t *pool)
{
    const support_key *key = support_key_named(name);
    json_t *jwk = support_own(
        json_pack("{s:s, s:s*}", "kty", key->kty, "crv", key->crv), pool);

    if (key->secret.data)
        set_bytes(jwk, "k", key->secret.data, key->secret.len, pool);
    else if (strcmp(key->kty, "RSA") == 0) {
        set_parameter(jwk, "n", key, OSSL_PKEY_PARAM_RSA_N, 0, pool);
        set_parameter(jwk, "e", key, OSSL_PKEY_PARAM_RSA_E, 0, pool);
    }
    else if (strcmp(key->kty, "EC") == 0)
        set_point(jwk, key, pool);
    else
        set_raw(jwk, key, pool);
    return jwk;
}

json_t *support_make_jwks(apr_pool_t *pool)
{
    return support_own(json_pack("{s:[]}", "keys"), pool);
}

json_t *support_add_jwk(json_t *jwks, const char *name, const char *kid,
                        apr_pool_t *pool)
{
    json_t *jwk = support_jwk(name, pool);

    if (kid)
        json_object_set_new(jwk, "kid", json_string(kid));
    json_array_append(json_object_get(jwks, "keys"), jwk);
    return jwk;
}

const char *support_jwks(apr_pool_t *pool, ...)
{
    json_t *jwks = support_make_jwks(pool);
    const char *name;
    va_list list;

    va_start(list, pool);
    while ((name = va_arg(list, const char *)))
        support_add_jwk(jwks, name, name, pool);
    va_end(list);
    return support_print(jwks, pool);
}

json_t *support_rsa_jwk(int bits, const char *exponent_hex, apr_pool_t *pool)
{
    json_t *jwk = support_own(json_pack("{s:s}", "kty", "RSA"), pool);
    BIGNUM *n = BN_new(), *e = NULL;

    NEED(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD));
    NEED(BN_hex2bn(&e, exponent_hex));
    set_number(jwk, "n", n, 0, pool);
    set_number(jwk, "e", e, 0, pool);
    BN_free(n);
    BN_free(e);
    return jwk;
}

static const char *take_text(BIO *bio, apr_pool_t *pool)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(pool, data, (apr_size_t)len);

    BIO_free(bio);
    return text;
}

const char *support_public_pem(const char *name, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());

    NEED(PEM_write_bio_PUBKEY(bio, support_key_named(name)->pkey));
    return take_text(bio, pool);
}

const char *support_private_pem(const char *name, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());

    NEED(PEM_write_bio_PrivateKey(bio, support_key_named(name)->pkey, NULL,
                                  NULL, 0, NULL, NULL));
    return take_text(bio, pool);
}

const char *support_certificate_pem(const char *name, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());

    NEED(PEM_write_bio_X509(bio, support_certificate(name, pool)));
    return take_text(bio, pool);
}

/* Long expired, so that a test would see it if dates were checked */
static X509 *certify(const support_key *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    const EVP_MD *digest = strcmp(key->kty, "OKP") ? EVP_sha256() : NULL;

    NEED(X509_set_version(certificate, X509_VERSION_3));
    NEED(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    NEED(X509_NAME_add_entry_by_txt(
        name, "CN", MBSTRING_ASC, (const unsigned char *)key->name, -1, -1, 0));
    NEED(X509_set_issuer_name(certificate, name));
    NEED(ASN1_TIME_set(X509_getm_notBefore(certificate), 0));
    NEED(ASN1_TIME_set(X509_getm_notAfter(certificate), 86400));
    NEED(X509_set_pubkey(certificate, key->pkey));
    NEED(X509_sign(certificate, key->pkey, digest));
    return certificate;
}

static apr_status_t free_certificate(void *certificate)
{
    X509_free(certificate);
    return APR_SUCCESS;
}

X509 *support_certificate(const char *name, apr_pool_t *pool)
{
    const support_key *key = support_key_named(name);
    X509 **kept = &certificates[key - keys];

    if (!*kept)
        *kept = certify(key);
    NEED(X509_up_ref(*kept));
    apr_pool_cleanup_register(pool, *kept, free_certificate,
                              apr_pool_cleanup_null);
    return *kept;
}

const char *support_x5c(const char *name, apr_pool_t *pool)
{
    unsigned char *der = NULL;
    int len = i2d_X509(support_certificate(name, pool), &der);
    char *text;

    NEED(len > 0);
    text = apr_palloc(pool, (apr_size_t)len * 2);
    EVP_EncodeBlock((unsigned char *)text, der, len);
    OPENSSL_free(der);
    return text;
}

ajwt_bytes support_public_der(const char *name, apr_pool_t *pool)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(support_key_named(name)->pkey, &der);
    ajwt_bytes bytes;

    NEED(len > 0);
    bytes.data = apr_pmemdup(pool, der, (apr_size_t)len);
    bytes.len = (apr_size_t)len;
    OPENSSL_free(der);
    return bytes;
}

/* SHA256 of RS256, of ES256K; NULL for the Edwards curves */
static const EVP_MD *digest_of(const char *alg)
{
    if (strncmp(alg, "Ed", 2) == 0)
        return NULL;
    return EVP_get_digestbyname(strstr(alg, "256")   ? "SHA256"
                                : strstr(alg, "384") ? "SHA384"
                                                     : "SHA512");
}

static ajwt_bytes sign_hmac(const support_key *key, const char *alg,
                            ajwt_bytes input, apr_pool_t *pool)
{
    unsigned char *tag = apr_palloc(pool, EVP_MAX_MD_SIZE);
    unsigned len = 0;
    ajwt_bytes bytes = {tag, 0};

    NEED(HMAC(digest_of(alg), key->secret.data, (int)key->secret.len,
              input.data, input.len, tag, &len));
    bytes.len = len;
    return bytes;
}

static ajwt_bytes sign_public(const support_key *key, const char *alg,
                              ajwt_bytes input, apr_pool_t *pool)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;
    size_t len = (size_t)EVP_PKEY_get_size(key->pkey);
    unsigned char *signature = apr_palloc(pool, len);
    ajwt_bytes bytes = {signature, 0};

    NEED(EVP_DigestSignInit(context, &padding, digest_of(alg), NULL,
                            key->pkey) == 1);
    if (*alg == 'P') {
        NEED(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1);
        NEED(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding,
                                              RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    NEED(EVP_DigestSign(context, signature, &len, input.data, input.len) == 1);
    EVP_MD_CTX_free(context);
    bytes.len = len;
    return bytes;
}

/* RFC 7518 3.4: DER taken apart, each half padded to the order's length */
static ajwt_bytes side_by_side(const support_key *key, ajwt_bytes der,
                               apr_pool_t *pool)
{
    int half = (EVP_PKEY_get_bits(key->pkey) + 7) / 8;
    unsigned char *raw = apr_palloc(pool, (apr_size_t)half * 2);
    const unsigned char *c = der.data;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &c, (long)der.len);
    ajwt_bytes bytes = {raw, (apr_size_t)half * 2};

    NEED(pair);
    NEED(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half) == half);
    NEED(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half) == half);
    ECDSA_SIG_free(pair);
    return bytes;
}

ajwt_bytes support_sign(const support_key *key, const char *alg,
                        ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes signature;

    if (key->secret.data)
        return sign_hmac(key, alg, input, pool);
    signature = sign_public(key, alg, input, pool);
    return strcmp(key->kty, "EC") == 0 ? side_by_side(key, signature, pool)
                                       : signature;
}
