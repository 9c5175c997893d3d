/* SPDX-License-Identifier: Apache-2.0 */
#include "config/issuer.h"

#include <strings.h>

#include <apr_strings.h>

#include "core/tenant.h"

/* The options of one AuthJWTIssuer line, as written */
typedef struct issuer_options {
    const char *metadata, *jwks, *keys, *secret;
    const char *algs, *audience, *audience_claim, *tenants;
} issuer_options;

static const char *read_option(issuer_options *options, const ajwt_args *args,
                               const char *word)
{
    const ajwt_args_option known[] = {
        {"metadata", &options->metadata},
        {"jwks", &options->jwks},
        {"keys", &options->keys},
        {"secret", &options->secret},
        {"algs", &options->algs},
        {"audience", &options->audience},
        {"audience-claim", &options->audience_claim},
        {"tenants", &options->tenants}};

    return ajwt_args_parse_option(known, sizeof known / sizeof known[0], args,
                                  word);
}

/* A word after the values of a list, as in audience=a, b */
static int is_rest_of_list(const char *before, const char *word)
{
    return !strchr(word, '=') && (strncasecmp(before, "algs=", 5) == 0 ||
                                  strncasecmp(before, "audience=", 9) == 0 ||
                                  strncasecmp(before, "tenants=", 8) == 0);
}

static const char *read_options(issuer_options *options, const ajwt_args *args)
{
    const char *error = NULL;
    int i;

    for (i = 1; i < args->count && !error; i++) {
        if (is_rest_of_list(args->word[i - 1], args->word[i]))
            return ajwt_args_fail(args,
                                  "'%s' is not an option: separate the values "
                                  "of one option with commas, without blanks",
                                  args->word[i]);
        error = read_option(options, args, args->word[i]);
    }
    return error;
}

static ajwt_source *make_source(const char **error, const char *issuer,
                                const issuer_options *options, const char *path,
                                apr_pool_t *pool)
{
    if (options->keys)
        return ajwt_source_from_file(error, path, pool);
    if (options->secret)
        return ajwt_source_from_secret(error, path, pool);
    if (options->jwks)
        return ajwt_source_from_jwks(error, options->jwks, pool);
    return ajwt_source_from_discovery(error, issuer, options->metadata, pool);
}

static const char *add_source(ajwt_issuer *issuer, const ajwt_args *args,
                              const issuer_options *options,
                              ajwt_sources *sources)
{
    const char *file = options->keys ? options->keys : options->secret;
    const char *path = file ? ajwt_args_path(args, file) : NULL;
    const char *error;
    ajwt_source *source;

    if (path)
        issuer->source = ajwt_sources_find_file(
            sources, options->keys ? AJWT_SOURCE_FILE : AJWT_SOURCE_SECRET,
            path);
    if (issuer->source)
        return NULL;
    source = make_source(&error, issuer->name, options, path, args->pool);
    if (source) {
        issuer->source = ajwt_sources_add(sources, source);
        return NULL;
    }
    if (!options->keys && !options->secret && !options->jwks &&
        !options->metadata)
        return ajwt_args_fail(
            args,
            "%s: %s: this issuer has no discovery document; add metadata=URL, "
            "jwks=URL, keys=PATH or secret=PATH",
            issuer->name, error);
    return ajwt_args_fail(args, "%s", error);
}

static int is_url(const char *path)
{
    return path && strstr(path, "://");
}

/* Braces may only be those of the tenant placeholder, once. */
static int has_only_tenant_braces(const char *name)
{
    const char *place = strstr(name, AJWT_TENANT_PLACE);
    const char *rest = place ? place + strlen(AJWT_TENANT_PLACE) : name;

    return !strpbrk(rest, "{}") &&
           (!place || strcspn(name, "{}") == (apr_size_t)(place - name));
}

static const char *check_template(const ajwt_args *args, const char *name,
                                  const issuer_options *options)
{
    int is_template;

    if (!has_only_tenant_braces(name))
        return ajwt_args_fail(
            args,
            "'%s': an issuer may contain {tenantid} once, and no other braces",
            name);
    is_template = ajwt_tenant_is_template(ajwt_bytes_from_string(name));
    if (is_template && !options->tenants)
        return ajwt_args_fail(args,
                              "'%s' is an issuer of several tenants: add "
                              "tenants=GUID,GUID, or tenants=* for any",
                              name);
    if (!is_template && options->tenants)
        return ajwt_args_fail(args,
                              "tenants= requires {tenantid} in the issuer");
    if (is_template && !options->metadata && !options->jwks && !options->keys)
        return ajwt_args_fail(args,
                              "'%s' has no discovery document: add "
                              "metadata=URL, jwks=URL or keys=PATH",
                              name);
    return NULL;
}

static const char *check_name_and_source(const ajwt_args *args,
                                         const char *name,
                                         const issuer_options *options)
{
    int count = !!options->metadata + !!options->jwks + !!options->keys +
                !!options->secret;

    if (count > 1)
        return ajwt_args_fail(
            args,
            "write only one of metadata=, jwks=, keys= and secret=, not %d",
            count);
    if (is_url(options->keys) || is_url(options->secret))
        return ajwt_args_fail(args, "keys= and secret= take the path of a "
                                    "file: for a URL, write jwks=URL");
    if (strcmp(name, "*") == 0 && (count == 0 || options->metadata))
        return ajwt_args_fail(args, "* has no discovery document: add "
                                    "jwks=URL, keys=PATH or secret=PATH");
    return check_template(args, name, options);
}

static const char *parse_tenants(ajwt_issuer *issuer, const ajwt_args *args,
                                 const char *tenants)
{
    int i;

    issuer->tenants = ajwt_args_split(tenants, args->pool);
    for (i = 0; i < issuer->tenants->nelts; i++) {
        const char *tenant = APR_ARRAY_IDX(issuer->tenants, i, const char *);

        if (strcmp(tenant, "*") == 0 && issuer->tenants->nelts == 1)
            return NULL;
        if (!ajwt_tenant_is_guid(ajwt_bytes_from_string(tenant)))
            return ajwt_args_fail(
                args, "tenants=: '%s' is not a GUID: write GUIDs, or only *",
                tenant);
    }
    return i ? NULL
             : ajwt_args_fail(args, "tenants= is empty: write GUIDs, or *");
}

/*
 * Secrets in a file of keys are used only if algs= includes their algorithms.
 */
static const char *check_file_algs(const ajwt_issuer *issuer,
                                   const ajwt_args *args, const char *algs)
{
    const ajwt_source *source = issuer->source;

    if (source->algs & (issuer->algs ? issuer->algs : ~AJWT_ALGS_HMAC))
        return NULL;
    return ajwt_args_fail(
        args,
        "%s: no key in this file fits %s%s: write algs=%s, or name another "
        "file",
        source->location, algs ? "algs=" : "AuthJWTAlgorithms",
        algs ? algs : "", ajwt_args_print_algs(source->algs, ',', args->pool));
}

/*
 * HMAC must not be used with a public key: RFC 8725 3.1; 2.1 describes the
 * attack.
 */
static const char *check_algs(const ajwt_issuer *issuer, const ajwt_args *args,
                              const char *algs)
{
    const ajwt_source *source = issuer->source;

    if (source->kind == AJWT_SOURCE_SECRET) {
        if (issuer->algs & ~AJWT_ALGS_HMAC)
            return ajwt_args_fail(
                args, "secret= can only be used with HS256, HS384 and HS512");
        if (issuer->algs & ~source->algs)
            return ajwt_args_fail(
                args, "the secret is too short for one of algs=: 48 "
                      "bytes for HS384, 64 for HS512");
    }
    else if (source->kind == AJWT_SOURCE_FILE) {
        return check_file_algs(issuer, args, algs);
    }
    else if (issuer->algs & AJWT_ALGS_HMAC) {
        return ajwt_args_fail(args,
                              "HS algorithms need secret= or keys=: secrets in "
                              "a fetched key set are never used");
    }
    return NULL;
}

const char *ajwt_issuer_parse(ajwt_issuer *issuer, const ajwt_args *args,
                              ajwt_sources *sources)
{
    issuer_options options = {0};
    apr_pool_t *pool = args->pool;
    const char *error;

    if (args->count == 0 || !*args->word[0] ||
        !read_option(&(issuer_options){0}, args, args->word[0]))
        return ajwt_args_fail(args,
                              "write ISSUER [OPTION=VALUE ...], the issuer "
                              "first");
    memset(issuer, 0, sizeof *issuer);
    issuer->name = args->word[0];
    error = read_options(&options, args);
    if (!error)
        error = check_name_and_source(args, issuer->name, &options);
    if (!error)
        error = add_source(issuer, args, &options, sources);
    if (!error && options.algs)
        error = ajwt_args_algs(&issuer->algs, args,
                               ajwt_args_split(options.algs, pool));
    if (!error && options.audience)
        error = ajwt_args_audiences(&issuer->audiences, args,
                                    ajwt_args_split(options.audience, pool));
    if (!error && options.tenants)
        error = parse_tenants(issuer, args, options.tenants);
    issuer->audience_claim =
        options.audience_claim ? options.audience_claim : "aud";
    return error ? error : check_algs(issuer, args, options.algs);
}

int ajwt_issuer_is_any(const ajwt_issuer *issuer)
{
    return strcmp(issuer->name, "*") == 0;
}

ajwt_issuers *ajwt_issuers_make(apr_pool_t *pool)
{
    ajwt_issuers *issuers = apr_pcalloc(pool, sizeof *issuers);

    issuers->list = apr_array_make(pool, 1, sizeof(const ajwt_issuer *));
    issuers->others = apr_array_make(pool, 1, sizeof(const ajwt_issuer *));
    return issuers;
}

static const ajwt_issuer *find_by_name(const ajwt_issuers *issuers,
                                       ajwt_bytes name)
{
    const ajwt_issuer *only;

    if (issuers->by_name)
        return apr_hash_get(issuers->by_name, name.data, (apr_ssize_t)name.len);
    if (!issuers->list->nelts)
        return NULL;
    only = APR_ARRAY_IDX(issuers->list, 0, const ajwt_issuer *);
    return ajwt_bytes_equal_string(name, only->name) ? only : NULL;
}

/* From the second issuer on: most sections have one. */
static void add_name(ajwt_issuers *issuers, const ajwt_issuer *issuer)
{
    const ajwt_issuer *first;

    if (!issuers->list->nelts)
        return;
    if (!issuers->by_name) {
        first = APR_ARRAY_IDX(issuers->list, 0, const ajwt_issuer *);
        issuers->by_name = apr_hash_make(issuers->list->pool);
        apr_hash_set(issuers->by_name, first->name, APR_HASH_KEY_STRING, first);
    }
    apr_hash_set(issuers->by_name, issuer->name, APR_HASH_KEY_STRING, issuer);
}

int ajwt_issuers_add(ajwt_issuers *issuers, const ajwt_issuer *issuer)
{
    if (find_by_name(issuers, ajwt_bytes_from_string(issuer->name)))
        return 0;
    add_name(issuers, issuer);
    APR_ARRAY_PUSH(issuers->list, const ajwt_issuer *) = issuer;
    if (issuer->tenants || ajwt_issuer_is_any(issuer))
        APR_ARRAY_PUSH(issuers->others, const ajwt_issuer *) = issuer;
    issuers->lack_audience += !issuer->audiences;
    return 1;
}

const ajwt_issuer *ajwt_issuers_find(const ajwt_issuers *issuers,
                                     ajwt_bytes name)
{
    const ajwt_issuer *other = NULL; /* a template, or the issuer for any */
    int i;

    if (name.len)
        other = find_by_name(issuers, name);
    if (other)
        return other;
    for (i = 0; i < issuers->others->nelts; i++) {
        const ajwt_issuer *issuer =
            APR_ARRAY_IDX(issuers->others, i, const ajwt_issuer *);

        if (issuer->tenants
                ? ajwt_tenant_covers(ajwt_bytes_from_string(issuer->name), name)
                : !other)
            other = issuer;
    }
    return other;
}
