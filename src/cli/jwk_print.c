/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/jwk_print.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/base64url.h"
#include "core/json.h"

/*
 * len 0: without leading zero bytes.  Returns NULL if the key has no such
 * number.
 */
static const char *print_number(const EVP_PKEY *pkey, const char *name, int len,
                                apr_pool_t *pool)
{
    BIGNUM *number = NULL;
    ajwt_bytes bytes = {NULL, 0};
    unsigned char *raw;

    if (!EVP_PKEY_get_bn_param(pkey, name, &number))
        return NULL;
    if (len == 0)
        len = BN_num_bytes(number);
    raw = apr_palloc(pool, (apr_size_t)len);
    if (BN_bn2binpad(number, raw, len) == len) {
        bytes.data = raw;
        bytes.len = (apr_size_t)len;
    }
    BN_free(number);
    return bytes.data ? ajwt_base64url_encode(bytes, pool) : NULL;
}

static const char *print_raw(const EVP_PKEY *pkey, apr_pool_t *pool)
{
    unsigned char raw[128]; /* Ed448 needs 57 */
    size_t len = sizeof raw;
    ajwt_bytes bytes = {raw, 0};

    if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
        return NULL;
    bytes.len = len;
    return ajwt_base64url_encode(bytes, pool);
}

/*
 * Returns the members that RFC 7638 3.2 requires, in the order of 3.3, which
 * jansson keeps. json_pack fails on NULL, so the result is NULL then.
 */
static json_t *make_required_members(const ajwt_key *key, apr_pool_t *pool)
{
    int len = (key->bits + 7) / 8;

    if (!key->crv)
        return json_pack(
            "{s:s, s:s, s:s}", "e",
            print_number(key->pkey, OSSL_PKEY_PARAM_RSA_E, 0, pool), "kty",
            key->kty, "n",
            print_number(key->pkey, OSSL_PKEY_PARAM_RSA_N, 0, pool));
    if (EVP_PKEY_is_a(key->pkey, "EC"))
        return json_pack(
            "{s:s, s:s, s:s, s:s}", "crv", key->crv, "kty", key->kty, "x",
            print_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, len, pool), "y",
            print_number(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, len, pool));
    return json_pack("{s:s, s:s, s:s}", "crv", key->crv, "kty", key->kty, "x",
                     print_raw(key->pkey, pool));
}

static const char *hash_text(const char *text, apr_pool_t *pool)
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    size_t len = 0;
    ajwt_bytes bytes = {raw, 0};

    if (!EVP_Q_digest(NULL, "SHA256", NULL, text, strlen(text), raw, &len))
        return NULL;
    bytes.len = len;
    return ajwt_base64url_encode(bytes, pool);
}

const char *ajwt_jwk_thumbprint(const ajwt_key *key, apr_pool_t *pool)
{
    json_t *members = make_required_members(key, pool);
    const char *text = members ? ajwt_json_print(members, pool) : NULL;

    json_decref(members);
    ERR_clear_error();
    return text ? hash_text(text, pool) : NULL;
}

const char *ajwt_jwk_print_set(const ajwt_key *key, const ajwt_alg *alg,
                               apr_pool_t *pool)
{
    json_t *jwk = make_required_members(key, pool);
    const char *text = NULL;
    json_t *set;

    if (jwk &&
        json_object_set_new(
            jwk, "kid",
            json_stringn((const char *)key->kid.data, key->kid.len)) == 0 &&
        json_object_set_new(jwk, "use", json_string("sig")) == 0 &&
        (!alg ||
         json_object_set_new(jwk, "alg", json_string(alg->name)) == 0)) {
        set = json_pack("{s:[O]}", "keys", jwk);
        text = ajwt_json_print(set, pool);
        json_decref(set);
    }
    json_decref(jwk);
    ERR_clear_error();
    return text;
}
