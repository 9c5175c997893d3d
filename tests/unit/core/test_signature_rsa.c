/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/bn.h>
#include <openssl/rsa.h>

#include "core/jwk.h"
#include "core/signature.h"

#define INPUT SUPPORT_BYTES("eyJhbGciOiJSUzI1NiJ9.e30")

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
    unsigned char *bytes = apr_palloc(pool, 256);
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
        EVP_DigestSign(context, bytes, &len, INPUT.data, INPUT.len), 1);
    EVP_MD_CTX_free(context);
    return (ajwt_bytes){bytes, len};
}

/* C3 */
static void wants_the_right_padding(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(variants); i++)
        support_expect_reason(
            apr_psprintf(*state, "%s %s", variants[i].token_alg,
                         variants[i].what),
            support_check_signature("RSA", variants[i].token_alg, INPUT,
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
    unsigned char bytes[256];
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(algs); i++) {
        for (j = 0; j < SUPPORT_COUNT(numbers); j++) {
            memset(bytes, numbers[j].fill, sizeof bytes);
            bytes[255] = numbers[j].last;
            support_expect_reason(
                numbers[j].what,
                support_check_signature("RSA", algs[i], INPUT,
                                        (ajwt_bytes){bytes, sizeof bytes},
                                        *state),
                AJWT_SIGNATURE_INVALID);
        }
    }
}

/*
 * C3: the same number modulo n, not below n.  Not every signature leaves room
 * for that in 256 bytes, so inputs are tried until one does.
 */
static void refuses_rsa_numbers_over_the_modulus(void **state)
{
    static const char *const algs[] = {"RS256", "PS256"};
    BIGNUM *n = NULL, *value = BN_new();
    unsigned char bytes[256];
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
                sizeof bytes, value);
            BN_add(value, value, n);
        } while (BN_num_bits(value) > 2048 && ++tries < 1000);
        assert_int_equal(BN_bn2binpad(value, bytes, sizeof bytes), 256);
        support_expect_reason(
            algs[i],
            support_check_signature("RSA", algs[i], input,
                                    (ajwt_bytes){bytes, sizeof bytes}, *state),
            AJWT_SIGNATURE_INVALID);
    }
    BN_free(n);
    BN_free(value);
}

/* --- PKCS #1 v1.5: what a forger would have us take for padding --- */

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
    const char *begin; /* two bytes */
    ajwt_bytes info;
    int garbage; /* bytes behind the digest, as many fewer before it */
    int hole;    /* this byte of the padding is not FF; 0: each is */
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
    {"C3 one byte behind it", "\x00\x01", INFO, 1, 0, AJWT_SIGNATURE_INVALID},
    {"C3 as much as there is room for behind it", "\x00\x01", INFO, 194, 0,
     AJWT_SIGNATURE_INVALID},
    {"C3 no padding", "\x00\x01", INFO, 202, 0, AJWT_SIGNATURE_INVALID},
    {"C3 the first byte of the padding", "\x00\x01", INFO, 0, 2,
     AJWT_SIGNATURE_INVALID},
    {"C3 an byte within the padding", "\x00\x01", INFO, 0, 100,
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
    unsigned char *bytes = apr_palloc(pool, len);

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(context, bytes, &len, block, len), 1);
    EVP_PKEY_CTX_free(context);
    return (ajwt_bytes){bytes, len};
}

static void wants_the_one_padding(void **state)
{
    unsigned char block[256];
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(blocks); i++) {
        fill_block(block, sizeof block, &blocks[i]);
        support_expect_reason(
            blocks[i].what,
            support_check_signature("RSA", "RS256", INPUT,
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
    unsigned char bytes[256];

    BN_set_word(three, 3);
    BN_exp(cube, root, three, context);
    assert_int_equal(BN_bn2binpad(cube, bytes, sizeof bytes), 256);
    assert_memory_equal(bytes, begin, len);
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
    unsigned char block[256], bytes[256];
    BIGNUM *number, *root;
    ajwt_key key = {0};

    fill_block(block, sizeof block, &c);
    memset(block + sizeof block - 194, 0, 194);
    number = BN_bin2bn(block, sizeof block, NULL);
    root = cube_root(number);
    BN_bn2binpad(root, bytes, sizeof bytes);
    expect_cube(root, block, sizeof block - 194);
    assert_int_equal(ajwt_jwk_parse(&key, support_rsa_jwk(2048, "03", *state),
                                    AJWT_FETCHED, *state),
                     AJWT_ACCEPTED);
    support_expect_reason(
        "C3 a cube root",
        ajwt_signature_check(&key, support_alg("RS256"), INPUT,
                             (ajwt_bytes){bytes, sizeof bytes}),
        AJWT_SIGNATURE_INVALID);
    BN_free(number);
    BN_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(wants_the_right_padding),
        SUPPORT_TEST(refuses_rsa_numbers_of_no_use),
        SUPPORT_TEST(refuses_rsa_numbers_over_the_modulus),
        SUPPORT_TEST(wants_the_one_padding),
        SUPPORT_TEST(refuses_a_cube_root),
    };

    return SUPPORT_RUN(tests);
}
