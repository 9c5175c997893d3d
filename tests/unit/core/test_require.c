/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/require.h"

typedef const ajwt_require *parser(const char **error,
                                   const apr_array_header_t *words,
                                   apr_pool_t *pool);

/* The words of a line, separated by spaces */
static const ajwt_require *parse(parser *parse_line, const char *line,
                                 apr_pool_t *pool)
{
    const char *error = "untouched";
    const ajwt_require *require =
        parse_line(&error, support_split(line, pool), pool);

    if (!require)
        fail_msg("%s: %s", line, error);
    support_expect(line, !error);
    return require;
}

#define NOW_S 1700000000

typedef struct match_case {
    const char *line;
    const char *claims;
    int holds;
} match_case;

static ajwt_reason match(const ajwt_require *require, const json_t *claims,
                         apr_pool_t *pool)
{
    return ajwt_require_match(require, claims, apr_time_from_sec(NOW_S), pool);
}

/* otherwise: the reason where a line does not hold */
static void expect_matches(parser *parse_line, ajwt_reason otherwise,
                           const match_case *cases, size_t count,
                           apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const match_case *c = &cases[i];
        const ajwt_require *require = parse(parse_line, c->line, pool);

        support_expect_reason(
            apr_psprintf(pool, "%s of %s", c->line, c->claims),
            match(require, support_json(c->claims, pool), pool),
            c->holds ? AJWT_ACCEPTED : otherwise);
    }
}

static const match_case scopes[] = {
    {"a", "{\"scope\":\"a\"}", 1},
    {"a", "{\"scope\":\"x a y\"}", 1},
    {"a", "{\"scope\":\"a y\"}", 1},
    {"a", "{\"scope\":\"x a\"}", 1},
    {"a", "{\"scope\":\"x  a \"}", 1},
    {"a", "{\"scope\":\"a a\"}", 1},
    {"a b", "{\"scope\":\"b a\"}", 1},
    {"a a", "{\"scope\":\"a\"}", 1},
    {"a b", "{\"scope\":\"a\"}", 0},
    {"a b", "{\"scope\":\"a\",\"scp\":\"b\"}", 1},
    {"a", "{\"scp\":\"x a\"}", 1},
    {"a", "{\"scp\":[\"x\",\"a\"]}", 1},
    {"a b", "{\"scp\":[\"b\",\"a\"]}", 1},
    {"a", "{\"scope\":1,\"scp\":[\"a\"]}", 1},
    {"https://x/a", "{\"scope\":\"https://x/a\"}", 1},
    {"a:b,c", "{\"scope\":\"a:b,c\"}", 1},

    {"a", "{}", 0},
    {"a", "{\"scope\":\"\"}", 0},
    {"a", "{\"scope\":\" \"}", 0},
    {"a", "{\"scope\":\"ab\"}", 0},
    {"admin", "{\"scope\":\"administrator\"}", 0},
    {"administrator", "{\"scope\":\"admin\"}", 0},
    {"a", "{\"scope\":\"ba\"}", 0},
    {"a", "{\"scope\":\"A\"}", 0},
    {"a", "{\"scope\":\"x\\ta\"}", 0},
    {"a", "{\"scope\":\"x\\na\"}", 0},
    {"a", "{\"scope\":\"x,a\"}", 0},
    {"a", "{\"scope\":\"a\\u0000\"}", 0},
    {"a", "{\"scope\":null}", 0},
    {"a", "{\"scope\":true}", 0},
    {"a", "{\"scope\":{\"a\":1}}", 0},
    {"a", "{\"scp\":[\"x a\"]}", 0},
    {"a", "{\"scp\":[1,null,{},[\"a\"]]}", 0},
    {"a", "{\"scp\":[]}", 0},
    {"a", "{\"scp\":{\"a\":1}}", 0},
    {"a", "{\"scopes\":\"a\"}", 0},
    {"a", "{\"scope\":[\"x\",\"a\"]}", 1},
    {"a b", "{\"scope\":[\"b\"],\"scp\":[\"a\"]}", 1},
    {"a", "{\"scope\":[\"x a\"]}", 0},
    {"a", "{\"scope\":[]}", 0},
    /* an array of anything but strings is no list of scopes */
    {"a", "{\"scope\":[\"a\",1]}", 0},
    {"a", "{\"scope\":[null,\"a\"]}", 0},
    {"a", "{\"scp\":[\"a\",[\"b\"]]}", 0},
    {"a", "{\"scope\":[\"a\",{}],\"scp\":\"a\"}", 1},
};

/* E5 */
static void matches_scopes(void **state)
{
    expect_matches(ajwt_require_parse_scope, AJWT_SCOPE_MISSING, scopes,
                   SUPPORT_COUNT(scopes), *state);
}

static const match_case claims[] = {
    /* PATH */
    {"a", "{\"a\":\"x\"}", 1},
    {"a", "{\"a\":false}", 1},
    {"a", "{\"a\":0}", 1},
    {"a", "{\"a\":\"\"}", 1},
    {"a", "{\"a\":[]}", 1},
    {"a", "{\"a\":null}", 0},
    {"a", "{}", 0},
    {"a.b", "{\"a\":{\"b\":1}}", 1},
    {"a.b", "{\"a\":{\"c\":1}}", 0},

    /* PATH=VALUE */
    {"a=x", "{\"a\":\"x\"}", 1},
    {"a=x", "{\"a\":\"X\"}", 0},
    {"a=x", "{\"a\":\"xy\"}", 0},
    {"a=x", "{\"a\":\"x\\u0000\"}", 0},
    {"a=x", "{\"a\":\"\"}", 0},
    {"a=x", "{\"b\":\"x\"}", 0},
    {"a=x", "{}", 0},
    {"a=", "{\"a\":\"\"}", 1},
    {"a=", "{\"a\":\"x\"}", 0},
    {"a=", "{}", 0},
    {"a==x", "{\"a\":\"=x\"}", 1},
    {"a=b=c", "{\"a\":\"b=c\"}", 1},
    {"a=b~c", "{\"a\":\"b~c\"}", 1},
    {"a=x!=y", "{\"a\":\"x!=y\"}", 1},
    {"a=x", "{\"a\":[\"y\",\"x\"]}", 1},
    {"a=x", "{\"a\":[\"y\"]}", 0},
    {"a=x", "{\"a\":[]}", 0},
    {"a=x", "{\"a\":[[\"x\"]]}", 0},
    {"a=x", "{\"a\":{\"x\":1}}", 0},
    {"a.b=x", "{\"a\":{\"b\":[\"x\"]}}", 1},
    {"a.b=x", "{\"a.b\":\"x\",\"a\":{\"b\":\"y\"}}", 1},
    {"realm_access.roles=admin", "{\"realm_access\":{\"roles\":[\"admin\"]}}",
     1},
    {"https://x/roles=admin", "{\"https://x/roles\":[\"admin\"]}", 1},
    {"/https:~1~1x~1roles=admin", "{\"https://x/roles\":[\"admin\"]}", 1},
    {"/a~0b=x", "{\"a~b\":\"x\"}", 1},
    {"/a/0=x", "{\"a\":[\"x\",\"y\"]}", 1},
    {"/a/1=x", "{\"a\":[\"x\",\"y\"]}", 0},

    /* what is no string, as JSON prints it */
    {"a=1", "{\"a\":1}", 1},
    {"a=1", "{\"a\":\"1\"}", 1},
    {"a=1", "{\"a\":1.0}", 0},
    {"a=1.0", "{\"a\":1.0}", 1},
    {"a=1.5", "{\"a\":1.50}", 1},
    {"a=0.1", "{\"a\":0.1}", 1},
    {"a=-7", "{\"a\":-7}", 1},
    {"a=01", "{\"a\":1}", 0},
    {"a=9007199254740993", "{\"a\":9007199254740993}", 1},
    {"a=9007199254740992", "{\"a\":9007199254740993}", 0},
    {"a=true", "{\"a\":true}", 1},
    {"a=true", "{\"a\":\"true\"}", 1},
    {"a=True", "{\"a\":true}", 0},
    {"a=1", "{\"a\":true}", 0},
    {"a=false", "{\"a\":false}", 1},
    {"a=null", "{\"a\":null}", 0},
    {"a=", "{\"a\":null}", 0},
    {"a=3", "{\"a\":[1,2,3]}", 1},
    {"a={\"b\":1}", "{\"a\":{ \"b\" : 1 }}", 1},

    /* PATH!=VALUE: present, and not so */
    {"a!=x", "{\"a\":\"y\"}", 1},
    {"a!=x", "{\"a\":\"x\"}", 0},
    {"a!=x", "{}", 0},
    {"a!=x", "{\"a\":null}", 0},
    {"a!=x", "{\"a\":[\"y\",\"z\"]}", 1},
    {"a!=x", "{\"a\":[\"y\",\"x\"]}", 0},
    {"a!=x", "{\"a\":[]}", 1},
    {"a!=", "{\"a\":\"\"}", 0},
    {"a!=", "{\"a\":\"x\"}", 1},
    {"a!=true", "{\"a\":false}", 1},
    {"a!=1", "{\"a\":1}", 0},
    {"a!b=x", "{\"a!b\":\"x\"}", 1},

    /* PATH~REGEX */
    {"a~x", "{\"a\":\"axb\"}", 1},
    {"a~^x$", "{\"a\":\"axb\"}", 0},
    {"a~^x$", "{\"a\":\"x\"}", 1},
    {"a~^x$", "{\"a\":\"x\\n\"}", 0},
    {"a~^x$", "{\"a\":\"x\\ny\"}", 0},
    {"a~X", "{\"a\":\"x\"}", 0},
    {"a~(?i)X", "{\"a\":\"x\"}", 1},
    {"a~", "{\"a\":\"anything\"}", 1},
    {"a~", "{}", 0},
    {"a~^$", "{\"a\":\"\"}", 1},
    {"a~x", "{\"a\":null}", 0},
    {"a~null", "{\"a\":null}", 0},
    {"a~x", "{}", 0},
    {"a~^[0-9]+$", "{\"a\":17}", 1},
    {"a~^t", "{\"a\":true}", 1},
    {"a~^x", "{\"a\":[\"ax\",\"xa\"]}", 1},
    {"a~^x", "{\"a\":[\"ax\",\"bx\"]}", 0},
    {"a~^.$", "{\"a\":\"\\u00e9\"}", 1},
    {"a~^\\p{Lu}$", "{\"a\":\"\\u00c9\"}", 1},
    {"a~@example\\.com$", "{\"a\":\"u@example.com\"}", 1},
    {"a~@example\\.com$", "{\"a\":\"u@example.com.evil\"}", 0},
    {"a~b=c", "{\"a\":\"b=c\"}", 1},
    {"a~b\\x00c", "{\"a\":\"b\\u0000c\"}", 1},
    {"/a~x", "{\"a\":\"x\"}", 1},
    {"/a~1b~x", "{\"a/b\":\"x\"}", 1},

    /* every term of a line */
    {"a=x b=y", "{\"a\":\"x\",\"b\":\"y\"}", 1},
    {"a=x b=y", "{\"a\":\"x\",\"b\":\"z\"}", 0},
    {"a=x b=y", "{\"a\":\"z\",\"b\":\"y\"}", 0},
    {"a=x a=y", "{\"a\":[\"x\",\"y\"]}", 1},
    {"a=x a=y", "{\"a\":[\"x\"]}", 0},
    {"a=x a!=y", "{\"a\":[\"x\",\"z\"]}", 1},
    {"a b c", "{\"a\":1,\"b\":1}", 0},
};

static void matches_claims(void **state)
{
    expect_matches(ajwt_require_parse_claim, AJWT_CLAIM_RULE, claims,
                   SUPPORT_COUNT(claims), *state);
}

static void expect_error(parser *parse_line, const char *word, apr_pool_t *pool)
{
    const char *error = NULL;

    support_expect(word,
                   !parse_line(&error, support_words(pool, word, NULL), pool) &&
                       error);
    error = NULL;
    support_expect(
        word,
        !parse_line(&error, support_words(pool, "a", word, "b", NULL), pool) &&
            error);
}

/* RFC 6749 3.3: what could not stand in a challenge */
static void refuses_what_is_no_scope(void **state)
{
    static const char *const wrong[] = {"",    "a b",  "a\"b",    "a\\b",
                                        "a\n", "\x7f", "\xc3\xa9"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++)
        expect_error(ajwt_require_parse_scope, wrong[i], *state);
}

static void refuses_what_is_no_term(void **state)
{
    static const char *const wrong[] = {"",        "=x",      "!=x", "~x",
                                        "a~(",     "a~[",     "a~*", "a~\\",
                                        "a~(?<n>", "a~a{2,1}"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++)
        expect_error(ajwt_require_parse_claim, wrong[i], *state);
}

static void refuses_empty_lines(void **state)
{
    const char *error = NULL;

    assert_null(
        ajwt_require_parse_scope(&error, support_words(*state, NULL), *state));
    assert_non_null(error);
    error = NULL;
    assert_null(
        ajwt_require_parse_claim(&error, support_words(*state, NULL), *state));
    assert_non_null(error);
    error = NULL;
    assert_null(
        ajwt_require_parse_acr(&error, support_words(*state, NULL), *state));
    assert_non_null(error);
}

static void expect_asked(parser *parse_line, const char *line,
                         ajwt_challenge wanted, apr_pool_t *pool)
{
    ajwt_challenge asked = {0};

    ajwt_require_fill_challenge(&asked, parse(parse_line, line, pool));
    support_expect_text(line, asked.scope, wanted.scope);
    support_expect_text(line, asked.acr_values, wanted.acr_values);
    support_expect_text(line, asked.max_age, wanted.max_age);
}

static void tells_what_it_asks_for(void **state)
{
    expect_asked(ajwt_require_parse_scope, "a b c",
                 (ajwt_challenge){.scope = "a b c"}, *state);
    expect_asked(ajwt_require_parse_claim, "a=b", (ajwt_challenge){0}, *state);
    expect_asked(ajwt_require_parse_acr, "gold silver",
                 (ajwt_challenge){.acr_values = "gold silver"}, *state);
    expect_asked(ajwt_require_parse_acr, "max-age=60",
                 (ajwt_challenge){.max_age = "60"}, *state);
    expect_asked(ajwt_require_parse_acr, "gold max-age=0 silver",
                 (ajwt_challenge){.acr_values = "gold silver", .max_age = "0"},
                 *state);
}

/* RFC 9470 5 */
static const match_case acrs[] = {
    {"gold", "{\"acr\":\"gold\"}", 1},
    {"gold silver", "{\"acr\":\"silver\"}", 1},
    {"gold", "{}", 0},
    {"gold", "{\"acr\":\"Gold\"}", 0},
    {"gold", "{\"acr\":\"gold silver\"}", 0},
    {"gold", "{\"acr\":\"\"}", 0},
    {"gold", "{\"acr\":[\"gold\"]}", 0},
    {"1", "{\"acr\":1}", 0},
    {"1", "{\"acr\":\"1\"}", 1},
    {"max-age=60", "{\"auth_time\":1700000000}", 1},
    {"max-age=60", "{\"auth_time\":1699999940}", 1},
    {"max-age=60", "{\"auth_time\":1699999940.5}", 1},
    {"max-age=60", "{\"auth_time\":1699999939}", 0},
    {"max-age=60", "{\"auth_time\":1699999939.9}", 0},
    {"max-age=60", "{\"auth_time\":1700000100}", 1},
    {"max-age=60", "{\"auth_time\":1700000300}", 1},
    /* past any leeway: perhaps milliseconds, which would be recent for ever */
    {"max-age=60", "{\"auth_time\":1700000300.5}", 0},
    {"max-age=60", "{\"auth_time\":1700000000000}", 0},
    {"max-age=60", "{\"auth_time\":1e300}", 0},
    {"max-age=60", "{\"auth_time\":-1}", 0},
    {"max-age=60", "{\"auth_time\":\"1700000000\"}", 0},
    {"max-age=60", "{\"auth_time\":null}", 0},
    {"max-age=60", "{}", 0},
    {"max-age=0", "{\"auth_time\":1700000000}", 1},
    {"max-age=0", "{\"auth_time\":1699999999}", 0},
    {"gold max-age=60", "{\"acr\":\"gold\",\"auth_time\":1700000000}", 1},
    {"gold max-age=60", "{\"acr\":\"gold\"}", 0},
    {"gold max-age=60", "{\"auth_time\":1700000000}", 0},
    {"max-age=60 gold", "{\"acr\":\"gold\",\"auth_time\":1}", 0},
};

static void matches_acrs(void **state)
{
    expect_matches(ajwt_require_parse_acr, AJWT_STEP_UP_NEEDED, acrs,
                   SUPPORT_COUNT(acrs), *state);
}

/* OpenID Connect Core 5.6.2: left out is not the same as absent */
static const match_case overages[] = {
    {"groups=a", "{\"groups\":[\"a\"],\"_claim_names\":{\"groups\":\"src1\"}}",
     1},
    {"groups=a", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"groups!=a", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"groups~a", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"groups", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"/groups/0=a", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"a.b=x", "{\"_claim_names\":{\"a.b\":\"src1\"}}", 0},
    {"groups=a", "{\"groups\":null,\"_claim_names\":{\"groups\":\"s\"}}", 0},
    {"groups=a", "{\"hasgroups\":true}", 0},
    {"groups=a b=x", "{\"b\":\"x\",\"hasgroups\":true}", 0},
    {"b=x groups=a", "{\"b\":\"x\",\"hasgroups\":true}", 0},
};

static const match_case no_overages[] = {
    /* a term that does not hold settles the line, wherever it stands */
    {"groups=a b=x", "{\"b\":\"y\",\"hasgroups\":true}", 0},
    {"b=x groups=a", "{\"b\":\"y\",\"hasgroups\":true}", 0},
    {"groups=a b", "{\"hasgroups\":true}", 0},
    {"groups=a", "{}", 0},
    {"groups=a", "{\"groups\":[],\"_claim_names\":{\"groups\":\"s\"}}", 0},
    {"roles=a", "{\"_claim_names\":{\"groups\":\"src1\"}}", 0},
    {"roles=a", "{\"hasgroups\":true}", 0},
    {"groups=a", "{\"hasgroups\":\"true\"}", 0},
    {"groups=a", "{\"hasgroups\":false}", 0},
    {"groups=a", "{\"_claim_names\":[\"groups\"]}", 0},
    {"groups=a", "{\"_claim_names\":\"groups\"}", 0},
    {"groups=a", "{\"_claim_sources\":{\"groups\":{}}}", 0},
};

static void tells_absent_from_left_out(void **state)
{
    expect_matches(ajwt_require_parse_claim, AJWT_CLAIM_OVERAGE, overages,
                   SUPPORT_COUNT(overages), *state);
    expect_matches(ajwt_require_parse_claim, AJWT_CLAIM_RULE, no_overages,
                   SUPPORT_COUNT(no_overages), *state);
}

static void refuses_what_is_no_acr(void **state)
{
    static const char *const wrong[] = {
        "", "a b", "a\"b", "max-age=", "max-age=x", "max-age=-1", "max-age= 1",
        "max-age=1s", "max-age=99999999999", "max-age=+1", "max-age=0x1",
        "\xc3\xa9",
        /* no value of acr: a bound that would silently be none */
        "max-age", "max_age=60", "Max-Age=60", "maxage=60", "MAX_AGE"};
    const char *error;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++)
        expect_error(ajwt_require_parse_acr, wrong[i], *state);
    assert_null(ajwt_require_parse_acr(
        &error, support_split("max-age=1 max-age=2", *state), *state));
}

static ajwt_reason match_in_steps(int bytes, apr_pool_t *pool)
{
    /* the first half tries 2^bytes ways before the second may match */
    const ajwt_require *require =
        parse(ajwt_require_parse_claim, "a~^(?:(a+)+b|a+!)$", pool);
    json_t *object = support_own(
        json_pack("{s:o}", "a",
                  json_string(apr_pstrcat(
                      pool, support_repeat("a", bytes, pool), "!", NULL))),
        pool);

    return match(require, object, pool);
}

/* E5: A pattern that tries each way through a text ends: that says neither. */
static void bounds_regular_expressions(void **state)
{
    support_expect_reason("a few steps", match_in_steps(8, *state),
                          AJWT_ACCEPTED);
    support_expect_reason("a million steps", match_in_steps(20, *state),
                          AJWT_INTERNAL);
    support_expect_reason("for ever", match_in_steps(8000, *state),
                          AJWT_INTERNAL);
}

/* An array's elements share the steps, and an honest one has enough. */
static void bounds_regular_expressions_of_arrays(void **state)
{
    const ajwt_require *require =
        parse(ajwt_require_parse_claim, "a~^CN=.*Readers,.*,DC=example,DC=com$",
              *state);
    const char *group = "\"CN=Some Writers,OU=Groups,DC=example,DC=com\",";
    const char *groups =
        apr_pstrcat(*state, "{\"a\":[", support_repeat(group, 250, *state),
                    "\"CN=Order Readers,OU=Groups,DC=example,DC=com\"]}", NULL);
    const char *hostile = apr_pstrcat(
        *state, "{\"a\":[", support_repeat("\"aaaaaaaaaaaaaa!\",", 600, *state),
        "\"!\"]}", NULL);

    support_expect_reason("250 groups",
                          match(require, support_json(groups, *state), *state),
                          AJWT_ACCEPTED);
    require = parse(ajwt_require_parse_claim, "a~^(a+)+$", *state);
    support_expect_reason("600 that take long",
                          match(require, support_json(hostile, *state), *state),
                          AJWT_INTERNAL);
}

/* Compiled once, matched often: one match leaves nothing to the next. */
static void matches_again_and_again(void **state)
{
    const ajwt_require *require =
        parse(ajwt_require_parse_claim, "a~^x+$", *state);
    json_t *good = support_json("{\"a\":\"xx\"}", *state);
    json_t *bad = support_json("{\"a\":\"xy\"}", *state);
    int i;

    for (i = 0; i < 100; i++) {
        assert_int_equal(match(require, good, *state), AJWT_ACCEPTED);
        assert_int_equal(match(require, bad, *state), AJWT_CLAIM_RULE);
    }
}

/* --- Expressions, which only a server can evaluate */

static void names_what_holds_an_expression(void **state)
{
    const ajwt_require *require = parse(
        ajwt_require_parse_claim, "a=%{x} b=% c!=y%{z}! d~^%{2}$ e", *state);
    const apr_array_header_t *templates = ajwt_require_templates(require);

    assert_int_equal(templates->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(templates, 0, const char *), "%{x}");
    assert_string_equal(APR_ARRAY_IDX(templates, 1, const char *), "y%{z}!");
    assert_null(ajwt_require_templates(
        parse(ajwt_require_parse_claim, "a=% b=%x{ c~%{1,}", *state)));
    assert_null(ajwt_require_templates(
        parse(ajwt_require_parse_scope, "a %x", *state)));
    support_expect_reason("before it is evaluated",
                          match(require, support_json("{}", *state), *state),
                          AJWT_INTERNAL);
}

typedef struct fill_case {
    parser *parse_line;
    const char *line;
    const char *value; /* of every expression */
    const char *claims;
    ajwt_reason reason;
} fill_case;

#define CLAIM ajwt_require_parse_claim
#define SCOPE ajwt_require_parse_scope
#define ACR   ajwt_require_parse_acr

static const fill_case fills[] = {
    {CLAIM, "a=%{x}", "v", "{\"a\":\"v\"}", AJWT_ACCEPTED},
    {CLAIM, "a=%{x}", "v", "{\"a\":[\"u\",\"v\"]}", AJWT_ACCEPTED},
    {CLAIM, "a=%{x}", "v", "{\"a\":\"%{x}\"}", AJWT_CLAIM_RULE},
    {CLAIM, "a=%{x}", "%{x}", "{\"a\":\"%{x}\"}", AJWT_ACCEPTED},
    {CLAIM, "a=%{x}", "v", "{}", AJWT_CLAIM_RULE},
    {CLAIM, "a!=%{x}", "v", "{\"a\":\"v\"}", AJWT_CLAIM_RULE},
    {CLAIM, "a!=%{x}", "v", "{\"a\":\"u\"}", AJWT_ACCEPTED},
    {CLAIM, "a!=%{x}", "v", "{}", AJWT_CLAIM_RULE},
    {CLAIM, "b=1 a=%{x}", "v", "{\"a\":\"v\",\"b\":1}", AJWT_ACCEPTED},
    {CLAIM, "b=1 a=%{x}", "v", "{\"a\":\"v\",\"b\":2}", AJWT_CLAIM_RULE},
    {CLAIM, "a=%{x}", "v b=1", "{\"a\":\"v\",\"b\":1}", AJWT_CLAIM_RULE},
    {SCOPE, "r %{x}", "w", "{\"scope\":\"w r\"}", AJWT_ACCEPTED},
    {SCOPE, "r %{x}", "w", "{\"scope\":\"r\"}", AJWT_SCOPE_MISSING},
    {SCOPE, "%{x}", "r w", "{\"scope\":\"r w\"}", AJWT_SCOPE_MISSING},
    {SCOPE, "%{x}", " r", "{\"scope\":\"r\"}", AJWT_SCOPE_MISSING},
    {ACR, "g %{x}", "s", "{\"acr\":\"s\"}", AJWT_ACCEPTED},
    {ACR, "g %{x}", "s", "{\"acr\":\"g\"}", AJWT_ACCEPTED},
    {ACR, "g %{x}", "s", "{\"acr\":\"g s\"}", AJWT_STEP_UP_NEEDED},
};

static const fill_case empties[] = {
    {CLAIM, "a=%{x}", "", "{\"a\":\"\"}", AJWT_VALUE_EMPTY},
    {CLAIM, "a=%{x}", "", "{\"a\":[]}", AJWT_VALUE_EMPTY},
    {CLAIM, "a=%{x}", "", "{}", AJWT_VALUE_EMPTY},
    {CLAIM, "a!=%{x}", "", "{\"a\":\"v\"}", AJWT_VALUE_EMPTY},
    {CLAIM, "a!=%{x}", "", "{\"a\":\"\"}", AJWT_VALUE_EMPTY},
    {CLAIM, "b=1 a=%{x}", "", "{\"a\":\"\",\"b\":1}", AJWT_VALUE_EMPTY},
    {CLAIM, "a=%{x} b=1", "", "{\"a\":\"\",\"b\":1}", AJWT_VALUE_EMPTY},
    {CLAIM, "a=%{x} b=1", "", "{\"a\":\"\",\"b\":2}", AJWT_CLAIM_RULE},
    {CLAIM, "a=", "", "{\"a\":\"\"}", AJWT_ACCEPTED},
    {SCOPE, "%{x}", "", "{\"scope\":\"\"}", AJWT_VALUE_EMPTY},
    {SCOPE, "%{x}", "", "{\"scope\":\"r\"}", AJWT_VALUE_EMPTY},
    {SCOPE, "%{x}", "", "{\"scp\":[\"\"]}", AJWT_VALUE_EMPTY},
    {SCOPE, "r %{x}", "", "{\"scope\":\"r\"}", AJWT_VALUE_EMPTY},
    {SCOPE, "%{x} r", "", "{\"scope\":\"w\"}", AJWT_SCOPE_MISSING},
    {ACR, "%{x}", "", "{\"acr\":\"\"}", AJWT_VALUE_EMPTY},
    {ACR, "g %{x}", "", "{\"acr\":\"s\"}", AJWT_VALUE_EMPTY},
    {ACR, "%{x} g", "", "{\"acr\":\"g\"}", AJWT_ACCEPTED},
    {ACR, "%{x} max-age=60", "", "{\"acr\":\"g\"}", AJWT_STEP_UP_NEEDED},
};

static const ajwt_require *fill(const fill_case *c, apr_pool_t *pool)
{
    const ajwt_require *require = parse(c->parse_line, c->line, pool);
    const char *const values[] = {c->value};

    return ajwt_require_templates(require)
               ? ajwt_require_fill(require, values, pool)
               : require;
}

static void expect_fills(const fill_case *cases, size_t count, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const fill_case *c = &cases[i];

        support_expect_reason(
            apr_psprintf(pool, "%s with '%s' of %s", c->line, c->value,
                         c->claims),
            match(fill(c, pool), support_json(c->claims, pool), pool),
            c->reason);
    }
}

/* E5: A value is compared as it is, and never read again. */
static void fills_in_values(void **state)
{
    expect_fills(fills, SUPPORT_COUNT(fills), *state);
}

/* E5: A client may leave out what an expression reads. */
static void never_holds_with_an_empty_value(void **state)
{
    expect_fills(empties, SUPPORT_COUNT(empties), *state);
    assert_true(ajwt_require_is_undecided(AJWT_VALUE_EMPTY));
}

/* E5: What a client sends is in a challenge only if it is a scope. */
static void asks_for_values_that_are_scopes(void **state)
{
    static const char *const values[] = {"",    "w r",   "w\"",     "w\\",
                                         "w\t", "w\r\n", "\xc3\xa4"};
    fill_case line = {SCOPE, "r %{x}", "w", NULL, AJWT_ACCEPTED};
    ajwt_challenge asked = {0};
    size_t i;

    ajwt_require_fill_challenge(&asked, parse(SCOPE, line.line, *state));
    assert_string_equal(asked.scope, "r");
    ajwt_require_fill_challenge(&asked, fill(&line, *state));
    assert_string_equal(asked.scope, "r w");
    for (i = 0; i < SUPPORT_COUNT(values); i++) {
        line.value = values[i];
        ajwt_require_fill_challenge(&asked, fill(&line, *state));
        assert_string_equal(asked.scope, "r");
    }
    line.line = "%{x}";
    assert_null(ajwt_require_scopes(fill(&line, *state)));
}

static void refuses_expressions_elsewhere(void **state)
{
    static const char *const wrong[] = {"%{x}",   "%{x}=a", "a.%{x}!=a",
                                        "/%{x}",  "%{x}~a", "a~%{env:X}",
                                        "a~b%{x}"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++)
        expect_error(ajwt_require_parse_claim, wrong[i], *state);
    expect_error(ajwt_require_parse_acr, "max-age=%{x}", *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(matches_scopes),
        SUPPORT_TEST(matches_claims),
        SUPPORT_TEST(refuses_what_is_no_scope),
        SUPPORT_TEST(refuses_what_is_no_term),
        SUPPORT_TEST(refuses_empty_lines),
        SUPPORT_TEST(tells_what_it_asks_for),
        SUPPORT_TEST(matches_acrs),
        SUPPORT_TEST(tells_absent_from_left_out),
        SUPPORT_TEST(refuses_what_is_no_acr),
        SUPPORT_TEST(bounds_regular_expressions),
        SUPPORT_TEST(bounds_regular_expressions_of_arrays),
        SUPPORT_TEST(matches_again_and_again),
        SUPPORT_TEST(names_what_holds_an_expression),
        SUPPORT_TEST(fills_in_values),
        SUPPORT_TEST(never_holds_with_an_empty_value),
        SUPPORT_TEST(asks_for_values_that_are_scopes),
        SUPPORT_TEST(refuses_expressions_elsewhere),
    };

    return SUPPORT_RUN(tests);
}
