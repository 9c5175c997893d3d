/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "core/base64url.h"
#include "core/key.h"
#include "core/limits.h"

typedef struct material_case {
    const char *name; /* of the test's key */
    ajwt_reason reason;
    const char *kty;
    const char *crv;
    int bits;
    ajwt_alg_set algs;
} material_case;

static const material_case materials[] = {
    {"RSA", AJWT_ACCEPTED, "RSA", NULL, 2048, AJWT_ALGS_RSA},
    {"RSA-3072", AJWT_ACCEPTED, "RSA", NULL, 3072, AJWT_ALGS_RSA},
    {"P-256", AJWT_ACCEPTED, "EC", "P-256", 256, AJWT_ALG_ES256},
    {"P-384", AJWT_ACCEPTED, "EC", "P-384", 384, AJWT_ALG_ES384},
    {"P-521", AJWT_ACCEPTED, "EC", "P-521", 521, AJWT_ALG_ES512},
    {"secp256k1", AJWT_ACCEPTED, "EC", "secp256k1", 256, AJWT_ALG_ES256K},
    {"Ed25519", AJWT_ACCEPTED, "OKP", "Ed25519", 253, AJWT_ALG_ED25519},
    {"Ed448", AJWT_ACCEPTED, "OKP", "Ed448", 456, AJWT_ALG_ED448},
    {"X25519", AJWT_KEY_TYPE_UNKNOWN, NULL, NULL, 0, 0},
};

static void expect_key(const char *what, const ajwt_key *key,
                       const material_case *wanted)
{
    support_expect_text(what, key->kty, wanted->kty);
    support_expect_text(what, key->crv, wanted->crv);
    support_expect(what, key->bits == wanted->bits);
    support_expect(what, key->algs == wanted->algs);
    support_expect(what, key->pkey != NULL);
    support_expect(what, !key->secret.data);
    support_expect(what, !key->kid.data);
    support_expect(what, !key->has_private_members);
}

static void judges_material(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(materials); i++) {
        const material_case *c = &materials[i];
        EVP_PKEY *pkey = support_key_named(c->name)->pkey;
        ajwt_key key = {0};

        EVP_PKEY_up_ref(pkey);
        support_expect_reason(c->name, ajwt_key_from_pkey(&key, pkey, *state),
                              c->reason);
        if (c->reason == AJWT_ACCEPTED)
            expect_key(c->name, &key, c);
    }
}

/* What OpenSSL can make and JOSE has no use for */
static void leaves_out_other_material(void **state)
{
    static const char *const types[] = {"X448"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(types); i++) {
        EVP_PKEY_CTX *context =
            EVP_PKEY_CTX_new_from_name(NULL, types[i], NULL);
        EVP_PKEY *pkey = NULL;
        ajwt_key key = {0};

        assert_int_equal(EVP_PKEY_keygen_init(context), 1);
        assert_int_equal(EVP_PKEY_keygen(context, &pkey), 1);
        EVP_PKEY_CTX_free(context);
        support_expect_reason(types[i], ajwt_key_from_pkey(&key, pkey, *state),
                              AJWT_KEY_TYPE_UNKNOWN);
    }
}

typedef struct pss_case {
    const char *hash, *mgf1_hash; /* NULL: not restricted */
    int salt_bytes;               /* -1: not restricted */
    ajwt_alg_set algs;            /* 0: of no use */
} pss_case;

static const pss_case pss_cases[] = {
    {NULL, NULL, -1, AJWT_ALGS_PSS},
    {"SHA256", "SHA256", 32, AJWT_ALG_PS256},
    {"SHA384", "SHA384", 48, AJWT_ALG_PS384},
    {"SHA512", "SHA512", 64, AJWT_ALG_PS512},
    {"SHA512", "SHA512", 20, AJWT_ALG_PS512},
    {"SHA256", "SHA256", 33, 0},
    {"SHA256", "SHA512", 32, 0},
    {"SHA256", "SHA1", 32, 0},
    {"SHA1", "SHA1", 20, 0},
    {"SHA512-256", "SHA512-256", 32, 0},
};

static EVP_PKEY *make_pss_key(const pss_case *c)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *pkey = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (c->hash) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_md(
                             context, EVP_get_digestbyname(c->hash)),
                         1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(
                             context, EVP_get_digestbyname(c->mgf1_hash)),
                         1);
        assert_int_equal(
            EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, c->salt_bytes), 1);
    }
    assert_int_equal(EVP_PKEY_keygen(context, &pkey), 1);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

/* RFC 4055 1.2: such a key verifies PSS only, and maybe with one hash. */
static void restricts_rsa_pss_keys(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(pss_cases); i++) {
        const pss_case *c = &pss_cases[i];
        ajwt_key key = {0};
        const char *what =
            apr_psprintf(*state, "%s, %s, %d", c->hash ? c->hash : "any",
                         c->mgf1_hash ? c->mgf1_hash : "any", c->salt_bytes);

        support_expect_reason(what,
                              ajwt_key_from_pkey(&key, make_pss_key(c), *state),
                              c->algs ? AJWT_ACCEPTED : AJWT_KEY_PURPOSE);
        support_expect(what, key.algs == c->algs);
        support_expect_text(what, key.kty, "RSA");
        support_expect(what, key.bits == 2048);
        support_expect("no error is left", ERR_peek_error() == 0);
    }
}

static const char *material_of(EVP_PKEY *pkey, apr_pool_t *pool)
{
    ajwt_key key = {0};
    ajwt_bytes material;
    ajwt_reason reason;

    EVP_PKEY_up_ref(pkey);
    reason = ajwt_key_from_pkey(&key, pkey, pool);
    assert_int_equal(reason, AJWT_ACCEPTED);
    material = ajwt_key_material(&key, pool);
    return ajwt_base64url_encode(material, pool);
}

/* The same point, written in another form */
static EVP_PKEY *compress(EVP_PKEY *pkey)
{
    const unsigned char *at;
    unsigned char *der = NULL;
    int len;
    EVP_PKEY *copy;

    assert_int_equal(
        EVP_PKEY_set_utf8_string_param(
            pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
        1);
    len = i2d_PUBKEY(pkey, &der);
    assert_true(len > 0);
    at = der;
    copy = d2i_PUBKEY(NULL, &at, len);
    OPENSSL_free(der);
    return copy;
}

static void knows_equal_keys(void **state)
{
    EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    const char *material = material_of(own, *state);
    EVP_PKEY *compressed = compress(own);
    size_t i, j;

    support_expect_text("compressed", material_of(compressed, *state),
                        material);
    EVP_PKEY_free(own);
    EVP_PKEY_free(compressed);
    for (i = 0; i < SUPPORT_COUNT(materials) - 1; i++) {
        for (j = 0; j < SUPPORT_COUNT(materials) - 1; j++)
            support_expect(
                materials[i].name,
                (i == j) ==
                    (strcmp(
                         material_of(support_key_named(materials[i].name)->pkey,
                                     *state),
                         material_of(support_key_named(materials[j].name)->pkey,
                                     *state)) == 0));
    }
}

static void leaves_out_other_curves(void **state)
{
    static const char *const curves[] = {"P-224", "brainpoolP256r1"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(curves); i++) {
        EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[i]);
        ajwt_key key = {0};

        assert_non_null(pkey);
        support_expect_reason(curves[i], ajwt_key_from_pkey(&key, pkey, *state),
                              AJWT_KEY_TYPE_UNKNOWN);
    }
}

/* C4 */
static void refuses_short_rsa(void **state)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    ajwt_key key = {0};

    assert_non_null(pkey);
    support_expect_reason("1024", ajwt_key_from_pkey(&key, pkey, *state),
                          AJWT_KEY_SIZE);
}

static void takes_certificates(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(materials); i++) {
        const material_case *c = &materials[i];
        X509 *certificate;
        ajwt_key key = {0};

        if (c->reason != AJWT_ACCEPTED)
            continue;
        certificate = support_certificate(c->name, *state);
        X509_up_ref(certificate);
        support_expect_reason(
            c->name, ajwt_key_from_certificate(&key, certificate, *state),
            AJWT_ACCEPTED);
        expect_key(c->name, &key, c);
    }
}

/* id-ecPublicKey (RFC 5480 2.1.1), and an arc beside it that is no key's */
static void leaves_certificates_of_unknown_keys(void **state)
{
    static const unsigned char known[] = {0x2a, 0x86, 0x48, 0xce,
                                          0x3d, 0x02, 0x01};
    unsigned char *der = NULL, *at;
    int len = i2d_X509(support_certificate("P-256", *state), &der);
    const unsigned char *c = der;
    X509 *certificate;
    ajwt_key key = {0};

    assert_true(len > 0);
    at = memmem(der, (size_t)len, known, sizeof known);
    assert_non_null(at);
    at[sizeof known - 1] = 0x7f;
    certificate = d2i_X509(NULL, &c, len);
    assert_non_null(certificate);
    support_expect_reason("another arc",
                          ajwt_key_from_certificate(&key, certificate, *state),
                          AJWT_KEY_TYPE_UNKNOWN);
    support_expect("no error is left", ERR_peek_error() == 0);
    OPENSSL_free(der);
}

static const char *thumbprint(const char *name, const EVP_MD *digest,
                              apr_pool_t *pool)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len;
    X509 *certificate = support_certificate(name, pool);

    assert_int_equal(X509_digest(certificate, digest, bytes, &len), 1);
    return ajwt_base64url_encode((ajwt_bytes){bytes, len}, pool);
}

/* RFC 7515 4.1.7 and 4.1.8 */
static void adds_thumbprints(void **state)
{
    const char *sha1 = thumbprint("P-256", EVP_sha1(), *state);
    const char *sha256 = thumbprint("P-256", EVP_sha256(), *state);
    X509 *certificate = support_certificate("P-256", *state);
    ajwt_key key = {0};

    ajwt_key_add_thumbprints(&key, certificate, *state);
    support_expect("x5t", ajwt_bytes_equal_string(key.x5t, sha1));
    support_expect("x5t#S256", ajwt_bytes_equal_string(key.x5t_s256, sha256));
    key.x5t = ajwt_bytes_from_string("own");
    key.x5t_s256 = ajwt_bytes_from_string("own too");
    ajwt_key_add_thumbprints(&key, certificate, *state);
    support_expect("its own x5t", ajwt_bytes_equal_string(key.x5t, "own"));
    support_expect("its own x5t#S256",
                   ajwt_bytes_equal_string(key.x5t_s256, "own too"));
}

static void names_certificates_by_thumbprint(void **state)
{
    X509 *certificate = support_certificate("RSA", *state);
    ajwt_key key = {0};

    X509_up_ref(certificate);
    assert_int_equal(ajwt_key_from_certificate(&key, certificate, *state),
                     AJWT_ACCEPTED);
    support_expect("x5t", ajwt_bytes_equal_string(
                              key.x5t, thumbprint("RSA", EVP_sha1(), *state)));
    support_expect("x5t#S256",
                   ajwt_bytes_equal_string(
                       key.x5t_s256, thumbprint("RSA", EVP_sha256(), *state)));
}

typedef struct secret_case {
    int bytes;
    ajwt_alg_set algs; /* 0: refused */
} secret_case;

/* RFC 7518 3.2: as long as the hash */
static const secret_case secrets[] = {
    {0, 0},
    {1, 0},
    {31, 0},
    {32, AJWT_ALG_HS256},
    {47, AJWT_ALG_HS256},
    {48, AJWT_ALG_HS256 | AJWT_ALG_HS384},
    {63, AJWT_ALG_HS256 | AJWT_ALG_HS384},
    {64, AJWT_ALGS_HMAC},
    {AJWT_MAX_SECRET_BYTES, AJWT_ALGS_HMAC},
    {AJWT_MAX_SECRET_BYTES + 1, 0},
};

/* A3 */
static void judges_secrets(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(secrets); i++) {
        const secret_case *c = &secrets[i];
        const char *what = apr_psprintf(*state, "%d bytes", c->bytes);
        ajwt_bytes secret =
            ajwt_bytes_from_string(support_repeat("s", c->bytes, *state));
        ajwt_key key = {0};

        support_expect_reason(what, ajwt_key_from_secret(&key, secret, *state),
                              c->algs ? AJWT_ACCEPTED : AJWT_KEY_SIZE);
        if (!c->algs)
            continue;
        support_expect(what, key.algs == c->algs);
        support_expect(what, key.bits == c->bytes * 8);
        support_expect_text(what, key.kty, "oct");
        support_expect_text(what, key.crv, NULL);
        support_expect(what, !key.pkey);
        support_expect(what, ajwt_bytes_equal(key.secret, secret));
        support_expect("it is a copy", key.secret.data != secret.data);
    }
}

static void copies_secrets_with_nul(void **state)
{
    unsigned char bytes[32] = {0};
    ajwt_key key = {0};

    assert_int_equal(
        ajwt_key_from_secret(&key, (ajwt_bytes){bytes, 32}, *state),
        AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal(key.secret, (ajwt_bytes){bytes, 32}));
}

static void finds_curves(void **state)
{
    static const char *const none[][2] = {
        {"EC", "Ed25519"}, {"OKP", "P-256"},  {"OKP", "X25519"},
        {"OKP", "X448"},   {"EC", "p-256"},   {"EC", "prime256v1"},
        {"EC", "P-224"},   {"EC", "P-256 "},  {"EC", ""},
        {"RSA", "P-256"},  {"OKP", "ED25519"}};
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(materials); i++) {
        const material_case *c = &materials[i];
        const ajwt_curve *curve;

        if (!c->crv)
            continue;
        curve = ajwt_curve_find(c->kty, ajwt_bytes_from_string(c->crv));
        support_expect(c->crv, curve && curve->bits == c->bits &&
                                   curve->algs == c->algs);
    }
    for (i = 0; i < SUPPORT_COUNT(none); i++)
        support_expect(
            none[i][1],
            !ajwt_curve_find(none[i][0], ajwt_bytes_from_string(none[i][1])));
    support_expect("absent",
                   !ajwt_curve_find("EC", ajwt_bytes_from_string(NULL)));
}

/* C7: what is left in the queue would be taken for somebody else's error. */
static void leaves_no_errors(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_material),
        SUPPORT_TEST(leaves_out_other_material),
        SUPPORT_TEST(restricts_rsa_pss_keys),
        SUPPORT_TEST(knows_equal_keys),
        SUPPORT_TEST(leaves_out_other_curves),
        SUPPORT_TEST(refuses_short_rsa),
        SUPPORT_TEST(takes_certificates),
        SUPPORT_TEST(leaves_certificates_of_unknown_keys),
        SUPPORT_TEST(adds_thumbprints),
        SUPPORT_TEST(names_certificates_by_thumbprint),
        SUPPORT_TEST(judges_secrets),
        SUPPORT_TEST(copies_secrets_with_nul),
        SUPPORT_TEST(finds_curves),
        SUPPORT_TEST(leaves_no_errors),
    };

    return SUPPORT_RUN(tests);
}
