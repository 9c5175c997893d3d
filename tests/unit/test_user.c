#include "support.h"

#include "core/user.h"

static const char claims_text[] =
    "{\"zero\":0,\"negative\":-7,\"largest\":9223372036854775807,"
    "\"beyond\":1.7976931348623157e308,\"real\":7.5,\"yes\":true,"
    "\"sub\":\"alice\",\"email\":\"a@b.example\",\"tid\":\"t\",\"oid\":\"o\","
    "\"empty\":\"\",\"n\":7,\"null\":null,\"list\":[\"x\"],"
    "\"realm\":{\"user\":\"bob\"},\"nul\":\"a\\u0000b\",\"cr\":\"a\\rb\","
    "\"lf\":\"a\\nb\",\"esc\":\"a\\u001bb\",\"del\":\"a\\u007fb\","
    "\"tab\":\"a\\tb\",\"space\":\"a b\",\"colon\":\"a:b\","
    "\"e\":\"\\u00e9\",\"https://x/user\":\"carol\"}";

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

    {"=guest", "guest"},
    {"missing =guest", "guest"},
    {"=guest sub", "guest"},
    {"={sub}", "{sub}"},
    {"==", "="},
};

static void names_the_user(void **state)
{
    json_t *claims = support_json(claims_text, *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const char *error = "untouched";
        const apr_array_header_t *rules = ajwt_user_parse(
            &error, support_split(cases[i].words, *state), *state);

        support_expect(cases[i].words, rules && !error);
        if (rules)
            support_expect_text(cases[i].words,
                                ajwt_user_find(rules, claims, *state),
                                cases[i].user);
    }
}

/* E4: what is longer than a variable may be is no name */
static void bounds_the_name(void **state)
{
    const char *error;
    const apr_array_header_t *rules =
        ajwt_user_parse(&error, support_words(*state, "sub", NULL), *state);
    const char *most = support_repeat("u", 8192, *state);
    json_t *claims = support_claims(*state);

    json_object_set_new(claims, "sub", json_string(most));
    support_expect_text("8 KiB", ajwt_user_find(rules, claims, *state), most);
    json_object_set_new(claims, "sub",
                        json_string(support_repeat("u", 8193, *state)));
    support_expect_text("one more", ajwt_user_find(rules, claims, *state),
                        NULL);
}

static void refuses_what_is_no_rule(void **state)
{
    static const char *const wrong[] = {
        "",     "=",   "{sub",  "a{",       "{}",      "a/{}",
        "{/~}", "/~2", "=a\nb", "{sub}\r",  "{a/{b}",  "{{a}}",
        "{a}}", "a}",  "}{sub", "{sub}/}{", "{a}/{b}}"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++) {
        const char *error = NULL;

        support_expect(wrong[i],
                       !ajwt_user_parse(&error,
                                        support_words(*state, wrong[i], NULL),
                                        *state) &&
                           error);
        error = NULL;
        support_expect(
            wrong[i],
            !ajwt_user_parse(
                &error, support_words(*state, wrong[i], "sub", NULL), *state) &&
                error);
    }
}

static void refuses_no_rule_at_all(void **state)
{
    const char *error = NULL;

    assert_null(ajwt_user_parse(&error, support_words(*state, NULL), *state));
    assert_non_null(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(names_the_user),
        SUPPORT_TEST(bounds_the_name),
        SUPPORT_TEST(refuses_what_is_no_rule),
        SUPPORT_TEST(refuses_no_rule_at_all),
    };

    return SUPPORT_RUN(tests);
}
