/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/json.h"
#include "core/quote.h"

typedef struct quote_case {
    ajwt_bytes text;
    const char *quoted;
} quote_case;

static const quote_case texts[] = {
    {SUPPORT_BYTES(""), "\"\""},
    {SUPPORT_BYTES("a b~"), "\"a b~\""},
    {SUPPORT_BYTES("\"\\%"), "\"%22%5C%25\""},
    {SUPPORT_BYTES("a\r\n\t\0b"), "\"a%0D%0A%09%00b\""},
    {SUPPORT_BYTES("\x7f\x1b[0m"), "\"%7F%1B[0m\""},
    {SUPPORT_BYTES("\xc3\xa9\xff"), "\"%C3%A9%FF\""},
};

static void quotes_texts(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(texts); i++)
        support_expect_text(texts[i].quoted,
                            ajwt_quote_text(texts[i].text, *state),
                            texts[i].quoted);
}

static void bounds_texts(void **state)
{
    const char *most = support_repeat("\x01", 128, *state);
    const char *more = support_repeat("a", 129, *state);
    const char *quoted = ajwt_quote_text(ajwt_bytes_from_string(most), *state);

    assert_int_equal(strlen(quoted), 128 * 3 + 2);
    quoted = ajwt_quote_text(ajwt_bytes_from_string(more), *state);
    assert_int_equal(strlen(quoted), 128 + 5);
    assert_string_equal(quoted + 127, "aa...\"");
}

static const char *const values[][2] = {
    {"null", "null"},
    {"true", "true"},
    {"7", "7"},
    {"1.5", "1.5"},
    {"\"a\\n\"", "\"a%0A\""},
    {"[\"secret\"]", "an array"},
    {"{\"d\":\"secret\"}", "an object"},
};

static void describes_values(void **state)
{
    const json_t *object;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(values); i++)
        support_expect_text(
            values[i][0],
            ajwt_json_quote(support_json(values[i][0], *state), *state),
            values[i][1]);
    support_expect_text("nothing", ajwt_json_quote(NULL, *state), "nothing");
    assert_int_equal(
        ajwt_json_parse(&object, SUPPORT_BYTES("{\"a\":18446744073709551615}"),
                        AJWT_PAYLOAD_INVALID, *state),
        AJWT_ACCEPTED);
    support_expect_text("wide",
                        ajwt_json_quote(json_object_get(object, "a"), *state),
                        "an integer beyond 64 bits");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(quotes_texts),
        SUPPORT_TEST(bounds_texts),
        SUPPORT_TEST(describes_values),
    };

    return SUPPORT_RUN(tests);
}
