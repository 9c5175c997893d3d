/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include "config/trust.h"

#define GUID     "8f1f3b0e-0a6c-4c2e-9d55-0123456789ab"
#define TEMPLATE "https://login.example/{tenantid}/v2.0"
#define JWKS     " jwks=https://keys.example/jwks"

static ajwt_issuers *make_issuers(apr_pool_t *pool, ...)
{
    ajwt_issuers *issuers = ajwt_issuers_make(pool);
    const char *line;
    va_list lines;

    va_start(lines, pool);
    while ((line = va_arg(lines, const char *)))
        support_add_issuer(issuers, line, pool);
    va_end(lines);
    return issuers;
}

static ajwt_trust make_trust(const ajwt_issuers *issuers, apr_pool_t *pool)
{
    ajwt_trust trust = {0};

    trust.issuers = issuers;
    trust.audiences = support_words(pool, "of-section", NULL);
    trust.types = support_words(pool, "at+jwt", NULL);
    trust.required = support_words(pool, "exp", "sub", NULL);
    trust.algs = SUPPORT_ALGS_DEFAULT;
    trust.leeway_s = 7;
    trust.max_lifetime_s = 11;
    return trust;
}

static ajwt_policy policy_of(const ajwt_trust *trust, const char *name)
{
    const ajwt_issuer *issuer =
        ajwt_issuers_find(trust->issuers, ajwt_bytes_from_string(name));
    ajwt_policy policy;

    if (!issuer)
        fail_msg("there is no issuer %s", name);
    memset(&policy, 0xa5, sizeof policy);
    ajwt_trust_policy(&policy, trust, issuer);
    return policy;
}

/* G3 */
static void test_what_cannot_be_checked_by(void **state)
{
    ajwt_trust trust = make_trust(NULL, *state);

    support_expect_reason("no issuer", ajwt_trust_check(&trust),
                          AJWT_ISSUER_UNCONFIGURED);
    trust.issuers = make_issuers(*state, "a audience=x" JWKS, "b" JWKS, NULL);
    support_expect_reason("an audience of the section",
                          ajwt_trust_check(&trust), AJWT_ACCEPTED);
    trust.audiences = NULL;
    support_expect_reason("one issuer without an audience",
                          ajwt_trust_check(&trust), AJWT_AUDIENCE_UNCONFIGURED);
    trust.issuers =
        make_issuers(*state, "a audience=x" JWKS, "b audience=*" JWKS, NULL);
    support_expect_reason("each has its own", ajwt_trust_check(&trust),
                          AJWT_ACCEPTED);
    trust.issuers = NULL;
    support_expect_reason("neither", ajwt_trust_check(&trust),
                          AJWT_ISSUER_UNCONFIGURED);
}

typedef struct find_case {
    const char *what;
    const char *header;
    const char *claims;
    const char *found; /* NULL: refused */
    ajwt_reason reason;
} find_case;

#define PLAIN "{\"alg\":\"ES256\"}"
#define GRAPH "{\"alg\":\"ES256\",\"nonce\":\"x\"}"

static const find_case cases[] = {
    {"ours", PLAIN, "{\"iss\":\"a\"}", "a", AJWT_ACCEPTED},
    {"ours, with a nonce", GRAPH, "{\"iss\":\"a\"}", "a", AJWT_ACCEPTED},
    {"a tenant's", PLAIN, "{\"iss\":\"https://login.example/" GUID "/v2.0\"}",
     TEMPLATE, AJWT_ACCEPTED},
    {"no GUID's", PLAIN, "{\"iss\":\"https://login.example/common/v2.0\"}",
     NULL, AJWT_ISSUER_UNKNOWN},
    {"nobody's", PLAIN, "{\"sub\":\"a\"}", NULL, AJWT_ISSUER_MISSING},
    {"nobody's, with a nonce", GRAPH, "{\"sub\":\"a\"}", NULL,
     AJWT_ISSUER_MISSING},
    {"an empty name's", PLAIN, "{\"iss\":\"\"}", NULL, AJWT_ISSUER_UNKNOWN},
    {"another's", PLAIN, "{\"iss\":\"b\"}", NULL, AJWT_ISSUER_UNKNOWN},
    {"another's, with a nonce", GRAPH, "{\"iss\":\"b\"}", NULL,
     AJWT_GRAPH_TOKEN},
};

static void expect_found(const find_case *c, const ajwt_trust *trust,
                         const char *found, ajwt_reason reason,
                         apr_pool_t *pool)
{
    ajwt_token token = support_parse_token(
        support_token(c->header, c->claims, "ES256", NULL, pool), pool);
    const ajwt_issuer *issuer;

    support_expect_reason(c->what, ajwt_trust_find(&issuer, trust, &token),
                          reason);
    support_expect_text(c->what, issuer ? issuer->name : NULL, found);
}

/* B5, E3 */
static void test_whose_token(void **state)
{
    ajwt_trust trust = make_trust(
        make_issuers(*state, "a" JWKS, TEMPLATE " tenants=*" JWKS, NULL),
        *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        expect_found(&cases[i], &trust, cases[i].found, cases[i].reason,
                     *state);

    trust.issuers = make_issuers(*state, "a" JWKS, "*" JWKS,
                                 TEMPLATE " tenants=*" JWKS, NULL);
    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        expect_found(&cases[i], &trust, cases[i].found ? cases[i].found : "*",
                     AJWT_ACCEPTED, *state);
}

static void test_what_the_section_says(void **state)
{
    ajwt_trust trust = make_trust(make_issuers(*state, "a" JWKS, NULL), *state);
    ajwt_policy policy = policy_of(&trust, "a");

    assert_string_equal(policy.issuer, "a");
    assert_null(policy.tenants);
    assert_ptr_equal(policy.audiences, trust.audiences);
    assert_string_equal(policy.audience_claim, "aud");
    assert_ptr_equal(policy.types, trust.types);
    assert_ptr_equal(policy.required, trust.required);
    assert_int_equal(policy.algs, SUPPORT_ALGS_DEFAULT);
    assert_int_equal(policy.leeway_s, 7);
    assert_int_equal(policy.max_lifetime_s, 11);
}

static void test_what_the_issuer_says_instead(void **state)
{
    ajwt_trust trust = make_trust(
        make_issuers(*state,
                     TEMPLATE " tenants=" GUID " audience=its-own algs=ES512 "
                              "audience-claim=client_id" JWKS,
                     "*" JWKS, NULL),
        *state);
    ajwt_policy policy = policy_of(&trust, TEMPLATE);

    assert_string_equal(policy.issuer, TEMPLATE);
    assert_int_equal(policy.tenants->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(policy.tenants, 0, const char *), GUID);
    assert_int_equal(policy.audiences->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(policy.audiences, 0, const char *),
                        "its-own");
    assert_string_equal(policy.audience_claim, "client_id");
    assert_int_equal(policy.algs, AJWT_ALG_ES512);

    policy = policy_of(&trust, "anybody");
    assert_null(policy.issuer);
    assert_ptr_equal(policy.audiences, trust.audiences);
}

/* E2 */
static void test_any_audience(void **state)
{
    ajwt_trust trust =
        make_trust(make_issuers(*state, "a audience=*" JWKS,
                                "b audience=x" JWKS, "c" JWKS, NULL),
                   *state);

    assert_null(policy_of(&trust, "a").audiences);
    assert_non_null(policy_of(&trust, "b").audiences);
    assert_non_null(policy_of(&trust, "c").audiences);

    trust.audiences = support_words(*state, "*", NULL);
    assert_non_null(policy_of(&trust, "b").audiences);
    assert_null(policy_of(&trust, "c").audiences);
}

typedef struct algs_case {
    const char *line;
    ajwt_alg_set section;
    ajwt_alg_set algs;
} algs_case;

#define EC_AND_HS256 (AJWT_ALG_ES256 | AJWT_ALG_HS256)

/* A2: whatever the section says, public keys and secrets stay apart. */
static void test_which_algorithms(void **state)
{
    const char *folder = support_folder(*state);
    const char *keys = support_write_text(
        folder, "keys", support_jwks(*state, "P-256", "oct", NULL), *state);
    const char *secret = support_write(
        folder, "secret", support_key_named("oct")->secret, *state);
    const char *of_file = apr_pstrcat(*state, "a keys=", keys, NULL);
    const char *of_secret = apr_pstrcat(*state, "a secret=", secret, NULL);
    const algs_case with[] = {
        {"a" JWKS, EC_AND_HS256, AJWT_ALG_ES256},
        {"a" JWKS, AJWT_ALG_HS256, 0},
        {"a algs=RS256" JWKS, EC_AND_HS256, AJWT_ALG_RS256},
        {of_file, EC_AND_HS256, AJWT_ALG_ES256},
        {apr_pstrcat(*state, of_file, " algs=HS256", NULL), AJWT_ALG_ES256,
         AJWT_ALG_HS256},
        {of_secret, EC_AND_HS256, AJWT_ALG_HS256},
        {of_secret, AJWT_ALG_ES256, AJWT_ALGS_HMAC},
        {of_secret, SUPPORT_ALGS_DEFAULT, AJWT_ALGS_HMAC},
        {apr_pstrcat(*state, of_secret, " algs=HS512", NULL), AJWT_ALG_HS256,
         AJWT_ALG_HS512},
    };
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(with); i++) {
        ajwt_trust trust =
            make_trust(make_issuers(*state, with[i].line, NULL), *state);

        trust.algs = with[i].section;
        support_expect(apr_psprintf(*state, "%s, section %x", with[i].line,
                                    with[i].section),
                       policy_of(&trust, "a").algs == with[i].algs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_what_cannot_be_checked_by),
        SUPPORT_TEST(test_whose_token),
        SUPPORT_TEST(test_what_the_section_says),
        SUPPORT_TEST(test_what_the_issuer_says_instead),
        SUPPORT_TEST(test_any_audience),
        SUPPORT_TEST(test_which_algorithms),
    };

    return SUPPORT_RUN(tests);
}
