/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/authorization_header.h"

typedef struct header_case {
    const char *authorization;
    ajwt_reason reason;
    const char *token;
} header_case;

static const header_case cases[] = {
    {"Bearer a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"bearer a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"BEARER a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"bEaReR a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"Bearer   a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"Bearer a.b.c ", AJWT_ACCEPTED, "a.b.c"},
    {" Bearer a.b.c", AJWT_ACCEPTED, "a.b.c"},
    /* httpd's own schemes take a tab as well */
    {"Bearer\ta.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"Bearer A-Z._~+/09", AJWT_ACCEPTED, "A-Z._~+/09"},
    {"Bearer abc==", AJWT_ACCEPTED, "abc=="},
    {"Bearer x", AJWT_ACCEPTED, "x"},
    {"Bearer Bearer", AJWT_ACCEPTED, "Bearer"},

    {NULL, AJWT_NO_TOKEN, NULL},
    {"", AJWT_NO_TOKEN, NULL},
    {" \t ", AJWT_NO_TOKEN, NULL},

    {"Basic YTpi", AJWT_OTHER_SCHEME, NULL},
    {"Bearer1 a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"Beare a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"Bearer:a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"DPoP a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"Basic Bearer a.b.c", AJWT_OTHER_SCHEME, NULL},
    {"Digest username=\"Bearer x\"", AJWT_OTHER_SCHEME, NULL},

    {",", AJWT_MALFORMED_CREDENTIALS, NULL},
    {", Bearer a.b.c", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer ", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer \t ", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer =", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a=b", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a b", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer Bearer a.b.c", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer \"a.b.c\"", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer {\"payload\":\"\"}", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a.b.\xc3\xa9", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a.b.c\x01", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a.b.c\r\n", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer a.b.c; x=y", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer token=\"a.b.c\"", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer %41", AJWT_MALFORMED_CREDENTIALS, NULL},

    /* httpd joins two header lines by a comma */
    {"Bearer a.b.c, Bearer a.b.c", AJWT_SEVERAL_TOKENS, NULL},
    {"Bearer a.b.c,Bearer d.e.f", AJWT_SEVERAL_TOKENS, NULL},
    {"Bearer a.b.c, Basic YTpi", AJWT_SEVERAL_TOKENS, NULL},
    {"Bearer , Bearer a.b.c", AJWT_SEVERAL_TOKENS, NULL},
    {"Bearer a.b.c,", AJWT_SEVERAL_TOKENS, NULL},
};

/* What a request makes of a text: the token is found, and then its bytes are
 * checked. */
static ajwt_reason parse(ajwt_reason (*find)(ajwt_bytes *, const char *),
                         ajwt_bytes *token, const char *text)
{
    ajwt_reason reason = find(token, text);

    if (reason == AJWT_ACCEPTED)
        reason = ajwt_authorization_header_check(*token);
    if (reason != AJWT_ACCEPTED)
        token->data = NULL;
    return reason;
}

/* F1 */
static void parses_authorization(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const header_case *c = &cases[i];
        const char *what = c->authorization ? c->authorization : "none";
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(
            what,
            parse(ajwt_authorization_header_parse, &token, c->authorization),
            c->reason);
        support_expect(what, c->token ? ajwt_bytes_equal_string(token, c->token)
                                      : !token.data);
    }
}

/* Of another header, as a gateway sends it */
static const header_case fields[] = {
    {"a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {" a.b.c\t", AJWT_ACCEPTED, "a.b.c"},
    {"abc==", AJWT_ACCEPTED, "abc=="},
    {"Bearer a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"bEARER \t a.b.c ", AJWT_ACCEPTED, "a.b.c"},
    {"Bearera.b.c", AJWT_ACCEPTED, "Bearera.b.c"},
    {"Bearers", AJWT_ACCEPTED, "Bearers"},
    /* empty fields beside it, which httpd joins by commas */
    {", a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"a.b.c, ", AJWT_ACCEPTED, "a.b.c"},
    {", , Bearer a.b.c ,,", AJWT_ACCEPTED, "a.b.c"},

    {"", AJWT_NO_TOKEN, NULL},
    {" \t", AJWT_NO_TOKEN, NULL},
    {", ,", AJWT_NO_TOKEN, NULL},

    {"Bearer", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer ", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer,", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Bearer Bearer a.b.c", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"Basic YTpi", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"DPoP a.b.c", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a b", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"=", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a=b", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"\"a.b.c\"", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a.b.c;x", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a.b.c\x01", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a.b.\xc3\xa9", AJWT_MALFORMED_CREDENTIALS, NULL},

    {"a.b.c, a.b.c", AJWT_SEVERAL_TOKENS, NULL},
    {"a.b.c,d", AJWT_SEVERAL_TOKENS, NULL},
    {"Bearer a.b.c, Bearer d.e.f", AJWT_SEVERAL_TOKENS, NULL},
    {", a.b.c, , Basic YTpi", AJWT_SEVERAL_TOKENS, NULL},
};

/* F1 */
static void parses_another_header(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(fields); i++) {
        const header_case *c = &fields[i];
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(c->authorization,
                              parse(ajwt_authorization_header_parse_field,
                                    &token, c->authorization),
                              c->reason);
        support_expect(c->authorization,
                       c->token ? ajwt_bytes_equal_string(token, c->token)
                                : !token.data);
    }
}

/* F1: RFC 6750 2.1 names the bytes of a token, all others end it. */
static void checks_each_byte_of_a_token(void **state)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    int byte;

    for (byte = 1; byte < 256; byte++) {
        char header[] = "Bearer a?b";
        ajwt_bytes token;
        ajwt_reason wanted = strchr(allowed, byte) ? AJWT_ACCEPTED
                             : byte == ','         ? AJWT_SEVERAL_TOKENS
                                                   : AJWT_MALFORMED_CREDENTIALS;

        header[8] = (char)byte;
        support_expect_reason(
            apr_psprintf(*state, "byte %d", byte),
            parse(ajwt_authorization_header_parse, &token, header), wanted);
    }
}

static const header_case bare_cases[] = {
    {"a.b.c", AJWT_ACCEPTED, "a.b.c"},
    {"  a.b.c\t", AJWT_ACCEPTED, "a.b.c"},
    {"abc==", AJWT_ACCEPTED, "abc=="},
    {NULL, AJWT_NO_TOKEN, NULL},
    {"", AJWT_NO_TOKEN, NULL},
    {" \t", AJWT_NO_TOKEN, NULL},
    {"Bearer a.b.c", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"\"a.b.c\"", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a b", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"=", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a%2eb", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a.b.\xc3\xa9", AJWT_MALFORMED_CREDENTIALS, NULL},
    {"a.b.c, a.b.c", AJWT_SEVERAL_TOKENS, NULL},
    {"a.b.c,", AJWT_SEVERAL_TOKENS, NULL},
};

/* F1 */
static void parses_a_bare_token(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(bare_cases); i++) {
        const header_case *c = &bare_cases[i];
        const char *what = c->authorization ? c->authorization : "none";
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(what,
                              parse(ajwt_authorization_header_parse_bare,
                                    &token, c->authorization),
                              c->reason);
        support_expect(what, c->token ? ajwt_bytes_equal_string(token, c->token)
                                      : !token.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(parses_authorization),
        SUPPORT_TEST(parses_another_header),
        SUPPORT_TEST(checks_each_byte_of_a_token),
        SUPPORT_TEST(parses_a_bare_token),
    };

    return SUPPORT_RUN(tests);
}
