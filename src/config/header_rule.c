/* SPDX-License-Identifier: Apache-2.0 */
#include "config/header_rule.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/env_name.h"

/*
 * Header fields for framing, routing and credentials, which AuthJWTHeader must
 * not set
 */
static const char *const reserved[] = {"Authorization",
                                       "Connection",
                                       "Content-Encoding",
                                       "Content-Length",
                                       "Content-Type",
                                       "Cookie",
                                       "Expect",
                                       "Host",
                                       "HTTP2-Settings",
                                       "Keep-Alive",
                                       "Proxy",
                                       "Proxy-Authenticate",
                                       "Proxy-Authorization",
                                       "Proxy-Connection",
                                       "TE",
                                       "Trailer",
                                       "Trailers",
                                       "Transfer-Encoding",
                                       "Upgrade",
                                       NULL};

/* RFC 9110 5.6.2 */
static int is_token(const char *name)
{
    for (; *name; name++) {
        if (!apr_isalnum(*name) && !strchr("!#$%&'*+-.^_`|~", *name))
            return 0;
    }
    return 1;
}

static int is_reserved(const char *name)
{
    int i;

    for (i = 0; reserved[i]; i++) {
        if (ajwt_env_name_equal(name, reserved[i]))
            return 1;
    }
    return 0;
}

const ajwt_header_rule *ajwt_header_rule_find(const apr_array_header_t *headers,
                                              const char *name)
{
    int i;

    for (i = 0; i < headers->nelts; i++) {
        const ajwt_header_rule *header =
            &APR_ARRAY_IDX(headers, i, ajwt_header_rule);

        if (ajwt_env_name_equal(header->name, name))
            return header;
    }
    return NULL;
}

static const char *check_name(const apr_array_header_t *headers,
                              const char *name, const ajwt_args *args)
{
    const ajwt_header_rule *same =
        headers ? ajwt_header_rule_find(headers, name) : NULL;

    if (!*name || !is_token(name))
        return ajwt_args_fail(
            args, "'%s' is not a header name: write one like X-User", name);
    if (is_reserved(name))
        return ajwt_args_fail(args,
                              "%s belongs to HTTP itself: write another "
                              "name, like X-User",
                              name);
    if (same)
        return ajwt_args_fail(args,
                              "many backends cannot tell %s and %s apart: "
                              "remove one of them from this section",
                              same->name, name);
    return NULL;
}

const char *ajwt_header_rule_parse(apr_array_header_t **headers,
                                   const ajwt_args *args)
{
    ajwt_header_rule header;
    const char *error;

    if (args->count != 2)
        return ajwt_args_fail(
            args, "write the name of a header and a claim, like X-User sub");
    header.name = args->word[0];
    error = check_name(*headers, header.name, args);
    if (error)
        return error;
    header.path = ajwt_claim_path_parse(&error, args->word[1], args->pool);
    if (!header.path)
        return ajwt_args_fail(args, "'%s': %s", args->word[1], error);
    if (!*headers)
        *headers = apr_array_make(args->pool, 1, sizeof(ajwt_header_rule));
    APR_ARRAY_PUSH(*headers, ajwt_header_rule) = header;
    return NULL;
}

const char *ajwt_header_rule_check(const apr_array_header_t *headers,
                                   const apr_array_header_t *token_sources,
                                   const char *prefix, const ajwt_args *args)
{
    int i;

    for (i = 0; token_sources && i < token_sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(token_sources, i, ajwt_token_source);

        if (source->place != AJWT_IN_HEADER)
            continue;
        if (headers && ajwt_header_rule_find(headers, source->name))
            return ajwt_args_fail(
                args,
                "%s cannot be both a token source (AuthJWTTokenSource) and a "
                "header with a claim (AuthJWTHeader): use another name",
                source->name);
        if (prefix && ajwt_env_name_begins(source->name, prefix))
            return ajwt_args_fail(args,
                                  "%s cannot be a token source "
                                  "(AuthJWTTokenSource): headers with the "
                                  "prefix of AuthJWTExportPrefix are removed. "
                                  "Use another name",
                                  source->name);
    }
    return NULL;
}

const char *ajwt_header_rule_check_prefix(const char *prefix,
                                          const ajwt_args *args)
{
    /* in addition to the reserved ones */
    static const char *const common[] = {"Accept",
                                         "Access-Control-Request-Method",
                                         "Cache-Control",
                                         "Date",
                                         "DPoP",
                                         "Forwarded",
                                         "From",
                                         "If-Match",
                                         "Max-Forwards",
                                         "Origin",
                                         "Pragma",
                                         "Range",
                                         "Referer",
                                         "Sec-Fetch-Mode",
                                         "User-Agent",
                                         "Via",
                                         "X-Forwarded-For",
                                         NULL};
    const char *const *const lists[] = {common, reserved};
    int list, i;

    for (list = 0; list < 2; list++) {
        for (i = 0; lists[list][i]; i++) {
            if (ajwt_env_name_begins(lists[list][i], prefix))
                return ajwt_args_fail(
                    args,
                    "'%s': request headers with this prefix are removed, and "
                    "%s is one of them: use a prefix such as JWT_CLAIM_",
                    prefix, lists[list][i]);
        }
    }
    return NULL;
}
