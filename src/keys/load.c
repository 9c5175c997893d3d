#include "keys/load.h"

#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"
#include "keys/file.h"

static ajwt_reason get(ajwt_document *document, ajwt_response *response,
                       const ajwt_fetcher *fetcher, const char *url,
                       apr_time_t deadline, apr_pool_t *pool)
{
    ajwt_reason reason = fetcher->get(response, fetcher, url, deadline, pool);

    document->text = response->body;
    document->max_age_s = response->max_age_s;
    document->detail = response->detail;
    return reason;
}

/* The document itself, or where RFC 8414 puts it when OIDC's place is empty */
static ajwt_reason get_metadata(ajwt_document *document,
                                const ajwt_source *source,
                                const ajwt_fetcher *fetcher,
                                apr_time_t deadline, apr_pool_t *pool)
{
    ajwt_response response;
    ajwt_reason reason =
        get(document, &response, fetcher, source->location, deadline, pool);

    if (reason == AJWT_FETCH_STATUS && response.status == 404 &&
        source->fallback)
        reason =
            get(document, &response, fetcher, source->fallback, deadline, pool);
    return reason;
}

/*
 * jwks_uri has the administrator's trust only through this document: so http is
 * for loopback only when the document itself came from there.
 */
static const char *check_jwks_uri(const ajwt_source *source, const json_t *uri)
{
    const char *url = json_string_value(uri);

    if (!ajwt_json_is_text(uri))
        return "it is no string";
    if (strncasecmp(url, "https:", 6) != 0 &&
        strncasecmp(source->location, "https:", 6) == 0)
        return "it is not https";
    return ajwt_source_check_url(url);
}

static ajwt_reason check_metadata(const char **jwks_uri,
                                  ajwt_document *document,
                                  const ajwt_source *source, apr_pool_t *pool)
{
    const json_t *metadata, *uri;
    const char *error;

    ajwt_reason reason =
        ajwt_json_parse(&metadata, document->text, AJWT_METADATA_INVALID, pool);

    if (reason != AJWT_ACCEPTED) {
        document->detail = reason == AJWT_METADATA_INVALID
                               ? "it is no JSON object"
                               : ajwt_reason_describe(reason)->text;
        return AJWT_METADATA_INVALID;
    }
    if (!ajwt_bytes_equal_string(ajwt_json_member(metadata, "issuer"),
                                 source->issuer)) {
        const json_t *issuer = json_object_get(metadata, "issuer");

        document->detail = issuer ? apr_psprintf(pool, "its issuer is %.*s",
                                                 AJWT_MAX_LOGGED_BYTES,
                                                 ajwt_json_print(issuer, pool))
                                  : "it names no issuer";
        return AJWT_METADATA_ISSUER;
    }
    uri = json_object_get(metadata, "jwks_uri");
    error = check_jwks_uri(source, uri);
    if (error) {
        document->detail = apr_pstrcat(pool, "jwks_uri: ", error, NULL);
        return AJWT_METADATA_JWKS_URI;
    }
    *jwks_uri = json_string_value(uri);
    return AJWT_ACCEPTED;
}

static ajwt_reason discover(ajwt_document *document, const ajwt_source *source,
                            const ajwt_fetcher *fetcher, apr_time_t deadline,
                            apr_pool_t *pool)
{
    ajwt_response response;
    const char *jwks_uri = NULL;
    ajwt_reason reason =
        get_metadata(document, source, fetcher, deadline, pool);

    if (reason == AJWT_ACCEPTED)
        reason = check_metadata(&jwks_uri, document, source, pool);
    if (reason == AJWT_ACCEPTED)
        reason = get(document, &response, fetcher, jwks_uri, deadline, pool);
    return reason;
}

static ajwt_reason read_file(ajwt_document *document, const ajwt_source *source,
                             apr_pool_t *pool)
{
    return ajwt_file_read(&document->text, &document->detail, source->location,
                          AJWT_MAX_DOCUMENT_BYTES, pool) == APR_SUCCESS
               ? AJWT_ACCEPTED
               : AJWT_FILE_UNREADABLE;
}

ajwt_reason ajwt_load(ajwt_document *document, const ajwt_source *source,
                      const ajwt_fetcher *fetcher, apr_time_t deadline,
                      apr_pool_t *pool)
{
    ajwt_response response;

    memset(document, 0, sizeof *document);
    document->max_age_s = -1;
    switch (source->kind) {
    case AJWT_SOURCE_FILE:
        return read_file(document, source, pool);
    case AJWT_SOURCE_JWKS:
        return get(document, &response, fetcher, source->location, deadline,
                   pool);
    case AJWT_SOURCE_DISCOVERY:
        return discover(document, source, fetcher, deadline, pool);
    case AJWT_SOURCE_SECRET:
        break; /* never loaded: it came with the configuration */
    }
    return AJWT_INTERNAL;
}
