/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/alg.h"

/* RFC 7518 3.1, 3.2 to 3.5; RFC 8812 3.2; RFC 8032 5.1.6, 5.2.6; RFC 9864 2.2
 */
static const ajwt_alg registered[] = {
    {"HS256", AJWT_ALG_HS256, AJWT_HMAC, AJWT_SHA256, 32},
    {"HS384", AJWT_ALG_HS384, AJWT_HMAC, AJWT_SHA384, 48},
    {"HS512", AJWT_ALG_HS512, AJWT_HMAC, AJWT_SHA512, 64},
    {"RS256", AJWT_ALG_RS256, AJWT_RSA_PKCS1, AJWT_SHA256, 0},
    {"RS384", AJWT_ALG_RS384, AJWT_RSA_PKCS1, AJWT_SHA384, 0},
    {"RS512", AJWT_ALG_RS512, AJWT_RSA_PKCS1, AJWT_SHA512, 0},
    {"ES256", AJWT_ALG_ES256, AJWT_ECDSA, AJWT_SHA256, 64},
    {"ES384", AJWT_ALG_ES384, AJWT_ECDSA, AJWT_SHA384, 96},
    {"ES512", AJWT_ALG_ES512, AJWT_ECDSA, AJWT_SHA512, 132},
    {"PS256", AJWT_ALG_PS256, AJWT_RSA_PSS, AJWT_SHA256, 0},
    {"PS384", AJWT_ALG_PS384, AJWT_RSA_PSS, AJWT_SHA384, 0},
    {"PS512", AJWT_ALG_PS512, AJWT_RSA_PSS, AJWT_SHA512, 0},
    {"ES256K", AJWT_ALG_ES256K, AJWT_ECDSA, AJWT_SHA256, 64},
    {"Ed25519", AJWT_ALG_ED25519, AJWT_EDDSA, AJWT_NO_DIGEST, 64},
    {"Ed448", AJWT_ALG_ED448, AJWT_EDDSA, AJWT_NO_DIGEST, 114},
    {"EdDSA", AJWT_ALG_ED25519 | AJWT_ALG_ED448, AJWT_EDDSA, AJWT_NO_DIGEST, 0},
};

static void has_the_registered_rows(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(registered); i++) {
        const ajwt_alg *wanted = &registered[i];
        const ajwt_alg *row =
            ajwt_alg_find(ajwt_bytes_from_string(wanted->name));

        support_expect(wanted->name, row != NULL);
        if (!row)
            continue;
        support_expect_text("name", row->name, wanted->name);
        support_expect(wanted->name, row->algs == wanted->algs);
        support_expect(wanted->name, row->family == wanted->family);
        support_expect(wanted->name, row->digest == wanted->digest);
        support_expect(wanted->name,
                       row->signature_bytes == wanted->signature_bytes);
    }
}

static void walks_over_all(void **state)
{
    int i;

    (void)state;
    for (i = 0; ajwt_alg_at(i); i++)
        support_expect("found by its name",
                       ajwt_alg_find(ajwt_bytes_from_string(
                           ajwt_alg_at(i)->name)) == ajwt_alg_at(i));
    assert_int_equal(i, SUPPORT_COUNT(registered));
    assert_null(ajwt_alg_at(i + 1));
    assert_null(ajwt_alg_at(-1));
}

/* A1: a name is one byte string, and no other is like it */
static void knows_no_other_name(void **state)
{
    const ajwt_bytes others[] = {
        SUPPORT_BYTES(""),          SUPPORT_BYTES("none"),
        SUPPORT_BYTES("rs256"),     SUPPORT_BYTES("RS25"),
        SUPPORT_BYTES("RS2560"),    SUPPORT_BYTES("RS256\0"),
        SUPPORT_BYTES(" RS256"),    SUPPORT_BYTES("RS256 "),
        SUPPORT_BYTES("EDDSA"),     SUPPORT_BYTES("ed25519"),
        SUPPORT_BYTES("Ed25519ph"), SUPPORT_BYTES("HS1"),
        SUPPORT_BYTES("RS1"),       SUPPORT_BYTES("RSA-OAEP"),
        SUPPORT_BYTES("dir"),       SUPPORT_BYTES("ES256k")};
    const ajwt_bytes absent = {NULL, 0};
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(others); i++)
        support_expect((const char *)others[i].data, !ajwt_alg_find(others[i]));
    support_expect("absent", !ajwt_alg_find(absent));
}

/* A2: The defaults of AuthJWTAlgorithms, and what is never among them */
static void defaults_leave_out_secrets(void **state)
{
    (void)state;
    assert_int_equal(SUPPORT_ALGS_DEFAULT & AJWT_ALGS_HMAC, 0);
    assert_int_equal(SUPPORT_ALGS_DEFAULT & AJWT_ALG_ES256K, 0);
    assert_int_equal(SUPPORT_ALGS_DEFAULT | AJWT_ALGS_HMAC | AJWT_ALG_ES256K,
                     (1u << 15) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(has_the_registered_rows),
        SUPPORT_TEST(walks_over_all),
        SUPPORT_TEST(knows_no_other_name),
        SUPPORT_TEST(defaults_leave_out_secrets),
    };

    return SUPPORT_RUN(tests);
}
