/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jwk.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "core/base64url.h"
#include "core/json.h"
#include "core/limits.h"

static const char *const private_members[] = {"d",  "p",   "q", "dp", "dq",
                                              "qi", "oth", "k", NULL};

/* A member in base64url; KEY_MALFORMED when it is not there, or not that. */
static ajwt_reason read_octets(ajwt_bytes *octets, const json_t *jwk,
                               const char *name, apr_pool_t *pool)
{
    return ajwt_base64url_decode(octets, ajwt_json_member(jwk, name), pool) ==
                   AJWT_ACCEPTED
               ? AJWT_ACCEPTED
               : AJWT_KEY_MALFORMED;
}

static EVP_PKEY *build_pkey(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return pkey;
}

static EVP_PKEY *build_rsa(ajwt_bytes n_octets, ajwt_bytes e_octets)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(n_octets.data, (int)n_octets.len, NULL);
    BIGNUM *e = BN_bin2bn(e_octets.data, (int)e_octets.len, NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (builder && n && e &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) &&
        (params = OSSL_PARAM_BLD_to_param(builder)))
        pkey = build_pkey("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return pkey;
}

/* RFC 7518 6.3.1 */
static ajwt_reason rsa_from_jwk(EVP_PKEY **pkey, const json_t *jwk,
                                apr_pool_t *pool)
{
    ajwt_bytes n, e;

    if (read_octets(&n, jwk, "n", pool) != AJWT_ACCEPTED ||
        read_octets(&e, jwk, "e", pool) != AJWT_ACCEPTED || n.len == 0 ||
        e.len == 0)
        return AJWT_KEY_MALFORMED;
    *pkey = build_rsa(n, e);
    return *pkey ? AJWT_ACCEPTED : AJWT_KEY_MALFORMED;
}

/* RFC 7518 6.2.1: both coordinates in full length, and a point of the curve */
static ajwt_reason ec_from_jwk(EVP_PKEY **pkey, const json_t *jwk,
                               apr_pool_t *pool)
{
    const ajwt_curve *ec = ajwt_curve_find("EC", ajwt_json_member(jwk, "crv"));
    apr_size_t len = ec ? (apr_size_t)(ec->bits + 7) / 8 : 0;
    ajwt_bytes x, y;
    unsigned char *point;
    OSSL_PARAM params[3];

    if (!ec)
        return AJWT_KEY_TYPE_UNKNOWN;
    if (read_octets(&x, jwk, "x", pool) != AJWT_ACCEPTED ||
        read_octets(&y, jwk, "y", pool) != AJWT_ACCEPTED || x.len != len ||
        y.len != len)
        return AJWT_KEY_MALFORMED;
    point = apr_palloc(pool, 1 + 2 * len);
    point[0] = 4; /* uncompressed (SEC 1, 2.3.3) */
    memcpy(point + 1, x.data, len);
    memcpy(point + 1 + len, y.data, len);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 (char *)ec->name, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                                  point, 1 + 2 * len);
    params[2] = OSSL_PARAM_construct_end();
    *pkey = build_pkey("EC", params);
    return *pkey ? AJWT_ACCEPTED : AJWT_KEY_MALFORMED;
}

/* RFC 8037 2 */
static ajwt_reason okp_from_jwk(EVP_PKEY **pkey, const json_t *jwk,
                                apr_pool_t *pool)
{
    const ajwt_curve *okp =
        ajwt_curve_find("OKP", ajwt_json_member(jwk, "crv"));
    ajwt_bytes x;

    if (!okp)
        return AJWT_KEY_TYPE_UNKNOWN;
    if (read_octets(&x, jwk, "x", pool) != AJWT_ACCEPTED)
        return AJWT_KEY_MALFORMED;
    *pkey =
        EVP_PKEY_new_raw_public_key_ex(NULL, okp->name, NULL, x.data, x.len);
    ERR_clear_error();
    return *pkey ? AJWT_ACCEPTED : AJWT_KEY_MALFORMED;
}

/* RFC 7517 4.7: base64 (not base64url) of DER, the key's own certificate first
 */
static X509 *first_certificate(const json_t *x5c, apr_pool_t *pool)
{
    ajwt_bytes der;
    const unsigned char *c;
    X509 *certificate;

    if (ajwt_base64_decode(&der, ajwt_json_string(json_array_get(x5c, 0)),
                           pool) != AJWT_ACCEPTED)
        return NULL;
    c = der.data;
    certificate = d2i_X509(NULL, &c, (long)der.len);
    ERR_clear_error();
    return certificate;
}

/* The certificate stands in for absent members, and must not contradict them.
 */
static ajwt_reason read_certificate(ajwt_key *key, EVP_PKEY **pkey,
                                    const json_t *x5c, apr_pool_t *pool)
{
    X509 *certificate = first_certificate(x5c, pool);
    EVP_PKEY *certified = certificate ? X509_get0_pubkey(certificate) : NULL;
    ajwt_reason reason = AJWT_KEY_MALFORMED;

    if (certified && !*pkey && EVP_PKEY_up_ref(certified))
        *pkey = certified;
    if (certified && *pkey && EVP_PKEY_eq(certified, *pkey) == 1) {
        ajwt_key_add_thumbprints(key, certificate, pool);
        reason = AJWT_ACCEPTED;
    }
    X509_free(certificate);
    ERR_clear_error();
    return reason;
}

static int has_any(const json_t *jwk, const char *const *names)
{
    while (*names) {
        if (json_object_get(jwk, *names++))
            return 1;
    }
    return 0;
}

/* What came out of a certificate may be another kind of key. */
static int is_as_described(const ajwt_key *key, const json_t *jwk,
                           ajwt_bytes kty)
{
    const json_t *crv = json_object_get(jwk, "crv");

    return ajwt_bytes_equal_string(kty, key->kty) &&
           (!crv || !key->crv ||
            ajwt_bytes_equal_string(ajwt_json_string(crv), key->crv));
}

/* A public key, from its own members or from x5c when these are absent */
static ajwt_reason public_from_jwk(ajwt_key *key, const json_t *jwk,
                                   ajwt_bytes kty, apr_pool_t *pool)
{
    static const char *const public_members[] = {"n", "e", "x", "y", NULL};
    const json_t *x5c = json_object_get(jwk, "x5c");
    EVP_PKEY *pkey = NULL;
    ajwt_reason reason = AJWT_ACCEPTED;

    key->has_private_members = has_any(jwk, private_members);
    if (!x5c || has_any(jwk, public_members)) {
        if (ajwt_bytes_equal_string(kty, "RSA"))
            reason = rsa_from_jwk(&pkey, jwk, pool);
        else if (ajwt_bytes_equal_string(kty, "EC"))
            reason = ec_from_jwk(&pkey, jwk, pool);
        else
            reason = okp_from_jwk(&pkey, jwk, pool);
    }
    if (reason == AJWT_ACCEPTED && x5c)
        reason = read_certificate(key, &pkey, x5c, pool);
    if (reason != AJWT_ACCEPTED) {
        EVP_PKEY_free(pkey);
        return reason;
    }
    reason = ajwt_key_from_pkey(key, pkey, pool);
    if (reason == AJWT_ACCEPTED && !is_as_described(key, jwk, kty))
        reason = AJWT_KEY_MALFORMED;
    return reason;
}

/* NULL for one that nothing can be verified with */
static const char *find_type(ajwt_bytes kty)
{
    static const char *const types[] = {"RSA", "EC", "OKP", "oct"};
    unsigned i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (ajwt_bytes_equal_string(kty, types[i]))
            return types[i];
    }
    return NULL;
}

static ajwt_reason material_from_jwk(ajwt_key *key, const json_t *jwk,
                                     ajwt_origin origin, apr_pool_t *pool)
{
    ajwt_bytes kty = ajwt_json_member(jwk, "kty"), secret;
    ajwt_reason reason;

    if (!kty.data)
        return AJWT_KEY_MALFORMED;
    key->kty = find_type(kty);
    if (!key->kty)
        return AJWT_KEY_TYPE_UNKNOWN;
    if (strcmp(key->kty, "oct") == 0) {
        if (origin == AJWT_FETCHED)
            return AJWT_KEY_SYMMETRIC;
        if (read_octets(&secret, jwk, "k", pool) != AJWT_ACCEPTED)
            return AJWT_KEY_MALFORMED;
        reason = ajwt_key_from_secret(key, secret, pool);
        ajwt_bytes_wipe(secret);
        return reason;
    }
    return public_from_jwk(key, jwk, kty, pool);
}

/* Copied, because a key outlives its document. */
static ajwt_bytes copy_string(const json_t *value, apr_pool_t *pool)
{
    ajwt_bytes text = ajwt_json_string(value);

    if (text.data)
        text.data = (const unsigned char *)apr_pstrmemdup(
            pool, (const char *)text.data, text.len);
    return text;
}

static ajwt_reason read_name(ajwt_bytes *name, const json_t *jwk,
                             const char *member, apr_pool_t *pool)
{
    const json_t *value = json_object_get(jwk, member);

    *name = copy_string(value, pool);
    if (value && (!name->data || name->len > AJWT_MAX_KID_BYTES))
        return AJWT_KEY_MALFORMED;
    return AJWT_ACCEPTED;
}

/* No RFC's: Entra ID says so whose tokens a key is for. */
static ajwt_reason read_issuer(ajwt_bytes *issuer, const json_t *jwk,
                               apr_pool_t *pool)
{
    const json_t *value = json_object_get(jwk, "issuer");

    *issuer = copy_string(value, pool);
    return value && issuer->len == 0 ? AJWT_KEY_MALFORMED : AJWT_ACCEPTED;
}

static ajwt_reason read_names(ajwt_key *key, const json_t *jwk,
                              apr_pool_t *pool)
{
    ajwt_reason reason = read_name(&key->kid, jwk, "kid", pool);

    if (reason == AJWT_ACCEPTED)
        reason = read_name(&key->x5t, jwk, "x5t", pool);
    if (reason == AJWT_ACCEPTED)
        reason = read_name(&key->x5t_s256, jwk, "x5t#S256", pool);
    if (reason == AJWT_ACCEPTED)
        reason = read_issuer(&key->issuer, jwk, pool);
    return reason;
}

/* RFC 7517 4.3 */
static int may_verify(const json_t *key_ops)
{
    json_t *operation;
    apr_size_t i;

    json_array_foreach(key_ops, i, operation)
    {
        if (ajwt_bytes_equal_string(ajwt_json_string(operation), "verify"))
            return 1;
    }
    return 0;
}

/* RFC 7517 4.2 to 4.4: use, key_ops and alg only ever take something away. */
static ajwt_reason restrict_to_purpose(ajwt_key *key, const json_t *jwk)
{
    const json_t *use = json_object_get(jwk, "use");
    const json_t *key_ops = json_object_get(jwk, "key_ops");
    const json_t *alg_name = json_object_get(jwk, "alg");
    const ajwt_alg *alg;

    if ((use && !json_is_string(use)) || (key_ops && !json_is_array(key_ops)) ||
        (alg_name && !json_is_string(alg_name)))
        return AJWT_KEY_MALFORMED;
    if (use && !ajwt_bytes_equal_string(ajwt_json_string(use), "sig"))
        return AJWT_KEY_PURPOSE;
    if (key_ops && !may_verify(key_ops))
        return AJWT_KEY_PURPOSE;
    if (!alg_name)
        return AJWT_ACCEPTED;
    alg = ajwt_alg_find(ajwt_json_string(alg_name));
    if (!alg)
        return AJWT_KEY_PURPOSE;
    key->algs &= alg->means;
    if (key->algs)
        return AJWT_ACCEPTED;
    return !key->pkey && alg->family == AJWT_HMAC ? AJWT_KEY_SIZE
                                                  : AJWT_KEY_MALFORMED;
}

/* Wipes secrets of the document, which is freed soon. */
static void wipe_private_members(const json_t *jwk)
{
    const char *const *name;

    for (name = private_members; *name; name++)
        ajwt_json_wipe(json_object_get(jwk, *name));
}

ajwt_reason ajwt_jwk_parse(ajwt_key *key, const json_t *jwk, ajwt_origin origin,
                           apr_pool_t *pool)
{
    ajwt_reason reason = read_names(key, jwk, pool);

    if (reason == AJWT_ACCEPTED)
        reason = material_from_jwk(key, jwk, origin, pool);
    if (reason == AJWT_ACCEPTED)
        reason = restrict_to_purpose(key, jwk);
    wipe_private_members(jwk);
    return reason;
}
