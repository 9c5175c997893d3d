/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/claims.h"

static ajwt_reason check(const json_t *claims, const ajwt_policy *policy)
{
    return ajwt_claims_check(claims, policy, SUPPORT_NOW);
}

/* Good claims but for this one, which is JSON text; NULL: left out */
static json_t *claims_with(const char *name, const char *value,
                           apr_pool_t *pool)
{
    json_t *claims = support_claims(pool);

    if (value)
        json_object_set(claims, name, support_json(value, pool));
    else
        json_object_del(claims, name);
    return claims;
}

static void accepts_good_claims(void **state)
{
    ajwt_policy policy = support_policy(*state);

    support_expect_reason("good", check(support_claims(*state), &policy),
                          AJWT_ACCEPTED);
}

/* --- each registered claim x each JSON type --- */

#define CLAIMS 8
static const char *const names[CLAIMS] = {"iss", "sub", "aud", "exp",
                                          "nbf", "iat", "jti", "cnf"};

#define OK       AJWT_ACCEPTED
#define TYPE     AJWT_CLAIM_TYPE
#define ISSUER   AJWT_ISSUER_UNKNOWN
#define AUDIENCE AJWT_AUDIENCE_REFUSED
#define LATE     AJWT_EXPIRED
#define BOUND    AJWT_TOKEN_BOUND

typedef struct grid_row {
    const char *value;
    ajwt_reason reasons[CLAIMS];
} grid_row;

static const grid_row grid[] = {
    /*          iss     sub   aud       exp   nbf   iat   jti   cnf */
    {"null", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"true", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"false", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"0", {TYPE, OK, TYPE, LATE, OK, OK, OK, BOUND}},
    {"-1", {TYPE, OK, TYPE, LATE, OK, OK, OK, BOUND}},
    {"1.5", {TYPE, OK, TYPE, LATE, OK, OK, OK, BOUND}},
    {"\"\"", {ISSUER, OK, AUDIENCE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"\"x\"", {ISSUER, OK, AUDIENCE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"\"1700000300\"", {ISSUER, OK, AUDIENCE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"[]", {TYPE, OK, AUDIENCE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"[\"x\"]", {TYPE, OK, AUDIENCE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"[1700000300]", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"[null]", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"{}", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
    {"{\"a\":\"b\"}", {TYPE, OK, TYPE, TYPE, TYPE, TYPE, OK, BOUND}},
};

/* E1, E2, E3 */
static void has_a_verdict_on_each_type(void **state)
{
    ajwt_policy policy = support_policy(*state);
    size_t row;
    int claim;

    for (row = 0; row < SUPPORT_COUNT(grid); row++) {
        for (claim = 0; claim < CLAIMS; claim++)
            support_expect_reason(
                apr_psprintf(*state, "%s = %s", names[claim], grid[row].value),
                check(claims_with(names[claim], grid[row].value, *state),
                      &policy),
                grid[row].reasons[claim]);
    }
}

/* The same when the policy asks for nothing: a wrong type stays wrong.  sub and
 * jti may be anything: whoever uses them checks them. */
static void has_the_same_without_demands(void **state)
{
    ajwt_policy policy = support_policy(*state);
    size_t row;
    int claim;

    policy.issuer = NULL;
    policy.audiences = NULL;
    policy.required = support_words(*state, NULL);
    for (row = 0; row < SUPPORT_COUNT(grid); row++) {
        for (claim = 0; claim < CLAIMS; claim++) {
            ajwt_reason wanted = grid[row].reasons[claim];

            if (wanted == AJWT_ISSUER_UNKNOWN ||
                wanted == AJWT_AUDIENCE_REFUSED)
                wanted = AJWT_ACCEPTED;
            support_expect_reason(
                apr_psprintf(*state, "%s = %s", names[claim], grid[row].value),
                check(claims_with(names[claim], grid[row].value, *state),
                      &policy),
                wanted);
        }
    }
}

static void misses_what_is_absent(void **state)
{
    static const ajwt_reason reasons[CLAIMS] = {AJWT_ISSUER_MISSING,
                                                OK,
                                                AJWT_AUDIENCE_MISSING,
                                                AJWT_CLAIM_MISSING,
                                                OK,
                                                OK,
                                                OK,
                                                OK};
    ajwt_policy policy = support_policy(*state);
    int claim;

    for (claim = 0; claim < CLAIMS; claim++)
        support_expect_reason(
            names[claim],
            check(claims_with(names[claim], NULL, *state), &policy),
            reasons[claim]);
}

/* --- times --- */

typedef struct time_case {
    const char *claims; /* JSON text of what is set */
    int leeway_s;
    apr_int64_t now_us; /* after SUPPORT_NOW */
    ajwt_reason reason;
} time_case;

static const time_case times[] = {
    /* RFC 7519 4.1.4: on or after exp it is too late */
    {"{\"exp\":1700000001}", 0, 0, AJWT_ACCEPTED},
    {"{\"exp\":1700000000}", 0, -1, AJWT_ACCEPTED},
    {"{\"exp\":1700000000}", 0, 0, AJWT_EXPIRED},
    {"{\"exp\":1699999999}", 0, 0, AJWT_EXPIRED},
    {"{\"exp\":1699999941}", 60, 0, AJWT_ACCEPTED},
    {"{\"exp\":1699999940}", 60, 0, AJWT_EXPIRED},
    {"{\"exp\":1699999940}", 60, -1, AJWT_ACCEPTED},
    {"{\"exp\":1699999701}", 300, 0, AJWT_ACCEPTED},
    {"{\"exp\":1699999700}", 300, 0, AJWT_EXPIRED},
    /* fractions */
    {"{\"exp\":1700000000.5}", 0, 499999, AJWT_ACCEPTED},
    {"{\"exp\":1700000000.5}", 0, 500000, AJWT_EXPIRED},
    {"{\"exp\":1700000000.0}", 0, 0, AJWT_EXPIRED},
    {"{\"exp\":1.7000000005e9}", 0, 0, AJWT_ACCEPTED},
    {"{\"exp\":1.7e9}", 0, 0, AJWT_EXPIRED},
    /* far away */
    {"{\"exp\":1e308}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"exp\":-1e308}", 300, 0, AJWT_EXPIRED},
    {"{\"exp\":9007199254740993}", 60, 0, AJWT_CLAIM_TYPE},
    {"{\"exp\":9223372036854775807}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"exp\":253402300799}", 0, 0, AJWT_ACCEPTED},
    {"{\"exp\":253402300799.9}", 0, 0, AJWT_ACCEPTED},
    {"{\"exp\":253402300800}", 0, 0, AJWT_CLAIM_TYPE},
    {"{\"exp\":253402300800}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"exp\":-9223372036854775808}", 300, 0, AJWT_EXPIRED},
    {"{\"exp\":-1}", 300, 0, AJWT_EXPIRED},
    {"{\"exp\":0}", 300, 0, AJWT_EXPIRED},
    /* milliseconds by mistake */
    {"{\"exp\":1700000000000}", 0, 0, AJWT_CLAIM_TYPE},
    {"{\"nbf\":1699999000000}", 0, 0, AJWT_CLAIM_TYPE},
    {"{\"iat\":1699999000000}", 0, 0, AJWT_CLAIM_TYPE},

    /* 4.1.5: from nbf on */
    {"{\"nbf\":1700000000}", 0, 0, AJWT_ACCEPTED},
    {"{\"nbf\":1700000000}", 0, -1, AJWT_NOT_YET_VALID},
    {"{\"nbf\":1700000001}", 0, 0, AJWT_NOT_YET_VALID},
    {"{\"nbf\":1700000060}", 60, 0, AJWT_ACCEPTED},
    {"{\"nbf\":1700000061}", 60, 0, AJWT_NOT_YET_VALID},
    {"{\"nbf\":1700000000.25}", 0, 250000, AJWT_ACCEPTED},
    {"{\"nbf\":1700000000.25}", 0, 249999, AJWT_NOT_YET_VALID},
    {"{\"nbf\":1e308}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"nbf\":9223372036854775807}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"nbf\":253402300799}", 300, 0, AJWT_NOT_YET_VALID},
    {"{\"nbf\":-1e308}", 0, 0, AJWT_ACCEPTED},
    {"{\"nbf\":-9223372036854775808}", 300, 0, AJWT_ACCEPTED},

    /* 4.1.6: nothing is issued tomorrow */
    {"{\"iat\":1700000000}", 0, 0, AJWT_ACCEPTED},
    {"{\"iat\":1700000001}", 0, 0, AJWT_ISSUED_IN_FUTURE},
    {"{\"iat\":1700000060}", 60, 0, AJWT_ACCEPTED},
    {"{\"iat\":1700000061}", 60, 0, AJWT_ISSUED_IN_FUTURE},
    {"{\"iat\":1e308}", 300, 0, AJWT_CLAIM_TYPE},
    {"{\"iat\":253402300799}", 300, 0, AJWT_ISSUED_IN_FUTURE},
    {"{\"iat\":-1}", 0, 0, AJWT_ACCEPTED},

    /* which one is told when several are wrong */
    {"{\"exp\":1,\"nbf\":2e11,\"iat\":2e11}", 0, 0, AJWT_EXPIRED},
    {"{\"nbf\":2e11,\"iat\":2e11}", 0, 0, AJWT_NOT_YET_VALID},
    {"{\"exp\":1,\"iat\":1e308}", 0, 0, AJWT_CLAIM_TYPE},
};

/* E1 */
static void knows_the_time(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(times); i++) {
        const time_case *c = &times[i];
        json_t *claims = support_claims(*state);
        ajwt_policy policy = support_policy(*state);

        policy.leeway_s = c->leeway_s;
        json_object_update(claims, support_json(c->claims, *state));
        support_expect_reason(
            apr_psprintf(*state, "%s leeway %d now %+d us", c->claims,
                         c->leeway_s, (int)c->now_us),
            ajwt_claims_check(claims, &policy, SUPPORT_NOW + c->now_us),
            c->reason);
    }
}

/* {claims, which one is wrong and how}; NULL: none */
static const char *const type_errors[][2] = {
    {"{}", NULL},
    {"{\"iss\":\"x\",\"aud\":[\"x\"],\"exp\":1,\"sub\":[],\"jti\":1}", NULL},
    {"{\"iss\":1}", "iss is not a string"},
    {"{\"iss\":null,\"exp\":\"x\"}", "iss is not a string"},
    {"{\"aud\":1}", "aud is neither a string nor an array of strings"},
    {"{\"aud\":[\"x\",1]}", "aud is neither a string nor an array of strings"},
    {"{\"azp\":1}", "azp is neither a string nor an array of strings"},
    {"{\"exp\":\"1700000000\"}", "exp is not a number"},
    {"{\"iat\":null}", "iat is not a number"},
    {"{\"exp\":1700000000000}",
     "exp is after the year 9999, probably milliseconds: the issuer must write "
     "seconds since 1970"},
    {"{\"nbf\":1e300}",
     "nbf is after the year 9999: the issuer must write seconds since 1970"},
};

static void says_which_type_is_wrong(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(type_errors); i++)
        support_expect_text(
            type_errors[i][0],
            ajwt_claims_explain_type(support_json(type_errors[i][0], *state),
                                     "azp", *state),
            type_errors[i][1]);
}

typedef struct lifetime_case {
    const char *iat, *exp; /* JSON text; NULL: left out */
    int max_s;
    ajwt_reason reason;
} lifetime_case;

static const lifetime_case lifetimes[] = {
    {"1700000000", "1700000600", 0, AJWT_ACCEPTED},
    {"1700000000", "1700000600", 600, AJWT_ACCEPTED},
    {"1700000000", "1700000600", 599, AJWT_LIFETIME_TOO_LONG},
    {"1700000000", "1700000600.5", 600, AJWT_LIFETIME_TOO_LONG},
    {"1699999000", "1700000600", 1000, AJWT_LIFETIME_TOO_LONG},
    {NULL, "1700000600", 0, AJWT_ACCEPTED},
    {NULL, "1700000600", 600, AJWT_CLAIM_MISSING},
    {"1700000000", NULL, 600, AJWT_CLAIM_MISSING},
    {"-1e308", "2e11", 600, AJWT_LIFETIME_TOO_LONG},
    {"-9223372036854775808", "253402300799", 600, AJWT_LIFETIME_TOO_LONG},
    {"1700000000", "1e308", 600, AJWT_CLAIM_TYPE},
};

/* E1 */
static void bounds_the_lifetime(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(lifetimes); i++) {
        const lifetime_case *c = &lifetimes[i];
        json_t *claims = claims_with("iat", c->iat, *state);
        ajwt_policy policy = support_policy(*state);

        if (c->exp)
            json_object_set(claims, "exp", support_json(c->exp, *state));
        else
            json_object_del(claims, "exp");
        policy.required = support_words(*state, NULL);
        policy.max_lifetime_s = c->max_s;
        support_expect_reason(apr_psprintf(*state, "iat %s exp %s max %d",
                                           c->iat ? c->iat : "absent",
                                           c->exp ? c->exp : "absent",
                                           c->max_s),
                              check(claims, &policy), c->reason);
    }
}

/* --- issuer and audience --- */

typedef struct name_case {
    const char *accepted; /* NULL: any */
    const char *value;    /* JSON text; NULL: left out */
    ajwt_reason reason;
} name_case;

/* byte by byte */
static const name_case issuers[] = {
    {"https://a.example/t", "\"https://a.example/t\"", AJWT_ACCEPTED},
    {"https://a.example/t", "\"https:\\/\\/a.example\\/t\"", AJWT_ACCEPTED},
    {"https://a.example/t", "\"https://a.example/t/\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example/\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example/tt\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example/T\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://A.example/t\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example:443/t\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example@b.example/t\"",
     AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"http://a.example/t\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example/t\\u0000\"",
     AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://a.example/t\\u0000x\"",
     AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\" https://a.example/t\"", AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "\"https://\\u0430.example/t\"",
     AJWT_ISSUER_UNKNOWN},
    {"https://a.example/t", "[\"https://a.example/t\"]", AJWT_CLAIM_TYPE},
    {"https://a.example/t", NULL, AJWT_ISSUER_MISSING},
    {NULL, "\"anything\"", AJWT_ACCEPTED},
    {NULL, NULL, AJWT_ACCEPTED},
    {NULL, "1", AJWT_CLAIM_TYPE},
};

/* E3 */
static void compares_issuers(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(issuers); i++) {
        ajwt_policy policy = support_policy(*state);

        policy.issuer = issuers[i].accepted;
        support_expect_reason(
            issuers[i].value ? issuers[i].value : "no iss",
            check(claims_with("iss", issuers[i].value, *state), &policy),
            issuers[i].reason);
    }
}

static const name_case audiences[] = {
    {"a", "\"a\"", AJWT_ACCEPTED},
    {"a", "[\"a\"]", AJWT_ACCEPTED},
    {"a", "[\"x\",\"a\"]", AJWT_ACCEPTED},
    {"a", "[\"a\",\"x\"]", AJWT_ACCEPTED},
    {"a b", "\"b\"", AJWT_ACCEPTED},
    {"a b", "[\"x\",\"b\"]", AJWT_ACCEPTED},
    {"a b", "\"a b\"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"\"", AJWT_AUDIENCE_REFUSED},
    {"a", "[]", AJWT_AUDIENCE_REFUSED},
    {"a", "[\"\"]", AJWT_AUDIENCE_REFUSED},
    {"a", "\"A\"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"ab\"", AJWT_AUDIENCE_REFUSED},
    {"ab", "\"a\"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"a/\"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"a \"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"a\\u0000\"", AJWT_AUDIENCE_REFUSED},
    {"a", "\"*\"", AJWT_AUDIENCE_REFUSED},
    {"https://api.example", "\"http://api.example\"", AJWT_AUDIENCE_REFUSED},
    {"https://api.example", "\"https://api.example/\"", AJWT_AUDIENCE_REFUSED},
    /* CVE-2020-26160: an element that is no string spoils the array */
    {"a", "[\"a\",1]", AJWT_CLAIM_TYPE},
    {"a", "[1,\"a\"]", AJWT_CLAIM_TYPE},
    {"a", "[\"a\",null]", AJWT_CLAIM_TYPE},
    {"a", "[[\"a\"]]", AJWT_CLAIM_TYPE},
    {"a", "{\"a\":\"a\"}", AJWT_CLAIM_TYPE},
    {"a", NULL, AJWT_AUDIENCE_MISSING},
    {NULL, "\"anything\"", AJWT_ACCEPTED},
    {NULL, "[\"any\",\"thing\"]", AJWT_ACCEPTED},
    {NULL, "[]", AJWT_ACCEPTED},
    {NULL, NULL, AJWT_ACCEPTED},
    {NULL, "[1]", AJWT_CLAIM_TYPE},
    {NULL, "1", AJWT_CLAIM_TYPE},
};

static void check_audiences(const char *claim, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(audiences); i++) {
        const name_case *c = &audiences[i];
        ajwt_policy policy = support_policy(pool);
        json_t *claims = support_claims(pool);

        json_object_del(claims, "aud");
        if (c->value)
            json_object_set(claims, claim, support_json(c->value, pool));
        policy.audience_claim = claim;
        policy.audiences =
            c->accepted ? support_split(c->accepted, pool) : NULL;
        support_expect_reason(apr_psprintf(pool, "%s of %s in %s",
                                           c->accepted ? c->accepted : "any",
                                           c->value ? c->value : "nothing",
                                           claim),
                              check(claims, &policy), c->reason);
    }
}

/* E2 */
static void compares_audiences(void **state)
{
    check_audiences("aud", *state);
}

static void finds_the_audience_elsewhere(void **state)
{
    ajwt_policy policy = support_policy(*state);
    json_t *claims = support_claims(*state);

    check_audiences("client_id", *state);
    policy.audience_claim = "client_id";
    support_expect_reason("aud does not stand in", check(claims, &policy),
                          AJWT_AUDIENCE_MISSING);
    json_object_set_new(claims, "client_id", json_string(SUPPORT_AUDIENCE));
    json_object_set_new(claims, "aud", json_string("of somebody else"));
    support_expect_reason("aud does not matter", check(claims, &policy),
                          AJWT_ACCEPTED);
    json_object_set_new(claims, "aud", json_integer(1));
    support_expect_reason("but has its type", check(claims, &policy),
                          AJWT_CLAIM_TYPE);
}

/* --- the rest --- */

static void requires_claims(void **state)
{
    ajwt_policy policy = support_policy(*state);

    policy.required = support_words(*state, "exp", "sub", NULL);
    support_expect_reason("there", check(support_claims(*state), &policy),
                          AJWT_ACCEPTED);
    support_expect_reason("sub missing",
                          check(claims_with("sub", NULL, *state), &policy),
                          AJWT_CLAIM_MISSING);
    policy.required = support_words(*state, "email", NULL);
    support_expect_reason("email missing",
                          check(support_claims(*state), &policy),
                          AJWT_CLAIM_MISSING);
    support_expect_reason(
        "email there", check(claims_with("email", "\"a@b\"", *state), &policy),
        AJWT_ACCEPTED);
    support_expect_reason("email false",
                          check(claims_with("email", "false", *state), &policy),
                          AJWT_ACCEPTED);
    policy.required = support_words(*state, NULL);
    support_expect_reason("exp not asked for",
                          check(claims_with("exp", NULL, *state), &policy),
                          AJWT_ACCEPTED);
}

/* D8: RFC 9449 7.2 and RFC 8705 3 */
static void refuses_bound_tokens(void **state)
{
    ajwt_policy policy = support_policy(*state);

    support_expect_reason(
        "DPoP", check(claims_with("cnf", "{\"jkt\":\"x\"}", *state), &policy),
        AJWT_TOKEN_BOUND);
    support_expect_reason(
        "certificate",
        check(claims_with("cnf", "{\"x5t#S256\":\"x\"}", *state), &policy),
        AJWT_TOKEN_BOUND);
}

/* What nobody asks for may be anything. */
static void ignores_other_claims(void **state)
{
    ajwt_policy policy = support_policy(*state);
    size_t row;

    for (row = 0; row < SUPPORT_COUNT(grid); row++)
        support_expect_reason(
            grid[row].value,
            check(claims_with("email", grid[row].value, *state), &policy),
            AJWT_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(accepts_good_claims),
        SUPPORT_TEST(has_a_verdict_on_each_type),
        SUPPORT_TEST(has_the_same_without_demands),
        SUPPORT_TEST(misses_what_is_absent),
        SUPPORT_TEST(knows_the_time),
        SUPPORT_TEST(bounds_the_lifetime),
        SUPPORT_TEST(says_which_type_is_wrong),
        SUPPORT_TEST(compares_issuers),
        SUPPORT_TEST(compares_audiences),
        SUPPORT_TEST(finds_the_audience_elsewhere),
        SUPPORT_TEST(requires_claims),
        SUPPORT_TEST(refuses_bound_tokens),
        SUPPORT_TEST(ignores_other_claims),
    };

    return SUPPORT_RUN(tests);
}
