/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <apr_file_io.h>

#include "core/limits.h"
#include "net/file.h"

#define HTTPS_ONLY "a URL must be https (http is for loopback hosts only)"
#define USER_INFO  "a URL must not contain user info"
#define FRAGMENT   "a URL must not contain a fragment"
#define REFUSED    "" /* by whatever sentence */

typedef struct url_case {
    const char *url;
    const char *error; /* NULL: accepted */
} url_case;

static const url_case url_cases[] = {
    {"https://issuer.example/jwks", NULL},
    {"https://issuer.example", NULL},
    {"https://issuer.example:8443/jwks?tenant=a%2Fb", NULL},
    {"HTTPS://issuer.example/jwks", NULL},
    {"https://192.0.2.7/jwks", NULL},
    {"https://[2001:db8::7]/jwks", NULL},

    /* http is for loopback hosts */
    {"http://localhost/jwks", NULL},
    {"http://LocalHost:8080/jwks", NULL},
    {"http://127.0.0.1/jwks", NULL},
    {"http://127.0.0.1:8080/jwks", NULL},
    {"http://127.1.2.3/jwks", NULL},
    {"http://127.255.255.255/jwks", NULL},
    {"http://[::1]/jwks", NULL},
    {"http://[::1]:8080/jwks", NULL},
    {"http://issuer.example/jwks", HTTPS_ONLY},
    {"HTTP://issuer.example/jwks", HTTPS_ONLY},
    {"http://127.0.0.1.evil.example/jwks", HTTPS_ONLY},
    {"http://127.evil.example/jwks", HTTPS_ONLY},
    {"http://127.0.0.1.5/jwks", HTTPS_ONLY},
    {"http://1270.0.0.1/jwks", HTTPS_ONLY},
    {"http://128.0.0.1/jwks", HTTPS_ONLY},
    {"http://0.0.0.0/jwks", HTTPS_ONLY},
    {"http://localhost.evil.example/jwks", HTTPS_ONLY},
    {"http://evil-localhost/jwks", HTTPS_ONLY},
    {"http://[::2]/jwks", HTTPS_ONLY},
    {"http://[::ffff:192.0.2.7]/jwks", HTTPS_ONLY},
    {"http://evil.example/127.0.0.1", HTTPS_ONLY},
    {"http://evil.example?localhost", HTTPS_ONLY},

    /* whether libcurl knows the scheme or not */
    {"ftp://issuer.example/jwks", REFUSED},
    {"ftp://localhost/jwks", REFUSED},
    {"file:///etc/hostname", REFUSED},
    {"file://localhost/etc/hostname", REFUSED},

    {"https://user@issuer.example/jwks", USER_INFO},
    {"https://user:password@issuer.example/jwks", USER_INFO},
    {"https://:password@issuer.example/jwks", USER_INFO},
    {"https://@issuer.example/jwks", USER_INFO},
    {"http://localhost@evil.example/jwks", USER_INFO},
    {"http://127.0.0.1:80@evil.example/jwks", USER_INFO},

    {"https://issuer.example/jwks#keys", FRAGMENT},
    {"https://issuer.example/jwks#", FRAGMENT},
    {"http://evil.example#@localhost/jwks", FRAGMENT},

    {"", REFUSED},
    {"issuer.example", REFUSED},
    {"/jwks", REFUSED},
    {"//issuer.example/jwks", REFUSED},
    {"https://", REFUSED},
    {"https:///jwks", REFUSED},
    {"https:/issuer.example/jwks", REFUSED},
    {"https:/issuer.example/://jwks", REFUSED},
    {"https:issuer.example/://jwks", REFUSED},
    {"https://issuer.example:port/jwks", REFUSED},
    {"https://issuer.example:65536/jwks", REFUSED},
    {"https://issuer example/jwks", REFUSED},
    {"https://issuer.example/jw ks", REFUSED},
    {" https://issuer.example/jwks", REFUSED},
    {"https://issuer.example/jwks\r\nHost: evil.example", REFUSED},
    {"javascript:alert(1)", REFUSED},
};

static const url_case proxy_cases[] = {
    {"http://proxy.example:3128", NULL},
    {"https://proxy.example:3128", NULL},
    {"http://127.0.0.1:3128", NULL},
    {"ftp://proxy.example:1080", REFUSED},
    {"socks5://proxy.example:1080", REFUSED},
    {"http://user:password@proxy.example:3128", USER_INFO},
    {"http://proxy.example/#here", FRAGMENT},
    {"proxy.example:3128", REFUSED},
    {"", REFUSED},
};

static void expect_error(const char *what, const char *got, const char *wanted)
{
    if (wanted && !*wanted)
        support_expect(what, got != NULL);
    else
        support_expect_text(what, got, wanted);
}

/* G2 */
static void test_urls(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(url_cases); i++)
        expect_error(url_cases[i].url, ajwt_source_check_url(url_cases[i].url),
                     url_cases[i].error);
    for (i = 0; i < SUPPORT_COUNT(proxy_cases); i++)
        expect_error(proxy_cases[i].url,
                     ajwt_source_check_proxy(proxy_cases[i].url),
                     proxy_cases[i].error);
}

/* Whoever makes a source of a URL checks it by the same rules. */
static void test_sources_check_urls(void **state)
{
    const char *issuer = SUPPORT_ISSUER;
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(url_cases); i++) {
        const url_case *c = &url_cases[i];
        const char *of_jwks, *metadata;
        int is_jwks = ajwt_source_from_jwks(&of_jwks, c->url, *state) != NULL;
        int is_metadata = ajwt_source_from_discovery(&metadata, issuer, c->url,
                                                     *state) != NULL;

        expect_error(c->url, of_jwks, c->error);
        expect_error(c->url, metadata, c->error);
        support_expect(c->url, is_jwks == !of_jwks && is_metadata == !metadata);
    }
}

typedef struct discovery_case {
    const char *issuer;
    const char *location; /* NULL: refused */
    const char *fallback;
} discovery_case;

#define OIDC   "/.well-known/openid-configuration"
#define OAUTH2 "/.well-known/oauth-authorization-server"

static const discovery_case discovery_cases[] = {
    {"https://a.example", "https://a.example" OIDC, "https://a.example" OAUTH2},
    {"https://a.example/", "https://a.example" OIDC,
     "https://a.example" OAUTH2},
    {"https://a.example:8443", "https://a.example:8443" OIDC,
     "https://a.example:8443" OAUTH2},
    {"https://a.example/t/v2.0", "https://a.example/t/v2.0" OIDC,
     "https://a.example" OAUTH2 "/t/v2.0"},
    {"https://a.example/t/v2.0/", "https://a.example/t/v2.0" OIDC,
     "https://a.example" OAUTH2 "/t/v2.0"},
    {"http://127.0.0.1:8080/realms/a", "http://127.0.0.1:8080/realms/a" OIDC,
     "http://127.0.0.1:8080" OAUTH2 "/realms/a"},
    {"https://a.example/?tenant=b", NULL, NULL},
    {"https://a.example#b", NULL, NULL},
    {"https://user@a.example", NULL, NULL},
    {"http://a.example", NULL, NULL},
    {"a.example", NULL, NULL},
    {"urn:example:issuer", NULL, NULL},
    {"*", NULL, NULL},
    {"", NULL, NULL},
};

static void test_discovery_urls(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(discovery_cases); i++) {
        const discovery_case *c = &discovery_cases[i];
        const char *error;
        const ajwt_source *source =
            ajwt_source_from_discovery(&error, c->issuer, NULL, *state);

        support_expect(c->issuer, (source != NULL) == (c->location != NULL));
        support_expect(c->issuer, (error == NULL) == (c->location != NULL));
        if (!source || !c->location)
            continue;
        support_expect_text(c->issuer, source->location, c->location);
        support_expect_text(c->issuer, source->fallback, c->fallback);
        support_expect_text(c->issuer, source->issuer, c->issuer);
        support_expect(c->issuer, source->kind == AJWT_SOURCE_DISCOVERY);
    }
}

static void test_a_named_document_has_no_fallback(void **state)
{
    const char *error;
    const ajwt_source *source = ajwt_source_from_discovery(
        &error, "urn:example:issuer", "https://a.example/metadata/", *state);

    assert_non_null(source);
    assert_string_equal(source->location, "https://a.example/metadata/");
    assert_string_equal(source->issuer, "urn:example:issuer");
    assert_null(source->fallback);
}

static ajwt_source *jwks(const char *url, apr_pool_t *pool)
{
    const char *error;
    ajwt_source *source = ajwt_source_from_jwks(&error, url, pool);

    assert_non_null(source);
    return source;
}

static ajwt_source *discovery(const char *issuer, const char *url,
                              apr_pool_t *pool)
{
    const char *error;
    ajwt_source *source = ajwt_source_from_discovery(&error, issuer, url, pool);

    assert_non_null(source);
    return source;
}

static void test_equal_names_share_one_source(void **state)
{
    ajwt_sources *sources = ajwt_sources_make(*state);
    const char *url = "https://a.example/x";
    const ajwt_source *first = ajwt_sources_add(sources, jwks(url, *state));

    assert_int_equal(first->index, 0);
    assert_ptr_equal(ajwt_sources_add(sources, jwks(url, *state)), first);
    assert_int_equal(sources->list->nelts, 1);
    assert_ptr_equal(ajwt_sources_get(sources, 0), first);
}

static void test_other_places_are_other_sources(void **state)
{
    ajwt_sources *sources = ajwt_sources_make(*state);
    const char *url = "https://a.example/x";
    int i;

    ajwt_sources_add(sources, jwks(url, *state));
    ajwt_sources_add(sources, jwks("https://a.example/X", *state));
    ajwt_sources_add(sources, jwks("https://a.example/x/", *state));
    /* the same document is another matter to another issuer */
    ajwt_sources_add(sources, discovery("https://a.example", url, *state));
    ajwt_sources_add(sources, discovery("https://b.example", url, *state));
    ajwt_sources_add(sources, discovery("https://a.example", NULL, *state));
    ajwt_sources_add(sources, discovery("https://a.example/", NULL, *state));
    assert_int_equal(sources->list->nelts, 7);
    for (i = 0; i < sources->list->nelts; i++)
        assert_int_equal(ajwt_sources_get(sources, i)->index, i);
}

static void test_a_name_says_what_it_is(void **state)
{
    assert_string_equal(jwks("https://a.example/x", *state)->name,
                        "jwks=https://a.example/x");
    assert_string_equal(
        discovery("https://a.example", "https://b.example/m", *state)->name,
        "metadata=https://b.example/m of https://a.example");
}

/* --- keys= --- */

typedef struct file_case {
    const char *what;
    const char *text;
    ajwt_reason reason; /* ACCEPTED, or what the error must speak of */
    ajwt_alg_set algs;
} file_case;

static void expect_file(const file_case *c, const char *folder,
                        apr_pool_t *pool)
{
    const char *path = support_write_text(folder, "keys", c->text, pool);
    const char *error;
    const ajwt_source *source = ajwt_source_from_file(&error, path, pool);

    if (c->reason == AJWT_ACCEPTED) {
        support_expect_text(c->what, error, NULL);
        support_expect(c->what, source && source->kind == AJWT_SOURCE_FILE);
        support_expect(c->what, source && source->algs == c->algs);
        support_expect(c->what, source && ajwt_source_is_shared(source) &&
                                    !ajwt_source_is_remote(source));
        return;
    }
    support_expect(c->what, !source && error && strstr(error, path));
    support_expect(
        c->what, error && strstr(error, ajwt_reason_describe(c->reason)->text));
}

static void test_files(void **state)
{
    const char *folder = support_folder(*state);
    const file_case cases[] = {
        {"JWK Set", support_jwks(*state, "Ed25519", "P-256", NULL),
         AJWT_ACCEPTED, AJWT_ALG_ED25519 | AJWT_ALG_ES256},
        {"secret in a JWK Set", support_jwks(*state, "oct", NULL),
         AJWT_ACCEPTED, AJWT_ALGS_HMAC},
        {"PEM key", support_public_pem("P-256", *state), AJWT_ACCEPTED,
         AJWT_ALG_ES256},
        {"PEM certificate", support_certificate_pem("P-256", *state),
         AJWT_ACCEPTED, AJWT_ALG_ES256},
        {"private key beside a public one",
         apr_pstrcat(*state, support_private_pem("P-256", *state),
                     support_public_pem("RSA", *state), NULL),
         AJWT_ACCEPTED, AJWT_ALGS_RSA},
        {"empty", "", AJWT_KEYSET_INVALID, 0},
        {"text", "keys", AJWT_KEYSET_INVALID, 0},
        {"another object", "{}", AJWT_KEYSET_INVALID, 0},
        {"half a JWK Set", "{\"keys\":[", AJWT_KEYSET_INVALID, 0},
        {"duplicate member", "{\"keys\":[],\"keys\":[]}", AJWT_DUPLICATE_MEMBER,
         0},
        {"no keys", "{\"keys\":[]}", AJWT_KEYSET_UNUSABLE, 0},
        {"key of no use", support_public_pem("X25519", *state),
         AJWT_KEYSET_UNUSABLE, 0},
    };
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        expect_file(&cases[i], folder, *state);
}

static void test_a_private_key_alone(void **state)
{
    const char *path =
        support_write_text(support_folder(*state), "keys",
                           support_private_pem("P-256", *state), *state);
    const char *fix =
        apr_pstrcat(*state,
                    "only a private key; write the public key instead: "
                    "openssl pkey -pubout -in ",
                    path, NULL);
    const char *error;

    assert_null(ajwt_source_from_file(&error, path, *state));
    support_expect(error, strstr(error, path) && strstr(error, fix));
}

static void expect_unreadable(const char *path, const char *why,
                              apr_pool_t *pool)
{
    const char *error;

    support_expect(path, !ajwt_source_from_file(&error, path, pool));
    support_expect(path, error && strstr(error, path) && strstr(error, why));
    support_expect(path, !ajwt_source_from_secret(&error, path, pool));
    support_expect(path, error && strstr(error, path) && strstr(error, why));
}

static void test_files_that_cannot_be_read(void **state)
{
    const char *folder = support_folder(*state);
    const char *large =
        support_repeat(" ", AJWT_MAX_DOCUMENT_BYTES + 1, *state);

    expect_unreadable(apr_pstrcat(*state, folder, "/missing", NULL),
                      "No such file", *state);
    expect_unreadable(folder, "directory", *state);
    expect_unreadable(support_write_text(folder, "large", large, *state),
                      "longer than", *state);
}

/* --- secret= --- */

/* 32 bytes, of which the last ones differ */
#define SECRET_30 "0123456789abcdef0123456789abcd"

/* What would be too deep for JSON, and PEM but for a letter */
#define BRACES_32  "{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{"
#define ALMOST_PEM "-----begin -----BEGIN- -----BEGIN"

typedef struct secret_case {
    const char *what;
    ajwt_bytes file;
    ajwt_bytes secret; /* absent: refused */
} secret_case;

static const secret_case secret_cases[] = {
    {"32 bytes", SUPPORT_BYTES(SECRET_30 "ef"), SUPPORT_BYTES(SECRET_30 "ef")},
    {"and a newline", SUPPORT_BYTES(SECRET_30 "ef\n"),
     SUPPORT_BYTES(SECRET_30 "ef")},
    {"and CR LF", SUPPORT_BYTES(SECRET_30 "ef\r\n"),
     SUPPORT_BYTES(SECRET_30 "ef")},
    {"and two newlines", SUPPORT_BYTES(SECRET_30 "ef\n\n"),
     SUPPORT_BYTES(SECRET_30 "ef\n")},
    {"whose last byte is CR", SUPPORT_BYTES(SECRET_30 "e\r"),
     SUPPORT_BYTES(SECRET_30 "e\r")},
    {"whose first byte is a newline", SUPPORT_BYTES("\n" SECRET_30 "e"),
     SUPPORT_BYTES("\n" SECRET_30 "e")},
    {"with a NUL in it", SUPPORT_BYTES(SECRET_30 "\0f"),
     SUPPORT_BYTES(SECRET_30 "\0f")},
    {"with spaces around", SUPPORT_BYTES(" " SECRET_30 " "),
     SUPPORT_BYTES(" " SECRET_30 " ")},
    {"of braces", SUPPORT_BYTES(BRACES_32 BRACES_32),
     SUPPORT_BYTES(BRACES_32 BRACES_32)},
    {"almost in PEM", SUPPORT_BYTES(ALMOST_PEM), SUPPORT_BYTES(ALMOST_PEM)},
    {"31 bytes", SUPPORT_BYTES(SECRET_30 "e"), {NULL, 0}},
    {"31 bytes and a newline", SUPPORT_BYTES(SECRET_30 "e\n"), {NULL, 0}},
    {"a newline alone", SUPPORT_BYTES("\n"), {NULL, 0}},
    {"empty", SUPPORT_BYTES(""), {NULL, 0}},
};

static void expect_secret(const secret_case *c, const char *folder,
                          apr_pool_t *pool)
{
    const char *path = support_write(folder, "secret", c->file, pool);
    const char *error;
    const ajwt_source *source = ajwt_source_from_secret(&error, path, pool);
    const ajwt_key *key;

    if (!c->secret.data) {
        support_expect(c->what, !source && error && strstr(error, path));
        return;
    }
    support_expect_text(c->what, error, NULL);
    if (!source || source->keyset->keys->nelts != 1) {
        support_expect(c->what, 0);
        return;
    }
    key = &APR_ARRAY_IDX(source->keyset->keys, 0, ajwt_key);
    support_expect(c->what, ajwt_bytes_equal(key->secret, c->secret));
    support_expect(c->what, source->algs == key->algs);
    support_expect(c->what, source->kind == AJWT_SOURCE_SECRET &&
                                !ajwt_source_is_shared(source) &&
                                !ajwt_source_is_remote(source));
}

/* A3 */
static void test_secrets(void **state)
{
    const char *folder = support_folder(*state);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(secret_cases); i++)
        expect_secret(&secret_cases[i], folder, *state);
}

/*
 * A2: whoever writes secret= where keys= was meant would take what everybody
 * knows for a secret.
 */
static void test_what_is_public_is_no_secret(void **state)
{
    apr_pool_t *pool = *state;
    const char *pem = support_public_pem("RSA", pool);
    const struct {
        const char *what, *text;
    } files[] = {
        {"PEM", pem},
        {"PEM behind a space", apr_pstrcat(pool, " ", pem, NULL)},
        {"PEM behind a byte order mark",
         apr_pstrcat(pool, "\xef\xbb\xbf", pem, NULL)},
        {"PEM behind a remark", apr_pstrcat(pool, "our key\n", pem, NULL)},
        {"a certificate", support_certificate_pem("P-256", pool)},
        {"a private key", support_private_pem("P-256", pool)},
        {"a JWK Set", support_jwks(pool, "RSA", NULL)},
        {"a JWK", support_print(support_jwk("RSA", pool), pool)},
        {"a secret in a JWK Set", support_jwks(pool, "oct", NULL)},
    };
    const char *folder = support_folder(pool);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(files); i++) {
        const char *path =
            support_write_text(folder, "secret", files[i].text, pool);
        const char *error;

        support_expect(files[i].what,
                       !ajwt_source_from_secret(&error, path, pool));
        support_expect(files[i].what,
                       error && strstr(error, path) && strstr(error, "keys="));
    }
}

/* D9 */
static void test_a_secret_is_in_no_error(void **state)
{
    const char *folder = support_folder(*state);
    const char *path = support_write_text(folder, "secret", "hunter2", *state);
    const char *error;

    assert_null(ajwt_source_from_secret(&error, path, *state));
    assert_non_null(error);
    assert_null(strstr(error, "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_urls),
        SUPPORT_TEST(test_sources_check_urls),
        SUPPORT_TEST(test_discovery_urls),
        SUPPORT_TEST(test_a_named_document_has_no_fallback),
        SUPPORT_TEST(test_equal_names_share_one_source),
        SUPPORT_TEST(test_other_places_are_other_sources),
        SUPPORT_TEST(test_a_name_says_what_it_is),
        SUPPORT_TEST(test_files),
        SUPPORT_TEST(test_a_private_key_alone),
        SUPPORT_TEST(test_files_that_cannot_be_read),
        SUPPORT_TEST(test_secrets),
        SUPPORT_TEST(test_what_is_public_is_no_secret),
        SUPPORT_TEST(test_a_secret_is_in_no_error),
    };

    return SUPPORT_RUN(tests);
}
