/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/claim_path.h"
#include "core/json.h"

/* Any reason would do for "invalid"; this one is nobody else's here. */
#define INVALID AJWT_PAYLOAD_INVALID

typedef struct parse_case {
    const char *what;
    ajwt_bytes text;
    ajwt_reason reason;
} parse_case;

static const parse_case parse_cases[] = {
    {"empty object", SUPPORT_BYTES("{}"), AJWT_ACCEPTED},
    {"white space around", SUPPORT_BYTES(" \t\r\n{ \"a\" : 1 } \n"),
     AJWT_ACCEPTED},
    {"NUL in a value", SUPPORT_BYTES("{\"a\":\"b\\u0000c\"}"), AJWT_ACCEPTED},
    {"surrogate pair", SUPPORT_BYTES("{\"a\":\"\\ud83d\\ude00\"}"),
     AJWT_ACCEPTED},
    {"same name in two objects", SUPPORT_BYTES("{\"a\":{\"a\":1}}"),
     AJWT_ACCEPTED},
    {"names that differ by case", SUPPORT_BYTES("{\"a\":1,\"A\":2}"),
     AJWT_ACCEPTED},
    {"largest integer", SUPPORT_BYTES("{\"a\":9223372036854775807}"),
     AJWT_ACCEPTED},

    {"D3 duplicate", SUPPORT_BYTES("{\"a\":1,\"a\":1}"), AJWT_DUPLICATE_MEMBER},
    {"D3 duplicate by escape", SUPPORT_BYTES("{\"a\":1,\"\\u0061\":2}"),
     AJWT_DUPLICATE_MEMBER},
    {"D3 duplicate of two escapes",
     SUPPORT_BYTES("{\"\\u00e9\":1,\"\xc3\xa9\":2}"), AJWT_DUPLICATE_MEMBER},
    {"D3 duplicate within", SUPPORT_BYTES("{\"a\":{\"b\":1,\"b\":2}}"),
     AJWT_DUPLICATE_MEMBER},
    {"D3 duplicate in an array", SUPPORT_BYTES("{\"a\":[{\"b\":1,\"b\":2}]}"),
     AJWT_DUPLICATE_MEMBER},

    {"no text", SUPPORT_BYTES(""), INVALID},
    {"white space only", SUPPORT_BYTES("  "), INVALID},
    {"D3 array", SUPPORT_BYTES("[]"), INVALID},
    {"D3 string", SUPPORT_BYTES("\"a\""), INVALID},
    {"D3 number", SUPPORT_BYTES("1"), INVALID},
    {"D3 null", SUPPORT_BYTES("null"), INVALID},
    {"D3 text after it", SUPPORT_BYTES("{}x"), INVALID},
    {"D3 object after it", SUPPORT_BYTES("{}{}"), INVALID},
    {"D3 NUL after it", SUPPORT_BYTES("{}\0"), INVALID},
    {"D3 NUL before it", SUPPORT_BYTES("\0{}"), INVALID},
    {"D3 NUL after a number", SUPPORT_BYTES("{\"a\":1\0}"), INVALID},
    {"D3 NUL after a real", SUPPORT_BYTES("{\"a\":1.5\0,\"b\":2}"), INVALID},
    {"D3 NUL after a name", SUPPORT_BYTES("{\"a\"\0:1}"), INVALID},
    {"D3 NUL after a string", SUPPORT_BYTES("{\"a\":\"b\"\0}"), INVALID},
    {"D3 NUL after a word", SUPPORT_BYTES("{\"a\":true\0}"), INVALID},
    {"D3 byte order mark", SUPPORT_BYTES("\xef\xbb\xbf{}"), INVALID},
    {"D3 UTF-16", SUPPORT_BYTES("{\0}\0"), INVALID},
    {"D3 comment", SUPPORT_BYTES("{/**/}"), INVALID},
    {"D3 comma at the end", SUPPORT_BYTES("{\"a\":1,}"), INVALID},
    {"D3 no comma", SUPPORT_BYTES("{\"a\":1 \"b\":2}"), INVALID},
    {"D3 single quotes", SUPPORT_BYTES("{'a':1}"), INVALID},
    {"D3 name without quotes", SUPPORT_BYTES("{a:1}"), INVALID},
    {"D3 unfinished", SUPPORT_BYTES("{\"a\":1"), INVALID},
    {"D3 unfinished string", SUPPORT_BYTES("{\"a\":\"b"), INVALID},
    {"D3 ends in a backslash", SUPPORT_BYTES("{\"a\":\"\\"), INVALID},
    {"D3 brackets crossed", SUPPORT_BYTES("{\"a\":[}]"), INVALID},
    {"D3 too many closed", SUPPORT_BYTES("{}}"), INVALID},
    {"D3 NaN", SUPPORT_BYTES("{\"a\":NaN}"), INVALID},
    {"D3 Infinity", SUPPORT_BYTES("{\"a\":Infinity}"), INVALID},
    {"D3 -Infinity", SUPPORT_BYTES("{\"a\":-Infinity}"), INVALID},
    {"D3 real out of range", SUPPORT_BYTES("{\"a\":1e400}"), AJWT_NUMBER_RANGE},
    {"D3 negative real out of range", SUPPORT_BYTES("{\"a\":[-1e400]}"),
     AJWT_NUMBER_RANGE},
    {"E1 integer beyond 64 bits", SUPPORT_BYTES("{\"a\":9223372036854775808}"),
     AJWT_ACCEPTED},
    {"E1 negative integer beyond 64 bits",
     SUPPORT_BYTES("{\"a\":-9223372036854775809}"), AJWT_ACCEPTED},
    {"E1 beyond 64 bits and any double",
     SUPPORT_BYTES("{\"a\":9223372036854775808,\"b\":1e400}"),
     AJWT_NUMBER_RANGE},
    {"D3 beyond 64 bits and twice",
     SUPPORT_BYTES("{\"a\":9223372036854775808,\"a\":1}"),
     AJWT_DUPLICATE_MEMBER},
    {"D3 beyond 64 bits with a leading zero",
     SUPPORT_BYTES("{\"a\":018446744073709551615}"), INVALID},
    {"D3 beyond 64 bits and letters behind it",
     SUPPORT_BYTES("{\"a\":18446744073709551615x}"), INVALID},
    {"D3 beyond 64 bits with a plus",
     SUPPORT_BYTES("{\"a\":+18446744073709551615}"), INVALID},
    {"D3 beyond 64 bits with two signs",
     SUPPORT_BYTES("{\"a\":--18446744073709551615}"), INVALID},
    {"D3 beyond 64 bits, unfinished",
     SUPPORT_BYTES("{\"a\":18446744073709551615"), INVALID},
    {"D3 beyond 64 bits as a name", SUPPORT_BYTES("{18446744073709551615:1}"),
     INVALID},
    {"D3 leading zero", SUPPORT_BYTES("{\"a\":01}"), INVALID},
    {"D3 plus", SUPPORT_BYTES("{\"a\":+1}"), INVALID},
    {"D3 hexadecimal", SUPPORT_BYTES("{\"a\":0x1}"), INVALID},
    {"D3 invalid UTF-8", SUPPORT_BYTES("{\"a\":\"\xff\"}"), INVALID},
    {"D3 invalid UTF-8 in a name", SUPPORT_BYTES("{\"\xff\":1}"), INVALID},
    {"D3 overlong UTF-8", SUPPORT_BYTES("{\"a\":\"\xc0\xaf\"}"), INVALID},
    {"D3 surrogate in UTF-8", SUPPORT_BYTES("{\"a\":\"\xed\xa0\x80\"}"),
     INVALID},
    {"D3 lone high surrogate", SUPPORT_BYTES("{\"a\":\"\\ud800\"}"), INVALID},
    {"D3 lone low surrogate", SUPPORT_BYTES("{\"a\":\"\\udc00\"}"), INVALID},
    {"D3 surrogates the wrong way", SUPPORT_BYTES("{\"a\":\"\\udc00\\ud800\"}"),
     INVALID},
    {"D3 NUL in a name", SUPPORT_BYTES("{\"a\\u0000\":1}"), INVALID},
    {"D3 raw NUL in a string", SUPPORT_BYTES("{\"a\":\"\0\"}"), INVALID},
    {"D3 raw newline in a string", SUPPORT_BYTES("{\"a\":\"\n\"}"), INVALID},
    {"D3 unknown escape", SUPPORT_BYTES("{\"a\":\"\\x41\"}"), INVALID},
};

static void judges_texts(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(parse_cases); i++) {
        const parse_case *c = &parse_cases[i];
        const json_t *object = (const json_t *)c;

        support_expect_reason(
            c->what, ajwt_json_parse(&object, c->text, INVALID, *state),
            c->reason);
        support_expect(c->what, c->reason == AJWT_ACCEPTED
                                    ? json_is_object(object)
                                    : object == NULL);
    }
}

static ajwt_reason parse(const char *text, apr_pool_t *pool)
{
    const json_t *object;

    return ajwt_json_parse(&object, ajwt_bytes_from_string(text), INVALID,
                           pool);
}

/* An object that holds arrays down to the depth */
static const char *nest(int depth, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "{\"a\":", support_repeat("[", depth - 1, pool),
                       support_repeat("]", depth - 1, pool), "}", NULL);
}

/* D4 */
static void bounds_depth(void **state)
{
    const char *brackets = support_repeat("[{", 100, *state);

    support_expect_reason("32", parse(nest(32, *state), *state), AJWT_ACCEPTED);
    support_expect_reason("33", parse(nest(33, *state), *state),
                          AJWT_OVER_LIMIT);
    support_expect_reason(
        "33 objects",
        parse(apr_pstrcat(*state, support_repeat("{\"a\":", 33, *state), "1",
                          support_repeat("}", 33, *state), NULL),
              *state),
        AJWT_OVER_LIMIT);
    support_expect_reason(
        "brackets in a string",
        parse(apr_pstrcat(*state, "{\"a\":\"\\\"", brackets, "\"}", NULL),
              *state),
        AJWT_ACCEPTED);
    support_expect_reason(
        "after a string that ends in a backslash",
        parse(apr_pstrcat(*state, "{\"a\":\"\\\\\",\"b\":", brackets, NULL),
              *state),
        AJWT_OVER_LIMIT);
}

/* D4: long before a parser's own recursion could hurt */
static void refuses_abysses(void **state)
{
    support_expect_reason("10000", parse(nest(10000, *state), *state),
                          AJWT_OVER_LIMIT);
    support_expect_reason("1000000 unclosed",
                          parse(support_repeat("[", 1000000, *state), *state),
                          AJWT_OVER_LIMIT);
}

static const char *members(int count, apr_pool_t *pool)
{
    apr_array_header_t *list = apr_array_make(pool, count, sizeof(char *));
    int i;

    for (i = 0; i < count; i++)
        APR_ARRAY_PUSH(list, const char *) =
            apr_psprintf(pool, "\"m%d\":%d", i, i);
    return apr_pstrcat(pool, "{", apr_array_pstrcat(pool, list, ','), "}",
                       NULL);
}

/* D4 */
static void bounds_members(void **state)
{
    const char *most = members(256, *state), *more = members(257, *state);

    support_expect_reason("256", parse(most, *state), AJWT_ACCEPTED);
    support_expect_reason("257", parse(more, *state), AJWT_OVER_LIMIT);
    support_expect_reason("256 in each of two",
                          parse(apr_pstrcat(*state, "{\"a\":", most, ",\"b\":[",
                                            most, "]}", NULL),
                                *state),
                          AJWT_ACCEPTED);
    support_expect_reason(
        "257 in an object",
        parse(apr_pstrcat(*state, "{\"a\":", more, "}", NULL), *state),
        AJWT_OVER_LIMIT);
    support_expect_reason(
        "257 in an array",
        parse(apr_pstrcat(*state, "{\"a\":[1,", more, "]}", NULL), *state),
        AJWT_OVER_LIMIT);
}

typedef struct number_case {
    const char *text;
    int is_integer, is_exact;
    const char *printed;
} number_case;

#define BEYOND "\"an integer beyond 64 bits\""

static const number_case numbers[] = {
    {"9223372036854775807", 1, 1, "9223372036854775807"},
    {"-9223372036854775808", 1, 1, "-9223372036854775808"},
    {"9223372036854775808", 0, 0, BEYOND},
    {"-9223372036854775809", 0, 0, BEYOND},
    {"18446744073709551615", 0, 0, BEYOND},
    {"100000000000000000000000000000000000000000", 0, 0, BEYOND},
    {"1e30", 0, 1, "1e30"},
    {"9223372036854775808.0", 0, 1, "9.223372036854776e18"},
    {"9223372036854775808e0", 0, 1, "9.223372036854776e18"},
    {"-1.5e300", 0, 1, "-1.5e300"},
    /* the largest double is what stands for such an integer */
    {"1.7976931348623157e308", 0, 0, BEYOND},
};

/* E1: beside one that is beyond, every other number stays what it is. */
static void reads_numbers(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(numbers); i++) {
        const number_case *c = &numbers[i];
        const char *text = apr_psprintf(
            *state,
            "{\"a\":%s,\"b\":[18446744073709551616,\"18446744073709551617\","
            "\"\\\"18446744073709551618\"],\"18446744073709551619\":1.0,"
            "\"d\":7}",
            c->text);
        const json_t *object, *a, *b;
        ajwt_reason reason = ajwt_json_parse(
            &object, ajwt_bytes_from_string(text), INVALID, *state);

        support_expect_reason(c->text, reason, AJWT_ACCEPTED);
        if (reason != AJWT_ACCEPTED)
            continue;
        a = json_object_get(object, "a");
        b = json_object_get(object, "b");
        support_expect(c->text, json_is_number(a) &&
                                    json_is_integer(a) == c->is_integer &&
                                    ajwt_json_is_exact(a) == c->is_exact);
        support_expect_text(c->text, ajwt_json_print(a, *state), c->printed);
        support_expect(c->text, !ajwt_json_is_exact(object));
        support_expect(c->text,
                       json_integer_value(json_object_get(object, "d")) == 7);
        support_expect_text(c->text, ajwt_json_print(b, *state),
                            "[" BEYOND ",\"18446744073709551617\","
                            "\"\\\"18446744073709551618\"]");
        support_expect(c->text, json_is_real(json_object_get(
                                    object, "18446744073709551619")));
    }
}

/* As long as a token can be: each of them grows when it is replaced. */
static void replaces_many(void **state)
{
    const char *text = apr_pstrcat(
        *state, "{\"a\":[",
        support_repeat("9223372036854775808,", 100000, *state), "1]}", NULL);
    const json_t *object;

    assert_int_equal(
        ajwt_json_parse(&object, ajwt_bytes_from_string(text), INVALID, *state),
        AJWT_ACCEPTED);
    assert_int_equal(json_array_size(json_object_get(object, "a")), 100001);
}

/* D3: the digits before and after the largest double */
static void bounds_integers_by_doubles(void **state)
{
    static const char largest[] = "17976931348623157";
    static const char larger[] = "17976931348623159";
    const char *zeros = support_repeat("0", 292, *state);

    support_expect_reason(
        "309 digits that fit",
        parse(apr_pstrcat(*state, "{\"a\":", largest, zeros, "}", NULL),
              *state),
        AJWT_ACCEPTED);
    support_expect_reason(
        "309 digits that do not",
        parse(apr_pstrcat(*state, "{\"a\":-", larger, zeros, "}", NULL),
              *state),
        AJWT_NUMBER_RANGE);
    support_expect_reason(
        "310 digits",
        parse(apr_pstrcat(*state, "{\"a\":1", largest, zeros, "}", NULL),
              *state),
        AJWT_NUMBER_RANGE);
}

/* {text, where it is wrong}; NULL: nowhere */
static const char *const located[][2] = {
    {"{}", NULL},
    {"[1]", NULL},
    {"{\"a\":18446744073709551616}", NULL},
    {"{\"a\":1,\n\"b\":", "it ends too early (line 2, column 4)"},
    {"{\"a\":1,\n\"a\":2}",
     "the member \"a\" appears twice (line 2, column 3)"},
    {"{\"a\":1e400}", "a number is too large (line 1, column 10)"},
    {"{}\n{}",
     "there is more text after the end of the JSON (line 2, column 1)"},
    {"{\"a\":tomorrow}", "it is not JSON (line 1, column 13)"},
    {"{\"a\":\"\xff\"}", "it is not UTF-8 (line 1, column 6)"},
};

static void says_where_it_is_wrong(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(located); i++)
        support_expect_text(
            located[i][0],
            ajwt_json_locate(ajwt_bytes_from_string(located[i][0]), *state),
            located[i][1]);
}

static void gives_strings_with_their_length(void **state)
{
    json_t *object =
        support_json("{\"s\":\"ab\",\"nul\":\"a\\u0000b\",\"empty\":\"\","
                     "\"n\":1,\"null\":null}",
                     *state);
    ajwt_bytes nul = ajwt_json_member(object, "nul");

    support_expect("a string", ajwt_bytes_equal_string(
                                   ajwt_json_member(object, "s"), "ab"));
    support_expect("with a NUL", ajwt_bytes_equal(nul, SUPPORT_BYTES("a\0b")));
    support_expect("empty is not absent",
                   ajwt_json_member(object, "empty").data != NULL);
    support_expect("a number", !ajwt_json_member(object, "n").data);
    support_expect("null", !ajwt_json_member(object, "null").data);
    support_expect("not there", !ajwt_json_member(object, "x").data);
    support_expect("no object",
                   !ajwt_json_member(json_object_get(object, "s"), "s").data);
    support_expect("nothing at all", !ajwt_json_string(NULL).data);
}

static void knows_text(void **state)
{
    support_expect("text", ajwt_json_is_text(support_json("\"a\"", *state)));
    support_expect("empty", ajwt_json_is_text(support_json("\"\"", *state)));
    support_expect("NUL",
                   !ajwt_json_is_text(support_json("\"a\\u0000\"", *state)));
    support_expect("number", !ajwt_json_is_text(support_json("1", *state)));
    support_expect("nothing", !ajwt_json_is_text(NULL));
}

/* {value, as it is printed} */
static const char *const printed[][2] = {
    {"null", "null"},
    {"true", "true"},
    {"false", "false"},
    {"0", "0"},
    {"-1", "-1"},
    {"9223372036854775807", "9223372036854775807"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"9007199254740993", "9007199254740993"},
    {"1.0", "1.0"},
    {"1.50", "1.5"},
    {"0.1", "0.1"},
    {"-0.0", "-0.0"},
    {"0.30000000000000004", "0.30000000000000004"},
    {"1700000000.5", "1700000000.5"},
    {"1e22", "1e22"},
    {"1e308", "1e308"},
    {"123456789012345680000.0", "1.2345678901234568e20"},
    {"2.2250738585072014e-308", "2.2250738585072014e-308"},
    {"\"a\"", "\"a\""},
    {"\"\\u00e9\"", "\"\xc3\xa9\""},
    {"\"a\\u0000b\"", "\"a\\u0000b\""},
    {"\"\\n\\\"\\\\\"", "\"\\n\\\"\\\\\""},
    {"[ 1 , \"a\" ]", "[1,\"a\"]"},
    {"{ \"b\" : 1, \"a\" : [ ] }", "{\"b\":1,\"a\":[]}"},
    {"{}", "{}"},
};

static void prints_compactly(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(printed); i++)
        support_expect_text(
            printed[i][0],
            ajwt_json_print(support_json(printed[i][0], *state), *state),
            printed[i][1]);
}

static void text_of_a_string_has_no_quotes(void **state)
{
    support_expect(
        "string",
        ajwt_bytes_equal_string(
            ajwt_json_text(support_json("\"a\"", *state), *state), "a"));
    support_expect(
        "NUL",
        ajwt_bytes_equal(
            ajwt_json_text(support_json("\"a\\u0000b\"", *state), *state),
            SUPPORT_BYTES("a\0b")));
    support_expect(
        "boolean",
        ajwt_bytes_equal_string(
            ajwt_json_text(support_json("true", *state), *state), "true"));
}

static const char document[] =
    "{\"sub\":\"alice\",\"realm_access\":{\"roles\":[\"a\",{\"x\":\"y\"}],"
    "\"a.b\":\"inner dots\"},\"a.b\":\"outer dots\",\"a\":{\"b\":\"walked\"},"
    "\"https://example.com/roles\":[\"r0\",\"r1\"],\"/sub\":\"slash\","
    "\"m~n\":\"tilde\",\"\":{\"\":\"empty names\"},\"null\":null,"
    "\"~1\":\"not unescaped twice\",\"c\":{\"d\":{\"e\":1}},"
    "\"0\":{\"1\":\"digits\"}}";

/* {PATH, what is there}; NULL: nothing */
static const char *const found[][2] = {
    {"sub", "\"alice\""},
    {"Sub", NULL},
    {"realm_access.roles", "[\"a\",{\"x\":\"y\"}]"},
    {"realm_access.nothing", NULL},
    {"a.b", "\"outer dots\""},
    {"c.d.e", "1"},
    {"c.d", "{\"e\":1}"},
    {"c.d.e.f", NULL},
    {"sub.x", NULL},
    {"realm_access.a.b", NULL},
    {"realm_access.roles.0", NULL},
    {"0.1", "\"digits\""},
    {"null", "null"},
    {"https://example.com/roles", "[\"r0\",\"r1\"]"},
    {".", "\"empty names\""},
    {"c..e", NULL},
    {"c.", NULL},
    {"~1", "\"not unescaped twice\""},

    {"/sub", "\"slash\""},
    {"/c/d/e", "1"},
    {"/c/d", "{\"e\":1}"},
    {"/a/b", "\"walked\""},
    {"/a.b", "\"outer dots\""},
    {"/https:~1~1example.com~1roles", "[\"r0\",\"r1\"]"},
    {"/https:~1~1example.com~1roles/1", "\"r1\""},
    {"/https:~1~1example.com~1roles/2", NULL},
    {"/https:~1~1example.com~1roles/01", NULL},
    {"/https:~1~1example.com~1roles/-", NULL},
    {"/https:~1~1example.com~1roles/-1", NULL},
    {"/https:~1~1example.com~1roles/", NULL},
    {"/https:~1~1example.com~1roles/1x", NULL},
    {"/https:~1~1example.com~1roles/18446744073709551617", NULL},
    {"/realm_access/roles/1/x", "\"y\""},
    {"/realm_access/a.b", "\"inner dots\""},
    {"/m~0n", "\"tilde\""},
    {"/~01", "\"not unescaped twice\""},
    {"/", "{\"\":\"empty names\"}"},
    {"//", "\"empty names\""},
    {"/0/1", "\"digits\""},
    {"/sub/x", NULL},
};

static void finds_paths(void **state)
{
    json_t *object = support_json(document, *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(found); i++) {
        const char *error = "untouched";
        const ajwt_claim_path *path =
            ajwt_claim_path_parse(&error, found[i][0], *state);
        const json_t *value;

        support_expect(found[i][0], path && !error);
        if (!path)
            continue;
        value = ajwt_claim_path_find(path, object);
        support_expect_text(found[i][0],
                            value ? support_print(value, *state) : NULL,
                            found[i][1]);
        support_expect_text("as it was written", path->text, found[i][0]);
    }
}

static void refuses_what_is_no_path(void **state)
{
    static const char *const wrong[] = {"", "/~", "/a~", "/a~2", "/~x/b"};
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(wrong); i++) {
        const char *error = NULL;

        support_expect(wrong[i],
                       !ajwt_claim_path_parse(&error, wrong[i], *state) &&
                           error);
    }
}

static void finds_nothing_in_nothing(void **state)
{
    const char *error;
    const ajwt_claim_path *path = ajwt_claim_path_parse(&error, "a", *state);

    support_expect("empty",
                   !ajwt_claim_path_find(path, support_json("{}", *state)));
}

/* --- memory --- */

static const char *const elements[] = {
    "{}",
    "[]",
    "[1]",
    "{\"a\":1}",
    "\"a\"",
    "\"\"",
    "1",
    "1.5",
    "true",
    "[[[[[[1]]]]]]",
    "\"\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061\"",
    "\"11111111-2222-3333-4444-555555555555\"",
    "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1}"};

/* G8: Tokens are kept by this estimate. */
static void estimates_memory(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(elements); i++) {
        const char *element = elements[i];
        const char *text =
            apr_pstrcat(*state, "{\"x\":[",
                        support_repeat(apr_pstrcat(*state, element, ",", NULL),
                                       7000 / (int)strlen(element), *state),
                        "1]}", NULL);
        const apr_size_t before = support_in_use();
        json_t *value = json_loads(text, 0, NULL);
        const apr_size_t taken = support_in_use() - before;
        const apr_size_t estimated = ajwt_json_bytes(value) + strlen(text);

        assert_non_null(value);
        if (taken > 0) {
            support_expect(element, estimated >= taken);
            support_expect(element, estimated <= taken * 8 / 5);
        }
        json_decref(value);
    }
}

static void a_value_can_be_taken_from_its_pool(void **state)
{
    const json_t *object;
    apr_pool_t *pool;
    json_t *text;

    apr_pool_create(&pool, *state);
    assert_int_equal(
        ajwt_json_parse(&object, SUPPORT_BYTES("{\"a\":\"b\"}"), INVALID, pool),
        AJWT_ACCEPTED);
    ajwt_json_take(object, pool);
    apr_pool_destroy(pool);
    text = json_incref(json_object_get(object, "a"));
    support_expect_text("still there", json_string_value(text), "b");
    ajwt_json_free(object);
    support_expect_text("wiped", json_string_value(text), "");
    json_decref(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(judges_texts),
        SUPPORT_TEST(bounds_depth),
        SUPPORT_TEST(refuses_abysses),
        SUPPORT_TEST(bounds_members),
        SUPPORT_TEST(reads_numbers),
        SUPPORT_TEST(replaces_many),
        SUPPORT_TEST(bounds_integers_by_doubles),
        SUPPORT_TEST(says_where_it_is_wrong),
        SUPPORT_TEST(gives_strings_with_their_length),
        SUPPORT_TEST(knows_text),
        SUPPORT_TEST(prints_compactly),
        SUPPORT_TEST(text_of_a_string_has_no_quotes),
        SUPPORT_TEST(finds_paths),
        SUPPORT_TEST(refuses_what_is_no_path),
        SUPPORT_TEST(finds_nothing_in_nothing),
        SUPPORT_TEST(estimates_memory),
        SUPPORT_TEST(a_value_can_be_taken_from_its_pool),
    };

    return SUPPORT_RUN(tests);
}
