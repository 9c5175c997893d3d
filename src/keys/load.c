/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/load.h"

#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"
#include "net/address.h"
#include "net/file.h"

#define ISSUER       "issuer"
#define TOKEN_ISSUER "access_token_issuer"

/*
 * Gets the discovery document; after 404 from the OIDC location, the one at the
 * location of RFC 8414.
 */
static ajwt_reason fetch_metadata(ajwt_http_response *response,
                                  const ajwt_source *source,
                                  const ajwt_fetcher *fetcher,
                                  apr_time_t deadline, apr_pool_t *pool)
{
    ajwt_http_request request = {.url = source->location, .deadline = deadline};
    ajwt_reason reason = fetcher->get(response, fetcher, &request, pool);

    if (reason == AJWT_FETCH_STATUS && response->status == 404 &&
        source->fallback) {
        request.url = source->fallback;
        reason = fetcher->get(response, fetcher, &request, pool);
    }
    return reason;
}

/* Makes a conditional request if the current set came from the same URL. */
static ajwt_reason fetch_keys(ajwt_http_response *response,
                              ajwt_validator *known,
                              const ajwt_fetcher *fetcher,
                              ajwt_http_request *request, apr_pool_t *pool)
{
    ajwt_reason reason;
    const char *etag;

    if (*known->etag && strcmp(known->url, request->url) == 0)
        request->etag = known->etag;
    reason = fetcher->get(response, fetcher, request, pool);
    if (reason != AJWT_ACCEPTED || (response->status == 304 && !response->etag))
        return reason;
    etag = strlen(request->url) < sizeof known->url ? response->etag : NULL;
    apr_cpystrn(known->url, request->url, sizeof known->url);
    apr_cpystrn(known->etag, etag ? etag : "", sizeof known->etag);
    return AJWT_ACCEPTED;
}

/* Only hosts that the administrator did not configure are checked. */
static int is_foreign_host(const ajwt_source *source, const char *url,
                           apr_pool_t *pool)
{
    return strcasecmp(ajwt_source_host(url, pool),
                      ajwt_source_host(source->location, pool)) != 0;
}

/*
 * The administrator did not choose jwks_uri, so http to a loopback host is only
 * allowed if the document itself was fetched with http.
 */
static const char *check_jwks_uri(const ajwt_source *source, const json_t *uri,
                                  apr_pool_t *pool)
{
    const char *url = json_string_value(uri);

    if (!ajwt_json_is_text(uri))
        return "it is not a string";
    if (strncasecmp(url, "https:", 6) != 0 &&
        strncasecmp(source->location, "https:", 6) == 0)
        return "it is not https";
    if (is_foreign_host(source, url, pool) &&
        ajwt_address_is_forbidden_host(ajwt_source_host(url, pool)))
        return "its address is " AJWT_ADDRESS_FORBIDDEN;
    return ajwt_source_check_url(url);
}

static ajwt_reason parse_metadata(const json_t **metadata,
                                  ajwt_http_response *response,
                                  apr_pool_t *pool)
{
    ajwt_reason reason =
        ajwt_json_parse(metadata, response->body, AJWT_METADATA_INVALID, pool);

    if (reason == AJWT_ACCEPTED)
        return AJWT_ACCEPTED;
    response->detail = reason == AJWT_METADATA_INVALID
                           ? "it is not a JSON object"
                           : ajwt_reason_describe(reason)->text;
    return AJWT_METADATA_INVALID;
}

/*
 * The metadata of AD FS contains its own issuer and, as access_token_issuer,
 * that of access tokens. The second is only accepted if the administrator
 * configured the document.
 */
static int names_issuer(const ajwt_source *source, const json_t *metadata)
{
    int is_named = !source->fallback;

    return ajwt_bytes_equal_string(ajwt_json_member(metadata, ISSUER),
                                   source->issuer) ||
           (is_named &&
            ajwt_bytes_equal_string(ajwt_json_member(metadata, TOKEN_ISSUER),
                                    source->issuer));
}

/* Returns "" if there is no such member. */
static const char *quote_member(const json_t *metadata, const char *member,
                                apr_pool_t *pool)
{
    const json_t *value = json_object_get(metadata, member);

    return value ? apr_psprintf(pool, ", its %s is %.*s", member,
                                AJWT_MAX_LOGGED_BYTES,
                                ajwt_json_print(value, pool))
                 : "";
}

static const char *check_issuer(const ajwt_source *source,
                                const json_t *metadata, apr_pool_t *pool)
{
    const char *found;

    if (names_issuer(source, metadata))
        return NULL;
    found = apr_pstrcat(pool, quote_member(metadata, ISSUER, pool),
                        quote_member(metadata, TOKEN_ISSUER, pool), NULL);
    return *found ? found + strlen(", ") : "it has no issuer";
}

static ajwt_reason check_metadata(const char **jwks_uri,
                                  ajwt_http_response *response,
                                  const ajwt_source *source, apr_pool_t *pool)
{
    const json_t *metadata, *uri;
    const char *error;
    ajwt_reason reason = parse_metadata(&metadata, response, pool);

    if (reason != AJWT_ACCEPTED)
        return reason;
    response->detail = check_issuer(source, metadata, pool);
    if (response->detail)
        return AJWT_METADATA_ISSUER;
    uri = json_object_get(metadata, "jwks_uri");
    error = check_jwks_uri(source, uri, pool);
    if (error) {
        response->detail = apr_pstrcat(pool, "jwks_uri: ", error, NULL);
        return AJWT_METADATA_JWKS_URI;
    }
    *jwks_uri = json_string_value(uri);
    return AJWT_ACCEPTED;
}

static ajwt_reason fetch_discovered_keys(ajwt_http_response *response,
                                         ajwt_validator *known,
                                         const ajwt_source *source,
                                         const ajwt_fetcher *fetcher,
                                         apr_time_t deadline, apr_pool_t *pool)
{
    ajwt_http_request request = {.deadline = deadline};
    ajwt_reason reason =
        fetch_metadata(response, source, fetcher, deadline, pool);

    if (reason)
        return reason;
    reason = check_metadata(&request.url, response, source, pool);
    if (reason)
        return reason;
    request.is_foreign = is_foreign_host(source, request.url, pool);
    return fetch_keys(response, known, fetcher, &request, pool);
}

static ajwt_reason read_file(ajwt_http_response *response,
                             const ajwt_source *source, apr_pool_t *pool)
{
    return ajwt_file_read(&response->body, &response->detail, source->location,
                          AJWT_MAX_DOCUMENT_BYTES, pool) == APR_SUCCESS
               ? AJWT_ACCEPTED
               : AJWT_FILE_UNREADABLE;
}

ajwt_reason ajwt_load(ajwt_http_response *response, ajwt_validator *known,
                      const ajwt_source *source, const ajwt_fetcher *fetcher,
                      apr_time_t deadline, apr_pool_t *pool)
{
    ajwt_http_request request = {.url = source->location, .deadline = deadline};

    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    switch (source->kind) {
    case AJWT_SOURCE_FILE:
        return read_file(response, source, pool);
    case AJWT_SOURCE_JWKS:
        return fetch_keys(response, known, fetcher, &request, pool);
    case AJWT_SOURCE_DISCOVERY:
        return fetch_discovered_keys(response, known, source, fetcher, deadline,
                                     pool);
    case AJWT_SOURCE_SECRET:
        break; /* never loaded: it is read with the configuration */
    }
    return AJWT_INTERNAL;
}
