/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is only that fetched which an issuer's own document may name?
 *
 * First line: i: the issuer's document; n: a named one; l: a named one on
 * loopback; 4: the issuer's, where RFC 8414 has it.  Second: an ETag of the
 * keys.  Then the document.  Nothing is fetched: the answers are these.
 */
#include "fuzz.h"

#include <arpa/inet.h>

#include "core/json.h"
#include "keys/load.h"

#define NAMED    "https://metadata.example/document"
#define LOOPBACK "http://127.0.0.1:8080/document"
#define KEYS     "the key set"

/* Who answers, and what it was asked */
typedef struct test_site {
    ajwt_fetcher fetcher; /* first, so that it is found again */
    ajwt_bytes document;
    const char *etag;
    int is_elsewhere; /* the first place has none */
    int asked;
    const char *jwks_uri; /* NULL: it did not come to that */
    int is_foreign;
} test_site;

static ajwt_reason answer_keys(ajwt_http_response *response, test_site *site,
                               const ajwt_http_request *request,
                               apr_pool_t *pool)
{
    site->jwks_uri = apr_pstrdup(pool, request->url);
    site->is_foreign = request->is_foreign;
    response->status = 200;
    response->body = SUPPORT_BYTES(KEYS);
    response->etag = *site->etag ? site->etag : NULL;
    return AJWT_ACCEPTED;
}

static ajwt_reason get(ajwt_http_response *response,
                       const ajwt_fetcher *fetcher,
                       const ajwt_http_request *request, apr_pool_t *pool)
{
    test_site *site = (struct test_site *)fetcher;
    int turn = site->asked++;

    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    if (turn == 0 && site->is_elsewhere) {
        response->status = 404;
        return AJWT_FETCH_STATUS;
    }
    if (turn > site->is_elsewhere)
        return answer_keys(response, site, request, pool);
    FUZZ_CHECK(!request->is_foreign);
    response->status = 200;
    response->body = site->document;
    return AJWT_ACCEPTED;
}

/* Up to the path: a URL as RFC 3986 has it, and no other */
static const char *authority_of(const char *url, apr_pool_t *pool)
{
    const char *start = strstr(url, "://");

    FUZZ_CHECK(start);
    start += strlen("://");
    return apr_pstrmemdup(pool, start, strcspn(start, "/?#"));
}

static int begins(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static int is_address_of(const char *host, const char *prefix)
{
    struct in_addr address;

    return begins(host, prefix) && inet_pton(AF_INET, host, &address) == 1;
}

static int is_loopback(const char *host)
{
    return is_address_of(host, "127.") || strcasecmp(host, "localhost") == 0 ||
           strcmp(host, "[::1]") == 0;
}

/* host: in the one spelling of libcurl, since an address has several */
static void check_url(const char *url, const ajwt_source *source,
                      int is_foreign, apr_pool_t *pool)
{
    const char *authority = authority_of(url, pool);
    const char *host = ajwt_source_host(url, pool);
    const char *own_host = ajwt_source_host(source->location, pool);

    FUZZ_CHECK(begins(url, "https://") ||
               (begins(url, "http://") && is_loopback(host) &&
                begins(source->location, "http:")));
    FUZZ_CHECK(*authority && *host);
    FUZZ_CHECK(!strchr(authority, '@'));
    FUZZ_CHECK(!strchr(url, '#'));
    FUZZ_CHECK(!ajwt_bytes_has_control(ajwt_bytes_from_string(url)));
    FUZZ_CHECK(!is_address_of(host, "169.254."));
    FUZZ_CHECK(!begins(host, "[fe80:"));
    FUZZ_CHECK(!begins(host, "[fd00:ec2:"));
    FUZZ_CHECK(!begins(host, "[64:ff9b::a9fe:"));
    FUZZ_CHECK(is_foreign == (strcasecmp(host, own_host) != 0));
}

static int names(const json_t *document, const char *member, const char *issuer)
{
    const json_t *value = json_object_get(document, member);

    return json_is_string(value) &&
           json_string_length(value) == strlen(issuer) &&
           strcmp(json_string_value(value), issuer) == 0;
}

static void check_document(const test_site *site, const ajwt_source *source,
                           apr_pool_t *pool)
{
    const json_t *document = fuzz_claims(site->document, pool);

    FUZZ_CHECK(document);
    FUZZ_CHECK(names(document, "issuer", SUPPORT_ISSUER) ||
               (!source->fallback &&
                names(document, "access_token_issuer", SUPPORT_ISSUER)));
    FUZZ_CHECK(names(document, "jwks_uri", site->jwks_uri));
    check_url(site->jwks_uri, source, site->is_foreign, pool);
}

static const ajwt_source *make_source(char kind, apr_pool_t *pool)
{
    const char *error;
    const ajwt_source *source =
        ajwt_source_from_discovery(&error, SUPPORT_ISSUER,
                                   kind == 'n'   ? NAMED
                                   : kind == 'l' ? LOOPBACK
                                                 : NULL,
                                   pool);

    FUZZ_CHECK(source);
    return source;
}

static void check_validator(const ajwt_validator *known, const test_site *site)
{
    int fits = strlen(site->jwks_uri) < sizeof known->url;

    FUZZ_CHECK(memchr(known->url, '\0', sizeof known->url));
    FUZZ_CHECK(memchr(known->etag, '\0', sizeof known->etag));
    FUZZ_CHECK(!*known->etag ||
               (fits && strcmp(known->url, site->jwks_uri) == 0 &&
                begins(site->etag, known->etag)));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *kind = fuzz_string(fuzz_line(&input), pool);
    const ajwt_source *source = make_source(*kind, pool);
    test_site site = {.fetcher = {.get = get}};
    ajwt_validator known = {""};
    ajwt_http_response response;
    ajwt_reason reason;

    site.etag = fuzz_string(fuzz_line(&input), pool);
    site.is_elsewhere = *kind == '4';
    site.document = input;
    reason =
        ajwt_load(&response, &known, source, &site.fetcher, SUPPORT_NOW, pool);
    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_METADATA_INVALID,
                             AJWT_METADATA_ISSUER, AJWT_METADATA_JWKS_URI,
                             AJWT_REASON_COUNT));
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == (site.jwks_uri != NULL));
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == !response.detail);
    if (reason != AJWT_ACCEPTED)
        return;
    FUZZ_CHECK(ajwt_bytes_equal_string(response.body, KEYS));
    check_document(&site, source, pool);
    check_validator(&known, &site);
}
