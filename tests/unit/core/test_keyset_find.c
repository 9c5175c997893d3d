/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/base64url.h"

static const ajwt_keyset *parse_jwks(const json_t *jwks, apr_pool_t *pool)
{
    return support_parse_keys(support_print(jwks, pool), pool);
}

/* The kids of what is found, joined; kty where they have none */
static const char *find_for(const ajwt_keyset *keyset, const char *header,
                            const char *payload, ajwt_alg_set algs,
                            apr_pool_t *pool)
{
    const char *compact = apr_pstrcat(
        pool, support_signing_input(header, payload, pool), ".AA", NULL);
    ajwt_token token = support_parse_token(compact, pool);
    ajwt_candidates candidates;
    ajwt_reason reason =
        ajwt_keyset_find(&candidates, keyset, &token, token.alg->algs & algs);
    const char *found = "";
    int i;

    if (reason != AJWT_ACCEPTED)
        return ajwt_reason_describe(reason)->name;
    for (i = 0; i < candidates.count; i++) {
        const ajwt_key *key = candidates.keys[i];

        found = apr_pstrcat(
            pool, found, i ? " " : "",
            key->kid.data ? apr_pstrmemdup(pool, (const char *)key->kid.data,
                                           key->kid.len)
                          : key->kty,
            NULL);
    }
    return found;
}

static const char *find(const ajwt_keyset *keyset, const char *header,
                        ajwt_alg_set algs, apr_pool_t *pool)
{
    return find_for(keyset, header, "{}", algs, pool);
}

typedef struct find_case {
    const char *header;
    const char *found; /* kids or, without one, kty; or a reason */
} find_case;

static void expect_found(const ajwt_keyset *keyset, const find_case *cases,
                         size_t count, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++)
        support_expect_text(
            cases[i].header,
            find(keyset, cases[i].header, SUPPORT_ALGS_DEFAULT, pool),
            cases[i].found);
}

/* B2 */
static void finds_by_kid(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"PS512\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"b\"}", "b"},
        {"{\"alg\":\"ES256\",\"kid\":\"c\"}", "c"},
        {"{\"alg\":\"RS256\",\"kid\":\"A\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"a \"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"a\\u0000\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"../a\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"\\u0430\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"ES256\",\"kid\":\"a\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"ES384\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"c\"}", "KEY_UNSUITABLE"},
        /* no name: each that fits */
        {"{\"alg\":\"ES256\"}", "c"},
        {"{\"alg\":\"RS256\"}", "a b"},
        {"{\"alg\":\"ES384\"}", "KEY_UNKNOWN"},
        /* a name that is not a kid's is none either */
        {"{\"alg\":\"ES256\",\"x5t\":\"zz\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = support_make_jwks(*state);

    support_add_jwk(jwks, "RSA", "a", *state);
    support_add_jwk(jwks, "RSA-other", "b", *state);
    support_add_jwk(jwks, "P-256", "c", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* A JWK with a kid never serves another one; one without serves any. */
static void tries_unnamed_keys(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"a\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", "RSA"},
        {"{\"alg\":\"ES256\",\"kid\":\"x\"}", "EC"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"ES256\",\"kid\":\"a\"}", "KEY_UNSUITABLE"},
        {"{\"alg\":\"RS256\",\"x5t\":\"x\"}", "RSA"},
        {"{\"alg\":\"RS256\"}", "a RSA"},
    };
    json_t *jwks = support_make_jwks(*state);

    support_add_jwk(jwks, "RSA", "a", *state);
    support_add_jwk(jwks, "RSA-other", NULL, *state);
    support_add_jwk(jwks, "P-256", NULL, *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* B3 */
static void tries_all_of_one_kid(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"k\"}", "k k"},
        {"{\"alg\":\"ES256\",\"kid\":\"k\"}", "k"},
        {"{\"alg\":\"Ed448\",\"kid\":\"k\"}", "KEY_UNSUITABLE"},
    };
    json_t *jwks = support_make_jwks(*state);

    support_add_jwk(jwks, "RSA", "k", *state);
    support_add_jwk(jwks, "P-256", "k", *state);
    support_add_jwk(jwks, "RSA-other", "k", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* B2 */
static void distinguishes_empty_from_absent(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"kid\":\"\"}", ""},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = support_make_jwks(*state);

    support_add_jwk(jwks, "RSA", "", *state);
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

static void finds_by_thumbprint(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"x5t\":\"ta\"}", "a"},
        {"{\"alg\":\"RS256\",\"x5t\":\"tb\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"sb\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"sb\",\"x5t\":\"ta\"}", "b"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"ta\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"x5t\":\"sa\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"ES256\",\"x5t\":\"ta\"}", "KEY_UNSUITABLE"},
        /* kid comes first */
        {"{\"alg\":\"RS256\",\"kid\":\"a\",\"x5t\":\"tb\"}", "a"},
        {"{\"alg\":\"RS256\",\"kid\":\"x\",\"x5t\":\"tb\"}", "KEY_UNKNOWN"},
    };
    json_t *jwks = support_make_jwks(*state);
    json_t *a = support_add_jwk(jwks, "RSA", "a", *state);
    json_t *b = support_add_jwk(jwks, "RSA-other", "b", *state);

    json_object_set_new(a, "x5t", json_string("ta"));
    json_object_set_new(a, "x5t#S256", json_string("sa"));
    json_object_set_new(b, "x5t", json_string("tb"));
    json_object_set_new(b, "x5t#S256", json_string("sb"));
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

static void finds_certificates_by_thumbprint(void **state)
{
    const ajwt_keyset *keyset = support_parse_keys(
        apr_pstrcat(*state, support_certificate_pem("RSA", *state),
                    support_certificate_pem("RSA-other", *state), NULL),
        *state);
    const ajwt_key *second = &APR_ARRAY_IDX(keyset->keys, 1, ajwt_key);
    const char *header =
        apr_psprintf(*state, "{\"alg\":\"RS256\",\"x5t#S256\":\"%s\"}",
                     (const char *)second->x5t_s256.data);
    const char *compact = apr_pstrcat(
        *state, support_signing_input(header, "{}", *state), ".AA", NULL);
    ajwt_token token = support_parse_token(compact, *state);
    ajwt_candidates candidates;

    assert_int_equal(
        ajwt_keyset_find(&candidates, keyset, &token, AJWT_ALG_RS256),
        AJWT_ACCEPTED);
    assert_int_equal(candidates.count, 1);
    assert_ptr_equal(candidates.keys[0], second);
}

/* Another key each time, which nobody has the private half of */
static void make_other(json_t *jwk, int number, apr_pool_t *pool)
{
    const unsigned char bytes[32] = {(unsigned char)number,
                                     (unsigned char)(number >> 8)};

    json_object_set_new(
        jwk, "x",
        json_string(ajwt_base64url_encode((ajwt_bytes){bytes, 32}, pool)));
}

static const char *find_among(int count, const char *kid, const char *header,
                              apr_pool_t *pool)
{
    json_t *jwks = support_make_jwks(pool);
    int i;

    for (i = 0; i < count; i++)
        make_other(support_add_jwk(jwks, "Ed25519", kid, pool), i, pool);
    return find(parse_jwks(jwks, pool), header, SUPPORT_ALGS_DEFAULT, pool);
}

static const char *find_equal(int count, const char *kid, const char *header,
                              apr_pool_t *pool)
{
    json_t *jwks = support_make_jwks(pool);
    int i;

    for (i = 0; i < count; i++)
        support_add_jwk(jwks, "Ed25519", kid, pool);
    make_other(support_add_jwk(jwks, "Ed25519", kid, pool), 1, pool);
    return find(parse_jwks(jwks, pool), header, SUPPORT_ALGS_DEFAULT, pool);
}

/* B3: an issuer that lists a key twice, or a file that was joined */
static void counts_equal_keys_once(void **state)
{
    static const char named[] = "{\"alg\":\"EdDSA\",\"kid\":\"k\"}";
    static const char unnamed[] = "{\"alg\":\"EdDSA\"}";
    json_t *jwks = support_make_jwks(*state);

    support_expect_text("of one kid", find_equal(5, "k", named, *state), "k k");
    support_expect_text("without", find_equal(900, NULL, unnamed, *state),
                        "OKP OKP");
    support_expect_text("for any kid", find_equal(5, NULL, named, *state),
                        "OKP OKP");
    /* each for what it may verify */
    json_object_set_new(support_add_jwk(jwks, "RSA", "a", *state), "alg",
                        json_string("RS256"));
    json_object_set_new(support_add_jwk(jwks, "RSA", "b", *state), "alg",
                        json_string("PS256"));
    support_expect_text("alg",
                        find(parse_jwks(jwks, *state), "{\"alg\":\"PS256\"}",
                             SUPPORT_ALGS_DEFAULT, *state),
                        "b");
}

static void finds_thumbprints_in_other_forms(void **state)
{
    static const find_case cases[] = {
        {"{\"alg\":\"RS256\",\"x5t\":\"_-8\"}", "RSA"},
        {"{\"alg\":\"RS256\",\"x5t\":\"/+8=\"}", "RSA"},
        {"{\"alg\":\"RS256\",\"x5t\":\"/+8\"}", "KEY_UNKNOWN"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"-_8\"}", "RSA"},
        {"{\"alg\":\"RS256\",\"x5t#S256\":\"-_8=\"}", "RSA"},
    };
    json_t *jwks = support_make_jwks(*state);
    json_t *jwk = support_add_jwk(jwks, "RSA", "k", *state);

    json_object_set_new(jwk, "x5t", json_string("/+8="));
    json_object_set_new(jwk, "x5t#S256", json_string("-_8="));
    json_object_set_new(jwk, "kid", json_string("RSA"));
    expect_found(parse_jwks(jwks, *state), cases, SUPPORT_COUNT(cases), *state);
}

/* B3: Nobody buys CPU time with a token. */
static void bounds_candidates(void **state)
{
    static const char named[] = "{\"alg\":\"EdDSA\",\"kid\":\"k\"}";
    static const char unnamed[] = "{\"alg\":\"EdDSA\"}";

    support_expect_text("4 of one kid", find_among(4, "k", named, *state),
                        "k k k k");
    support_expect_text("5 of one kid", find_among(5, "k", named, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("4 without", find_among(4, NULL, unnamed, *state),
                        "OKP OKP OKP OKP");
    support_expect_text("5 without", find_among(5, NULL, unnamed, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("1000 without", find_among(1000, NULL, unnamed, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("5 for any kid", find_among(5, NULL, named, *state),
                        "KEY_AMBIGUOUS");
    support_expect_text("5 named, none asked for",
                        find_among(5, "k", unnamed, *state), "KEY_AMBIGUOUS");
    support_expect_text("5 of another type",
                        find_among(5, "k", "{\"alg\":\"RS256\"}", *state),
                        "KEY_UNKNOWN");
}

/* What the issuer is not allowed, no key can do. */
static void heeds_the_algorithms(void **state)
{
    const ajwt_keyset *keyset = support_parse_keys(
        support_jwks(*state, "RSA", "Ed25519", "oct", NULL), *state);

    support_expect_text("allowed",
                        find(keyset, "{\"alg\":\"RS256\",\"kid\":\"RSA\"}",
                             AJWT_ALG_RS256, *state),
                        "RSA");
    support_expect_text("not allowed",
                        find(keyset, "{\"alg\":\"PS256\",\"kid\":\"RSA\"}",
                             AJWT_ALG_RS256, *state),
                        "KEY_UNSUITABLE");
    support_expect_text("EdDSA where only Ed448 is",
                        find(keyset, "{\"alg\":\"EdDSA\",\"kid\":\"Ed25519\"}",
                             AJWT_ALG_ED448, *state),
                        "KEY_UNSUITABLE");
    support_expect_text(
        "A2 a secret among others",
        find(keyset, "{\"alg\":\"HS256\"}", AJWT_ALGS_HMAC, *state), "oct");
    support_expect_text("A2 a public key is no secret",
                        find(keyset, "{\"alg\":\"HS256\",\"kid\":\"RSA\"}",
                             AJWT_ALGS_HMAC, *state),
                        "KEY_UNSUITABLE");
}

/* --- keys that name their issuer --- */

#define A       "https://login.example/0a1b2c3f-1111-4222-8333-00000000abc7/v2.0"
#define B       "https://login.example/fedcba98-1111-4222-8333-00000000abcd/v2.0"
#define ANY     "https://login.example/{tenantid}/v2.0"
#define V1      "https://sts.example/0a1b2c3f-1111-4222-8333-00000000abc7/"

#define RS(kid) "{\"alg\":\"RS256\",\"kid\":\"" kid "\"}"
#define ES(kid) "{\"alg\":\"ES256\",\"kid\":\"" kid "\"}"

/* iss NULL: the token has none */
static const char *find_of_issuer(const ajwt_keyset *keyset, const char *header,
                                  const char *iss, apr_pool_t *pool)
{
    const char *payload =
        iss ? apr_psprintf(pool, "{\"iss\":\"%s\"}", iss) : "{}";

    return find_for(keyset, header, payload, SUPPORT_ALGS_DEFAULT, pool);
}

static void add_of(json_t *jwks, const char *name, const char *kid,
                   const char *issuer, apr_pool_t *pool)
{
    json_object_set_new(support_add_jwk(jwks, name, kid, pool), "issuer",
                        json_string(issuer));
}

/* B5 */
static void keeps_keys_to_their_issuer(void **state)
{
    static const struct {
        const char *header, *iss, *found;
    } expected[] = {
        {RS("of-a"), A, "of-a"},
        {RS("of-a"), B, "KEY_ISSUER"},
        {RS("of-a"), A "/", "KEY_ISSUER"},
        {RS("of-a"), A "\\u0000", "KEY_ISSUER"},
        {RS("of-a"), ANY, "KEY_ISSUER"},
        {RS("of-a"), NULL, "KEY_ISSUER"},
        {RS("of-any"), A, "of-any"},
        {RS("of-any"), B, "of-any"},
        {RS("of-any"), V1, "KEY_ISSUER"},
        {RS("of-any"), "https://login.example/common/v2.0", "KEY_ISSUER"},
        {RS("free"), A, "free"},
        {RS("free"), V1, "free"},
        {RS("free"), NULL, "free"},
        /* the issuer first, then the algorithm */
        {ES("of-a"), A, "KEY_UNSUITABLE"},
        {ES("of-a"), B, "KEY_ISSUER"},
        /* two of one kid: that of the issuer */
        {RS("both"), A, "both"},
        {ES("both"), A, "KEY_UNSUITABLE"},
        {ES("both"), B, "both"},
        {RS("both"), B, "KEY_UNSUITABLE"},
        {RS("both"), V1, "KEY_ISSUER"},
        /* without a name: those that serve, by kty where they have no kid */
        {"{\"alg\":\"ES256\"}", B, "both"},
        {"{\"alg\":\"ES256\"}", A, "KEY_UNKNOWN"},
        {"{\"alg\":\"EdDSA\"}", A, "OKP"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", A, "OKP"},
        {"{\"alg\":\"EdDSA\",\"kid\":\"x\"}", B, "KEY_UNKNOWN"},
        {RS("x"), A, "KEY_UNKNOWN"},
    };
    json_t *jwks = support_make_jwks(*state);
    const ajwt_keyset *keyset;
    unsigned i;

    add_of(jwks, "RSA", "of-a", A, *state);
    add_of(jwks, "RSA", "of-any", ANY, *state);
    support_add_jwk(jwks, "RSA", "free", *state);
    add_of(jwks, "RSA-other", "both", A, *state);
    add_of(jwks, "P-256", "both", B, *state);
    add_of(jwks, "Ed25519", NULL, A, *state);
    keyset = parse_jwks(jwks, *state);
    for (i = 0; i < SUPPORT_COUNT(expected); i++)
        support_expect_text(
            apr_psprintf(*state, "%s %s", expected[i].header, expected[i].iss),
            find_of_issuer(keyset, expected[i].header, expected[i].iss, *state),
            expected[i].found);
}

/* Keys of others use up none of the four. */
static void counts_the_issuers_own_keys(void **state)
{
    json_t *jwks = support_make_jwks(*state);
    int i;

    for (i = 0; i < 4; i++)
        add_of(jwks, "Ed25519", "k", B, *state);
    add_of(jwks, "Ed25519-other", "k", A, *state);
    support_expect_text("one of five",
                        find_of_issuer(parse_jwks(jwks, *state),
                                       "{\"alg\":\"EdDSA\",\"kid\":\"k\"}", A,
                                       *state),
                        "k");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(finds_by_kid),
        SUPPORT_TEST(tries_unnamed_keys),
        SUPPORT_TEST(tries_all_of_one_kid),
        SUPPORT_TEST(distinguishes_empty_from_absent),
        SUPPORT_TEST(finds_by_thumbprint),
        SUPPORT_TEST(finds_certificates_by_thumbprint),
        SUPPORT_TEST(counts_equal_keys_once),
        SUPPORT_TEST(finds_thumbprints_in_other_forms),
        SUPPORT_TEST(bounds_candidates),
        SUPPORT_TEST(heeds_the_algorithms),
        SUPPORT_TEST(keeps_keys_to_their_issuer),
        SUPPORT_TEST(counts_the_issuers_own_keys),
    };

    return SUPPORT_RUN(tests);
}
