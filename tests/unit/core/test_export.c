/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/export.h"

#define PREFIX "JWT_CLAIM_"

static const ajwt_export_rules *parse(const char *line, apr_pool_t *pool)
{
    const char *error = "untouched";
    const ajwt_export_rules *rules =
        ajwt_export_parse_rules(&error, support_split(line, pool), pool);

    if (!rules)
        fail_msg("%s: %s", line, error);
    support_expect(line, !error);
    return rules;
}

/* What is exported, as name=value with a blank between; ! for what is not */
static const char *list(const apr_array_header_t *variables, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < variables->nelts; i++) {
        const ajwt_export_variable *v =
            &APR_ARRAY_IDX(variables, i, ajwt_export_variable);

        support_expect(v->name, strncmp(v->name, PREFIX, strlen(PREFIX)) == 0);
        support_expect("says why, or has a value", !v->why == !!v->value);
        text = apr_pstrcat(pool, text, i ? " " : "", v->value ? "" : "!",
                           v->name + strlen(PREFIX), v->value ? "=" : "",
                           v->value ? v->value : "", NULL);
    }
    return text;
}

static const char *export(const char *line, const char *claims,
                          ajwt_export_format format, apr_pool_t *pool)
{
    return list(ajwt_export_make_all(support_json(claims, pool),
                                     parse(line, pool), PREFIX, format, pool)
                    ->list,
                pool);
}

typedef struct export_case {
    const char *line;
    const char *claims;
    const char *variables;
} export_case;

static const export_case cases[] = {
    {"all", "{}", ""},
    {"all", "{\"sub\":\"alice\",\"n\":1}", "sub=alice n=1"},
    {"ALL", "{\"sub\":\"alice\"}", "sub=alice"},
    {"none", "{\"sub\":\"alice\"}", ""},
    {"sub", "{\"sub\":\"alice\",\"n\":1}", "sub=alice"},
    {"sub n", "{\"n\":1,\"sub\":\"alice\"}", "sub=alice n=1"},
    {"missing", "{\"sub\":\"alice\"}", ""},
    {"a.b", "{\"a\":{\"b\":\"x\"}}", "a_b=x"},
    {"/a/b", "{\"a\":{\"b\":\"x\"}}", "a_b=x"},
    {"/a/1", "{\"a\":[\"x\",\"y\"]}", "a_1=y"},
    {"a.b=C", "{\"a\":{\"b\":\"x\"}}", "C=x"},
    {"sub=user email=MAIL", "{\"sub\":\"alice\",\"email\":\"a@b\"}",
     "user=alice MAIL=a@b"},

    /* names */
    {"all", "{\"Sub\":1,\"sub\":2}", "!Sub !sub"},
    {"all", "{\"sub\":1,\"SUB\":2,\"Sub\":3}", "!sub !SUB !Sub"},
    {"all", "{\"a.b\":1,\"A_b\":2}", "!a_b A_b=2"},
    {"sub", "{\"sub\":1,\"SUB\":2}", "sub=1"},
    {"all", "{\"a-b\":1}", "a_b=1"},
    {"all", "{\"a.b\":1}", "a_b=1"},
    {"all", "{\"https://x/roles\":\"r\"}", "https___x_roles=r"},
    {"https://x/roles", "{\"https://x/roles\":\"r\"}", "https___x_roles=r"},
    /* the claim's name, not the way it is written in a pointer */
    {"/https:~1~1x~1roles", "{\"https://x/roles\":\"r\"}", "https___x_roles=r"},
    {"all", "{\"\\u00e9\":1}", "__=1"},
    {"all", "{\"a b=c\":1}", "a_b_c=1"},
    {"all", "{\"\\n\":1}", "_=1"},
    {"all", "{\"0\":1}", "0=1"},

    /* two on one name */
    {"all", "{\"a-b\":1,\"a.b\":2}", "!a_b !a_b"},
    {"all", "{\"a_b\":1,\"a.b\":2}", "a_b=1 !a_b"},
    {"all", "{\"a.b\":1,\"a_b\":2}", "!a_b a_b=2"},
    {"all", "{\"a.b\":1,\"a-b\":2,\"a_b\":3}", "!a_b !a_b a_b=3"},
    {"all", "{\"a_b\":3,\"a.b\":1,\"a-b\":2}", "a_b=3 !a_b !a_b"},
    {"all", "{\"a.b\":1,\"a_b\":3,\"a-b\":2}", "!a_b a_b=3 !a_b"},
    {"all", "{\"a.b\":1,\"a-b\":2,\"a+b\":3}", "!a_b !a_b !a_b"},
    {"all", "{\"a.b\":1,\"a-b\":null}", "a_b=1"},
    /* what cannot be exported still owns its name */
    {"all", "{\"a_b\":\"\\n\",\"a.b\":1}", "!a_b !a_b"},
    {"x=n y=n", "{\"x\":1,\"y\":2}", "!n !n"},
    {"x=n n", "{\"x\":1,\"n\":2}", "!n n=2"},

    /* values */
    {"all", "{\"a\":\"\"}", "a="},
    {"all", "{\"a\":\"\\u00e9 \\\"\\\\\"}", "a=\xc3\xa9 \"\\"},
    {"all", "{\"a\":0}", "a=0"},
    {"all", "{\"a\":-9223372036854775808}", "a=-9223372036854775808"},
    {"all", "{\"a\":9007199254740993}", "a=9007199254740993"},
    /* what core/json makes of an integer beyond 64 bits */
    {"all", "{\"a\":1.7976931348623157e308}", "!a"},
    {"all", "{\"a\":-1.7976931348623157e308}", "!a"},
    {"all", "{\"a\":{\"b\":[1,1.7976931348623157e308]}}", "!a"},
    {"/a/c", "{\"a\":{\"b\":1.7976931348623157e308,\"c\":1}}", "a_c=1"},
    {"all", "{\"a\":1.5e300}", "a=1.5e300"},
    {"all", "{\"a\":1.5}", "a=1.5"},
    {"all", "{\"a\":0.1}", "a=0.1"},
    {"all", "{\"a\":0.30000000000000004}", "a=0.30000000000000004"},
    {"all", "{\"a\":1700000000.25}", "a=1700000000.25"},
    {"all", "{\"a\":true,\"b\":false}", "a=true b=false"},
    {"all", "{\"a\":null}", ""},
    {"a", "{\"a\":null}", ""},
    {"all", "{\"a\":{ \"b\" : [ 1, \"x\" ] }}", "a={\"b\":[1,\"x\"]}"},
    {"all", "{\"a\":{}}", "a={}"},
    {"all", "{\"a\":\"x\\ny\"}", "!a"},
    {"all", "{\"a\":\"x\\ry\"}", "!a"},
    {"all", "{\"a\":\"x\\ty\"}", "!a"},
    {"all", "{\"a\":\"x\\u0000y\"}", "!a"},
    {"all", "{\"a\":\"\\u001b[1m\"}", "!a"},
    {"all", "{\"a\":\"\\u007f\"}", "!a"},
    {"all", "{\"a\":\"() { :; }; x\"}", "a=() { :; }; x"},
};

static const export_case lists[] = {
    {"all", "{\"a\":[\"x\",\"y\"]}", "a=x,y"},
    {"all", "{\"a\":[\"x\"]}", "a=x"},
    {"all", "{\"a\":[]}", "a="},
    {"all", "{\"a\":[\"\"]}", "a="},
    {"all", "{\"a\":[\"x\",\"\"]}", "a=x,"},
    {"all", "{\"a\":[1,1.5,true,\"x\"]}", "a=1,1.5,true,x"},
    {"all", "{\"a\":[\"x,y\",\"z\"]}", "a=[\"x,y\",\"z\"]"},
    {"all", "{\"a\":[{\"b\":1}]}", "a=[{\"b\":1}]"},
    {"all", "{\"a\":[[1]]}", "a=[[1]]"},
    {"all", "{\"a\":[1,1.7976931348623157e308]}", "!a"},
    {"all", "{\"a\":[\"x\",null]}", "a=[\"x\",null]"},
    {"all", "{\"a\":[\"x\\ny\"]}", "!a"},
    {"all", "{\"a\":[\"x\\u0000y\"]}", "!a"},
};

static const export_case jsons[] = {
    {"all", "{\"a\":[\"x\",\"y\"]}", "a=[\"x\",\"y\"]"},
    {"all", "{\"a\":[]}", "a=[]"},
    {"all", "{\"a\":[1, 0.1, null]}", "a=[1,0.1,null]"},
    {"all", "{\"a\":\"x\"}", "a=x"},
    {"all", "{\"a\":\"x\\ny\"}", "!a"},
    {"all", "{\"a\":[\"x\\ny\"]}", "a=[\"x\\ny\"]"},
};

static void expect_exports(const export_case *table, size_t count,
                           ajwt_export_format format, apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++)
        support_expect_text(
            apr_psprintf(pool, "%s of %s", table[i].line, table[i].claims),
            export(table[i].line, table[i].claims, format, pool),
            table[i].variables);
}

static void exports(void **state)
{
    expect_exports(cases, SUPPORT_COUNT(cases), AJWT_EXPORT_LIST, *state);
    expect_exports(cases, SUPPORT_COUNT(cases), AJWT_EXPORT_JSON, *state);
}

static void exports_lists(void **state)
{
    expect_exports(lists, SUPPORT_COUNT(lists), AJWT_EXPORT_LIST, *state);
}

static void exports_json(void **state)
{
    expect_exports(jsons, SUPPORT_COUNT(jsons), AJWT_EXPORT_JSON, *state);
}

/* F2: C0 controls and DEL; what is over 127 is UTF-8 and stays. */
static void knows_each_control_character(void **state)
{
    int code;

    for (code = 1; code < 256; code++) {
        const char *claims = apr_psprintf(*state, "{\"a\":\"\\u%04x\"}", code);
        const char *variables = export("all", claims, AJWT_EXPORT_LIST, *state);

        support_expect(claims,
                       (variables[0] == '!') == (code < 0x20 || code == 0x7f));
    }
}

/* The log names the claim, in its own words. */
static void says_which_claim(void **state)
{
    const apr_array_header_t *variables =
        ajwt_export_make_all(support_json("{\"a-b\":\"\\n\"}", *state),
                             parse("all", *state), "X_", AJWT_EXPORT_LIST,
                             *state)
            ->list;
    const ajwt_export_variable *v =
        &APR_ARRAY_IDX(variables, 0, ajwt_export_variable);

    support_expect_text("claim", v->claim, "a-b");
    support_expect_text("name", v->name, "X_a_b");
    support_expect("why", v->why != NULL);
}

/* Wherever else a value goes, it is written by the same rules. */
static void prints_one(void **state)
{
    const char *why = "untouched";
    const json_t *claim = support_json("[\"x\",1]", *state);

    support_expect_text(
        "a list", ajwt_export_print(&why, claim, AJWT_EXPORT_LIST, *state),
        "x,1");
    support_expect_text("why", why, NULL);
    support_expect_text(
        "JSON", ajwt_export_print(&why, claim, AJWT_EXPORT_JSON, *state),
        "[\"x\",1]");
    claim = support_json("[\"x\\n\"]", *state);
    support_expect_text(
        "a control character",
        ajwt_export_print(&why, claim, AJWT_EXPORT_LIST, *state), NULL);
    support_expect("why not", why != NULL);
}

/* Variables of claims {"a": size bytes, "b": ...}: ! for what is left out */
static const char *export_sizes(const int *sizes, int count, apr_pool_t *pool)
{
    json_t *claims = support_own(json_object(), pool);
    const apr_array_header_t *variables;
    const char *text = "";
    int i;

    for (i = 0; i < count; i++)
        json_object_set_new(claims, apr_psprintf(pool, "%c", 'a' + i),
                            json_string(support_repeat("x", sizes[i], pool)));
    variables = ajwt_export_make_all(claims, parse("all", pool), PREFIX,
                                     AJWT_EXPORT_LIST, pool)
                    ->list;
    for (i = 0; i < variables->nelts; i++) {
        const ajwt_export_variable *v =
            &APR_ARRAY_IDX(variables, i, ajwt_export_variable);

        support_expect("whole or not at all",
                       !v->value || (int)strlen(v->value) == sizes[i]);
        text = apr_pstrcat(pool, text, v->value ? "" : "!", v->claim, NULL);
    }
    return text;
}

/* F2 */
static void bounds_each_value(void **state)
{
    static const int sizes[] = {8192, 8193, 8191};

    support_expect_text("8 KiB", export_sizes(sizes, 3, *state), "a!bc");
}

/* 32 KiB with names and all; a small one may fit where a large one did not */
static void bounds_all_of_them(void **state)
{
    static const int sizes[] = {8192, 8192, 8192, 8192, 8192, 10};
    static const int small[] = {8000, 8000, 8000, 8000, 10};

    support_expect_text("too much", export_sizes(sizes, 6, *state), "abc!d!ef");
    support_expect_text("not too much", export_sizes(small, 5, *state),
                        "abcde");
}

static void refuses_what_is_no_rule(void **state)
{
    static const char *const wrong[] = {
        "",     "=X",    "a=",    "a=x-y",  "a=x.y",    "a=\xc3\xa9", "/~",
        "/a~2", "all x", "x all", "none x", "all none", "all all"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++) {
        const char *error = NULL;
        const apr_array_header_t *words = *wrong[i]
                                              ? support_split(wrong[i], *state)
                                              : support_words(*state, "", NULL);

        support_expect(
            wrong[i], !ajwt_export_parse_rules(&error, words, *state) && error);
    }
}

/* F2: what would let a claim pose as something else in the environment */
static void judges_prefixes(void **state)
{
    static const char *const good[] = {
        "JWT_CLAIM_", "OIDC_CLAIM_", "OAUTH2_CLAIM_", "X_", "_", "jwt_"};
    static const char *const bad[] = {"",         "JWT-",  "JWT ",      "1_",
                                      "A=",       "HTTP_", "HTTP_JWT_", "HTTP",
                                      "\xc3\xa9", "LD_",   "ld_x"};
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(good); i++)
        support_expect_text(good[i], ajwt_export_check_prefix(good[i]), NULL);
    for (i = 0; i < SUPPORT_COUNT(bad); i++)
        support_expect(bad[i], ajwt_export_check_prefix(bad[i]) != NULL);
}

/* A copy in one block: its own names and texts, but those of the claims */
static void copies_into_one_block(void **state)
{
    static const char before[] =
        "list=a,b n=7 sub=alice long=- o={\"a\":1} empty=";
    json_t *claims =
        support_json("{\"list\":[\"a\",\"b\"],\"n\":7,\"sub\":\"alice\","
                     "\"long\":\"a\\nb\",\"o\":{\"a\":1},\"empty\":\"\"}",
                     *state);
    const char *error, *said = "";
    ajwt_export_rules *rules = ajwt_export_parse_rules(
        &error, support_words(*state, "all", NULL), *state);
    const ajwt_export_list *made, *copy;
    apr_pool_t *brief;
    int i;

    rules->is_lasting = 1;
    apr_pool_create(&brief, *state);
    made = ajwt_export_make_all(claims, rules, "", AJWT_EXPORT_LIST, brief);
    copy = ajwt_export_list_copy(
        apr_palloc(*state, ajwt_export_list_bytes(made)), made);
    ajwt_export_list_wipe(made);
    apr_pool_destroy(brief);
    for (i = 0; i < copy->list->nelts; i++) {
        const ajwt_export_variable *one =
            &APR_ARRAY_IDX(copy->list, i, ajwt_export_variable);

        said = apr_pstrcat(*state, said, i ? " " : "", one->name, "=",
                           one->value ? one->value : "-", NULL);
    }
    support_expect_text("copy", said, before);
    support_expect("fits",
                   ajwt_export_list_fit(copy, rules, "", AJWT_EXPORT_LIST));
    support_expect_text("the claim is whole",
                        json_string_value(json_object_get(claims, "sub")),
                        "alice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(exports),
        SUPPORT_TEST(exports_lists),
        SUPPORT_TEST(exports_json),
        SUPPORT_TEST(knows_each_control_character),
        SUPPORT_TEST(says_which_claim),
        SUPPORT_TEST(prints_one),
        SUPPORT_TEST(bounds_each_value),
        SUPPORT_TEST(bounds_all_of_them),
        SUPPORT_TEST(refuses_what_is_no_rule),
        SUPPORT_TEST(judges_prefixes),
        SUPPORT_TEST(copies_into_one_block),
    };

    return SUPPORT_RUN(tests);
}
