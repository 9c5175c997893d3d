/* SPDX-License-Identifier: Apache-2.0 */
#include "config/resource_metadata.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "config/token_source.h"
#include "core/challenge.h"
#include "core/json.h"
#include "core/tenant.h"

/*
 * RFC 3986 2: only such URLs can be in a challenge and be compared byte by
 * byte.
 */
static const char *check_url(const char *url)
{
    const char *error = ajwt_source_check_url(url);
    const char *signs = "-._~:/?#[]@!$&'()*+,;=%";

    for (; !error && *url; url++) {
        if (!apr_isalnum(*url) && !strchr(signs, *url))
            error = "a URL may contain letters, digits and some punctuation: "
                    "write any other byte as %XX";
    }
    return error;
}

static const char *check_identifier(const ajwt_args *args, const char *text)
{
    const char *error = check_url(text);

    if (!error && strchr(text, '?'))
        error = "it has a query: write the URL without it";
    return error ? ajwt_args_fail(args, "'%s': %s", text, error) : NULL;
}

/*
 * RFC 9728 3.1: the well-known path is between host and path; a path of "/" is
 * omitted
 */
static void set_well_known_url(ajwt_resource *resource, apr_pool_t *pool)
{
    const char *host = strstr(resource->identifier, "://") + 3;
    const char *path = host + strcspn(host, "/");

    resource->path = apr_pstrcat(pool, AJWT_RESOURCE_WELL_KNOWN,
                                 strcmp(path, "/") == 0 ? "" : path, NULL);
    resource->url =
        apr_pstrcat(pool,
                    apr_pstrmemdup(pool, resource->identifier,
                                   (apr_size_t)(path - resource->identifier)),
                    resource->path, NULL);
}

static const char *parse_scopes(ajwt_resource *resource, const ajwt_args *args,
                                const char *text)
{
    int i;

    resource->scopes = ajwt_args_split(text, args->pool);
    for (i = 0; i < resource->scopes->nelts; i++) {
        const char *scope = APR_ARRAY_IDX(resource->scopes, i, const char *);

        if (!ajwt_challenge_is_scope_token(scope))
            return ajwt_args_fail(
                args,
                "scopes=: '%s' is not a scope: write only visible ASCII "
                "without quotes and backslashes",
                scope);
        if (strcmp(scope, "offline_access") == 0)
            return ajwt_args_fail(args, "scopes=: offline_access is a scope of "
                                        "the issuer, not of a resource");
    }
    return i ? NULL : ajwt_args_fail(args, "scopes= is empty");
}

static const char *parse_options(ajwt_resource *resource, const ajwt_args *args)
{
    const char *scopes = NULL, *error = NULL;
    const ajwt_args_option known[] = {
        {"scopes", &scopes}, {"documentation", &resource->documentation}};
    int i;

    for (i = 1; i < args->count && !error; i++)
        error = ajwt_args_parse_option(known, sizeof known / sizeof known[0],
                                       args, args->word[i]);
    if (!error && scopes)
        error = parse_scopes(resource, args, scopes);
    if (error || !resource->documentation)
        return error;
    error = check_url(resource->documentation);
    return error ? ajwt_args_fail(args, "documentation=%s: %s",
                                  resource->documentation, error)
                 : NULL;
}

const char *ajwt_resource_parse(ajwt_resource **resource, const ajwt_args *args)
{
    ajwt_resource *made = apr_pcalloc(args->pool, sizeof *made);
    const char *error;

    if (args->count == 0)
        return ajwt_args_fail(args, "write the URL of the protected resource");
    if (*resource)
        return ajwt_args_fail(args,
                              "this section already has AuthJWTResource %s",
                              (*resource)->identifier);
    made->identifier = args->word[0];
    error = check_identifier(args, made->identifier);
    if (!error)
        error = parse_options(made, args);
    if (error)
        return error;
    set_well_known_url(made, args->pool);
    *resource = made;
    return NULL;
}

static void add_server(json_t *servers, const char *issuer)
{
    if (!check_url(issuer) && !strchr(issuer, '?'))
        json_array_append_new(servers, json_string(issuer));
}

/* A template is listed as one issuer for each tenant in tenants=. */
static void add_tenants(json_t *servers, const ajwt_issuer *issuer,
                        apr_pool_t *pool)
{
    const char *place = strstr(issuer->name, AJWT_TENANT_PLACE);
    int i;

    for (i = 0; i < issuer->tenants->nelts; i++) {
        const char *tenant = APR_ARRAY_IDX(issuer->tenants, i, const char *);

        if (strcmp(tenant, "*") != 0)
            add_server(
                servers,
                apr_pstrcat(pool,
                            apr_pstrmemdup(pool, issuer->name,
                                           (apr_size_t)(place - issuer->name)),
                            tenant, place + strlen(AJWT_TENANT_PLACE), NULL));
    }
}

static json_t *list_servers(const ajwt_issuers *issuers, apr_pool_t *pool)
{
    json_t *servers = json_array();
    int i;

    for (i = 0; i < issuers->list->nelts; i++) {
        const ajwt_issuer *issuer =
            APR_ARRAY_IDX(issuers->list, i, const ajwt_issuer *);

        if (issuer->tenants)
            add_tenants(servers, issuer, pool);
        else
            add_server(servers, issuer->name);
    }
    return servers;
}

static json_t *list_scopes(const ajwt_resource *resource)
{
    json_t *scopes = json_array();
    int i;

    for (i = 0; resource->scopes && i < resource->scopes->nelts; i++)
        json_array_append_new(scopes, json_string(APR_ARRAY_IDX(
                                          resource->scopes, i, const char *)));
    return scopes;
}

/* RFC 9728 2 only defines the methods of RFC 6750. */
static json_t *list_methods(const apr_array_header_t *sources)
{
    const ajwt_token_source header = {AJWT_IN_AUTHORIZATION, NULL};
    const ajwt_token_source query = {AJWT_IN_QUERY, "access_token"};
    json_t *methods = json_array();

    if (ajwt_token_source_is_among(sources, &header))
        json_array_append_new(methods, json_string("header"));
    if (ajwt_token_source_is_among(sources, &query))
        json_array_append_new(methods, json_string("query"));
    return methods;
}

/* RFC 9728 3.2: empty lists are omitted */
static void add_list(json_t *document, const char *name, json_t *list)
{
    if (json_array_size(list))
        json_object_set(document, name, list);
    json_decref(list);
}

const char *ajwt_resource_print(const ajwt_resource *resource,
                                const ajwt_issuers *issuers,
                                const apr_array_header_t *token_sources,
                                apr_pool_t *pool)
{
    json_t *document = json_object();
    const char *text;

    json_object_set_new(document, "resource",
                        json_string(resource->identifier));
    add_list(document, "authorization_servers", list_servers(issuers, pool));
    add_list(document, "scopes_supported", list_scopes(resource));
    add_list(document, "bearer_methods_supported", list_methods(token_sources));
    if (resource->documentation)
        json_object_set_new(document, "resource_documentation",
                            json_string(resource->documentation));
    text = ajwt_json_print(document, pool);
    json_decref(document);
    return text;
}
