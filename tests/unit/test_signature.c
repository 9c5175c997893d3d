#include "support.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "core/jwk.h"
#include "core/signature.h"

#define INPUT SUPPORT_BYTES("eyJhbGciOiJFUzI1NiJ9.e30")

static const char *const alg_names[] = {
    "RS256", "RS384",  "RS512", "PS256",   "PS384", "PS512", "ES256", "ES384",
    "ES512", "ES256K", "EdDSA", "Ed25519", "Ed448", "HS256", "HS384", "HS512"};

static const ajwt_alg *alg_named(const char *name)
{
    const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

    assert_non_null(alg);
    return alg;
}

/* The public half, as core has it */
static ajwt_key public_key(const char *name, apr_pool_t *pool)
{
    ajwt_key key = {0};

    assert_int_equal(
        ajwt_jwk_parse(&key, support_jwk(name, pool), AJWT_LOCAL, pool),
        AJWT_ACCEPTED);
    return key;
}

static ajwt_reason check(const char *name, const char *alg, ajwt_bytes input,
                         ajwt_bytes signature, apr_pool_t *pool)
{
    ajwt_key key = public_key(name, pool);
    ajwt_reason reason =
        ajwt_signature_check(&key, alg_named(alg), input, signature);

    support_expect("C7 no error is left", ERR_peek_error() == 0);
    return reason;
}

static ajwt_bytes sign(const char *alg, apr_pool_t *pool)
{
    return support_sign(support_key_for(alg), alg, INPUT, pool);
}

static void accepts_what_was_signed(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++)
        support_expect_reason(alg_names[i],
                              check(support_key_for(alg_names[i])->name,
                                    alg_names[i], INPUT,
                                    sign(alg_names[i], *state), *state),
                              AJWT_ACCEPTED);
    support_expect_reason(
        "EdDSA of Ed448",
        check("Ed448", "EdDSA", INPUT, sign("Ed448", *state), *state),
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
        support_expect_reason(others[i][0],
                              check(others[i][1], others[i][0], INPUT,
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
            support_expect_reason(alg_names[i],
                                  check(support_key_for(alg_names[i])->name,
                                        alg_names[i], inputs[j],
                                        sign(alg_names[i], *state), *state),
                                  AJWT_SIGNATURE_INVALID);
    }
}

/* A copy that has room for one octet more */
static unsigned char *copy(ajwt_bytes bytes, apr_pool_t *pool)
{
    unsigned char *octets = apr_pcalloc(pool, bytes.len + 1);

    memcpy(octets, bytes.data, bytes.len);
    return octets;
}

/* C6: Each eighth octet, which is enough to hit every part */
static void refuses_a_flipped_bit(void **state)
{
    size_t i, at;

    for (i = 0; i < SUPPORT_COUNT(alg_names); i++) {
        const char *alg = alg_names[i];
        ajwt_bytes good = sign(alg, *state);
        ajwt_key key = public_key(support_key_for(alg)->name, *state);
        unsigned char *octets = copy(good, *state);

        for (at = 0; at < good.len; at += at + 8 < good.len ? 8 : 1) {
            octets[at] ^= 1;
            support_expect_reason(
                apr_psprintf(*state, "%s octet %d", alg, (int)at),
                ajwt_signature_check(&key, alg_named(alg), INPUT,
                                     (ajwt_bytes){octets, good.len}),
                AJWT_SIGNATURE_INVALID);
            octets[at] ^= 1;
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
                apr_psprintf(*state, "%s %d octets", alg, (int)wrong[j].len),
                check(name, alg, INPUT, wrong[j], *state),
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
        support_expect_reason(alg_names[i],
                              check(support_key_for(alg_names[i])->name,
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
        ajwt_key key = public_key(keys[i], *state);

        for (j = 0; j < SUPPORT_COUNT(alg_names); j++) {
            const ajwt_alg *alg = alg_named(alg_names[j]);

            if (!(key.algs & alg->means))
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
    ajwt_key key = public_key("RSA", *state);

    key.algs = AJWT_ALG_RS512;
    support_expect_reason("RS256",
                          ajwt_signature_check(&key, alg_named("RS256"), INPUT,
                                               sign("RS256", *state)),
                          AJWT_SIGNATURE_INVALID);
    support_expect_reason("RS512",
                          ajwt_signature_check(&key, alg_named("RS512"), INPUT,
                                               sign("RS512", *state)),
                          AJWT_ACCEPTED);
}

/* A2: Even a key whose set of algorithms were wrong is no secret, and no secret
 * is a public key. */
static void keeps_secrets_and_keys_apart(void **state)
{
    ajwt_key rsa = public_key("RSA", *state), oct = public_key("oct", *state);

    rsa.algs = oct.algs = ~0u;
    support_expect_reason("A2 HS256 with RSA",
                          ajwt_signature_check(&rsa, alg_named("HS256"), INPUT,
                                               sign("HS256", *state)),
                          AJWT_SIGNATURE_INVALID);
    support_expect_reason("RS256 with a secret",
                          ajwt_signature_check(&oct, alg_named("RS256"), INPUT,
                                               sign("RS256", *state)),
                          AJWT_SIGNATURE_INVALID);
}

/* --- ECDSA --- */

typedef struct curve {
    const char *alg;
    int half; /* octets of R, of S */
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
                unsigned char octets[132];

                BN_bn2binpad(values[r], octets, c->half);
                BN_bn2binpad(values[s], octets + c->half, c->half);
                support_expect_reason(
                    apr_psprintf(*state, "%s r %d s %d", c->alg, (int)r,
                                 (int)s),
                    check(support_key_for(c->alg)->name, c->alg, INPUT,
                          (ajwt_bytes){octets, (apr_size_t)c->half * 2},
                          *state),
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
    const curve *c = &curves[2]; /* 521 bits leave room in 66 octets */
    BIGNUM *order = order_of(c), *value = BN_new();
    int at;

    for (at = 0; at <= c->half; at += c->half) {
        unsigned char *octets = copy(sign(c->alg, *state), *state);

        BN_bin2bn(octets + at, c->half, value);
        BN_add(value, value, order);
        assert_int_equal(BN_bn2binpad(value, octets + at, c->half), c->half);
        support_expect_reason(
            at ? "s" : "r",
            check("P-521", c->alg, INPUT,
                  (ajwt_bytes){octets, (apr_size_t)c->half * 2}, *state),
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
        unsigned char *octets = copy(sign(c->alg, *state), *state);
        BIGNUM *order = order_of(c);
        BIGNUM *s = BN_bin2bn(octets + c->half, c->half, NULL);

        BN_sub(s, order, s);
        BN_bn2binpad(s, octets + c->half, c->half);
        support_expect_reason(
            c->alg,
            check(support_key_for(c->alg)->name, c->alg, INPUT,
                  (ajwt_bytes){octets, (apr_size_t)c->half * 2}, *state),
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
        support_expect_reason(curves[i].alg,
                              check(key->name, curves[i].alg, INPUT,
                                    (ajwt_bytes){der, len}, *state),
                              AJWT_SIGNATURE_INVALID);
        support_expect_reason(
            "cut to length",
            check(key->name, curves[i].alg, INPUT,
                  (ajwt_bytes){der, (apr_size_t)curves[i].half * 2}, *state),
            AJWT_SIGNATURE_INVALID);
    }
}

/* C2: Halves with leading zeros are as long as the others. */
static void accepts_leading_zeros(void **state)
{
    ajwt_key key = public_key("P-256", *state);
    int i, zeros = 0;

    for (i = 0; i < 2000 && zeros < 2; i++) {
        ajwt_bytes signature = sign("ES256", *state);

        if (signature.data[0] && signature.data[32])
            continue;
        zeros++;
        assert_int_equal(
            ajwt_signature_check(&key, alg_named("ES256"), INPUT, signature),
            AJWT_ACCEPTED);
    }
    assert_int_equal(zeros, 2);
}

/* --- RSA --- */

typedef struct rsa_variant {
    const char *what;
    const char *token_alg; /* what the token says */
    const char *digest;
    int padding;
    const char *mgf1; /* of PSS */
    int salt_len;     /* of PSS */
    ajwt_reason reason;
} rsa_variant;

#define PKCS1 RSA_PKCS1_PADDING
#define PSS   RSA_PKCS1_PSS_PADDING

/* RFC 7518 3.3 and 3.5 */
static const rsa_variant variants[] = {
    {"as it should be", "RS256", "SHA256", PKCS1, NULL, 0, AJWT_ACCEPTED},
    {"another hash", "RS256", "SHA512", PKCS1, NULL, 0, AJWT_SIGNATURE_INVALID},
    {"a shorter hash", "RS512", "SHA256", PKCS1, NULL, 0,
     AJWT_SIGNATURE_INVALID},
    {"SHA-1", "RS256", "SHA1", PKCS1, NULL, 0, AJWT_SIGNATURE_INVALID},
    {"SHA3", "RS256", "SHA3-256", PKCS1, NULL, 0, AJWT_SIGNATURE_INVALID},
    {"PSS for PKCS1", "RS256", "SHA256", PSS, "SHA256", 32,
     AJWT_SIGNATURE_INVALID},
    {"PKCS1 for PSS", "PS256", "SHA256", PKCS1, NULL, 0,
     AJWT_SIGNATURE_INVALID},
    {"PSS as it should be", "PS256", "SHA256", PSS, "SHA256", 32,
     AJWT_ACCEPTED},
    {"PSS 384", "PS384", "SHA384", PSS, "SHA384", 48, AJWT_ACCEPTED},
    {"PSS 512", "PS512", "SHA512", PSS, "SHA512", 64, AJWT_ACCEPTED},
    {"no salt", "PS256", "SHA256", PSS, "SHA256", 0, AJWT_SIGNATURE_INVALID},
    {"salt short", "PS256", "SHA256", PSS, "SHA256", 20,
     AJWT_SIGNATURE_INVALID},
    {"salt one short", "PS256", "SHA256", PSS, "SHA256", 31,
     AJWT_SIGNATURE_INVALID},
    {"salt one long", "PS256", "SHA256", PSS, "SHA256", 33,
     AJWT_SIGNATURE_INVALID},
    {"longest salt", "PS256", "SHA256", PSS, "SHA256", 222,
     AJWT_SIGNATURE_INVALID},
    {"another MGF1", "PS256", "SHA256", PSS, "SHA1", 32,
     AJWT_SIGNATURE_INVALID},
    {"another hash", "PS256", "SHA384", PSS, "SHA384", 48,
     AJWT_SIGNATURE_INVALID},
    {"another hash, its salt", "PS512", "SHA256", PSS, "SHA256", 64,
     AJWT_SIGNATURE_INVALID},
};

static ajwt_bytes sign_rsa(const rsa_variant *v, apr_pool_t *pool)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;
    unsigned char *octets = apr_palloc(pool, 256);
    size_t len = 256;

    assert_int_equal(EVP_DigestSignInit(context, &padding,
                                        EVP_get_digestbyname(v->digest), NULL,
                                        support_key_named("RSA")->pkey),
                     1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(padding, v->padding), 1);
    if (v->padding == PSS) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(
                             padding, EVP_get_digestbyname(v->mgf1)),
                         1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, v->salt_len),
                         1);
    }
    assert_int_equal(
        EVP_DigestSign(context, octets, &len, INPUT.data, INPUT.len), 1);
    EVP_MD_CTX_free(context);
    return (ajwt_bytes){octets, len};
}

/* C3 */
static void wants_the_right_padding(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(variants); i++)
        support_expect_reason(apr_psprintf(*state, "%s %s",
                                           variants[i].token_alg,
                                           variants[i].what),
                              check("RSA", variants[i].token_alg, INPUT,
                                    sign_rsa(&variants[i], *state), *state),
                              variants[i].reason);
}

typedef struct number_case {
    const char *what;
    unsigned char fill, last;
} number_case;

/* C3 */
static void refuses_rsa_numbers_of_no_use(void **state)
{
    static const number_case numbers[] = {
        {"zero", 0, 0}, {"one", 0, 1}, {"all ones", 0xff, 0xff}};
    static const char *const algs[] = {"RS256", "PS256"};
    unsigned char octets[256];
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(algs); i++) {
        for (j = 0; j < SUPPORT_COUNT(numbers); j++) {
            memset(octets, numbers[j].fill, sizeof octets);
            octets[255] = numbers[j].last;
            support_expect_reason(numbers[j].what,
                                  check("RSA", algs[i], INPUT,
                                        (ajwt_bytes){octets, sizeof octets},
                                        *state),
                                  AJWT_SIGNATURE_INVALID);
        }
    }
}

/*
 * C3: the same number modulo n, not below n.  Not every signature leaves room
 * for that in 256 octets, so inputs are tried until one does.
 */
static void refuses_rsa_numbers_over_the_modulus(void **state)
{
    static const char *const algs[] = {"RS256", "PS256"};
    BIGNUM *n = NULL, *value = BN_new();
    unsigned char octets[256];
    size_t i;

    EVP_PKEY_get_bn_param(support_key_named("RSA")->pkey, "n", &n);
    for (i = 0; i < SUPPORT_COUNT(algs); i++) {
        ajwt_bytes input;
        int tries = 0;

        do {
            input = ajwt_bytes_from_string(apr_itoa(*state, tries));
            BN_bin2bn(
                support_sign(support_key_named("RSA"), algs[i], input, *state)
                    .data,
                sizeof octets, value);
            BN_add(value, value, n);
        } while (BN_num_bits(value) > 2048 && ++tries < 1000);
        assert_int_equal(BN_bn2binpad(value, octets, sizeof octets), 256);
        support_expect_reason(algs[i],
                              check("RSA", algs[i], input,
                                    (ajwt_bytes){octets, sizeof octets},
                                    *state),
                              AJWT_SIGNATURE_INVALID);
    }
    BN_free(n);
    BN_free(value);
}

/* --- RSA, PKCS #1 v1.5: what a forger would have us take for padding --- */

/* DER of SHA-256's DigestInfo, less the digest (RFC 8017 9.2) */
#define SHA256_INFO                                                        \
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00" \
    "\x04\x20"
/* The same without parameters, with others, and with lengths in long form */
#define NO_NULL                                                        \
    "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04" \
    "\x20"
#define OTHER_PARAMETERS                                               \
    "\x30\x35\x30\x11\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04" \
    "\x04"                                                             \
    "evil"                                                             \
    "\x04\x20"
#define LONG_LENGTHS                                                   \
    "\x30\x81\x33\x30\x81\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" \
    "\x01\x05\x00\x04\x81\x20"
#define SHA512_INFO                                                        \
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00" \
    "\x04\x20"

typedef struct block_case {
    const char *what;
    const char *begin; /* two octets */
    ajwt_bytes info;
    int garbage; /* octets behind the digest, as many fewer before it */
    int hole;    /* this octet of the padding is not FF; 0: each is */
    ajwt_reason reason;
} block_case;

#define INFO SUPPORT_BYTES(SHA256_INFO)

static const block_case blocks[] = {
    {"C3 as it should be", "\x00\x01", INFO, 0, 0, AJWT_ACCEPTED},
    {"C3 no NULL", "\x00\x01", SUPPORT_BYTES(NO_NULL), 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 other parameters", "\x00\x01", SUPPORT_BYTES(OTHER_PARAMETERS), 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 lengths in long form", "\x00\x01", SUPPORT_BYTES(LONG_LENGTHS), 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 another hash's name", "\x00\x01", SUPPORT_BYTES(SHA512_INFO), 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 the digest alone", "\x00\x01", SUPPORT_BYTES(""), 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 one octet behind it", "\x00\x01", INFO, 1, 0, AJWT_SIGNATURE_INVALID},
    {"C3 as much as there is room for behind it", "\x00\x01", INFO, 194, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 no padding", "\x00\x01", INFO, 202, 0, AJWT_SIGNATURE_INVALID},
    {"C3 the first octet of the padding", "\x00\x01", INFO, 0, 2,
     AJWT_SIGNATURE_INVALID},
    {"C3 an octet within the padding", "\x00\x01", INFO, 0, 100,
     AJWT_SIGNATURE_INVALID},
    {"C3 a block for encryption", "\x00\x02", INFO, 0, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 block type 0", "\x00\x00", INFO, 0, 0, AJWT_SIGNATURE_INVALID},
};

/* RFC 8017 9.2: 00 01 FF ... 00 info digest, and then the garbage */
static void fill_block(unsigned char *block, apr_size_t len,
                       const block_case *c)
{
    unsigned char *end = block + len - c->garbage;
    size_t digest_len = 32;

    memset(block, 0xff, len);
    memcpy(block, c->begin, 2);
    if (c->hole)
        block[c->hole] = 0xfe;
    end -= digest_len;
    assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, INPUT.data, INPUT.len,
                                  end, &digest_len),
                     1);
    end -= c->info.len;
    memcpy(end, c->info.data, c->info.len);
    end[-1] = 0;
}

/* What only the key's owner can do, with any block */
static ajwt_bytes sign_block(const unsigned char *block, apr_size_t len,
                             apr_pool_t *pool)
{
    EVP_PKEY_CTX *context =
        EVP_PKEY_CTX_new(support_key_named("RSA")->pkey, NULL);
    unsigned char *octets = apr_palloc(pool, len);

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(context, octets, &len, block, len), 1);
    EVP_PKEY_CTX_free(context);
    return (ajwt_bytes){octets, len};
}

static void wants_the_one_padding(void **state)
{
    unsigned char block[256];
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(blocks); i++) {
        fill_block(block, sizeof block, &blocks[i]);
        support_expect_reason(blocks[i].what,
                              check("RSA", "RS256", INPUT,
                                    sign_block(block, sizeof block, *state),
                                    *state),
                              blocks[i].reason);
    }
}

/* The smallest number whose cube is not below this one */
static BIGNUM *cube_root(const BIGNUM *number)
{
    BIGNUM *root = BN_new(), *cube = BN_new(), *three = BN_new();
    BN_CTX *context = BN_CTX_new();
    int bit;

    BN_set_word(three, 3);
    for (bit = BN_num_bits(number) / 3 + 1; bit >= 0; bit--) {
        BN_set_bit(root, bit);
        BN_exp(cube, root, three, context);
        if (BN_cmp(cube, number) >= 0)
            BN_clear_bit(root, bit);
    }
    BN_add_word(root, 1);
    BN_free(cube);
    BN_free(three);
    BN_CTX_free(context);
    return root;
}

/* That the forgery would fool whoever reads the block's begin alone */
static void expect_cube(const BIGNUM *root, const unsigned char *begin,
                        apr_size_t len)
{
    BIGNUM *cube = BN_new(), *three = BN_new();
    BN_CTX *context = BN_CTX_new();
    unsigned char octets[256];

    BN_set_word(three, 3);
    BN_exp(cube, root, three, context);
    assert_int_equal(BN_bn2binpad(cube, octets, sizeof octets), 256);
    assert_memory_equal(octets, begin, len);
    BN_free(cube);
    BN_free(three);
    BN_CTX_free(context);
}

/*
 * C3: with e = 3 and n of any key, a cube root makes a number whose cube
 * begins as a good block does and ends in garbage (CVE-2006-4339).
 */
static void refuses_a_cube_root(void **state)
{
    const block_case c = {"", "\x00\x01", INFO, 194, 0, AJWT_SIGNATURE_INVALID};
    unsigned char block[256], octets[256];
    BIGNUM *number, *root;
    ajwt_key key = {0};

    fill_block(block, sizeof block, &c);
    memset(block + sizeof block - 194, 0, 194);
    number = BN_bin2bn(block, sizeof block, NULL);
    root = cube_root(number);
    BN_bn2binpad(root, octets, sizeof octets);
    expect_cube(root, block, sizeof block - 194);
    assert_int_equal(ajwt_jwk_parse(&key, support_rsa_jwk(2048, "03", *state),
                                    AJWT_FETCHED, *state),
                     AJWT_ACCEPTED);
    support_expect_reason(
        "C3 a cube root",
        ajwt_signature_check(&key, alg_named("RS256"), INPUT,
                             (ajwt_bytes){octets, sizeof octets}),
        AJWT_SIGNATURE_INVALID);
    BN_free(number);
    BN_free(root);
}

/* --- EdDSA --- */

static const unsigned char ed25519_order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
    0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

/* C5, RFC 8032 5.1.7: S below the order */
static void refuses_s_plus_order(void **state)
{
    unsigned char *octets = copy(sign("EdDSA", *state), *state);
    unsigned carry = 0;
    int i;

    for (i = 0; i < 32; i++) {
        carry += octets[32 + i] + ed25519_order[i];
        octets[32 + i] = (unsigned char)carry;
        carry >>= 8;
    }
    support_expect_reason(
        "s + order",
        check("Ed25519", "EdDSA", INPUT, (ajwt_bytes){octets, 64}, *state),
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
    unsigned char octets[64];
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(points); i++) {
        for (j = 0; j < 2; j++) {
            memset(octets, 0, sizeof octets);
            memcpy(octets, points[i], 32);
            if (j)
                memcpy(octets + 32, ed25519_order, 32);
            support_expect_reason(
                apr_psprintf(*state, "point %d, s %d", (int)i, (int)j),
                check("Ed25519", "EdDSA", INPUT, (ajwt_bytes){octets, 64},
                      *state),
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
        support_expect_reason(alg_names[i],
                              check(support_key_for(alg_names[i])->name,
                                    alg_names[i], INPUT,
                                    (ajwt_bytes){zeros, good.len}, *state),
                              AJWT_SIGNATURE_INVALID);
    }
}

/* --- before it is opened, and after --- */

static void works_while_it_is_open(void **state)
{
    ajwt_key key = public_key("oct", *state);
    ajwt_bytes tag = sign("HS256", *state);
    const ajwt_alg *alg = alg_named("HS256");
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
    ajwt_key key = public_key("oct", *state);
    apr_pool_t *pool;

    apr_pool_create(&pool, *state);
    support_expect_reason("twice", ajwt_signature_open(pool), AJWT_ACCEPTED);
    apr_pool_destroy(pool);
    support_expect_reason("the first one's pool lives on",
                          ajwt_signature_check(&key, alg_named("HS256"), INPUT,
                                               sign("HS256", *state)),
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
        SUPPORT_TEST(wants_the_right_padding),
        SUPPORT_TEST(refuses_rsa_numbers_of_no_use),
        SUPPORT_TEST(refuses_rsa_numbers_over_the_modulus),
        SUPPORT_TEST(wants_the_one_padding),
        SUPPORT_TEST(refuses_a_cube_root),
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
