/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include "config/issuer.h"

#define GUID     "8f1f3b0e-0a6c-4c2e-9d55-0123456789ab"
#define GUID_2   "8f1f3b0e-0a6c-4c2e-9d55-0123456789ac"
#define TEMPLATE "https://login.example/{tenantid}/v2.0"
#define JWKS     "jwks=https://keys.example/jwks"

/* Of a folder with a file for each case */
static const char *write_files(apr_pool_t *pool)
{
    const char *folder = support_folder(pool);

    support_write_text(folder, "ec", support_public_pem("P-256", pool), pool);
    support_write_text(folder, "oct", support_jwks(pool, "oct", NULL), pool);
    support_write_text(folder, "both", support_jwks(pool, "P-256", "oct", NULL),
                       pool);
    support_write(folder, "short", support_key_named("oct-32")->secret, pool);
    support_write(folder, "long", support_key_named("oct")->secret, pool);
    return folder;
}

static const char *parse(ajwt_issuer *issuer, const char *line,
                         const char *folder, apr_pool_t *pool)
{
    ajwt_args args = support_line("AuthJWTIssuer", line, pool);

    args.folder = folder;
    return ajwt_issuer_parse(issuer, &args, ajwt_sources_make(pool));
}

typedef struct line_case {
    const char *line;
    const char *source; /* its name; $ is the folder */
    ajwt_alg_set algs;
    const char *audiences, *audience_claim, *tenants;
} line_case;

static const line_case lines[] = {
    {"https://issuer.example",
     "metadata=https://issuer.example/.well-known/openid-configuration of "
     "https://issuer.example",
     0, NULL, "aud", NULL},
    {"https://issuer.example metadata=https://other.example/d",
     "metadata=https://other.example/d of https://issuer.example", 0, NULL,
     "aud", NULL},
    {"any-name " JWKS, JWKS, 0, NULL, "aud", NULL},
    {"any-name JWKS=https://keys.example/jwks", JWKS, 0, NULL, "aud", NULL},
    {"any-name keys=ec", "keys=$/ec", 0, NULL, "aud", NULL},
    {"any-name secret=long", "secret=$/long", 0, NULL, "aud", NULL},
    /* the name is what it is, byte by byte */
    {"ISSUER/ " JWKS, JWKS, 0, NULL, "aud", NULL},
    {"jwks " JWKS, JWKS, 0, NULL, "aud", NULL},
    {"a=b " JWKS, JWKS, 0, NULL, "aud", NULL},

    {"* " JWKS, JWKS, 0, NULL, "aud", NULL},
    {"* keys=ec", "keys=$/ec", 0, NULL, "aud", NULL},
    {"* secret=long", "secret=$/long", 0, NULL, "aud", NULL},

    {"a " JWKS " audience=y,x audience-claim=client_id algs=ES256,RS256", JWKS,
     AJWT_ALG_ES256 | AJWT_ALG_RS256, "y|x", "client_id", NULL},
    {"a audience=* " JWKS, JWKS, 0, "*", "aud", NULL},

    {"a secret=short algs=HS256", "secret=$/short", AJWT_ALG_HS256, NULL, "aud",
     NULL},
    {"a secret=long algs=HS256,HS384,HS512", "secret=$/long", AJWT_ALGS_HMAC,
     NULL, "aud", NULL},
    {"a keys=oct algs=HS256", "keys=$/oct", AJWT_ALG_HS256, NULL, "aud", NULL},
    {"a keys=both", "keys=$/both", 0, NULL, "aud", NULL},
    {"a keys=both algs=RS256,HS256", "keys=$/both",
     AJWT_ALG_RS256 | AJWT_ALG_HS256, NULL, "aud", NULL},

    {TEMPLATE " tenants=* " JWKS, JWKS, 0, NULL, "aud", "*"},
    {TEMPLATE " tenants=" GUID "," GUID_2 " keys=ec", "keys=$/ec", 0, NULL,
     "aud", GUID "|" GUID_2},
    {TEMPLATE " tenants=" GUID " metadata=https://login.example/d",
     "metadata=https://login.example/d of " TEMPLATE, 0, NULL, "aud", GUID},
    {"{tenantid} tenants=* " JWKS, JWKS, 0, NULL, "aud", "*"},
};

/* $ is the folder */
static const char *fill_in(const char *text, const char *folder,
                           apr_pool_t *pool)
{
    const char *mark = strchr(text, '$');

    return mark ? apr_pstrcat(
                      pool,
                      apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                      folder, mark + 1, NULL)
                : text;
}

static void test_lines(void **state)
{
    const char *folder = write_files(*state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(lines); i++) {
        const line_case *c = &lines[i];
        const char *line = c->line, *error;
        ajwt_issuer issuer;

        memset(&issuer, 0xa5, sizeof issuer);
        error = parse(&issuer, line, folder, *state);
        support_expect_text(line, error, NULL);
        if (error)
            continue;
        support_expect_text(line, issuer.name,
                            apr_pstrmemdup(*state, line, strcspn(line, " ")));
        support_expect_text(line, issuer.source->name,
                            fill_in(c->source, folder, *state));
        support_expect(line, issuer.algs == c->algs);
        support_expect_text(line, support_join(issuer.audiences, *state),
                            c->audiences);
        support_expect_text(line, issuer.audience_claim, c->audience_claim);
        support_expect_text(line, support_join(issuer.tenants, *state),
                            c->tenants);
    }
}

typedef struct refusal {
    const char *line;
    const char *error; /* without the directive; $ is the folder */
} refusal;

#define ISSUER_FIRST "write ISSUER [OPTION=VALUE ...], the issuer first"
#define ADD_SOURCE                                              \
    "this issuer has no discovery document; add metadata=URL, " \
    "jwks=URL, keys=PATH or secret=PATH"
#define ADD_TO_ANY                                             \
    "* has no discovery document: add jwks=URL, keys=PATH or " \
    "secret=PATH"
#define A_PATH \
    "keys= and secret= take the path of a file: for a URL, write jwks=URL"
#define BRACES "an issuer may contain {tenantid} once, and no other braces"
#define ADD_TENANTS                                                           \
    "'" TEMPLATE "' is an issuer of several tenants: add tenants=GUID,GUID, " \
    "or tenants=* for any"
#define ADD_DOCUMENT                                               \
    "'" TEMPLATE "' has no discovery document: add metadata=URL, " \
    "jwks=URL or keys=PATH"
#define NO_GUID(word) \
    "tenants=: '" word "' is not a GUID: write GUIDs, or only *"
#define TOO_SHORT                                                       \
    "the secret is too short for one of algs=: 48 bytes for HS384, 64 " \
    "for HS512"
#define NO_SECRETS                                                           \
    "HS algorithms need secret= or keys=: secrets in a fetched key set are " \
    "never used"

static const refusal refusals[] = {
    {"", ISSUER_FIRST},
    {JWKS, ISSUER_FIRST},
    {JWKS " a", ISSUER_FIRST},

    /* options */
    {"a " JWKS " key=x", "unknown option 'key=x'; the options are metadata= "
                         "jwks= keys= secret= algs= "
                         "audience= audience-claim= tenants="},
    {"a b " JWKS,
     "unknown option 'b'; the options are metadata= jwks= keys= secret= algs= "
     "audience= audience-claim= tenants="},
    {"a " JWKS " " JWKS, "jwks= is set twice"},
    {"a jwks=", "jwks has no value: write jwks=VALUE, without blanks"},
    /* the first that is wrong is told */
    {"a jwks= key=x", "jwks has no value: write jwks=VALUE, without blanks"},

    /* where the keys are */
    {"a " JWKS " keys=ec",
     "write only one of metadata=, jwks=, keys= and secret=, not 2"},
    {"a " JWKS " keys=ec secret=long metadata=https://a.example",
     "write only one of metadata=, jwks=, keys= and secret=, not 4"},
    {"a keys=https://keys.example/jwks", A_PATH},
    {"a secret=file:///secret", A_PATH},
    {"a", "a: this is not a URL: " ADD_SOURCE},
    {"http://issuer.example",
     "http://issuer.example: a URL must be https (http is for loopback hosts "
     "only): " ADD_SOURCE},
    {"https://issuer.example?a=b",
     "https://issuer.example?a=b: an issuer with a query has no discovery "
     "document: " ADD_SOURCE},
    {"a jwks=http://keys.example",
     "a URL must be https (http is for loopback hosts only)"},
    {"a metadata=http://keys.example",
     "a URL must be https (http is for loopback hosts only)"},
    {"a secret=ec", "$/ec: contains keys, not a secret: write keys=$/ec"},
    {"*", ADD_TO_ANY},
    {"* metadata=https://issuer.example/d", ADD_TO_ANY},

    /* which algorithms */
    {"a " JWKS " algs=RS1",
     "'RS1' is not an algorithm; supported are " SUPPORT_ALGS_NAMED},
    {"a " JWKS " algs=,",
     "write an algorithm; supported are " SUPPORT_ALGS_NAMED},
    {"a " JWKS " algs=none",
     "'none' means that tokens are not signed, which is never accepted"},
    {"a " JWKS " algs=RS256,HS256", NO_SECRETS},
    {"https://issuer.example algs=HS512", NO_SECRETS},
    {"a secret=long algs=HS256,RS256",
     "secret= can only be used with HS256, HS384 and HS512"},
    {"a secret=short algs=HS256,HS384", TOO_SHORT},
    {"a keys=ec algs=RS256,HS256",
     "$/ec: no key in this file fits algs=RS256,HS256: write algs=ES256, or "
     "name "
     "another file"},
    {"a keys=oct", "$/oct: no key in this file fits AuthJWTAlgorithms: write "
                   "algs=HS256,HS384,HS512, or name another file"},

    /* for whom */
    {"a " JWKS " audience=,", "write an audience"},
    {"a " JWKS " audience=*,x",
     "* accepts any audience and must be the only value"},

    /* whose tenants */
    {TEMPLATE " " JWKS, ADD_TENANTS},
    {TEMPLATE, ADD_TENANTS},
    {"a tenants=* " JWKS, "tenants= requires {tenantid} in the issuer"},
    {"* tenants=* " JWKS, "tenants= requires {tenantid} in the issuer"},
    {TEMPLATE " tenants=*", ADD_DOCUMENT},
    {TEMPLATE " tenants=* secret=long", ADD_DOCUMENT},
    {"a{tenantid}b{tenantid} tenants=* " JWKS,
     "'a{tenantid}b{tenantid}': " BRACES},
    {"a{tenant} " JWKS, "'a{tenant}': " BRACES},
    {"{a}{tenantid} tenants=* " JWKS, "'{a}{tenantid}': " BRACES},
    {"{tenantid}} tenants=* " JWKS, "'{tenantid}}': " BRACES},
    {"{{tenantid} tenants=* " JWKS, "'{{tenantid}': " BRACES},
    {"{TenantId} tenants=* " JWKS, "'{TenantId}': " BRACES},
    {TEMPLATE " tenants=common " JWKS, NO_GUID("common")},
    {TEMPLATE " tenants=*," GUID " " JWKS, NO_GUID("*")},
    {TEMPLATE " tenants=" GUID ",* " JWKS, NO_GUID("*")},
    {TEMPLATE " tenants=" GUID "," GUID "0 " JWKS, NO_GUID(GUID "0")},
    {TEMPLATE " tenants=, " JWKS, "tenants= is empty: write GUIDs, or *"},
};

static void test_refusals(void **state)
{
    const char *folder = write_files(*state);
    ajwt_issuer issuer;
    ajwt_args nameless = support_line("AuthJWTIssuer", "name " JWKS, *state);
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(refusals); i++) {
        const refusal *c = &refusals[i];
        const char *error = c->error;

        while (strchr(error, '$'))
            error = fill_in(error, folder, *state);
        support_expect_text(
            c->line, parse(&issuer, c->line, folder, *state),
            apr_pstrcat(*state, "AuthJWTIssuer: ", error, NULL));
    }
    nameless.word = (char *const *)support_words(*state, "", JWKS, NULL)->elts;
    support_expect_text(
        "an empty name",
        ajwt_issuer_parse(&issuer, &nameless, ajwt_sources_make(*state)),
        "AuthJWTIssuer: " ISSUER_FIRST);
}

static void test_lines_share_a_source(void **state)
{
    ajwt_sources *sources = ajwt_sources_make(*state);
    ajwt_args one = support_line("AuthJWTIssuer", "a " JWKS, *state);
    ajwt_args two = support_line("AuthJWTIssuer", "b " JWKS, *state);
    ajwt_issuer a, b;

    assert_null(ajwt_issuer_parse(&a, &one, sources));
    assert_null(ajwt_issuer_parse(&b, &two, sources));
    assert_ptr_equal(a.source, b.source);
    assert_int_equal(sources->list->nelts, 1);
}

static void test_which_is_for_any(void **state)
{
    ajwt_issuer issuer;

    assert_null(parse(&issuer, "* " JWKS, NULL, *state));
    assert_true(ajwt_issuer_is_any(&issuer));
    assert_null(parse(&issuer, "** " JWKS, NULL, *state));
    assert_false(ajwt_issuer_is_any(&issuer));
    assert_null(parse(&issuer, TEMPLATE " tenants=* " JWKS, NULL, *state));
    assert_false(ajwt_issuer_is_any(&issuer));
}

static void test_one_of_each_name(void **state)
{
    ajwt_issuers *issuers = ajwt_issuers_make(*state);
    ajwt_issuer first, again;

    assert_null(parse(&first, "a audience=x " JWKS, NULL, *state));
    assert_null(parse(&again, "a " JWKS, NULL, *state));
    assert_true(ajwt_issuers_add(issuers, &first));
    assert_false(ajwt_issuers_add(issuers, &again));
    assert_false(ajwt_issuers_add(issuers, &first));
    assert_int_equal(issuers->list->nelts, 1);
    assert_int_equal(issuers->lack_audience, 0);

    support_add_issuer(issuers, "A " JWKS, *state); /* another name */
    support_add_issuer(issuers, "* " JWKS, *state);
    assert_int_equal(issuers->list->nelts, 3);
    assert_int_equal(issuers->lack_audience, 2);
}

typedef struct find_case {
    const char *issuers; /* names, of which * and templates take others */
    ajwt_bytes name;
    const char *found; /* NULL: none */
} find_case;

#define OF_GUID(guid) SUPPORT_BYTES("https://login.example/" guid "/v2.0")
#define EXACT         "https://login.example/" GUID "/v2.0"
#define ABSENT  \
    {           \
        NULL, 0 \
    }

static const find_case find_cases[] = {
    {"a b", SUPPORT_BYTES("a"), "a"},
    {"a b", SUPPORT_BYTES("b"), "b"},
    {"a b", {(const unsigned char *)"bc", 1}, "b"},
    {"a b", SUPPORT_BYTES("A"), NULL},
    {"a b", SUPPORT_BYTES("a/"), NULL},
    {"a b", SUPPORT_BYTES("a\0"), NULL},
    {"aa", SUPPORT_BYTES("a"), NULL},
    {"a b", SUPPORT_BYTES("*"), NULL},
    {"a b", SUPPORT_BYTES(""), NULL},
    {"a b", ABSENT, NULL},
    {"a", SUPPORT_BYTES("a"), "a"},
    {"a", {(const unsigned char *)"ab", 1}, "a"},
    {"a", SUPPORT_BYTES("ab"), NULL},
    {"a", SUPPORT_BYTES("A"), NULL},
    {"a", SUPPORT_BYTES("a\0"), NULL},
    {"a", SUPPORT_BYTES(""), NULL},
    {"a", ABSENT, NULL},
    {"a b c", SUPPORT_BYTES("c"), "c"},
    {"", SUPPORT_BYTES("a"), NULL},
    {"", ABSENT, NULL},

    {"a *", SUPPORT_BYTES("a"), "a"},
    {"* a", SUPPORT_BYTES("a"), "a"},
    {"* a", SUPPORT_BYTES("b"), "*"},
    {"* a", SUPPORT_BYTES(""), "*"},
    {"* a", ABSENT, "*"},

    {TEMPLATE, OF_GUID(GUID), TEMPLATE},
    {TEMPLATE, OF_GUID(GUID_2), TEMPLATE},
    {TEMPLATE, OF_GUID("8F1F3B0E-0A6C-4C2E-9D55-0123456789AB"), TEMPLATE},
    {TEMPLATE, OF_GUID("common"), NULL},
    {TEMPLATE, OF_GUID(""), NULL},
    {TEMPLATE, SUPPORT_BYTES(EXACT "/"), NULL},
    {TEMPLATE, SUPPORT_BYTES("https://evil.example/" GUID "/v2.0"), NULL},
    {TEMPLATE, ABSENT, NULL},
    /* the exact name, then the template, then any: wherever they stand */
    {TEMPLATE " " EXACT " *", OF_GUID(GUID), EXACT},
    {EXACT " * " TEMPLATE, OF_GUID(GUID), EXACT},
    {"* " TEMPLATE " " EXACT, OF_GUID(GUID_2), TEMPLATE},
    {TEMPLATE " * " EXACT, OF_GUID(GUID_2), TEMPLATE},
    {TEMPLATE " *", OF_GUID("common"), "*"},
    {"* " TEMPLATE, ABSENT, "*"},
    {"x-{tenantid} " TEMPLATE " y-{tenantid}", OF_GUID(GUID), TEMPLATE},
    {"x-{tenantid} y-{tenantid}", SUPPORT_BYTES("x-" GUID), "x-{tenantid}"},
};

/* B5, E3 */
static void test_finds_by_name(void **state)
{
    size_t i;
    int name;

    for (i = 0; i < SUPPORT_COUNT(find_cases); i++) {
        const find_case *c = &find_cases[i];
        const apr_array_header_t *names = support_split(c->issuers, *state);
        ajwt_issuers *issuers = ajwt_issuers_make(*state);
        const ajwt_issuer *found;

        for (name = 0; name < names->nelts; name++) {
            const char *word = APR_ARRAY_IDX(names, name, const char *);

            support_add_issuer(
                issuers,
                apr_pstrcat(*state, word, " " JWKS,
                            strchr(word, '{') ? " tenants=*" : "", NULL),
                *state);
        }
        found = ajwt_issuers_find(issuers, c->name);
        support_expect_text(
            apr_psprintf(*state, "%.*s among %s", (int)c->name.len,
                         c->name.data ? (const char *)c->name.data : "",
                         c->issuers),
            found ? found->name : NULL, c->found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_lines),
        SUPPORT_TEST(test_refusals),
        SUPPORT_TEST(test_lines_share_a_source),
        SUPPORT_TEST(test_which_is_for_any),
        SUPPORT_TEST(test_one_of_each_name),
        SUPPORT_TEST(test_finds_by_name),
    };

    return SUPPORT_RUN(tests);
}
