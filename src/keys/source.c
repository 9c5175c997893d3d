/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/source.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <curl/curl.h>

#include "core/document.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/text_kind.h"
#include "core/token.h"
#include "net/file.h"

ajwt_sources *ajwt_sources_make(apr_pool_t *pool)
{
    ajwt_sources *sources = apr_palloc(pool, sizeof *sources);

    sources->list = apr_array_make(pool, 4, sizeof(const ajwt_source *));
    sources->by_name = apr_hash_make(pool);
    apr_pool_create(&sources->scratch, pool);
    return sources;
}

const ajwt_source *ajwt_sources_get(const ajwt_sources *sources, int index)
{
    return APR_ARRAY_IDX(sources->list, index, const ajwt_source *);
}

const ajwt_source *ajwt_sources_add(ajwt_sources *sources, ajwt_source *source)
{
    const ajwt_source *other =
        apr_hash_get(sources->by_name, source->name, APR_HASH_KEY_STRING);

    if (other)
        return other;
    source->index = sources->list->nelts;
    APR_ARRAY_PUSH(sources->list, const ajwt_source *) = source;
    apr_hash_set(sources->by_name, source->name, APR_HASH_KEY_STRING, source);
    return source;
}

static const char *const option_names[] = {[AJWT_SOURCE_FILE] = "keys",
                                           [AJWT_SOURCE_SECRET] = "secret",
                                           [AJWT_SOURCE_JWKS] = "jwks",
                                           [AJWT_SOURCE_DISCOVERY] =
                                               "metadata"};

static const char *make_name(ajwt_source_kind kind, const char *location,
                             apr_pool_t *pool)
{
    return apr_pstrcat(pool, option_names[kind], "=", location, NULL);
}

const ajwt_source *ajwt_sources_find_file(const ajwt_sources *sources,
                                          ajwt_source_kind kind,
                                          const char *path)
{
    const ajwt_source *source =
        apr_hash_get(sources->by_name, make_name(kind, path, sources->scratch),
                     APR_HASH_KEY_STRING);

    apr_pool_clear(sources->scratch);
    return source;
}

int ajwt_source_is_shared(const ajwt_source *source)
{
    return source->kind != AJWT_SOURCE_SECRET;
}

int ajwt_source_is_remote(const ajwt_source *source)
{
    return source->kind == AJWT_SOURCE_JWKS ||
           source->kind == AJWT_SOURCE_DISCOVERY;
}

ajwt_origin ajwt_source_origin(const ajwt_source *source)
{
    return ajwt_source_is_remote(source) ? AJWT_FETCHED : AJWT_LOCAL;
}

/* A part of a parsed URL, to be freed with curl_free; NULL if absent */
static char *get_url_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static int is_loopback_host(const char *host)
{
    struct in_addr address;

    if (!host)
        return 0;
    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static CURLU *parse_url(const char *text)
{
    const char *colon = strchr(text, ':');
    CURLU *url = curl_url();

    /* libcurl also accepts one or three slashes */
    if (url && colon && strncmp(colon, "://", 3) == 0 && colon[3] != '/' &&
        curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK)
        return url;
    curl_url_cleanup(url);
    return NULL;
}

static int is_secure_url(const char *scheme, const char *host)
{
    return strcmp(scheme, "https") == 0 ||
           (strcmp(scheme, "http") == 0 && is_loopback_host(host));
}

/* The URL is checked with the parser that is used to fetch it. */
static const char *check_url_parts(const char *text, CURLU *url, int is_proxy)
{
    char *scheme = get_url_part(url, CURLUPART_SCHEME);
    char *host = get_url_part(url, CURLUPART_HOST);
    char *user = get_url_part(url, CURLUPART_USER);
    char *password = get_url_part(url, CURLUPART_PASSWORD);
    const char *error = NULL;

    if (!scheme || !host || !*host)
        error = "a URL needs a scheme and a host";
    else if (user || password)
        error = "a URL must not contain user info";
    else if (strchr(text, '#')) /* libcurl ignores an empty fragment */
        error = "a URL must not contain a fragment";
    else if (is_proxy && strcmp(scheme, "http") != 0 &&
             strcmp(scheme, "https") != 0)
        error = "a proxy's URL must be http or https";
    else if (!is_proxy && !is_secure_url(scheme, host))
        error = "a URL must be https (http is for loopback hosts only)";
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    return error;
}

static const char *check_url(const char *text, int is_proxy)
{
    CURLU *url = parse_url(text);
    const char *error =
        url ? check_url_parts(text, url, is_proxy) : "this is not a URL";

    curl_url_cleanup(url);
    return error;
}

const char *ajwt_source_check_url(const char *url)
{
    return check_url(url, 0);
}

const char *ajwt_source_check_proxy(const char *url)
{
    return check_url(url, 1);
}

const char *ajwt_source_host(const char *url, apr_pool_t *pool)
{
    CURLU *parsed = parse_url(url);
    char *part = parsed ? get_url_part(parsed, CURLUPART_HOST) : NULL;
    char *host = apr_pstrdup(pool, part ? part : "");

    curl_free(part);
    curl_url_cleanup(parsed);
    return host;
}

/*
 * Why no key of text can be used, and the fix: see core/document. keyset: the
 * parsed set, or NULL.
 */
static const char *explain_text(const ajwt_source *source, ajwt_bytes text,
                                const ajwt_keyset *keyset, apr_pool_t *pool)
{
    const ajwt_document document = {
        text, ajwt_source_is_remote(source) ? NULL : source->location, keyset};

    return ajwt_document_explain(&document, pool);
}

static ajwt_reason parse_keyset(const void **document, const char **detail,
                                const ajwt_source *source, ajwt_bytes text,
                                apr_pool_t *pool)
{
    const ajwt_keyset *keyset = NULL;
    const ajwt_reason reason =
        ajwt_keyset_parse(&keyset, text, ajwt_source_origin(source), pool);

    if (reason != AJWT_ACCEPTED)
        *detail = explain_text(source, text, keyset, pool);
    *document = keyset;
    return reason;
}

static ajwt_source *make_source(ajwt_source_kind kind, const char *location,
                                apr_pool_t *pool)
{
    ajwt_source *source = apr_pcalloc(pool, sizeof *source);

    source->kind = kind;
    source->parse = parse_keyset;
    source->location = apr_pstrdup(pool, location);
    source->name = make_name(kind, location, pool);
    return source;
}

static ajwt_alg_set collect_algs(const ajwt_keyset *keyset)
{
    ajwt_alg_set algs = 0;
    int i;

    for (i = 0; i < keyset->keys->nelts; i++)
        algs |= APR_ARRAY_IDX(keyset->keys, i, ajwt_key).algs;
    return algs;
}

/* NULL, or why the file contains no key set. The text of the file is freed. */
static const char *read_keyset(const ajwt_keyset **keyset,
                               const ajwt_source *source, apr_pool_t *pool)
{
    const char *path = source->location, *error = NULL;
    ajwt_bytes text;
    apr_pool_t *brief;

    apr_pool_create(&brief, pool);
    if (ajwt_file_read(&text, &error, path, AJWT_MAX_DOCUMENT_BYTES, brief) ==
        APR_SUCCESS) {
        const ajwt_reason reason =
            ajwt_keyset_parse(keyset, text, AJWT_LOCAL, pool);

        if (reason != AJWT_ACCEPTED)
            error = apr_pstrcat(
                pool, path, ": ", ajwt_reason_describe(reason)->text, ": ",
                explain_text(source, text, *keyset, brief), NULL);
    }
    else {
        error = apr_pstrdup(pool, error);
    }
    apr_pool_destroy(brief); /* also wipes the text */
    return error;
}

/*
 * Reads the file with the configuration, so that httpd -t reports its errors.
 */
ajwt_source *ajwt_source_from_file(const char **error, const char *path,
                                   apr_pool_t *pool)
{
    const ajwt_keyset *keyset = NULL;
    ajwt_source *source = make_source(AJWT_SOURCE_FILE, path, pool);

    /* before reading, so that a change in between is detected */
    (void)ajwt_file_stat(&source->mark, path, pool);
    *error = read_keyset(&keyset, source, pool);
    if (*error)
        return NULL;
    source->keyset = keyset;
    source->algs = collect_algs(keyset);
    return source;
}

static ajwt_bytes strip_newline(ajwt_bytes text)
{
    if (text.len && text.data[text.len - 1] == '\n') {
        text.len--;
        if (text.len && text.data[text.len - 1] == '\r')
            text.len--;
    }
    return text;
}

static int is_compact_text(ajwt_bytes text)
{
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        const char c = (char)text.data[i];

        if (!apr_isalnum(c) && c != '-' && c != '_' && c != '.')
            return 0;
    }
    return ajwt_token_has_form(text);
}

/* Random bytes may begin like HTML or a token, so one mark is not enough. */
static int matches_by_chance(ajwt_text_kind kind, ajwt_bytes text)
{
    static const char *const marks[] = {"<html", "<HTML", "<!DOCTYPE",
                                        "<!doctype", "<?xml"};
    unsigned i;

    if (kind == AJWT_TEXT_TOKEN)
        return !is_compact_text(strip_newline(ajwt_text_trim(text)));
    if (kind != AJWT_TEXT_MARKUP)
        return 0;
    for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (ajwt_text_holds(text, marks[i]))
            return 0;
    }
    return 1;
}

/*
 * NULL, or the kind of the file if an attacker may know its content. Random
 * bytes are never such a file.
 */
static const char *explain_no_secret(ajwt_bytes text, const char *path,
                                     apr_pool_t *pool)
{
    static const char *const ends[] = {
        [AJWT_TEXT_MARKUP] = ", not a secret: fetch the secret itself",
        [AJWT_TEXT_SSH] = ", which is public, not a secret: write keys=PATH",
        [AJWT_TEXT_TOKEN] = ", not a secret: write the path of the secret",
        [AJWT_TEXT_DER_CERTIFICATE] =
            ", which is public, not a secret: write keys= with it in PEM",
        [AJWT_TEXT_DER_PUBLIC_KEY] =
            ", which is public, not a secret: write keys= with it in PEM",
        [AJWT_TEXT_DER_PRIVATE_KEY] =
            ", not a secret for HS256: write keys= with its public key",
        [AJWT_TEXT_OTHER] = NULL};
    const ajwt_text_kind kind = ajwt_text_kind_of(text);

    if (kind == AJWT_TEXT_EMPTY)
        return apr_psprintf(pool, "%s: it is empty: openssl rand -out %s %d",
                            path, path, AJWT_NEW_SECRET_BYTES);
    return ends[kind] && !matches_by_chance(kind, text)
               ? apr_pstrcat(pool, path, ": ", ajwt_text_kind_name(kind),
                             ends[kind], NULL)
               : NULL;
}

static int has_pem(ajwt_bytes text)
{
    static const char begin[] = "-----BEGIN ";
    const apr_size_t len = sizeof begin - 1;
    apr_size_t i;

    for (i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, begin, len) == 0)
            return 1;
    }
    return 0;
}

/* Such a file may be public, so it must not be used as a secret. */
static int is_key_file(ajwt_bytes text, apr_pool_t *pool)
{
    const json_t *object;

    return has_pem(text) || ajwt_json_parse(&object, text, AJWT_KEYSET_INVALID,
                                            pool) == AJWT_ACCEPTED;
}

static const char *check_secret(ajwt_source *source, ajwt_bytes bytes,
                                apr_pool_t *pool)
{
    const char *error;

    if (is_key_file(bytes, pool))
        return apr_pstrcat(pool, source->location,
                           ": contains keys, not a secret: write keys=",
                           source->location, NULL);
    error = explain_no_secret(bytes, source->location, pool);
    if (error)
        return error;
    if (ajwt_keyset_from_secret(&source->keyset, strip_newline(bytes), pool) !=
        AJWT_ACCEPTED)
        return apr_pstrcat(pool, source->location,
                           ": a secret must be at least as long as the hash: "
                           "32 bytes for HS256, 48 for HS384, 64 for HS512",
                           NULL);
    source->algs = collect_algs(source->keyset);
    return NULL;
}

ajwt_source *ajwt_source_from_secret(const char **error, const char *path,
                                     apr_pool_t *pool)
{
    ajwt_source *source;
    ajwt_bytes bytes;

    *error = NULL;
    if (ajwt_file_read(&bytes, error, path, AJWT_MAX_SECRET_BYTES, pool) !=
        APR_SUCCESS)
        return NULL;
    source = make_source(AJWT_SOURCE_SECRET, path, pool);
    *error = check_secret(source, bytes, pool);
    ajwt_bytes_wipe(bytes);
    return *error ? NULL : source;
}

ajwt_source *ajwt_source_from_jwks(const char **error, const char *url,
                                   apr_pool_t *pool)
{
    *error = ajwt_source_check_url(url);
    if (*error && (!strstr(url, ":/") || strncasecmp(url, "file:", 5) == 0))
        *error = "this is not an https URL: for a file, write keys=PATH";
    return *error ? NULL : make_source(AJWT_SOURCE_JWKS, url, pool);
}

static const char *strip_slashes(const char *issuer, apr_pool_t *pool)
{
    apr_size_t len = strlen(issuer);

    while (len && issuer[len - 1] == '/')
        len--;
    return apr_pstrmemdup(pool, issuer, len);
}

/* RFC 8414 3.1: the well-known part is between host and path. */
static const char *insert_well_known(const char *issuer, apr_pool_t *pool)
{
    const char *host = strstr(issuer, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;

    if (!path)
        path = issuer + strlen(issuer);
    return apr_pstrcat(
        pool, apr_pstrmemdup(pool, issuer, (apr_size_t)(path - issuer)),
        "/.well-known/oauth-authorization-server", path, NULL);
}

ajwt_source *ajwt_source_from_discovery(const char **error, const char *issuer,
                                        const char *url, apr_pool_t *pool)
{
    const char *base = strip_slashes(issuer, pool);
    ajwt_source *source;

    *error = ajwt_source_check_url(url ? url : issuer);
    if (!*error && !url && strchr(issuer, '?'))
        *error = "an issuer with a query has no discovery document";
    if (*error)
        return NULL;
    source = make_source(AJWT_SOURCE_DISCOVERY,
                         url ? url
                             : apr_pstrcat(pool, base,
                                           "/.well-known/openid-configuration",
                                           NULL),
                         pool);
    source->fallback = url ? NULL : insert_well_known(base, pool);
    source->issuer = apr_pstrdup(pool, issuer);
    source->name = apr_pstrcat(pool, source->name, " of ", issuer, NULL);
    return source;
}
