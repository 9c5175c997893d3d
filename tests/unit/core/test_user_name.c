/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/user_name.h"

static const char claims_text[] =
    "{\"zero\":0,\"negative\":-7,\"largest\":9223372036854775807,"
    "\"beyond\":1.7976931348623157e308,\"real\":7.5,\"yes\":true,"
    "\"sub\":\"alice\",\"email\":\"a@b.example\",\"tid\":\"t\",\"oid\":\"o\","
    "\"empty\":\"\",\"n\":7,\"null\":null,\"list\":[\"x\"],"
    "\"realm\":{\"user\":\"bob\"},\"nul\":\"a\\u0000b\",\"cr\":\"a\\rb\","
    "\"lf\":\"a\\nb\",\"esc\":\"a\\u001bb\",\"del\":\"a\\u007fb\","
    "\"tab\":\"a\\tb\",\"space\":\"a b\",\"colon\":\"a:b\","
    "\"e\":\"\\u00e9\",\"https://x/user\":\"carol\",\"slash\":\"a/b\","
    "\"at\":\"a@b\",\"half\":\"x@\",\"other\":\"@y\"}";

typedef struct user_case {
    const char *words;
    const char *user; /* NULL: none */
} user_case;

static const user_case cases[] = {
    {"sub", "alice"},
    {"missing sub", "alice"},
    {"sub email", "alice"},
    {"email sub", "a@b.example"},
    {"missing", NULL},
    {"empty", NULL},
    {"empty sub", "alice"},
    {"n", "7"},
    {"n sub", "7"},
    {"zero", "0"},
    {"negative", "-7"},
    {"largest", "9223372036854775807"},
    {"beyond", NULL},
    {"beyond sub", "alice"},
    {"real", NULL},
    {"yes", NULL},
    {"null", NULL},
    {"list", NULL},
    {"realm", NULL},
    {"realm.user", "bob"},
    {"/realm/user", "bob"},
    {"https://x/user", "carol"},
    {"space", "a b"},
    {"colon", "a:b"},
    {"e", "\xc3\xa9"},
    {"nul", NULL},
    {"cr", NULL},
    {"lf", NULL},
    {"esc", NULL},
    {"del", NULL},
    {"tab", NULL},
    {"nul lf sub", "alice"},

    {"{sub}", "alice"},
    {"{tid}/{oid}", "t/o"},
    {"user:{sub}", "user:alice"},
    {"{sub}@example", "alice@example"},
    {"{realm.user}-{tid}", "bob-t"},
    {"{tid}/{missing}", NULL},
    {"{tid}/{empty}", NULL},
    {"{tid}/{n}", "t/7"},
    {"{tid}/{beyond}", NULL},
    {"{n}:{negative}", "7:-7"},
    {"{tid}/{lf}", NULL},
    {"{tid}/{missing} sub", "alice"},

    /* A value that holds the text after it would make two names one. */
    {"{slash}/{oid}", NULL},
    {"{tid}/{slash}", "t/a/b"},
    {"{slash}/{oid} sub", "alice"},
    {"{slash}#{oid}", "a/b#o"},
    {"{at}@example", "a@b@example"},
    {"{at}@b", NULL},
    {"{email}@{realm.user}", NULL},
    {"user:{at}", "user:a@b"},
    /* x@ @@ y is x @@ @y as well */
    {"{half}@@{oid}", NULL},
    {"{tid}@@{other}", "t@@@y"},

    {"=guest", "guest"},
    {"missing =guest", "guest"},
    {"=guest sub", "guest"},
    {"={sub}", "{sub}"},
    {"==", "="},
};

/* E4 */
static void names_the_user(void **state)
{
    json_t *claims = support_json(claims_text, *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const char *error = "untouched", *why;
        const apr_array_header_t *rules = ajwt_user_name_parse(
            &error, support_split(cases[i].words, *state), *state);

        support_expect(cases[i].words, rules && !error);
        if (rules)
            support_expect_text(
                cases[i].words,
                ajwt_user_name_find(&why, rules, claims, *state),
                cases[i].user);
    }
}

/* What a trim() removes from an end is at no end of a name. */
static const char *const spaces[] = {
    " ",      "\u00a0", "\u1680", "\u180e", "\u2000", "\u2001",
    "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007",
    "\u2008", "\u2009", "\u200a", "\u200b", "\u2028", "\u2029",
    "\u202f", "\u205f", "\u3000", "\ufeff"};

static const char *user_of(const char *sub, const char *words, apr_pool_t *pool)
{
    const char *error, *why;
    const apr_array_header_t *rules =
        ajwt_user_name_parse(&error, support_split(words, pool), pool);
    const json_t *claims =
        support_json(apr_psprintf(pool, "{\"sub\":\"%s\"}", sub), pool);

    return ajwt_user_name_find(&why, rules, claims, pool);
}

/* E4 */
static void wants_no_white_space_at_an_end(void **state)
{
    apr_pool_t *pool = *state;
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(spaces); i++) {
        const char *space = spaces[i];

        support_expect_text(
            space, user_of(apr_pstrcat(pool, space, "a", NULL), "sub", pool),
            NULL);
        support_expect_text(
            space, user_of(apr_pstrcat(pool, "a", space, NULL), "sub", pool),
            NULL);
        support_expect_text(space, user_of(space, "sub", pool), NULL);
        support_expect_text(
            space, user_of(apr_pstrcat(pool, "a", space, NULL), "{sub}/", pool),
            NULL);
        support_expect(space, user_of(apr_pstrcat(pool, "a", space, "b", NULL),
                                      "sub", pool) != NULL);
    }
}

/* Neighbours of white space in Unicode, and letters that share its bytes */
static void takes_other_characters_at_an_end(void **state)
{
    static const char *const names[] = {
        "\u00a1",       "\u00e0",       "\u1681", "\u167f", "\u2010",
        "\u2030",       "\u2060",       "\u3001", "\ufefe", "\U0001f600",
        "\u0420\u00e0", "\u00c2\u0160", "."};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(names); i++)
        support_expect(names[i], user_of(names[i], "sub", *state) != NULL);
}

/* E4 */
static void wants_no_c1_control(void **state)
{
    int c;

    for (c = 0x7e; c <= 0xa2; c++) {
        const char *sub = apr_psprintf(*state, "a\\u%04xb", (unsigned)c);

        support_expect(sub, (user_of(sub, "sub", *state) != NULL) ==
                                (c < 0x7f || c > 0x9f));
    }
}

typedef struct why_case {
    const char *words;
    const char *why;
} why_case;

static const why_case whys[] = {
    {"missing", NULL},
    {"null", "claim null is neither a string nor an integer of 64 bits"},
    {"real missing", "claim real is neither a string nor an integer of 64 "
                     "bits"},
    {"beyond", "claim beyond is neither a string nor an integer of 64 bits"},
    {"empty", "claim empty is empty"},
    {"lf", "claim lf contains a control character"},
    {"{tid}/{cr}", "claim cr contains a control character"},
    {"{slash}/{oid}", "claim slash contains \"/\", which follows it in the "
                      "template"},
    {"lf empty", "claim lf contains a control character"},
    {"blank", "claim blank begins or ends with white space"},
};

/* For the log: what is wrong with the first claim that is there */
static void explains_why_there_is_none(void **state)
{
    json_t *claims = support_json(claims_text, *state);
    unsigned i;

    json_object_set_new(claims, "blank", json_string("alice "));
    for (i = 0; i < SUPPORT_COUNT(whys); i++) {
        const char *error, *why = "untouched";
        const apr_array_header_t *rules = ajwt_user_name_parse(
            &error, support_split(whys[i].words, *state), *state);

        assert_null(ajwt_user_name_find(&why, rules, claims, *state));
        support_expect_text(whys[i].words, why, whys[i].why);
    }
}

/* E4: what is longer than a variable may be is no name */
static void bounds_the_name(void **state)
{
    const char *error, *why;
    const apr_array_header_t *rules = ajwt_user_name_parse(
        &error, support_words(*state, "sub", NULL), *state);
    const char *most = support_repeat("u", 8192, *state);
    json_t *claims = support_claims(*state);

    json_object_set_new(claims, "sub", json_string(most));
    support_expect_text("8 KiB",
                        ajwt_user_name_find(&why, rules, claims, *state), most);
    json_object_set_new(claims, "sub",
                        json_string(support_repeat("u", 8193, *state)));
    support_expect_text("one more",
                        ajwt_user_name_find(&why, rules, claims, *state), NULL);
}

static void refuses_what_is_no_rule(void **state)
{
    static const char *const wrong[] = {
        "", "=", "{sub", "a{", "{}", "a/{}", "{/~}", "/~2", "=a\nb", "{sub}\r",
        "{a/{b}", "{{a}}", "{a}}", "a}", "}{sub", "{sub}/}{", "{a}/{b}}",
        /* what no claim could be either */
        "= a", "=a ", "=\xc2\xa0", "={sub}\xe3\x80\x80", "=a\xc2\x85z",
        " {sub}", "{sub} ", "{a}\xc2\x80{b}",
        /* nothing says where one ends and the other begins */
        "{a}{b}", "x{a}{b}", "{a}/{b}{c}"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++) {
        const char *error = NULL;

        support_expect(
            wrong[i],
            !ajwt_user_name_parse(&error, support_words(*state, wrong[i], NULL),
                                  *state) &&
                error);
        error = NULL;
        support_expect(
            wrong[i],
            !ajwt_user_name_parse(
                &error, support_words(*state, wrong[i], "sub", NULL), *state) &&
                error);
    }
}

static void refuses_no_rule_at_all(void **state)
{
    const char *error = NULL;

    assert_null(
        ajwt_user_name_parse(&error, support_words(*state, NULL), *state));
    assert_non_null(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(names_the_user),
        SUPPORT_TEST(wants_no_white_space_at_an_end),
        SUPPORT_TEST(takes_other_characters_at_an_end),
        SUPPORT_TEST(wants_no_c1_control),
        SUPPORT_TEST(explains_why_there_is_none),
        SUPPORT_TEST(bounds_the_name),
        SUPPORT_TEST(refuses_what_is_no_rule),
        SUPPORT_TEST(refuses_no_rule_at_all),
    };

    return SUPPORT_RUN(tests);
}
