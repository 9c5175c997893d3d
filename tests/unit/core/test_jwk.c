/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/err.h>

#include "core/base64url.h"
#include "core/json.h"
#include "core/jwk.h"

/* A JWK of one of the test's keys, with members replaced or taken away */
typedef struct jwk_case {
    const char *what;
    const char *name;    /* of the key; NULL: starts from nothing */
    const char *members; /* JSON text of an object; null takes away */
    ajwt_reason reason;
    ajwt_alg_set algs; /* when accepted */
} jwk_case;

static json_t *change(json_t *jwk, const char *members, apr_pool_t *pool)
{
    json_t *changes = support_json(members, pool), *value;
    const char *member;

    json_object_foreach(changes, member, value)
    {
        if (json_is_null(value))
            json_object_del(jwk, member);
        else
            json_object_set(jwk, member, value);
    }
    return jwk;
}

static ajwt_reason parse(ajwt_key *key, const json_t *jwk, ajwt_origin origin,
                         apr_pool_t *pool)
{
    memset(key, 0, sizeof *key);
    return ajwt_jwk_parse(key, jwk, origin, pool);
}

static const jwk_case cases[] = {
    {"RSA", "RSA", "{}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"RSA 3072", "RSA-3072", "{}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"P-256", "P-256", "{}", AJWT_ACCEPTED, AJWT_ALG_ES256},
    {"P-384", "P-384", "{}", AJWT_ACCEPTED, AJWT_ALG_ES384},
    {"P-521", "P-521", "{}", AJWT_ACCEPTED, AJWT_ALG_ES512},
    {"secp256k1", "secp256k1", "{}", AJWT_ACCEPTED, AJWT_ALG_ES256K},
    {"Ed25519", "Ed25519", "{}", AJWT_ACCEPTED, AJWT_ALG_ED25519},
    {"Ed448", "Ed448", "{}", AJWT_ACCEPTED, AJWT_ALG_ED448},
    {"B6 unknown members", "P-256", "{\"x\\u2603\":1,\"iat\":2,\"issuers\":[]}",
     AJWT_ACCEPTED, AJWT_ALG_ES256},

    /* kty and crv */
    {"no kty", "RSA", "{\"kty\":null}", AJWT_KEY_MALFORMED, 0},
    {"kty a number", "RSA", "{\"kty\":1}", AJWT_KEY_MALFORMED, 0},
    {"B6 kty of the future", "RSA", "{\"kty\":\"AKP\"}", AJWT_KEY_TYPE_UNKNOWN,
     0},
    {"kty in lower case", "RSA", "{\"kty\":\"rsa\"}", AJWT_KEY_TYPE_UNKNOWN, 0},
    {"kty of another key", "P-256", "{\"kty\":\"RSA\"}", AJWT_KEY_MALFORMED, 0},
    {"kty OKP of an EC key", "P-256", "{\"kty\":\"OKP\"}",
     AJWT_KEY_TYPE_UNKNOWN, 0},
    {"no crv", "P-256", "{\"crv\":null}", AJWT_KEY_TYPE_UNKNOWN, 0},
    {"crv a number", "P-256", "{\"crv\":256}", AJWT_KEY_TYPE_UNKNOWN, 0},
    {"crv not known", "P-256", "{\"crv\":\"P-224\"}", AJWT_KEY_TYPE_UNKNOWN, 0},
    {"crv of another size", "P-256", "{\"crv\":\"P-384\"}", AJWT_KEY_MALFORMED,
     0},
    {"C5 point of another curve of that size", "P-256",
     "{\"crv\":\"secp256k1\"}", AJWT_KEY_MALFORMED, 0},
    {"A5 X25519", "X25519", "{}", AJWT_KEY_TYPE_UNKNOWN, 0},
    {"crv of another length of OKP", "Ed25519", "{\"crv\":\"Ed448\"}",
     AJWT_KEY_MALFORMED, 0},

    /* RFC 7518 6.3.1 */
    {"no n", "RSA", "{\"n\":null}", AJWT_KEY_MALFORMED, 0},
    {"no e", "RSA", "{\"e\":null}", AJWT_KEY_MALFORMED, 0},
    {"n empty", "RSA", "{\"n\":\"\"}", AJWT_KEY_MALFORMED, 0},
    {"e empty", "RSA", "{\"e\":\"\"}", AJWT_KEY_MALFORMED, 0},
    {"n zero", "RSA", "{\"n\":\"AA\"}", AJWT_KEY_MALFORMED, 0},
    {"n a number", "RSA", "{\"n\":5}", AJWT_KEY_MALFORMED, 0},
    /* read, and then too short */
    {"n in base64", "RSA", "{\"n\":\"+/+/\"}", AJWT_KEY_SIZE, 0},
    {"n with padding", "RSA", "{\"n\":\"AQ==\"}", AJWT_KEY_SIZE, 0},
    {"n with padding that does not fit", "RSA", "{\"n\":\"AQAB=\"}",
     AJWT_KEY_MALFORMED, 0},
    {"n with three of it", "RSA", "{\"n\":\"A===\"}", AJWT_KEY_MALFORMED, 0},
    {"n of padding alone", "RSA", "{\"n\":\"====\"}", AJWT_KEY_MALFORMED, 0},
    {"e with padding", "RSA", "{\"e\":\"Aw==\"}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"C4 e = 0", "RSA", "{\"e\":\"AA\"}", AJWT_KEY_MALFORMED, 0},
    {"C4 e = 1", "RSA", "{\"e\":\"AQ\"}", AJWT_KEY_MALFORMED, 0},
    {"C4 e = 2", "RSA", "{\"e\":\"Ag\"}", AJWT_KEY_MALFORMED, 0},
    {"C4 e = 65536", "RSA", "{\"e\":\"AQAA\"}", AJWT_KEY_MALFORMED, 0},
    {"C4 e = 3", "RSA", "{\"e\":\"Aw\"}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"C4 e of 33 bits", "RSA", "{\"e\":\"AQAAAAE\"}", AJWT_ACCEPTED,
     AJWT_ALGS_RSA},
    {"C4 e of 34 bits", "RSA", "{\"e\":\"AgAAAAE\"}", AJWT_KEY_SIZE, 0},
    {"C4 e with leading zeros", "RSA", "{\"e\":\"AAABAAE\"}", AJWT_ACCEPTED,
     AJWT_ALGS_RSA},

    /* RFC 7518 6.2.1 */
    {"no x", "P-256", "{\"x\":null}", AJWT_KEY_MALFORMED, 0},
    {"no y", "P-256", "{\"y\":null}", AJWT_KEY_MALFORMED, 0},
    {"C5 x short", "P-256", "{\"x\":\"AQ\"}", AJWT_KEY_MALFORMED, 0},
    {"C5 y empty", "P-256", "{\"y\":\"\"}", AJWT_KEY_MALFORMED, 0},
    {"C5 not on the curve", "P-256",
     "{\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
     AJWT_KEY_MALFORMED, 0},
    {"C5 infinity", "P-256",
     "{\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
     "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     AJWT_KEY_MALFORMED, 0},
    {"C5 x over the field", "P-256",
     "{\"x\":\"__________________________________________8\"}",
     AJWT_KEY_MALFORMED, 0},

    /* RFC 8037 2 */
    {"no x of OKP", "Ed25519", "{\"x\":null}", AJWT_KEY_MALFORMED, 0},
    {"x of OKP empty", "Ed25519", "{\"x\":\"\"}", AJWT_KEY_MALFORMED, 0},
    {"x of OKP short", "Ed25519", "{\"x\":\"AQ\"}", AJWT_KEY_MALFORMED, 0},
    {"x of OKP long", "Ed25519",
     "{\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     AJWT_KEY_MALFORMED, 0},

    /* RFC 7517 4.2 and 4.3 */
    {"use sig", "RSA", "{\"use\":\"sig\"}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"B4 use enc", "RSA", "{\"use\":\"enc\"}", AJWT_KEY_PURPOSE, 0},
    {"use of the future", "RSA", "{\"use\":\"x\"}", AJWT_KEY_PURPOSE, 0},
    {"use empty", "RSA", "{\"use\":\"\"}", AJWT_KEY_PURPOSE, 0},
    {"use a number", "RSA", "{\"use\":1}", AJWT_KEY_MALFORMED, 0},
    {"key_ops verify", "P-256", "{\"key_ops\":[\"verify\"]}", AJWT_ACCEPTED,
     AJWT_ALG_ES256},
    {"key_ops with verify", "P-256", "{\"key_ops\":[\"sign\",\"verify\"]}",
     AJWT_ACCEPTED, AJWT_ALG_ES256},
    {"B4 key_ops sign", "P-256", "{\"key_ops\":[\"sign\"]}", AJWT_KEY_PURPOSE,
     0},
    {"key_ops empty", "P-256", "{\"key_ops\":[]}", AJWT_KEY_PURPOSE, 0},
    {"key_ops of numbers", "P-256", "{\"key_ops\":[1]}", AJWT_KEY_PURPOSE, 0},
    {"key_ops a string", "P-256", "{\"key_ops\":\"verify\"}",
     AJWT_KEY_MALFORMED, 0},
    {"B4 use and key_ops disagree", "RSA",
     "{\"use\":\"enc\",\"key_ops\":[\"verify\"]}", AJWT_KEY_PURPOSE, 0},
    {"key_ops and use disagree", "RSA",
     "{\"use\":\"sig\",\"key_ops\":[\"encrypt\"]}", AJWT_KEY_PURPOSE, 0},

    /* RFC 7517 4.4 */
    {"alg RS256", "RSA", "{\"alg\":\"RS256\"}", AJWT_ACCEPTED, AJWT_ALG_RS256},
    {"alg PS512", "RSA", "{\"alg\":\"PS512\"}", AJWT_ACCEPTED, AJWT_ALG_PS512},
    {"alg EdDSA", "Ed25519", "{\"alg\":\"EdDSA\"}", AJWT_ACCEPTED,
     AJWT_ALG_ED25519},
    {"alg Ed25519", "Ed25519", "{\"alg\":\"Ed25519\"}", AJWT_ACCEPTED,
     AJWT_ALG_ED25519},
    {"alg EdDSA of Ed448", "Ed448", "{\"alg\":\"EdDSA\"}", AJWT_ACCEPTED,
     AJWT_ALG_ED448},
    {"alg of the other curve", "Ed25519", "{\"alg\":\"Ed448\"}",
     AJWT_KEY_MALFORMED, 0},
    {"alg of another curve", "P-256", "{\"alg\":\"ES384\"}", AJWT_KEY_MALFORMED,
     0},
    {"A5 alg of another type", "RSA", "{\"alg\":\"ES256\"}", AJWT_KEY_MALFORMED,
     0},
    {"A2 alg HS256 of RSA", "RSA", "{\"alg\":\"HS256\"}", AJWT_KEY_MALFORMED,
     0},
    {"B4 alg for encryption", "RSA", "{\"alg\":\"RSA-OAEP\"}", AJWT_KEY_PURPOSE,
     0},
    {"alg none", "RSA", "{\"alg\":\"none\"}", AJWT_KEY_PURPOSE, 0},
    {"alg in lower case", "RSA", "{\"alg\":\"rs256\"}", AJWT_KEY_PURPOSE, 0},
    {"alg a number", "RSA", "{\"alg\":1}", AJWT_KEY_MALFORMED, 0},

    /* names */
    {"issuer", "RSA", "{\"issuer\":\"https://issuer.example\"}", AJWT_ACCEPTED,
     AJWT_ALGS_RSA},
    {"issuer a list of null", "RSA", "{\"issuer\":[null]}", AJWT_KEY_MALFORMED,
     0},
    {"issuer a number", "RSA", "{\"issuer\":1}", AJWT_KEY_MALFORMED, 0},
    {"issuer a list", "RSA", "{\"issuer\":[\"https://issuer.example\"]}",
     AJWT_KEY_MALFORMED, 0},
    {"issuer empty", "RSA", "{\"issuer\":\"\"}", AJWT_KEY_MALFORMED, 0},
    {"kid", "RSA", "{\"kid\":\"k\"}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"kid a number", "RSA", "{\"kid\":1}", AJWT_KEY_MALFORMED, 0},
    {"x5t a number", "RSA", "{\"x5t\":1}", AJWT_KEY_MALFORMED, 0},
    {"x5t#S256 an array", "RSA", "{\"x5t#S256\":[]}", AJWT_KEY_MALFORMED, 0},

    /* x5c that is none; RFC 7517 4.7 */
    {"x5c empty", "RSA", "{\"x5c\":[]}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"x5c a string", "RSA", "{\"x5c\":\"x\"}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"x5c of numbers", "RSA", "{\"x5c\":[1]}", AJWT_ACCEPTED, AJWT_ALGS_RSA},
    {"x5c no certificate", "RSA", "{\"x5c\":[\"AAAA\"]}", AJWT_ACCEPTED,
     AJWT_ALGS_RSA},
    {"x5c none and a bad key", "RSA", "{\"x5c\":[\"AAAA\"],\"e\":\"AQ\"}",
     AJWT_KEY_MALFORMED, 0},
    {"x5c alone and empty", NULL, "{\"kty\":\"RSA\",\"x5c\":[]}",
     AJWT_KEY_MALFORMED, 0},
    {"x5c alone and none", NULL, "{\"kty\":\"RSA\",\"x5c\":[\"AAAA\"]}",
     AJWT_KEY_MALFORMED, 0},
    {"kty alone", NULL, "{\"kty\":\"RSA\"}", AJWT_KEY_MALFORMED, 0},
    {"nothing", NULL, "{}", AJWT_KEY_MALFORMED, 0},
};

/* C4, C5 */
static void judges_keys(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const jwk_case *c = &cases[i];
        json_t *jwk =
            c->name ? support_jwk(c->name, *state) : support_json("{}", *state);
        ajwt_key key;

        change(jwk, c->members, *state);
        support_expect_reason(c->what, parse(&key, jwk, AJWT_FETCHED, *state),
                              c->reason);
        if (c->reason == AJWT_ACCEPTED)
            support_expect(c->what, key.algs == c->algs && key.pkey);
        support_expect_reason(c->what, parse(&key, jwk, AJWT_LOCAL, *state),
                              c->reason);
    }
}

static void is_no_key_at_all(void **state)
{
    static const char *const texts[] = {"null", "1", "\"RSA\"", "[]", "true"};
    ajwt_key key;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(texts); i++)
        support_expect_reason(
            texts[i],
            parse(&key, support_json(texts[i], *state), AJWT_FETCHED, *state),
            AJWT_KEY_MALFORMED);
}

typedef struct size_case {
    int bits;
    ajwt_reason reason;
} size_case;

/* RFC 7518 3.3; CVE-2023-6237 */
static const size_case sizes[] = {
    {512, AJWT_KEY_SIZE},  {1024, AJWT_KEY_SIZE},  {2047, AJWT_KEY_SIZE},
    {2048, AJWT_ACCEPTED}, {4096, AJWT_ACCEPTED},  {8192, AJWT_ACCEPTED},
    {8193, AJWT_KEY_SIZE}, {16384, AJWT_KEY_SIZE}, {100000, AJWT_KEY_SIZE},
};

/* C4 */
static void bounds_the_modulus(void **state)
{
    ajwt_key key;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(sizes); i++)
        support_expect_reason(
            apr_itoa(*state, sizes[i].bits),
            parse(&key, support_rsa_jwk(sizes[i].bits, "010001", *state),
                  AJWT_FETCHED, *state),
            sizes[i].reason);
    support_expect_reason(
        "huge e",
        parse(&key,
              support_rsa_jwk(2048, support_repeat("f", 510, *state), *state),
              AJWT_FETCHED, *state),
        AJWT_KEY_SIZE);
}

/* The bytes of a member, one byte wider in front or changed at the end */
static json_t *reshape(const char *name, const char *member, int widen,
                       int last, apr_pool_t *pool)
{
    json_t *jwk = support_jwk(name, pool);
    ajwt_bytes bytes, changed;
    unsigned char *copy;

    assert_int_equal(
        ajwt_base64url_decode(&bytes, ajwt_json_member(jwk, member), pool),
        AJWT_ACCEPTED);
    copy = apr_pcalloc(pool, bytes.len + 1);
    memcpy(copy + widen, bytes.data, bytes.len);
    changed.data = copy;
    changed.len = bytes.len + (apr_size_t)widen;
    copy[changed.len - 1] ^= (unsigned char)last;
    json_object_set_new(jwk, member,
                        json_string(ajwt_base64url_encode(changed, pool)));
    return jwk;
}

static void judges_shapes(void **state)
{
    ajwt_key key;

    support_expect_reason(
        "C4 n with a leading zero",
        parse(&key, reshape("RSA", "n", 1, 0, *state), AJWT_FETCHED, *state),
        AJWT_ACCEPTED);
    support_expect("C4 and its bits", key.bits == 2048);
    support_expect_reason(
        "C4 n even",
        parse(&key, reshape("RSA", "n", 0, 1, *state), AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
    support_expect_reason(
        "C5 x with a leading zero",
        parse(&key, reshape("P-256", "x", 1, 0, *state), AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
    support_expect_reason(
        "C5 y one bit off",
        parse(&key, reshape("P-521", "y", 0, 1, *state), AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
}

/* C5: One key in 256 has such a coordinate; whoever shortens it, or pads what
 * was shortened, gives one point two spellings. */
static void wants_coordinates_in_full_length(void **state)
{
    unsigned char point[65] = {0};
    ajwt_key key;
    json_t *jwk;
    size_t len;
    int tries;

    for (tries = 0; tries < 10000; tries++) {
        EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

        assert_int_equal(EVP_PKEY_get_octet_string_param(pkey, "pub", point,
                                                         sizeof point, &len),
                         1);
        EVP_PKEY_free(pkey);
        if (point[1] == 0)
            break;
    }
    assert_int_equal(point[1], 0);
    jwk = support_own(
        json_pack("{s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x",
                  ajwt_base64url_encode((ajwt_bytes){point + 1, 32}, *state),
                  "y",
                  ajwt_base64url_encode((ajwt_bytes){point + 33, 32}, *state)),
        *state);
    support_expect_reason(
        "with its zero", parse(&key, jwk, AJWT_FETCHED, *state), AJWT_ACCEPTED);
    json_object_set_new(jwk, "x",
                        json_string(ajwt_base64url_encode(
                            (ajwt_bytes){point + 2, 31}, *state)));
    support_expect_reason("C5 without", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
}

static void reads_names(void **state)
{
    json_t *jwk = change(support_jwk("P-256", *state),
                         "{\"kid\":\"k\\u0000\",\"x5t\":\"t\","
                         "\"x5t#S256\":\"u\"}",
                         *state);
    const char *longest = support_repeat("k", 256, *state);
    ajwt_key key;

    support_expect_reason("it", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_ACCEPTED);
    support_expect("kid", ajwt_bytes_equal(key.kid, SUPPORT_BYTES("k\0")));
    support_expect("x5t", ajwt_bytes_equal_string(key.x5t, "t"));
    support_expect("x5t#S256", ajwt_bytes_equal_string(key.x5t_s256, "u"));
    json_object_set_new(jwk, "kid", json_string(longest));
    support_expect_reason("256", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_ACCEPTED);
    json_object_set_new(jwk, "kid",
                        json_string(support_repeat("k", 257, *state)));
    support_expect_reason("257", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
}

/* Tokens have a thumbprint in base64url, or as their key set wrote it. */
static void reads_thumbprints_in_other_forms(void **state)
{
    json_t *jwk = change(support_jwk("P-256", *state),
                         "{\"x5t\":\"_-8=\",\"x5t#S256\":\"+/8\"}", *state);
    ajwt_key key;

    support_expect_reason("it", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_ACCEPTED);
    support_expect("x5t", ajwt_bytes_equal_string(key.x5t, "_-8"));
    support_expect("as it was written",
                   ajwt_bytes_equal_string(key.x5t_written, "_-8="));
    support_expect("x5t#S256", ajwt_bytes_equal_string(key.x5t_s256, "-_8"));
    support_expect("as it was written",
                   ajwt_bytes_equal_string(key.x5t_s256_written, "+/8"));
    change(jwk, "{\"x5t\":\"not = base64\"}", *state);
    support_expect_reason("a name", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_ACCEPTED);
    support_expect("as it is",
                   ajwt_bytes_equal_string(key.x5t, "not = base64") &&
                       !key.x5t_written.data);
}

/* JSON libraries write what they do not have as null. */
static void reads_null_as_absent(void **state)
{
    static const char *const optional[] = {
        "use", "alg", "key_ops", "kid", "x5t", "x5t#S256", "x5c", "issuer",
        "d",   "p",   "q",       "dp",  "dq",  "qi",       "oth", "k"};
    json_t *jwk = support_jwk("RSA", *state);
    ajwt_key key;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(optional); i++) {
        json_object_set_new(jwk, optional[i], json_null());
        support_expect_reason(
            optional[i], parse(&key, jwk, AJWT_FETCHED, *state), AJWT_ACCEPTED);
        support_expect(
            optional[i],
            strstr(key.repairs,
                   apr_pstrcat(*state, optional[i], " is null", NULL)) != NULL);
    }
    support_expect("nothing private", !key.has_private_members);
    support_expect("no name", !key.kid.data && !key.x5t.data);
    support_expect("every algorithm", key.algs == AJWT_ALGS_RSA);
}

static void names_what_it_refuses(void **state)
{
    json_t *jwk = support_json("{\"kty\":\"AKP\",\"kid\":\"k\"}", *state);
    ajwt_key key;

    support_expect_reason("it", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_TYPE_UNKNOWN);
    support_expect("kid", ajwt_bytes_equal_string(key.kid, "k"));
}

/* --- secrets: whoever can change a fetched set must not add one --- */

/* B4 */
static void keeps_secrets_at_home(void **state)
{
    ajwt_key key;

    support_expect_reason(
        "B4 fetched",
        parse(&key, support_jwk("oct", *state), AJWT_FETCHED, *state),
        AJWT_KEY_SYMMETRIC);
    support_expect_reason(
        "local", parse(&key, support_jwk("oct", *state), AJWT_LOCAL, *state),
        AJWT_ACCEPTED);
    support_expect("algs", key.algs == AJWT_ALGS_HMAC);
    support_expect("secret", ajwt_bytes_equal(
                                 key.secret, support_key_named("oct")->secret));
    support_expect("is not private by mistake", !key.has_private_members);
}

static void judges_secrets(void **state)
{
    static const jwk_case secrets[] = {
        {"no k", "oct", "{\"k\":null}", AJWT_KEY_MALFORMED, 0},
        {"k a number", "oct", "{\"k\":1}", AJWT_KEY_MALFORMED, 0},
        {"k with stray bits", "oct", "{\"k\":\"+/==\"}", AJWT_KEY_MALFORMED, 0},
        {"A3 k empty", "oct", "{\"k\":\"\"}", AJWT_KEY_SIZE, 0},
        {"A3 k of 3 bytes", "oct", "{\"k\":\"AAAA\"}", AJWT_KEY_SIZE, 0},
        {"A3 32 bytes", "oct-32", "{}", AJWT_ACCEPTED, AJWT_ALG_HS256},
        {"A3 48 bytes", "oct-48", "{}", AJWT_ACCEPTED,
         AJWT_ALG_HS256 | AJWT_ALG_HS384},
        {"alg HS256", "oct", "{\"alg\":\"HS256\"}", AJWT_ACCEPTED,
         AJWT_ALG_HS256},
        {"alg HS512", "oct", "{\"alg\":\"HS512\"}", AJWT_ACCEPTED,
         AJWT_ALG_HS512},
        {"A2 alg RS256", "oct", "{\"alg\":\"RS256\"}", AJWT_KEY_MALFORMED, 0},
        {"use enc", "oct", "{\"use\":\"enc\"}", AJWT_KEY_PURPOSE, 0},
    };
    ajwt_key key;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(secrets); i++) {
        const jwk_case *c = &secrets[i];
        json_t *jwk = change(support_jwk(c->name, *state), c->members, *state);

        support_expect_reason(c->what, parse(&key, jwk, AJWT_LOCAL, *state),
                              c->reason);
        if (c->reason == AJWT_ACCEPTED)
            support_expect(c->what, key.algs == c->algs);
    }
}

/* B4: they are noticed, whatever they are, and do not matter otherwise. */
static void notes_private_members(void **state)
{
    static const char *const members[] = {"d",  "p",  "q",   "dp",
                                          "dq", "qi", "oth", "k"};
    static const char *const names[] = {"RSA", "P-256", "Ed25519"};
    ajwt_key key;
    size_t i, j;

    for (i = 0; i < SUPPORT_COUNT(names); i++) {
        for (j = 0; j < SUPPORT_COUNT(members); j++) {
            json_t *jwk = support_jwk(names[i], *state);

            json_object_set_new(jwk, members[j], json_string("not read"));
            support_expect_reason(members[j],
                                  parse(&key, jwk, AJWT_FETCHED, *state),
                                  AJWT_ACCEPTED);
            support_expect(members[j], key.has_private_members);
        }
    }
    support_expect_reason(
        "public", parse(&key, support_jwk("RSA", *state), AJWT_FETCHED, *state),
        AJWT_ACCEPTED);
    support_expect("public", !key.has_private_members);
}

/* --- x5c --- */

static json_t *certified(json_t *jwk, const char *name, apr_pool_t *pool)
{
    json_object_set_new(
        jwk, "x5c",
        json_pack("[s,s]", support_x5c(name, pool), "the next one"));
    return jwk;
}

static json_t *bare(const char *kty, apr_pool_t *pool)
{
    return support_own(json_pack("{s:s}", "kty", kty), pool);
}

static void reads_certificates(void **state)
{
    static const char *const names[] = {"RSA", "P-256", "P-384", "Ed25519",
                                        "Ed448"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(names); i++) {
        const support_key *own = support_key_named(names[i]);
        ajwt_key key;

        support_expect_reason(
            names[i],
            parse(&key,
                  certified(support_jwk(names[i], *state), names[i], *state),
                  AJWT_FETCHED, *state),
            AJWT_ACCEPTED);
        support_expect("thumbprints", key.x5t.data && key.x5t_s256.data);
        support_expect_reason(
            names[i],
            parse(&key, certified(bare(own->kty, *state), names[i], *state),
                  AJWT_FETCHED, *state),
            AJWT_ACCEPTED);
        support_expect("the same key",
                       key.pkey && EVP_PKEY_eq(key.pkey, own->pkey) == 1);
        support_expect("thumbprints", key.x5t.data && key.x5t_s256.data);
    }
}

/* B3: RFC 7517 4.7: the certificate must not say something else. */
static void refuses_contradictions(void **state)
{
    json_t *jwk;
    ajwt_key key;

    support_expect_reason(
        "another RSA key",
        parse(&key, certified(support_jwk("RSA", *state), "RSA-other", *state),
              AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
    support_expect_reason(
        "another EC key",
        parse(&key,
              certified(support_jwk("P-256", *state), "P-256-other", *state),
              AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
    support_expect_reason(
        "another type",
        parse(&key, certified(support_jwk("RSA", *state), "P-256", *state),
              AJWT_FETCHED, *state),
        AJWT_KEY_MALFORMED);
    support_expect_reason("another kty",
                          parse(&key,
                                certified(bare("EC", *state), "RSA", *state),
                                AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
    jwk = certified(bare("EC", *state), "P-256", *state);
    json_object_set_new(jwk, "crv", json_string("P-384"));
    support_expect_reason("another crv", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
    jwk = certified(support_jwk("RSA", *state), "RSA", *state);
    json_object_del(jwk, "e");
    support_expect_reason("half of the members",
                          parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
}

static void wants_base64_in_x5c(void **state)
{
    const char *text = support_x5c("RSA", *state);
    json_t *jwk = bare("RSA", *state);
    ajwt_bytes der;
    ajwt_key key;

    assert_int_equal(
        ajwt_base64_decode(&der, ajwt_bytes_from_string(text), *state),
        AJWT_ACCEPTED);
    json_object_set_new(
        jwk, "x5c",
        json_pack("[s]",
                  ajwt_base64url_encode((ajwt_bytes){der.data, 300}, *state)));
    support_expect_reason("cut short", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
    json_object_set_new(
        jwk, "x5c", json_pack("[s]", apr_pstrcat(*state, text, "\n", NULL)));
    support_expect_reason("newline", parse(&key, jwk, AJWT_FETCHED, *state),
                          AJWT_KEY_MALFORMED);
}

/* C7 */
static void leaves_no_errors(void **state)
{
    ajwt_key key;

    (void)parse(&key, certified(bare("EC", *state), "RSA", *state),
                AJWT_FETCHED, *state);
    assert_int_equal(ERR_peek_error(), 0);
    (void)parse(
        &key,
        change(support_jwk("P-256", *state), "{\"crv\":\"secp256k1\"}", *state),
        AJWT_FETCHED, *state);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_keys),
        SUPPORT_TEST(is_no_key_at_all),
        SUPPORT_TEST(bounds_the_modulus),
        SUPPORT_TEST(judges_shapes),
        SUPPORT_TEST(wants_coordinates_in_full_length),
        SUPPORT_TEST(reads_names),
        SUPPORT_TEST(reads_thumbprints_in_other_forms),
        SUPPORT_TEST(reads_null_as_absent),
        SUPPORT_TEST(names_what_it_refuses),
        SUPPORT_TEST(keeps_secrets_at_home),
        SUPPORT_TEST(judges_secrets),
        SUPPORT_TEST(notes_private_members),
        SUPPORT_TEST(reads_certificates),
        SUPPORT_TEST(refuses_contradictions),
        SUPPORT_TEST(wants_base64_in_x5c),
        SUPPORT_TEST(leaves_no_errors),
    };

    return SUPPORT_RUN(tests);
}
