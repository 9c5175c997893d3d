/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <limits.h>

#include <apr_file_info.h>

#include "config/args.h"

static void test_an_error_names_the_directive(void **state)
{
    ajwt_args args = support_line("AuthJWTLeeway", "", *state);

    support_expect_text("with values",
                        ajwt_args_fail(&args, "%d of %s", 3, "%s"),
                        "AuthJWTLeeway: 3 of %s");
    args.directive = "100%s";
    support_expect_text("not a format itself", ajwt_args_fail(&args, "no"),
                        "100%s: no");
}

static void test_an_array_of_the_words(void **state)
{
    ajwt_args args = support_line("AuthJWTAudience", "b a b", *state);

    support_expect_text("in their order",
                        support_join(ajwt_args_array(&args), *state), "b|a|b");
    args.count = 0;
    assert_int_equal(ajwt_args_array(&args)->nelts, 0);
}

static void test_splits_at_commas(void **state)
{
    static const char *const cases[][2] = {
        {"a", "a"},           {"b,a,b", "b|a|b"}, {",a,,b,", "a|b"},
        {"a b,c ", "a b|c "}, {"", ""},           {",,", ""},
    };
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect_text(
            cases[i][0],
            support_join(ajwt_args_split(cases[i][0], *state), *state),
            cases[i][1]);
}

typedef struct number_case {
    const char *words;
    int least, most;
    int value;
    const char *error; /* NULL: it is value */
} number_case;

#define ONE "AuthJWTLeeway: write one number of seconds"
#define NONE_OF(word) \
    "AuthJWTLeeway: '" word "' is not a number of seconds from 0 to 300"

static const number_case numbers[] = {
    {"0", 0, 300, 0, NULL},
    {"007", 0, 300, 7, NULL},
    {"300", 0, 300, 300, NULL},
    {"2147483647", 0, INT_MAX, INT_MAX, NULL},
    {"-5", -5, 5, -5, NULL},
    {"301", 0, 300, 0, NONE_OF("301")},
    {"-1", 0, 300, 0, NONE_OF("-1")},
    /* 1 and 5, for whoever cuts to 32 and to 64 bits */
    {"4294967297", 0, 300, 0, NONE_OF("4294967297")},
    {"18446744073709551621", 0, 300, 0, NONE_OF("18446744073709551621")},
    {"60s", 0, 300, 0, NONE_OF("60s")},
    {"0x10", 0, 300, 0, NONE_OF("0x10")},
    {"1.5", 0, 300, 0, NONE_OF("1.5")},
    {"five", 0, 300, 0, NONE_OF("five")},
    {"", 0, 300, 0, ONE},
    {"1 2", 0, 300, 0, ONE},
};

static void test_numbers(void **state)
{
    ajwt_args nothing = support_line("AuthJWTLeeway", "0", *state);
    int value;
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(numbers); i++) {
        const number_case *c = &numbers[i];
        ajwt_args args = support_line("AuthJWTLeeway", c->words, *state);

        value = ~c->value;
        support_expect_text(
            c->words,
            ajwt_args_number(&value, &args, "seconds", c->least, c->most),
            c->error);
        support_expect(c->words, c->error || value == c->value);
    }
    nothing.word = (char *const *)support_words(*state, "", NULL)->elts;
    support_expect_text("an empty word",
                        ajwt_args_number(&value, &nothing, "seconds", 0, 300),
                        NONE_OF(""));
}

typedef struct flag_case {
    const char *words;
    int value; /* -1: none */
} flag_case;

static void test_flags(void **state)
{
    static const flag_case cases[] = {
        {"On", 1}, {"on", 1},    {"OFF", 0},     {"Off", 0},
        {"", -1},  {"yes", -1},  {"1", -1},      {"0", -1},
        {"O", -1}, {"Offf", -1}, {"On Off", -1}, {"Off Off", -1},
    };
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const flag_case *c = &cases[i];
        ajwt_args args = support_line("AuthJWTForwardToken", c->words, *state);
        int value = -1;

        support_expect_text(
            c->words, ajwt_args_flag(&value, &args),
            c->value < 0 ? "AuthJWTForwardToken: write On or Off" : NULL);
        support_expect(c->words, c->value < 0 || value == c->value);
    }
}

#define NO_OPTION(word)                                                    \
    "AuthJWTIssuer: unknown option '" word "'; the options are metadata= " \
    "jwks="
#define NO_VALUE \
    "AuthJWTIssuer: jwks has no value: write jwks=VALUE, without blanks"

typedef struct option_case {
    const char *word;
    const char *value; /* of jwks=; NULL: none */
    const char *error;
} option_case;

static const option_case option_cases[] = {
    {"jwks=https://issuer.example", "https://issuer.example", NULL},
    {"JWKS=Case", "Case", NULL},
    {"jwks=a=b", "a=b", NULL},
    {"jwks==", "=", NULL},
    {"jwks", NULL, NO_VALUE},
    {"jwks=", NULL, NO_VALUE},
    {"JWKS=", NULL, NO_VALUE},
    {"jwk=x", NULL, NO_OPTION("jwk=x")},
    {"jwkss=x", NULL, NO_OPTION("jwkss=x")},
    {"xjwks=x", NULL, NO_OPTION("xjwks=x")},
    {"=x", NULL, NO_OPTION("=x")},
    {"", NULL, NO_OPTION("")},
};

static void test_options(void **state)
{
    ajwt_args args = support_line("AuthJWTIssuer", "", *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(option_cases); i++) {
        const option_case *c = &option_cases[i];
        const char *metadata = NULL, *jwks = NULL;
        const ajwt_args_option known[] = {{"metadata", &metadata},
                                          {"jwks", &jwks}};

        support_expect_text(
            c->word,
            ajwt_args_parse_option(known, SUPPORT_COUNT(known), &args, c->word),
            c->error);
        support_expect_text(c->word, jwks, c->value);
        support_expect(c->word, !metadata);
    }
}

static void test_an_option_stands_once(void **state)
{
    ajwt_args args = support_line("AuthJWTIssuer", "", *state);
    const char *metadata = NULL, *jwks = NULL;
    const ajwt_args_option known[] = {{"metadata", &metadata}, {"jwks", &jwks}};

    assert_null(ajwt_args_parse_option(known, 2, &args, "jwks=a"));
    assert_null(ajwt_args_parse_option(known, 2, &args, "metadata=b"));
    support_expect_text("twice",
                        ajwt_args_parse_option(known, 2, &args, "Jwks=c"),
                        "AuthJWTIssuer: jwks= is set twice");
    support_expect_text("the first", jwks, "a");
    support_expect_text("the other", metadata, "b");
}

static void test_names_of_algorithms(void **state)
{
    support_expect_text("none", ajwt_args_print_algs(0, ' ', *state), "");
    support_expect_text(
        "one", ajwt_args_print_algs(AJWT_ALG_HS512, ' ', *state), "HS512");
    support_expect_text("by each name",
                        ajwt_args_print_algs(AJWT_ALG_ED448, ',', *state),
                        "EdDSA,Ed448");
    support_expect_text("all", ajwt_args_print_algs(~0u, ' ', *state),
                        SUPPORT_ALGS_NAMED);
}

/* What a directive that takes a list is to make of the words */
typedef struct list_case {
    const char *words;
    const char *list; /* with | between; NULL: refused */
    const char *error;
} list_case;

typedef const char *list_parser(apr_array_header_t **list,
                                const ajwt_args *args,
                                apr_array_header_t *names);

static void expect_lists(list_parser *parse, const list_case *cases,
                         size_t count, apr_pool_t *pool)
{
    ajwt_args args = support_line("Directive", "", pool);
    size_t i;

    for (i = 0; i < count; i++) {
        const list_case *c = &cases[i];
        apr_array_header_t *list = NULL;

        support_expect_text(c->words,
                            parse(&list, &args, support_split(c->words, pool)),
                            c->error);
        if (!c->error)
            support_expect_text(c->words, support_join(list, pool), c->list);
    }
}

typedef struct algs_case {
    const char *words;
    ajwt_alg_set algs;
    const char *error;
} algs_case;

static const algs_case algs_cases[] = {
    {"RS256", AJWT_ALG_RS256, NULL},
    {"ES256 RS256 ES256", AJWT_ALG_ES256 | AJWT_ALG_RS256, NULL},
    {"EdDSA", AJWT_ALGS_EDDSA, NULL},
    {"Ed25519", AJWT_ALG_ED25519, NULL},
    {"HS384", AJWT_ALG_HS384, NULL},
    {"none", 0,
     "Directive: 'none' means that tokens are not signed, which is never "
     "accepted"},
    {"RS256 NoNe", 0,
     "Directive: 'none' means that tokens are not signed, which is never "
     "accepted"},
    {"rs256", 0,
     "Directive: 'rs256' is not an algorithm; supported "
     "are " SUPPORT_ALGS_NAMED},
    {"RS256 RS1", 0,
     "Directive: 'RS1' is not an algorithm; supported are " SUPPORT_ALGS_NAMED},
    {"", 0, "Directive: write an algorithm; supported are " SUPPORT_ALGS_NAMED},
};

/* A1 */
static void test_algorithms(void **state)
{
    ajwt_args args = support_line("Directive", "", *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(algs_cases); i++) {
        const algs_case *c = &algs_cases[i];
        ajwt_alg_set algs = ~0u;

        support_expect_text(
            c->words,
            ajwt_args_algs(&algs, &args, support_split(c->words, *state)),
            c->error);
        support_expect(c->words, c->error || algs == c->algs);
    }
}

static void test_audiences(void **state)
{
    static const list_case cases[] = {
        {"api://orders", "api://orders", NULL},
        {"b a b", "b|a|b", NULL},
        {"*", "*", NULL},
        {"** *a", "**|*a", NULL},
        {"a *", NULL,
         "Directive: * accepts any audience and must be the only value"},
        {"* a", NULL,
         "Directive: * accepts any audience and must be the only value"},
        {"* *", NULL,
         "Directive: * accepts any audience and must be the only value"},
        {"", NULL, "Directive: write an audience"},
    };
    ajwt_args args = support_line("Directive", "", *state);
    apr_array_header_t *list;

    expect_lists(ajwt_args_audiences, cases, SUPPORT_COUNT(cases), *state);
    support_expect_text(
        "an empty word",
        ajwt_args_audiences(&list, &args, support_words(*state, "a", "", NULL)),
        "Directive: an audience must not be empty");
}

/* D8 */
static void test_types(void **state)
{
    static const list_case cases[] = {
        {"JWT at+jwt -", "JWT|at+jwt|-", NULL},
        {"application/at+jwt", "application/at+jwt", NULL},
        {"JWT logout+jwt", NULL,
         "Directive: 'logout+jwt': tokens of this type are never access "
         "tokens"},
        {"", NULL, "Directive: write a token type"},
    };
    ajwt_args args = support_line("Directive", "", *state);
    apr_array_header_t *list;

    expect_lists(ajwt_args_types, cases, SUPPORT_COUNT(cases), *state);
    support_expect_text(
        "an empty word",
        ajwt_args_types(&list, &args, support_words(*state, "JWT", "", NULL)),
        "Directive: '': a token type is empty; write - for tokens without typ");
}

static void test_claims(void **state)
{
    static const list_case cases[] = {
        {"exp", "exp", NULL},
        {"sub exp sub", "sub|exp|sub", NULL},
        {"nonesuch", "nonesuch", NULL},
        {"none", "", NULL},
        {"None", "", NULL},
        {"none exp", NULL, "Directive: none must be the only value"},
        {"exp NONE", NULL, "Directive: none must be the only value"},
        {"none none", NULL, "Directive: none must be the only value"},
        {"", NULL, "Directive: write the name of a claim, or none"},
    };

    expect_lists(ajwt_args_claims, cases, SUPPORT_COUNT(cases), *state);
}

static void test_paths(void **state)
{
    static const char *const cases[][2] = {
        {"keys.json", "/etc/httpd/keys.json"},
        {"conf/keys.json", "/etc/httpd/conf/keys.json"},
        {"./a/../keys.json", "/etc/httpd/keys.json"},
        {"../keys.json", "/etc/keys.json"},
        {"/srv/keys.json", "/srv/keys.json"},
        {"/srv/./keys.json", "/srv/keys.json"},
    };
    ajwt_args args = support_line("AuthJWTIssuer", "", *state);
    const char *longer = support_repeat("x", APR_PATH_MAX + 1, *state);
    char *here;
    size_t i;

    args.folder = "/etc/httpd";
    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect_text(cases[i][0], ajwt_args_path(&args, cases[i][0]),
                            cases[i][1]);
    support_expect_text("too long for a path, as it is",
                        ajwt_args_path(&args, longer), longer);

    args.folder = NULL;
    assert_int_equal(apr_filepath_get(&here, 0, *state), APR_SUCCESS);
    support_expect_text("from where we are", ajwt_args_path(&args, "keys.json"),
                        apr_pstrcat(*state, here, "/keys.json", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_an_error_names_the_directive),
        SUPPORT_TEST(test_an_array_of_the_words),
        SUPPORT_TEST(test_splits_at_commas),
        SUPPORT_TEST(test_numbers),
        SUPPORT_TEST(test_flags),
        SUPPORT_TEST(test_options),
        SUPPORT_TEST(test_an_option_stands_once),
        SUPPORT_TEST(test_names_of_algorithms),
        SUPPORT_TEST(test_algorithms),
        SUPPORT_TEST(test_audiences),
        SUPPORT_TEST(test_types),
        SUPPORT_TEST(test_claims),
        SUPPORT_TEST(test_paths),
    };

    return SUPPORT_RUN(tests);
}
