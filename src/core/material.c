/* SPDX-License-Identifier: Apache-2.0 */
#include "core/material.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "core/json.h"
#include "core/key.h"

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

static EVP_PKEY *build_rsa(ajwt_bytes n_bytes, ajwt_bytes e_bytes)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn(n_bytes.data, (int)n_bytes.len, NULL);
    BIGNUM *e = BN_bin2bn(e_bytes.data, (int)e_bytes.len, NULL);
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
static ajwt_reason rsa_from_jwk(EVP_PKEY **pkey, ajwt_members *members)
{
    ajwt_bytes n, e;
    ajwt_reason reason = ajwt_members_decode(&n, members, "n");

    if (reason)
        return reason;
    reason = ajwt_members_decode(&e, members, "e");
    if (reason)
        return reason;
    if (n.len == 0 || e.len == 0)
        return ajwt_members_fail(members, AJWT_KEY_MALFORMED, "%s is empty",
                                 n.len ? "e" : "n");
    *pkey = build_rsa(n, e);
    return *pkey ? AJWT_ACCEPTED
                 : ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                     "n and e are not an RSA key");
}

static ajwt_reason fail_unknown_curve(ajwt_members *members)
{
    const json_t *crv = ajwt_members_get(members, "crv");

    return crv ? ajwt_members_fail(members, AJWT_KEY_TYPE_UNKNOWN, "crv is %s",
                                   ajwt_json_quote(crv, members->pool))
               : ajwt_members_fail(members, AJWT_KEY_TYPE_UNKNOWN,
                                   "crv is missing");
}

/* RFC 7518 6.2.1.2: a coordinate has its full length */
static ajwt_reason read_coordinate(unsigned char *output, apr_size_t len,
                                   ajwt_members *members, const char *name)
{
    ajwt_bytes bytes;
    ajwt_reason reason = ajwt_members_decode(&bytes, members, name);

    if (reason != AJWT_ACCEPTED)
        return reason;
    if (bytes.len != len)
        return ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                 "%s has %" APR_SIZE_T_FMT
                                 " bytes, and must have %" APR_SIZE_T_FMT,
                                 name, bytes.len, len);
    memcpy(output, bytes.data, len);
    return AJWT_ACCEPTED;
}

static EVP_PKEY *build_ec(const ajwt_curve *ec, unsigned char *point,
                          apr_size_t len)
{
    OSSL_PARAM params[3];

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                                 (char *)ec->name, 0);
    params[1] =
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len);
    params[2] = OSSL_PARAM_construct_end();
    return build_pkey("EC", params);
}

/* RFC 7518 6.2.1: a point on the curve */
static ajwt_reason ec_from_jwk(EVP_PKEY **pkey, ajwt_members *members)
{
    const ajwt_curve *ec =
        ajwt_curve_find("EC", ajwt_json_member(members->jwk, "crv"));
    apr_size_t len = ec ? (apr_size_t)(ec->bits + 7) / 8 : 0;
    unsigned char *point = apr_palloc(members->pool, 1 + 2 * len);
    ajwt_reason reason;

    if (!ec)
        return fail_unknown_curve(members);
    point[0] = 4; /* uncompressed (SEC 1, 2.3.3) */
    reason = read_coordinate(point + 1, len, members, "x");
    if (reason)
        return reason;
    reason = read_coordinate(point + 1 + len, len, members, "y");
    if (reason)
        return reason;
    *pkey = build_ec(ec, point, 1 + 2 * len);
    return *pkey ? AJWT_ACCEPTED
                 : ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                     "x and y are not a point of %s", ec->crv);
}

/* RFC 8037 2 */
static ajwt_reason okp_from_jwk(EVP_PKEY **pkey, ajwt_members *members)
{
    const ajwt_curve *okp =
        ajwt_curve_find("OKP", ajwt_json_member(members->jwk, "crv"));
    ajwt_bytes x;
    ajwt_reason reason;

    if (!okp)
        return fail_unknown_curve(members);
    reason = ajwt_members_decode(&x, members, "x");
    if (reason != AJWT_ACCEPTED)
        return reason;
    *pkey =
        EVP_PKEY_new_raw_public_key_ex(NULL, okp->name, NULL, x.data, x.len);
    ERR_clear_error();
    return *pkey ? AJWT_ACCEPTED
                 : ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                     "x, of %" APR_SIZE_T_FMT
                                     " bytes, is not a key of %s",
                                     x.len, okp->crv);
}

ajwt_reason ajwt_material_read(EVP_PKEY **pkey, ajwt_members *members,
                               const char *kty)
{
    *pkey = NULL;
    if (strcmp(kty, "RSA") == 0)
        return rsa_from_jwk(pkey, members);
    if (strcmp(kty, "EC") == 0)
        return ec_from_jwk(pkey, members);
    return okp_from_jwk(pkey, members);
}
