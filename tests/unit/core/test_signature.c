/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "core/signature.h"

#define INPUT SUPPORT_BYTES("eyJhbGciOiJFUzI1NiJ9.e30")

static const char *const alg_names[] = {
    "RS256", "RS384",  "RS512", "PS256",   "PS384", "PS512", "ES256", "ES384",
    "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "HS256", "HS384", "HS512"};

static ajwt_bytes sign(const char *alg, apr_pool_t *pool)
{
    return support_sign(support_key_for(alg), alg, INPUT, pool);
}

static void accepts_what_was_signed(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++)
        support_expect_reason(
            alg_names[i],
            support_check_signature(support_key_for(alg_names[i])->name,
                                    alg_names[i], INPUT,
                                    sign(alg_names[i], *state), *state),
            AJWT_ACCEPTED);
    support_expect_reason("EdDSA of Ed448",
                          support_check_signature("Ed448", "EdDSA", INPUT,
                                                  sign("Ed448", *state),
                                                  *state),
                          AJWT_ACCEPTED);
}

/* B5 */
static void refuses_what_others_signed(void **state)
{
    static const char *const others[][2] = {{"RS256", "RSA-other"},
                                            {"PS256", "RSA-other"},
                                            {"ES256", "P-256-other"},
                                            {"EdDSA", "Ed25519-other"},
                                            {"HS256", "oct-other"}};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(others); i++)
        support_expect_reason(
            others[i][0],
            support_check_signature(others[i][1], others[i][0], INPUT,
                                    sign(others[i][0], *state), *state),
            AJWT_SIGNATURE_INVALID);
}

static void refuses_another_input(void **state)
{
    static const ajwt_bytes inputs[] = {
        SUPPORT_BYTES("eyJhbGciOiJFUzI1NiJ9.e31"),
        SUPPORT_BYTES("eyJhbGciOiJFUzI1NiJ9.e3"),
        SUPPORT_BYTES("eyJhbGciOiJFUzI1NiJ9.e30\0"), SUPPORT_BYTES("")};
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++) {
        for (j = 0; j < SUPPORT_COUNT(inputs); j++)
            support_expect_reason(
                alg_names[i],
                support_check_signature(support_key_for(alg_names[i])->name,
                                        alg_names[i], inputs[j],
                                        sign(alg_names[i], *state), *state),
                AJWT_SIGNATURE_INVALID);
    }
}

/* A copy that has room for one byte more */
static unsigned char *copy(ajwt_bytes bytes, apr_pool_t *pool)
{
    unsigned char *raw = apr_pcalloc(pool, bytes.len + 1);

    memcpy(raw, bytes.data, bytes.len);
    return raw;
}

/* C6: Each eighth byte, which is enough to hit every part */
static void refuses_a_flipped_bit(void **state)
{
    size_t i, at;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++) {
        const char *alg = alg_names[i];
        ajwt_bytes good = sign(alg, *state);
        ajwt_key key = support_public_key(support_key_for(alg)->name, *state);
        unsigned char *raw = copy(good, *state);

        for (at = 0; at < good.len; at += at + 8 < good.len ? 8 : 1) {
            raw[at] ^= 1;
            support_expect_reason(
                apr_psprintf(*state, "%s byte %d", alg, (int)at),
                ajwt_signature_check(&key, support_alg(alg), INPUT,
                                     (ajwt_bytes){raw, good.len}),
                AJWT_SIGNATURE_INVALID);
            raw[at] ^= 1;
        }
    }
}

/* C2 */
static void refuses_other_lengths(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++) {
        const char *alg = alg_names[i], *name = support_key_for(alg)->name;
        ajwt_bytes good = sign(alg, *state);
        unsigned char *longer = copy(good, *state);
        ajwt_bytes wrong[] = {{good.data, 0},
                              {good.data, 1},
                              {good.data, good.len / 2},
                              {good.data, good.len - 1},
                              {good.data + 1, good.len - 1},
                              {longer, good.len + 1},
                              {NULL, 0}};
        size_t j;

        for (j = 0; j < SUPPORT_COUNT(wrong); j++)
            support_expect_reason(
                apr_psprintf(*state, "%s %d bytes", alg, (int)wrong[j].len),
                support_check_signature(name, alg, INPUT, wrong[j], *state),
                AJWT_SIGNATURE_INVALID);
    }
}

/* C2 */
static void refuses_huge_signatures(void **state)
{
    ajwt_bytes huge =
        ajwt_bytes_from_string(support_repeat("x", 16384, *state));
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++)
        support_expect_reason(
            alg_names[i],
            support_check_signature(support_key_for(alg_names[i])->name,
                                    alg_names[i], INPUT, huge, *state),
            AJWT_SIGNATURE_INVALID);
}

/* A2, A4, A5: the key decides, whatever the caller has chosen. */
static void lets_the_key_decide(void **state)
{
    static const char *const keys[] = {"RSA",       "P-256",   "P-384",
                                       "P-521",     "Ed25519", "Ed448",
                                       "secp256k1", "oct",     "oct-32"};
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(keys); i++) {
        ajwt_key key = support_public_key(keys[i], *state);

        for (j = 0; j < SUPPORT_COUNT(alg_names); j++) {
            const ajwt_alg *alg = support_alg(alg_names[j]);

            if (!(key.algs & alg->algs))
                support_expect_reason(
                    apr_psprintf(*state, "%s %s", keys[i], alg->name),
                    ajwt_signature_check(&key, alg, INPUT,
                                         sign(alg->name, *state)),
                    AJWT_SIGNATURE_INVALID);
        }
    }
}

static void heeds_what_was_taken_from_the_key(void **state)
{
    ajwt_key key = support_public_key("RSA", *state);

    key.algs = AJWT_ALG_RS512;
    support_expect_reason("RS256",
                          ajwt_signature_check(&key, support_alg("RS256"),
                                               INPUT, sign("RS256", *state)),
                          AJWT_SIGNATURE_INVALID);
    support_expect_reason("RS512",
                          ajwt_signature_check(&key, support_alg("RS512"),
                                               INPUT, sign("RS512", *state)),
                          AJWT_ACCEPTED);
}

/* A2: Even a key whose set of algorithms were wrong is no secret, and no secret
 * is a public key. */
static void keeps_secrets_and_keys_apart(void **state)
{
    ajwt_key rsa = support_public_key("RSA", *state),
             oct = support_public_key("oct", *state);

    rsa.algs = oct.algs = ~0u;
    support_expect_reason("A2 HS256 with RSA",
                          ajwt_signature_check(&rsa, support_alg("HS256"),
                                               INPUT, sign("HS256", *state)),
                          AJWT_SIGNATURE_INVALID);
    support_expect_reason("RS256 with a secret",
                          ajwt_signature_check(&oct, support_alg("RS256"),
                                               INPUT, sign("RS256", *state)),
                          AJWT_SIGNATURE_INVALID);
}

/* --- ECDSA --- */

typedef struct curve {
    const char *alg;
    int half; /* bytes of R, of S */
    int group;
} curve;

static const curve curves[] = {
    {"ES256", 32, NID_X9_62_prime256v1},
    {"ES384", 48, NID_secp384r1},
    {"ES512", 66, NID_secp521r1},
    {"ES256K", 32, NID_secp256k1},
};

static BIGNUM *order_of(const curve *c)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(c->group);
    BIGNUM *order = BN_dup(EC_GROUP_get0_order(group));

    EC_GROUP_free(group);
    return order;
}

/* C1: CVE-2022-21449, and what is the same in other words */
static void refuses_r_and_s_out_of_range(void **state)
{
    size_t i, r, s;

    for (i = 0; i < SUPPORT_COUNT(curves); i++) {
        const curve *c = &curves[i];
        BIGNUM *values[4] = {BN_new(), BN_new(), order_of(c), BN_new()};

        BN_zero(values[0]);
        BN_one(values[1]);
        BN_copy(values[3], values[2]);
        BN_add_word(values[3], 1);
        for (r = 0; r < 4; r++) {
            for (s = 0; s < 4; s++) {
                unsigned char raw[132];

                BN_bn2binpad(values[r], raw, c->half);
                BN_bn2binpad(values[s], raw + c->half, c->half);
                support_expect_reason(
                    apr_psprintf(*state, "%s r %d s %d", c->alg, (int)r,
                                 (int)s),
                    support_check_signature(
                        support_key_for(c->alg)->name, c->alg, INPUT,
                        (ajwt_bytes){raw, (apr_size_t)c->half * 2}, *state),
                    AJWT_SIGNATURE_INVALID);
            }
        }
        for (r = 0; r < 4; r++)
            BN_free(values[r]);
    }
}

/* C1: R or S plus the order means the same modulo it, and is not the same. */
static void refuses_r_plus_order(void **state)
{
    const curve *c = &curves[2]; /* 521 bits leave room in 66 bytes */
    BIGNUM *order = order_of(c), *value = BN_new();
    int at;

    for (at = 0; at <= c->half; at += c->half) {
        unsigned char *raw = copy(sign(c->alg, *state), *state);

        BN_bin2bn(raw + at, c->half, value);
        BN_add(value, value, order);
        assert_int_equal(BN_bn2binpad(value, raw + at, c->half), c->half);
        support_expect_reason(
            at ? "s" : "r",
            support_check_signature("P-521", c->alg, INPUT,
                                    (ajwt_bytes){raw, (apr_size_t)c->half * 2},
                                    *state),
            AJWT_SIGNATURE_INVALID);
    }
    BN_free(order);
    BN_free(value);
}

/* C2: either S of a pair is good (SEC 1 4.1.4); nothing relies on which. */
static void accepts_either_s(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(curves); i++) {
        const curve *c = &curves[i];
        unsigned char *raw = copy(sign(c->alg, *state), *state);
        BIGNUM *order = order_of(c);
        BIGNUM *s = BN_bin2bn(raw + c->half, c->half, NULL);

        BN_sub(s, order, s);
        BN_bn2binpad(s, raw + c->half, c->half);
        support_expect_reason(c->alg,
                              support_check_signature(
                                  support_key_for(c->alg)->name, c->alg, INPUT,
                                  (ajwt_bytes){raw, (apr_size_t)c->half * 2},
                                  *state),
                              AJWT_ACCEPTED);
        BN_free(order);
        BN_free(s);
    }
}

/* C2: RFC 7518 3.4 knows no DER, not even of just the right length. */
static void refuses_der(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(curves); i++) {
        const support_key *key = support_key_for(curves[i].alg);
        const char *digest = strstr(curves[i].alg, "256")   ? "SHA256"
                             : strstr(curves[i].alg, "384") ? "SHA384"
                                                            : "SHA512";
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        unsigned char der[256] = {0};
        size_t len = sizeof der;

        assert_int_equal(EVP_DigestSignInit(context, NULL,
                                            EVP_get_digestbyname(digest), NULL,
                                            key->pkey),
                         1);
        assert_int_equal(
            EVP_DigestSign(context, der, &len, INPUT.data, INPUT.len), 1);
        EVP_MD_CTX_free(context);
        support_expect_reason(
            curves[i].alg,
            support_check_signature(key->name, curves[i].alg, INPUT,
                                    (ajwt_bytes){der, len}, *state),
            AJWT_SIGNATURE_INVALID);
        support_expect_reason(
            "cut to length",
            support_check_signature(
                key->name, curves[i].alg, INPUT,
                (ajwt_bytes){der, (apr_size_t)curves[i].half * 2}, *state),
            AJWT_SIGNATURE_INVALID);
    }
}

/* C2: Halves with leading zeros are as long as the others. */
static void accepts_leading_zeros(void **state)
{
    ajwt_key key = support_public_key("P-256", *state);
    int i, zeros = 0;

    for (i = 0; i < 2000 && zeros < 2; i++) {
        ajwt_bytes signature = sign("ES256", *state);

        if (signature.data[0] && signature.data[32])
            continue;
        zeros++;
        assert_int_equal(
            ajwt_signature_check(&key, support_alg("ES256"), INPUT, signature),
            AJWT_ACCEPTED);
    }
    assert_int_equal(zeros, 2);
}

/* --- EdDSA --- */

static const unsigned char ed25519_order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
    0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* C5, RFC 8032 5.1.7: S below the order */
static void refuses_s_plus_order(void **state)
{
    unsigned char *raw = copy(sign("EdDSA", *state), *state);
    unsigned carry = 0;
    int i;

    for (i = 0; i < 32; i++) {
        carry += raw[32 + i] + ed25519_order[i];
        raw[32 + i] = (unsigned char)carry;
        carry >>= 8;
    }
    support_expect_reason("s + order",
                          support_check_signature("Ed25519", "EdDSA", INPUT,
                                                  (ajwt_bytes){raw, 64},
                                                  *state),
                          AJWT_SIGNATURE_INVALID);
}

/* C5: a point whose order divides 8 as R, with what would make S vanish */
static void refuses_points_of_small_order(void **state)
{
    static const unsigned char points[][32] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    };
    unsigned char raw[64];
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(points); i++) {
        for (j = 0; j < 2; j++) {
            memset(raw, 0, sizeof raw);
            memcpy(raw, points[i], 32);
            if (j)
                memcpy(raw + 32, ed25519_order, 32);
            support_expect_reason(
                apr_psprintf(*state, "point %d, s %d", (int)i, (int)j),
                support_check_signature("Ed25519", "EdDSA", INPUT,
                                        (ajwt_bytes){raw, 64}, *state),
                AJWT_SIGNATURE_INVALID);
        }
    }
}

/* C1, C3 */
static void refuses_zeros(void **state)
{
    static const unsigned char zeros[132];
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++) {
        ajwt_bytes good = sign(alg_names[i], *state);

        if (good.len > sizeof zeros)
            continue;
        support_expect_reason(
            alg_names[i],
            support_check_signature(support_key_for(alg_names[i])->name,
                                    alg_names[i], INPUT,
                                    (ajwt_bytes){zeros, good.len}, *state),
            AJWT_SIGNATURE_INVALID);
    }
}

/* --- before it is opened, and after --- */

static void works_while_it_is_open(void **state)
{
    ajwt_key key = support_public_key("oct", *state);
    ajwt_bytes tag = sign("HS256", *state);
    const ajwt_alg *alg = support_alg("HS256");
    apr_pool_t *pool;
    int again;

    support_expect_reason("never", ajwt_signature_check(&key, alg, INPUT, tag),
                          AJWT_INTERNAL);
    for (again = 0; again < 2; again++) {
        apr_pool_create(&pool, *state);
        support_expect_reason("open", ajwt_signature_open(pool), AJWT_ACCEPTED);
        support_expect_reason("opened",
                              ajwt_signature_check(&key, alg, INPUT, tag),
                              AJWT_ACCEPTED);
        apr_pool_destroy(pool);
        support_expect_reason("closed",
                              ajwt_signature_check(&key, alg, INPUT, tag),
                              AJWT_INTERNAL);
    }
}

/* httpd reads its configuration twice in one process. */
static void opens_once(void **state)
{
    ajwt_key key = support_public_key("oct", *state);
    apr_pool_t *pool;

    apr_pool_create(&pool, *state);
    support_expect_reason("twice", ajwt_signature_open(pool), AJWT_ACCEPTED);
    apr_pool_destroy(pool);
    support_expect_reason("the first one's pool lives on",
                          ajwt_signature_check(&key, support_alg("HS256"),
                                               INPUT, sign("HS256", *state)),
                          AJWT_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(accepts_what_was_signed),
        SUPPORT_TEST(refuses_what_others_signed),
        SUPPORT_TEST(refuses_another_input),
        SUPPORT_TEST(refuses_a_flipped_bit),
        SUPPORT_TEST(refuses_other_lengths),
        SUPPORT_TEST(refuses_huge_signatures),
        SUPPORT_TEST(lets_the_key_decide),
        SUPPORT_TEST(heeds_what_was_taken_from_the_key),
        SUPPORT_TEST(keeps_secrets_and_keys_apart),
        SUPPORT_TEST(refuses_r_and_s_out_of_range),
        SUPPORT_TEST(refuses_r_plus_order),
        SUPPORT_TEST(accepts_either_s),
        SUPPORT_TEST(refuses_der),
        SUPPORT_TEST(accepts_leading_zeros),
        SUPPORT_TEST(refuses_s_plus_order),
        SUPPORT_TEST(refuses_points_of_small_order),
        SUPPORT_TEST(refuses_zeros),
        SUPPORT_TEST(opens_once),
    };
    const struct CMUnitTest unopened[] = {
        SUPPORT_TEST(works_while_it_is_open),
    };

    return cmocka_run_group_tests(unopened, support_open_pools, support_close) +
           SUPPORT_RUN(tests);
}
