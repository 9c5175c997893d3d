/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/bearer.h"

typedef struct bearer_case {
    const char *authorization;
    ajwt_reason reason;
    const char *token;
} bearer_case;

static const bearer_case cases[] = {
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

/* F1 */
static void takes_the_token_out(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const bearer_case *c = &cases[i];
        const char *what = c->authorization ? c->authorization : "none";
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(what, ajwt_bearer_parse(&token, c->authorization),
                              c->reason);
        support_expect(what, c->token ? ajwt_bytes_equal_string(token, c->token)
                                      : !token.data);
    }
}

/* Of another header, as a gateway sends it */
static const bearer_case fields[] = {
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
static void takes_the_token_out_of_other_headers(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(fields); i++) {
        const bearer_case *c = &fields[i];
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(c->authorization,
                              ajwt_bearer_parse_field(&token, c->authorization),
                              c->reason);
        support_expect(c->authorization,
                       c->token ? ajwt_bytes_equal_string(token, c->token)
                                : !token.data);
    }
}

/* F1: RFC 6750 2.1 names the bytes of a token, all others end it. */
static void knows_each_byte(void **state)
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
        support_expect_reason(apr_psprintf(*state, "byte %d", byte),
                              ajwt_bearer_parse(&token, header), wanted);
    }
}

typedef struct challenge_case {
    ajwt_reason reason;
    const char *realm;
    const char *scope;
    const char *challenge;
} challenge_case;

static const challenge_case challenges[] = {
    /* RFC 6750 3.1: no error code where no credentials came */
    {AJWT_NO_TOKEN, "orders", NULL, "Bearer realm=\"orders\""},
    {AJWT_OTHER_SCHEME, "orders", NULL, "Bearer realm=\"orders\""},
    {AJWT_NO_TOKEN, NULL, NULL, "Bearer"},
    {AJWT_NO_TOKEN, NULL, "a b", "Bearer scope=\"a b\""},
    {AJWT_NO_TOKEN, "a \\\"b\\\"", NULL, "Bearer realm=\"a \\\"b\\\"\""},
    {AJWT_MALFORMED_CREDENTIALS, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_request\", "
     "error_description=\"malformed credentials\""},
    {AJWT_SEVERAL_TOKENS, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_request\", "
     "error_description=\"more than one token\""},
    {AJWT_EXPIRED, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"token expired\""},
    {AJWT_EXPIRED, NULL, NULL,
     "Bearer error=\"invalid_token\", error_description=\"token expired\""},
    {AJWT_AUDIENCE_REFUSED, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"audience not accepted\""},
    {AJWT_SIGNATURE_INVALID, "orders", NULL,
     "Bearer realm=\"orders\", error=\"invalid_token\", "
     "error_description=\"signature does not verify\""},
    {AJWT_SCOPE_MISSING, "orders", "orders.read orders.write",
     "Bearer realm=\"orders\", error=\"insufficient_scope\", "
     "error_description=\"scope not granted\", "
     "scope=\"orders.read orders.write\""},
    {AJWT_CLAIM_RULE, "orders", NULL, "Bearer realm=\"orders\""},
};

/* F6 */
static void challenges_in_these_words(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(challenges); i++) {
        const challenge_case *c = &challenges[i];

        support_expect_text(
            ajwt_reason_describe(c->reason)->name,
            ajwt_bearer_challenge(
                c->reason,
                &(ajwt_challenge){.realm = c->realm, .scope = c->scope},
                *state),
            c->challenge);
    }
}

/* RFC 9470 3, RFC 9728 5.1 */
static void challenges_with_more(void **state)
{
    const ajwt_challenge all = {.realm = "orders",
                                .acr_values = "gold silver",
                                .max_age = "60",
                                .resource_metadata =
                                    "https://api.example/.well-known/x"};

    support_expect_text(
        "step-up", ajwt_bearer_challenge(AJWT_STEP_UP_NEEDED, &all, *state),
        "Bearer realm=\"orders\", error=\"insufficient_user_authentication\", "
        "error_description=\"another or a more recent login is required\", "
        "acr_values=\"gold silver\", max_age=\"60\", "
        "resource_metadata=\"https://api.example/.well-known/x\"");
}

static const bearer_case bare_cases[] = {
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
static void takes_a_bare_token(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(bare_cases); i++) {
        const bearer_case *c = &bare_cases[i];
        const char *what = c->authorization ? c->authorization : "none";
        ajwt_bytes token = SUPPORT_BYTES("untouched");

        support_expect_reason(
            what, ajwt_bearer_parse_bare(&token, c->authorization), c->reason);
        support_expect(what, c->token ? ajwt_bytes_equal_string(token, c->token)
                                      : !token.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(takes_the_token_out),
        SUPPORT_TEST(takes_the_token_out_of_other_headers),
        SUPPORT_TEST(knows_each_byte),
        SUPPORT_TEST(challenges_in_these_words),
        SUPPORT_TEST(challenges_with_more),
        SUPPORT_TEST(takes_a_bare_token),
    };

    return SUPPORT_RUN(tests);
}
