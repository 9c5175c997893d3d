/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include "core/limits.h"
#include "keys/load.h"

#define ISSUER   SUPPORT_ISSUER
#define OIDC     ISSUER "/.well-known/openid-configuration"
#define OAUTH2   ISSUER "/.well-known/oauth-authorization-server"
#define JWKS     ISSUER "/jwks"
#define NAMED    "https://metadata.example/document"
#define TEMPLATE "https://login.example/{tenantid}/"
#define LOOPBACK "http://127.0.0.1:8080/document"

#define METADATA(issuer, jwks_uri) \
    "{\"issuer\":\"" issuer "\",\"jwks_uri\":\"" jwks_uri "\"}"

/* AD FS: as it calls itself, and as its access tokens do */
#define TWO_ISSUERS(issuer, token_issuer)                          \
    "{\"issuer\":" issuer ",\"access_token_issuer\":" token_issuer \
    ",\"jwks_uri\":\"" JWKS "\"}"
#define EVIL_AND(token_issuer) \
    TWO_ISSUERS("\"https://evil.example\"", token_issuer)

/* No member is checked here, and not even whether it is JSON */
#define KEYS     "the key set"

#define DEADLINE (SUPPORT_NOW + 12345)

typedef struct load_case {
    const char *what;
    support_answer answers[4];
    ajwt_reason reason; /* ACCEPTED: with KEYS */
    const char *asked;
    const char *url;    /* of the document; NULL: the issuer's own */
    const char *issuer; /* whom it must speak of; NULL: ISSUER */
} load_case;

#define NOT_FOUND NULL, AJWT_FETCH_STATUS, 404, -1
#define GIVES     AJWT_ACCEPTED, 200, -1

static const load_case cases[] = {
    {"discovery",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     OIDC " " JWKS " "},
    {"a named document",
     {{NAMED, METADATA(ISSUER, JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED},
    {"keys on another host",
     {{OIDC, METADATA(ISSUER, "https://keys.example/"), GIVES},
      {"https://keys.example/", KEYS, GIVES}},
     AJWT_ACCEPTED,
     OIDC " https://keys.example/ "},
    {"an issuer that is no URL",
     {{NAMED, METADATA("urn:issuer", JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED,
     "urn:issuer"},
    {"all on loopback",
     {{LOOPBACK, METADATA(ISSUER, "http://[::1]/jwks"), GIVES},
      {"http://[::1]/jwks", KEYS, GIVES}},
     AJWT_ACCEPTED,
     LOOPBACK " http://[::1]/jwks ",
     LOOPBACK},
    {"from loopback to https",
     {{LOOPBACK, METADATA(ISSUER, JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     LOOPBACK " " JWKS " ",
     LOOPBACK},

    /* RFC 8414's place */
    {"the issuer's own document is elsewhere",
     {{OIDC, NOT_FOUND},
      {OAUTH2, METADATA(ISSUER, JWKS), GIVES},
      {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     OIDC " " OAUTH2 " " JWKS " "},
    {"it is nowhere",
     {{OIDC, NOT_FOUND}, {OAUTH2, NOT_FOUND}},
     AJWT_FETCH_STATUS,
     OIDC " " OAUTH2 " "},
    {"it is of another issuer there",
     {{OIDC, NOT_FOUND},
      {OAUTH2, METADATA("https://evil.example", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " " OAUTH2 " "},
    {"a named document is nowhere",
     {{NAMED, NOT_FOUND}},
     AJWT_FETCH_STATUS,
     NAMED " ",
     NAMED},
    {"500 is not 404",
     {{OIDC, NULL, AJWT_FETCH_STATUS, 500, -1}},
     AJWT_FETCH_STATUS,
     OIDC " "},
    {"410 is not 404",
     {{OIDC, NULL, AJWT_FETCH_STATUS, 410, -1}},
     AJWT_FETCH_STATUS,
     OIDC " "},
    {"404 of the key set",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES}, {JWKS, NOT_FOUND}},
     AJWT_FETCH_STATUS,
     OIDC " " JWKS " "},

    /* whose document it is: byte by byte */
    {"G2 another issuer",
     {{OIDC, METADATA("https://evil.example", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"G2 a slash too many",
     {{OIDC, METADATA(ISSUER "/", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"G2 a slash too few",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " ",
     NULL,
     ISSUER "/"},
    {"the slash that was wanted",
     {{OIDC, METADATA(ISSUER "/", JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     OIDC " " JWKS " ",
     NULL,
     ISSUER "/"},
    {"G2 another case",
     {{OIDC, METADATA("https://Issuer.example", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"G2 a NUL after the issuer",
     {{OIDC, METADATA(ISSUER "\\u0000", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"G2 no issuer",
     {{OIDC, "{\"jwks_uri\":\"" JWKS "\"}", GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"a list of issuers",
     {{OIDC, "{\"issuer\":[\"" ISSUER "\"],\"jwks_uri\":\"" JWKS "\"}", GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"a named document of another issuer",
     {{NAMED, METADATA("https://evil.example", JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     NAMED " ",
     NAMED},

    /* AD FS: a document that the administrator named may speak for both */
    {"a named document whose tokens are of that issuer",
     {{NAMED, EVIL_AND("\"" ISSUER "\""), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED},
    {"a named document of that issuer, whatever its tokens",
     {{NAMED, TWO_ISSUERS("\"" ISSUER "\"", "\"http://x.example\""), GIVES},
      {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED},
    {"an issuer that is not https, of a named document",
     {{NAMED, EVIL_AND("\"http://x.example/trust\""), GIVES},
      {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED,
     "http://x.example/trust"},
    {"a document that nobody named, whose tokens are of that issuer",
     {{OIDC, EVIL_AND("\"" ISSUER "\""), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " "},
    {"the same in RFC 8414's place",
     {{OIDC, NOT_FOUND}, {OAUTH2, EVIL_AND("\"" ISSUER "\""), GIVES}},
     AJWT_METADATA_ISSUER,
     OIDC " " OAUTH2 " "},
    {"neither of two issuers",
     {{NAMED, EVIL_AND("\"http://x.example\""), GIVES}},
     AJWT_METADATA_ISSUER,
     NAMED " ",
     NAMED},
    {"a list of issuers of tokens",
     {{NAMED, EVIL_AND("[\"" ISSUER "\"]"), GIVES}},
     AJWT_METADATA_ISSUER,
     NAMED " ",
     NAMED},

    /* a template is compared as it stands */
    {"a template",
     {{NAMED, METADATA(TEMPLATE, JWKS), GIVES}, {JWKS, KEYS, GIVES}},
     AJWT_ACCEPTED,
     NAMED " " JWKS " ",
     NAMED,
     TEMPLATE},
    {"one tenant's document for a template",
     {{NAMED,
       METADATA("https://login.example/0a1b2c3d-0000-4000-8000-000000000000/",
                JWKS),
       GIVES}},
     AJWT_METADATA_ISSUER,
     NAMED " ",
     NAMED,
     TEMPLATE},
    {"a template for one tenant",
     {{NAMED, METADATA(TEMPLATE, JWKS), GIVES}},
     AJWT_METADATA_ISSUER,
     NAMED " ",
     NAMED,
     "https://login.example/0a1b2c3d-0000-4000-8000-000000000000/"},

    /* where it sends us */
    {"G2 to http",
     {{OIDC, METADATA(ISSUER, "http://issuer.example/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to loopback, from the network",
     {{OIDC, METADATA(ISSUER, "http://127.0.0.1/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 from loopback to http",
     {{LOOPBACK, METADATA(ISSUER, "http://issuer.example/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     LOOPBACK " ",
     LOOPBACK},
    {"G2 to a file",
     {{OIDC, METADATA(ISSUER, "file:///etc/hostname"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to a UNIX socket",
     {{OIDC, METADATA(ISSUER, "unix:///run/docker.sock"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to what it holds itself",
     {{OIDC, METADATA(ISSUER, "data:application/json,{}"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to another protocol in capitals",
     {{OIDC, METADATA(ISSUER, "GOPHER://issuer.example/"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to a link-local address",
     {{OIDC, METADATA(ISSUER, "https://169.254.169.254/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to one that is written in another way",
     {{OIDC, METADATA(ISSUER, "https://0xa9fea9fe/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to one of IPv6",
     {{OIDC, METADATA(ISSUER, "https://[fe80::1]/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to a metadata service by IPv6",
     {{OIDC, METADATA(ISSUER, "https://[fd00:ec2::254]/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to a link-local address behind NAT64",
     {{OIDC, METADATA(ISSUER, "https://[64:ff9b::a9fe:a9fe]/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"to a link-local address that the administrator named",
     {{"https://169.254.1.1/document",
       METADATA(ISSUER, "https://169.254.1.1/jwks"), GIVES},
      {"https://169.254.1.1/jwks", KEYS, GIVES}},
     AJWT_ACCEPTED,
     "https://169.254.1.1/document https://169.254.1.1/jwks ",
     "https://169.254.1.1/document"},
    {"G2 from a link-local address to another",
     {{"https://169.254.1.1/document",
       METADATA(ISSUER, "https://169.254.1.2/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     "https://169.254.1.1/document ",
     "https://169.254.1.1/document"},
    {"G2 with user info",
     {{OIDC, METADATA(ISSUER, "https://u:p@issuer.example/"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"nowhere",
     {{OIDC, METADATA(ISSUER, ""), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 to a path",
     {{OIDC, METADATA(ISSUER, "/jwks"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"G2 with a NUL",
     {{OIDC, METADATA(ISSUER, JWKS "\\u0000.evil.example"), GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"no jwks_uri",
     {{OIDC, "{\"issuer\":\"" ISSUER "\"}", GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"a jwks_uri of null",
     {{OIDC, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":null}", GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"a number",
     {{OIDC, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":1}", GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},
    {"a list",
     {{OIDC, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":[\"" JWKS "\"]}", GIVES}},
     AJWT_METADATA_JWKS_URI,
     OIDC " "},

    /* what is no document */
    {"HTML",
     {{OIDC, "<!doctype html>", GIVES}},
     AJWT_METADATA_INVALID,
     OIDC " "},
    {"half of it",
     {{OIDC, "{\"issuer\":\"" ISSUER "\",", GIVES}},
     AJWT_METADATA_INVALID,
     OIDC " "},
    {"another document behind it",
     {{OIDC, METADATA(ISSUER, JWKS) METADATA(ISSUER, JWKS), GIVES}},
     AJWT_METADATA_INVALID,
     OIDC " "},
    {"an array", {{OIDC, "[]", GIVES}}, AJWT_METADATA_INVALID, OIDC " "},
    {"two issuers",
     {{OIDC,
       "{\"issuer\":\"https://evil.example\",\"issuer\":\"" ISSUER
       "\",\"jwks_uri\":\"" JWKS "\"}",
       GIVES}},
     AJWT_METADATA_INVALID,
     OIDC " "},

    /* what the fetcher refuses is refused for its reason */
    {"no document",
     {{OIDC, NULL, AJWT_FETCH_FAILED, 0, -1}},
     AJWT_FETCH_FAILED,
     OIDC " "},
    {"too large a document",
     {{OIDC, NULL, AJWT_FETCH_TOO_LARGE, 200, -1}},
     AJWT_FETCH_TOO_LARGE,
     OIDC " "},
    {"no document in RFC 8414's place",
     {{OIDC, NOT_FOUND}, {OAUTH2, NULL, AJWT_FETCH_FAILED, 0, -1}},
     AJWT_FETCH_FAILED,
     OIDC " " OAUTH2 " "},
    {"no key set",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES},
      {JWKS, NULL, AJWT_FETCH_FAILED, 0, -1}},
     AJWT_FETCH_FAILED,
     OIDC " " JWKS " "},
    {"too large a key set",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES},
      {JWKS, NULL, AJWT_FETCH_TOO_LARGE, 200, -1}},
     AJWT_FETCH_TOO_LARGE,
     OIDC " " JWKS " "},
    {"no status 200 of the key set",
     {{OIDC, METADATA(ISSUER, JWKS), GIVES},
      {JWKS, NULL, AJWT_FETCH_STATUS, 500, -1}},
     AJWT_FETCH_STATUS,
     OIDC " " JWKS " "},
};

static void check_document(const char *what, const ajwt_http_response *document,
                           ajwt_reason got, ajwt_reason wanted)
{
    support_expect_reason(what, got, wanted);
    if (wanted == AJWT_ACCEPTED)
        support_expect(what, ajwt_bytes_equal_string(document->body, KEYS) &&
                                 !document->detail);
    else
        support_expect(
            apr_psprintf(support_root(), "%s: %s", what,
                         document->detail ? document->detail : "no detail"),
            document->detail && !strstr(document->detail, "null)"));
}

/* For the first time */
static ajwt_reason load(ajwt_http_response *response, const ajwt_source *source,
                        const support_issuer *issuer, apr_pool_t *pool)
{
    ajwt_validator known = {"", ""};

    return ajwt_load(response, &known, source, &issuer->fetcher, DEADLINE,
                     pool);
}

static void test_discovery(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const load_case *c = &cases[i];
        support_issuer *issuer = support_make_issuer(c->answers, *state);
        const char *error;
        const ajwt_source *source = ajwt_source_from_discovery(
            &error, c->issuer ? c->issuer : ISSUER, c->url, *state);
        ajwt_http_response document;
        ajwt_reason reason;

        if (!source)
            fail_msg("%s: %s", c->what, error);
        reason = load(&document, source, issuer, *state);
        check_document(c->what, &document, reason, c->reason);
        support_expect_text(c->what, issuer->asked, c->asked);
        support_expect(c->what, issuer->deadline == DEADLINE);
    }
}

static const ajwt_source *jwks_source(apr_pool_t *pool)
{
    return support_add_jwks(ajwt_sources_make(pool), JWKS, pool);
}

static void test_a_key_set_needs_no_discovery(void **state)
{
    static const support_answer answers[] = {
        {JWKS, KEYS, AJWT_ACCEPTED, 200, 600}, {0}};
    support_issuer *issuer = support_make_issuer(answers, *state);
    ajwt_http_response document;

    assert_int_equal(load(&document, jwks_source(*state), issuer, *state),
                     AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal_string(document.body, KEYS));
    assert_int_equal(document.max_age_s, 600);
    assert_null(document.detail);
    assert_string_equal(issuer->asked, JWKS " ");
    assert_true(issuer->deadline == DEADLINE);
}

static void test_a_key_set_that_cannot_be_had(void **state)
{
    static const ajwt_reason reasons[] = {AJWT_FETCH_FAILED, AJWT_FETCH_STATUS,
                                          AJWT_FETCH_TOO_LARGE};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(reasons); i++) {
        const support_answer answers[] = {{JWKS, NULL, reasons[i], 404, -1},
                                          {0}};
        support_issuer *issuer = support_make_issuer(answers, *state);
        ajwt_http_response document;

        assert_int_equal(load(&document, jwks_source(*state), issuer, *state),
                         reasons[i]);
        assert_string_equal(document.detail, JWKS ": refused");
        assert_string_equal(issuer->asked, JWKS " ");
    }
}

/* How long keys live is for their own answer to say. */
static void test_the_key_sets_own_age_counts(void **state)
{
    const support_answer answers[] = {
        {OIDC, METADATA(ISSUER, JWKS), AJWT_ACCEPTED, 200, 86400},
        {JWKS, KEYS, AJWT_ACCEPTED, 200, 600},
        {0}};
    const support_answer silent[] = {
        {OIDC, METADATA(ISSUER, JWKS), AJWT_ACCEPTED, 200, 86400},
        {JWKS, KEYS, AJWT_ACCEPTED, 200, -1},
        {0}};
    support_issuer *issuer = support_make_issuer(answers, *state);
    const char *error;
    const ajwt_source *source =
        ajwt_source_from_discovery(&error, ISSUER, NULL, *state);
    ajwt_http_response document;

    assert_int_equal(load(&document, source, issuer, *state), AJWT_ACCEPTED);
    assert_int_equal(document.max_age_s, 600);
    issuer->answers = silent;
    assert_int_equal(load(&document, source, issuer, *state), AJWT_ACCEPTED);
    assert_int_equal(document.max_age_s, -1);
}

/* Names are checked when they are looked up: net/http_fetch has to know. */
static void test_a_host_that_a_document_named_is_foreign(void **state)
{
    static const char *const hosts[] = {"https://keys.example/",
                                        "https://ISSUER.example/jwks"};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(hosts); i++) {
        const support_answer answers[] = {
            {OIDC,
             apr_pstrcat(*state, "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"",
                         hosts[i], "\"}", NULL),
             GIVES},
            {hosts[i], KEYS, GIVES},
            {0}};
        support_issuer *issuer = support_make_issuer(answers, *state);
        const char *error;
        const ajwt_source *source =
            ajwt_source_from_discovery(&error, ISSUER, NULL, *state);
        ajwt_http_response document;

        assert_int_equal(load(&document, source, issuer, *state),
                         AJWT_ACCEPTED);
        support_expect(hosts[i], issuer->is_foreign == (i == 0));
    }
}

#define ETAG "\"1\""

static void test_what_is_known_is_asked_for_changes(void **state)
{
    static const support_answer answers[] = {
        {JWKS, KEYS, AJWT_ACCEPTED, 200, 600, ETAG}, {0}};
    support_issuer *issuer = support_make_issuer(answers, *state);
    const ajwt_source *source = jwks_source(*state);
    ajwt_validator known = {"", ""};
    ajwt_http_response document;

    assert_int_equal(ajwt_load(&document, &known, source, &issuer->fetcher,
                               DEADLINE, *state),
                     AJWT_ACCEPTED);
    assert_null(issuer->etag);
    assert_string_equal(known.url, JWKS);
    assert_string_equal(known.etag, ETAG);
    assert_int_equal(ajwt_load(&document, &known, source, &issuer->fetcher,
                               DEADLINE, *state),
                     AJWT_ACCEPTED);
    assert_string_equal(issuer->etag, ETAG);
    assert_int_equal(document.status, 304);
    assert_null(document.body.data);
    /* a 304 need not say it again */
    assert_string_equal(known.etag, ETAG);
}

/* Another URL's ETag says nothing of this one. */
static void test_an_etag_is_for_its_url(void **state)
{
    static const support_answer answers[] = {
        {JWKS, KEYS, AJWT_ACCEPTED, 200, -1, NULL}, {0}};
    support_issuer *issuer = support_make_issuer(answers, *state);
    ajwt_validator known = {"https://elsewhere.example/", ETAG};
    ajwt_http_response document;

    assert_int_equal(ajwt_load(&document, &known, jwks_source(*state),
                               &issuer->fetcher, DEADLINE, *state),
                     AJWT_ACCEPTED);
    assert_null(issuer->etag);
    assert_string_equal(known.etag, "");
}

static void test_no_etag_is_kept_for_a_url_that_is_too_long(void **state)
{
    const char *url =
        apr_pstrcat(*state, JWKS, "?",
                    support_repeat("x", AJWT_MAX_URL_BYTES, *state), NULL);
    const support_answer answers[] = {{url, KEYS, AJWT_ACCEPTED, 200, -1, ETAG},
                                      {0}};
    support_issuer *issuer = support_make_issuer(answers, *state);
    const ajwt_source *source =
        support_add_jwks(ajwt_sources_make(*state), url, *state);
    ajwt_validator known = {"", ""};
    ajwt_http_response document;

    assert_int_equal(ajwt_load(&document, &known, source, &issuer->fetcher,
                               DEADLINE, *state),
                     AJWT_ACCEPTED);
    assert_string_equal(known.etag, "");
}

/* The log quotes what the document says of itself. */
static void test_a_foreign_issuer_is_named(void **state)
{
    static const struct {
        const char *document, *detail;
    } documents[] = {
        {METADATA("https://evil.example", JWKS),
         "its issuer is \"https://evil.example\""},
        {EVIL_AND("\"http://x.example\""),
         "its issuer is \"https://evil.example\", "
         "its access_token_issuer is \"http://x.example\""},
        {"{\"access_token_issuer\":1}", "its access_token_issuer is 1"},
        {"{}", "it has no issuer"},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(documents); i++) {
        const support_answer answers[] = {{OIDC, documents[i].document, GIVES},
                                          {0}};
        support_issuer *issuer = support_make_issuer(answers, *state);
        const char *error;
        const ajwt_source *source =
            ajwt_source_from_discovery(&error, ISSUER, NULL, *state);
        ajwt_http_response document;

        support_expect_reason(documents[i].document,
                              load(&document, source, issuer, *state),
                              AJWT_METADATA_ISSUER);
        support_expect_text(documents[i].document, document.detail,
                            documents[i].detail);
    }
}

static ajwt_reason load_file(ajwt_http_response *document, const char *path,
                             apr_pool_t *pool)
{
    const ajwt_source source = {
        .kind = AJWT_SOURCE_FILE, .name = path, .location = path};
    ajwt_validator known = {"", ""};

    return ajwt_load(document, &known, &source, NULL, DEADLINE, pool);
}

static void test_a_file_is_read(void **state)
{
    const char *folder = support_folder(*state);
    const char *path = support_write_text(folder, "keys", KEYS, *state);
    ajwt_http_response document;

    assert_int_equal(load_file(&document, path, *state), AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal_string(document.body, KEYS));
    assert_int_equal(document.max_age_s, -1);
    assert_null(document.detail);
}

static void test_a_file_of_the_largest_size(void **state)
{
    const char *folder = support_folder(*state);
    const char *text = support_repeat("x", AJWT_MAX_DOCUMENT_BYTES, *state);
    const char *path = support_write_text(folder, "keys", text, *state);
    ajwt_http_response document;

    assert_int_equal(load_file(&document, path, *state), AJWT_ACCEPTED);
    assert_int_equal(document.body.len, AJWT_MAX_DOCUMENT_BYTES);
    text = apr_pstrcat(*state, text, "x", NULL);
    support_write_text(folder, "keys", text, *state);
    assert_int_equal(load_file(&document, path, *state), AJWT_FILE_UNREADABLE);
    assert_non_null(strstr(document.detail, path));
}

static void test_a_file_that_is_not_there(void **state)
{
    const char *path =
        apr_pstrcat(*state, support_folder(*state), "/missing", NULL);
    ajwt_http_response document;

    assert_int_equal(load_file(&document, path, *state), AJWT_FILE_UNREADABLE);
    assert_non_null(strstr(document.detail, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_discovery),
        SUPPORT_TEST(test_a_key_set_needs_no_discovery),
        SUPPORT_TEST(test_a_key_set_that_cannot_be_had),
        SUPPORT_TEST(test_the_key_sets_own_age_counts),
        SUPPORT_TEST(test_a_host_that_a_document_named_is_foreign),
        SUPPORT_TEST(test_what_is_known_is_asked_for_changes),
        SUPPORT_TEST(test_an_etag_is_for_its_url),
        SUPPORT_TEST(test_no_etag_is_kept_for_a_url_that_is_too_long),
        SUPPORT_TEST(test_a_foreign_issuer_is_named),
        SUPPORT_TEST(test_a_file_is_read),
        SUPPORT_TEST(test_a_file_of_the_largest_size),
        SUPPORT_TEST(test_a_file_that_is_not_there),
    };

    return SUPPORT_RUN(tests);
}
