/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/base64url.h"

typedef struct codec_case {
    const char *what;
    ajwt_bytes text;
    const char *raw; /* NULL: refused */
} codec_case;

static const codec_case url_cases[] = {
    /* RFC 4648 10, without the padding that RFC 7515 2 leaves out */
    {"empty", SUPPORT_BYTES(""), ""},
    {"f", SUPPORT_BYTES("Zg"), "f"},
    {"fo", SUPPORT_BYTES("Zm8"), "fo"},
    {"foo", SUPPORT_BYTES("Zm9v"), "foo"},
    {"foob", SUPPORT_BYTES("Zm9vYg"), "foob"},
    {"fooba", SUPPORT_BYTES("Zm9vYmE"), "fooba"},
    {"foobar", SUPPORT_BYTES("Zm9vYmFy"), "foobar"},
    {"last two of the alphabet", SUPPORT_BYTES("-_-_"), "\xfb\xff\xbf"},
    {"one padding", SUPPORT_BYTES("Zm8="), NULL},
    {"two paddings", SUPPORT_BYTES("Zg=="), NULL},
    {"padding alone", SUPPORT_BYTES("="), NULL},
    {"padding within", SUPPORT_BYTES("Zg==Zg"), NULL},
    {"plus of base64", SUPPORT_BYTES("+_-_"), NULL},
    {"slash of base64", SUPPORT_BYTES("-/-_"), NULL},
    {"plus in the tail", SUPPORT_BYTES("Zm9vY+"), NULL},
    {"space before", SUPPORT_BYTES(" Zm9v"), NULL},
    {"space after", SUPPORT_BYTES("Zm9v "), NULL},
    {"space within", SUPPORT_BYTES("Zm 9v"), NULL},
    {"newline at the end", SUPPORT_BYTES("Zm9v\n"), NULL},
    {"CR LF within", SUPPORT_BYTES("Zm\r\n9vZm"), NULL},
    {"NUL within", SUPPORT_BYTES("Zm\0v"), NULL},
    {"NUL at the end", SUPPORT_BYTES("Zm\0"), NULL},
    {"byte over 127", SUPPORT_BYTES("Zm9\xf6"), NULL},
    {"percent-encoded", SUPPORT_BYTES("Zm9%76"), NULL},
    {"one bit astray after one byte", SUPPORT_BYTES("Zh"), NULL},
    {"highest bit astray after one byte", SUPPORT_BYTES("Zo"), NULL},
    {"all bits astray after one byte", SUPPORT_BYTES("Zv"), NULL},
    {"one bit astray after two bytes", SUPPORT_BYTES("Zm9"), NULL},
    {"highest bit astray after two bytes", SUPPORT_BYTES("Zm-"), NULL},
    /* what follows is not theirs */
    {"one character", {(const unsigned char *)"Zg", 1}, NULL},
    {"five characters", {(const unsigned char *)"Zm9vZg", 5}, NULL},
    {"two characters of four", {(const unsigned char *)"Zm9v", 2}, NULL},
    {"three characters of four", {(const unsigned char *)"Zm8v", 3}, "fo"},
};

static const codec_case standard_cases[] = {
    /* RFC 4648 10 */
    {"empty", SUPPORT_BYTES(""), ""},
    {"f", SUPPORT_BYTES("Zg=="), "f"},
    {"fo", SUPPORT_BYTES("Zm8="), "fo"},
    {"foo", SUPPORT_BYTES("Zm9v"), "foo"},
    {"foob", SUPPORT_BYTES("Zm9vYg=="), "foob"},
    {"fooba", SUPPORT_BYTES("Zm9vYmE="), "fooba"},
    {"foobar", SUPPORT_BYTES("Zm9vYmFy"), "foobar"},
    {"last two of the alphabet", SUPPORT_BYTES("+/+/"), "\xfb\xff\xbf"},
    {"no padding", SUPPORT_BYTES("Zg"), NULL},
    {"one padding too few", SUPPORT_BYTES("Zg="), NULL},
    {"three paddings", SUPPORT_BYTES("Z==="), NULL},
    {"padding alone", SUPPORT_BYTES("===="), NULL},
    {"padding within", SUPPORT_BYTES("Zg==Zm9v"), NULL},
    {"minus of base64url", SUPPORT_BYTES("-/+/"), NULL},
    {"underscore of base64url", SUPPORT_BYTES("+_+/"), NULL},
    {"newline within", SUPPORT_BYTES("Zm9v\nZm8="), NULL},
    {"bits astray", SUPPORT_BYTES("Zh=="), NULL},
};

typedef ajwt_reason decoder(ajwt_bytes *, ajwt_bytes, apr_pool_t *);

static void check_cases(const codec_case *cases, size_t count, decoder *decode,
                        apr_pool_t *pool)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const codec_case *c = &cases[i];
        ajwt_bytes raw = {NULL, 0};
        ajwt_reason reason = decode(&raw, c->text, pool);

        support_expect_reason(c->what, reason,
                              c->raw ? AJWT_ACCEPTED : AJWT_BASE64URL_INVALID);
        if (!c->raw || reason != AJWT_ACCEPTED)
            continue;
        support_expect(c->what, ajwt_bytes_equal_string(raw, c->raw));
        support_expect("ends with a NUL", raw.data[raw.len] == '\0');
    }
}

/* D2 */
static void decodes_base64url(void **state)
{
    check_cases(url_cases, SUPPORT_COUNT(url_cases), ajwt_base64url_decode,
                *state);
}

static void decodes_base64(void **state)
{
    check_cases(standard_cases, SUPPORT_COUNT(standard_cases),
                ajwt_base64_decode, *state);
}

static void refuses_what_is_absent(void **state)
{
    ajwt_bytes raw, absent = {NULL, 0};

    support_expect_reason("url", ajwt_base64url_decode(&raw, absent, *state),
                          AJWT_BASE64URL_INVALID);
    support_expect_reason("standard", ajwt_base64_decode(&raw, absent, *state),
                          AJWT_BASE64URL_INVALID);
}

/* D2: Of 256 bytes, 64 stand for something, at each of four positions. */
static void knows_the_whole_alphabet(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    int byte, position;

    for (byte = 0; byte < 256; byte++) {
        int known = byte && strchr(alphabet, byte);

        for (position = 0; position < 4; position++) {
            unsigned char text[] = "AAAA";
            ajwt_bytes raw, bytes = {text, 4};

            text[position] = (unsigned char)byte;
            support_expect_reason(apr_psprintf(*state, "byte %d", byte),
                                  ajwt_base64url_decode(&raw, bytes, *state),
                                  known ? AJWT_ACCEPTED
                                        : AJWT_BASE64URL_INVALID);
        }
    }
}

static void check_round_trip(ajwt_bytes raw, apr_pool_t *pool)
{
    const char *text = ajwt_base64url_encode(raw, pool);
    ajwt_bytes again = {NULL, 0};

    assert_int_equal(strlen(text), (raw.len * 4 + 2) / 3);
    assert_int_equal(
        ajwt_base64url_decode(&again, ajwt_bytes_from_string(text), pool),
        AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal(again, raw));
}

static void each_byte_comes_back(void **state)
{
    int value;

    for (value = 0; value < 256; value++) {
        unsigned char byte = (unsigned char)value;

        check_round_trip((ajwt_bytes){&byte, 1}, *state);
    }
}

/* A sequence that no test framework's seed changes */
static void each_length_comes_back(void **state)
{
    unsigned char raw[260];
    uint32_t value = 2463534242u;
    apr_size_t i, len;

    for (i = 0; i < sizeof raw; i++) {
        value = value * 1664525u + 1013904223u;
        raw[i] = (unsigned char)(value >> 24);
    }
    for (len = 0; len <= sizeof raw; len++)
        check_round_trip((ajwt_bytes){raw, len}, *state);
}

/* D2: What decodes is what encoding gives: one spelling for each value. */
static void each_text_is_the_only_one(void **state)
{
    unsigned char text[3];
    int b, c;

    text[0] = 'Q';
    for (b = 0; b < 256; b++) {
        for (c = 0; c < 256; c++) {
            ajwt_bytes raw, bytes = {text, 3};

            text[1] = (unsigned char)b;
            text[2] = (unsigned char)c;
            if (ajwt_base64url_decode(&raw, bytes, *state) == AJWT_ACCEPTED)
                assert_true(ajwt_bytes_equal_string(
                    bytes, ajwt_base64url_encode(raw, *state)));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(decodes_base64url),
        SUPPORT_TEST(decodes_base64),
        SUPPORT_TEST(refuses_what_is_absent),
        SUPPORT_TEST(knows_the_whole_alphabet),
        SUPPORT_TEST(each_byte_comes_back),
        SUPPORT_TEST(each_length_comes_back),
        SUPPORT_TEST(each_text_is_the_only_one),
    };

    return SUPPORT_RUN(tests);
}
