/* SPDX-License-Identifier: Apache-2.0 */
#include "core/jwk.h"

#include <apr_strings.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/material.h"
#include "core/x5c.h"

static const char *const private_members[] = {"d",  "p",   "q", "dp", "dq",
                                              "qi", "oth", "k", NULL};

/* A JWK being parsed, and the key being built from it */
typedef struct jwk_reader {
    ajwt_members members; /* must be first */
    ajwt_key *key;
    ajwt_origin origin;
    apr_pool_t *pool;
} jwk_reader;

static ajwt_reason fail_member_type(ajwt_members *members, const char *name,
                                    const char *type)
{
    return ajwt_members_fail(
        members, AJWT_KEY_MALFORMED, "%s is %s, not %s", name,
        ajwt_json_quote(json_object_get(members->jwk, name), members->pool),
        type);
}

static int has_equal_number(const EVP_PKEY *a, const EVP_PKEY *b,
                            const char *name)
{
    BIGNUM *of_a = NULL, *of_b = NULL;
    int are_equal = EVP_PKEY_get_bn_param(a, name, &of_a) &&
                    EVP_PKEY_get_bn_param(b, name, &of_b) &&
                    BN_cmp(of_a, of_b) == 0;

    BN_free(of_a);
    BN_free(of_b);
    return are_equal;
}

/* A certificate may restrict the RSA key of n and e to RSA-PSS. */
static int certifies_key(const EVP_PKEY *certified, const EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(certified, "RSA-PSS") && EVP_PKEY_is_a(pkey, "RSA"))
        return has_equal_number(certified, pkey, OSSL_PKEY_PARAM_RSA_N) &&
               has_equal_number(certified, pkey, OSSL_PKEY_PARAM_RSA_E);
    return EVP_PKEY_eq(certified, pkey) == 1;
}

/*
 * A certificate replaces absent members. It must match those that are present.
 */
static ajwt_reason use_certificate(EVP_PKEY **pkey, jwk_reader *reader,
                                   X509 *certificate)
{
    EVP_PKEY *certified = X509_get0_pubkey(certificate);
    ajwt_reason reason = AJWT_ACCEPTED;

    if (!certified)
        reason = ajwt_members_fail(&reader->members, AJWT_KEY_MALFORMED,
                                   "the key in x5c is not known to OpenSSL");
    else if (*pkey && !certifies_key(certified, *pkey))
        reason = ajwt_members_fail(
            &reader->members, AJWT_KEY_MALFORMED, "x5c contradicts %s",
            strcmp(reader->key->kty, "RSA") == 0 ? "n and e" : "crv, x and y");
    else if ((!*pkey || EVP_PKEY_is_a(certified, "RSA-PSS")) &&
             EVP_PKEY_up_ref(certified)) {
        EVP_PKEY_free(*pkey);
        *pkey = certified;
    }
    if (reason == AJWT_ACCEPTED)
        ajwt_key_add_thumbprints(reader->key, certificate, reader->pool);
    ERR_clear_error();
    return reason;
}

static ajwt_reason add_certificate(EVP_PKEY **pkey, jwk_reader *reader,
                                   const json_t *x5c)
{
    X509 *certificate = NULL;
    ajwt_oddity oddity = ajwt_x5c_read(&certificate, x5c, reader->pool);
    ajwt_reason reason = AJWT_ACCEPTED;

    if (certificate)
        reason = use_certificate(pkey, reader, certificate);
    else if (*pkey)
        ajwt_members_repair(&reader->members, "x5c", oddity);
    else
        reason = ajwt_members_fail(
            &reader->members, AJWT_KEY_MALFORMED,
            "%s, and there are no other members of a key",
            ajwt_members_describe("x5c", oddity, reader->pool));
    X509_free(certificate);
    return reason;
}

static int has_any_member(ajwt_members *members, const char *const *names)
{
    int found = 0;

    while (*names)
        found |= ajwt_members_get(members, *names++) != NULL;
    return found;
}

/* The key in a certificate may have another type than kty and crv. */
static ajwt_reason compare_with_certificate(jwk_reader *reader)
{
    const char *kty =
        json_string_value(json_object_get(reader->members.jwk, "kty"));
    const json_t *crv = ajwt_members_get(&reader->members, "crv");
    const ajwt_key *key = reader->key;

    if (strcmp(kty, key->kty) != 0)
        return ajwt_members_fail(&reader->members, AJWT_KEY_MALFORMED,
                                 "kty is \"%s\", and x5c has a key of %s", kty,
                                 key->kty);
    if (crv && key->crv &&
        !ajwt_bytes_equal_string(ajwt_json_string(crv), key->crv))
        return ajwt_members_fail(&reader->members, AJWT_KEY_MALFORMED,
                                 "crv is %s, and x5c has a key of %s",
                                 ajwt_json_quote(crv, reader->pool), key->crv);
    return AJWT_ACCEPTED;
}

/* Builds a public key from its members, or from x5c if these are absent. */
static ajwt_reason public_from_jwk(jwk_reader *reader)
{
    static const char *const public_members[] = {"n", "e", "x", "y", NULL};
    const json_t *x5c = ajwt_members_get(&reader->members, "x5c");
    EVP_PKEY *pkey = NULL;
    ajwt_reason reason = AJWT_ACCEPTED;

    reader->key->has_private_members =
        has_any_member(&reader->members, private_members);
    if (!x5c || has_any_member(&reader->members, public_members))
        reason = ajwt_material_read(&pkey, &reader->members, reader->key->kty);
    if (reason == AJWT_ACCEPTED && x5c)
        reason = add_certificate(&pkey, reader, x5c);
    if (reason != AJWT_ACCEPTED) {
        EVP_PKEY_free(pkey);
        return reason;
    }
    reason = ajwt_key_from_pkey(reader->key, pkey, reader->pool);
    return reason == AJWT_ACCEPTED ? compare_with_certificate(reader) : reason;
}

/* Returns NULL for a type that is not supported. */
static const char *find_key_type(ajwt_bytes kty)
{
    static const char *const types[] = {"RSA", "EC", "OKP", "oct"};
    unsigned i;

    for (i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (ajwt_bytes_equal_string(kty, types[i]))
            return types[i];
    }
    return NULL;
}

static ajwt_reason secret_from_jwk(jwk_reader *reader)
{
    ajwt_bytes secret;
    ajwt_reason reason;

    if (reader->origin == AJWT_FETCHED)
        return ajwt_members_fail(&reader->members, AJWT_KEY_SYMMETRIC,
                                 "kty is \"oct\"");
    reason = ajwt_members_decode(&secret, &reader->members, "k");
    if (reason != AJWT_ACCEPTED)
        return reason;
    reason = ajwt_key_from_secret(reader->key, secret, reader->pool);
    ajwt_bytes_wipe(secret);
    return reason;
}

static ajwt_reason material_from_jwk(jwk_reader *reader)
{
    const json_t *value = ajwt_members_get(&reader->members, "kty");
    ajwt_bytes kty = ajwt_json_string(value);

    if (!json_is_object(reader->members.jwk))
        return ajwt_members_fail(
            &reader->members, AJWT_KEY_MALFORMED, "it is %s, not an object",
            ajwt_json_quote(reader->members.jwk, reader->pool));
    if (!value)
        return ajwt_members_fail(&reader->members, AJWT_KEY_MALFORMED,
                                 "kty is missing");
    if (!kty.data)
        return fail_member_type(&reader->members, "kty", "a string");
    reader->key->kty = find_key_type(kty);
    if (!reader->key->kty)
        return ajwt_members_fail(&reader->members, AJWT_KEY_TYPE_UNKNOWN,
                                 "kty is %s",
                                 ajwt_json_quote(value, reader->pool));
    return strcmp(reader->key->kty, "oct") == 0 ? secret_from_jwk(reader)
                                                : public_from_jwk(reader);
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

static ajwt_reason read_name(ajwt_bytes *name, ajwt_members *members,
                             const char *member)
{
    const json_t *value = ajwt_members_get(members, member);

    *name = copy_string(value, members->pool);
    if (value && !name->data)
        return fail_member_type(members, member, "a string");
    if (name->len > AJWT_MAX_KID_BYTES)
        return ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                 "%s has %" APR_SIZE_T_FMT
                                 " bytes, and may have at most %d",
                                 member, name->len, AJWT_MAX_KID_BYTES);
    return AJWT_ACCEPTED;
}

/* Tokens contain the thumbprint in strict base64url, or as written here. */
static ajwt_reason read_thumbprint(ajwt_bytes *thumbprint, ajwt_bytes *written,
                                   ajwt_members *members, const char *name)
{
    ajwt_reason reason = read_name(thumbprint, members, name);
    ajwt_bytes strict;

    if (reason != AJWT_ACCEPTED)
        return reason;
    strict = ajwt_members_strict(members, name, *thumbprint);
    if (strict.data) {
        *written = *thumbprint;
        *thumbprint = strict;
    }
    return AJWT_ACCEPTED;
}

/*
 * Not defined by an RFC: Entra ID restricts a key to the tokens of one issuer.
 */
static ajwt_reason read_issuer(ajwt_bytes *issuer, ajwt_members *members)
{
    const json_t *value = ajwt_members_get(members, "issuer");

    *issuer = copy_string(value, members->pool);
    return value && issuer->len == 0
               ? fail_member_type(members, "issuer", "the name of an issuer")
               : AJWT_ACCEPTED;
}

static ajwt_reason read_names(jwk_reader *reader)
{
    ajwt_key *key = reader->key;
    ajwt_members *members = &reader->members;
    ajwt_reason reason = read_name(&key->kid, members, "kid");

    if (reason)
        return reason;
    reason = read_thumbprint(&key->x5t, &key->x5t_written, members, "x5t");
    if (reason)
        return reason;
    reason = read_thumbprint(&key->x5t_s256, &key->x5t_s256_written, members,
                             "x5t#S256");
    if (reason)
        return reason;
    return read_issuer(&key->issuer, members);
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

/* RFC 7517 4.4 */
static ajwt_reason restrict_to_alg(jwk_reader *reader, const json_t *alg_name)
{
    ajwt_key *key = reader->key;
    const ajwt_alg *alg = ajwt_alg_find(ajwt_json_string(alg_name));
    const char *text = ajwt_json_quote(alg_name, reader->pool);

    if (!alg)
        return ajwt_members_fail(&reader->members, AJWT_KEY_PURPOSE,
                                 "alg is %s, not a signature algorithm", text);
    key->algs &= alg->algs;
    if (key->algs)
        return AJWT_ACCEPTED;
    if (!key->pkey && alg->family == AJWT_HMAC)
        return ajwt_members_fail(&reader->members, AJWT_KEY_SIZE,
                                 "alg is %s, and k has %d bytes only", text,
                                 key->bits / 8);
    return ajwt_members_fail(&reader->members, AJWT_KEY_MALFORMED,
                             "alg is %s, and the key is %s%s%s", text, key->kty,
                             key->crv ? " " : "", key->crv ? key->crv : "");
}

/* RFC 7517 4.2 to 4.4: use, key_ops and alg can only remove algorithms. */
static ajwt_reason restrict_to_purpose(jwk_reader *reader)
{
    ajwt_members *members = &reader->members;
    const json_t *use = ajwt_members_get(members, "use");
    const json_t *key_ops = ajwt_members_get(members, "key_ops");
    const json_t *alg_name = ajwt_members_get(members, "alg");

    if (use && !json_is_string(use))
        return fail_member_type(members, "use", "a string");
    if (key_ops && !json_is_array(key_ops))
        return fail_member_type(members, "key_ops", "an array");
    if (alg_name && !json_is_string(alg_name))
        return fail_member_type(members, "alg", "a string");
    if (use && !ajwt_bytes_equal_string(ajwt_json_string(use), "sig"))
        return ajwt_members_fail(members, AJWT_KEY_PURPOSE,
                                 "use is %s, not \"sig\"",
                                 ajwt_json_quote(use, reader->pool));
    if (key_ops && !may_verify(key_ops))
        return ajwt_members_fail(members, AJWT_KEY_PURPOSE,
                                 "key_ops does not contain \"verify\"");
    return alg_name ? restrict_to_alg(reader, alg_name) : AJWT_ACCEPTED;
}

/* Covers every member. The members that are used would be refused. */
static void note_wide_integers(ajwt_members *members)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)members->jwk, name, value)
    {
        if (!ajwt_json_is_exact(value))
            ajwt_members_repair(members, name, AJWT_ODD_INTEGER);
    }
}

/* Wipes secrets in the document, which is freed soon. */
static void wipe_private_members(const json_t *jwk)
{
    const char *const *name;

    for (name = private_members; *name; name++)
        ajwt_json_wipe(json_object_get(jwk, *name));
}

ajwt_reason ajwt_jwk_parse(ajwt_key *key, const json_t *jwk, ajwt_origin origin,
                           apr_pool_t *pool)
{
    jwk_reader reader = {.key = key, .origin = origin, .pool = pool};
    ajwt_reason reason;

    ajwt_members_open(&reader.members, jwk, pool);
    reason = read_names(&reader);
    if (reason == AJWT_ACCEPTED)
        reason = material_from_jwk(&reader);
    if (reason == AJWT_ACCEPTED)
        reason = restrict_to_purpose(&reader);
    if (reason == AJWT_ACCEPTED)
        note_wide_integers(&reader.members);
    wipe_private_members(jwk);
    if (reader.members.problem)
        key->problem = reader.members.problem;
    key->repairs = ajwt_members_list_repairs(&reader.members);
    return reason;
}
