/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/presented.h"

#include <strings.h>

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "core/authorization_header.h"
#include "core/cookie.h"
#include "core/env_name.h"
#include "core/query.h"

#define NAME_BYTES \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

apr_size_t ajwt_presented_name_len(const char *text)
{
    const apr_size_t len = strspn(text, NAME_BYTES);

    return len && text[len] == ':' && text[len + 1] != '/' ? len : 0;
}

int ajwt_presented_is_url(const char *text)
{
    return (*text == '/' || strncasecmp(text, "https://", 8) == 0 ||
            strncasecmp(text, "http://", 7) == 0) &&
           !strpbrk(text, " \t\r\n");
}

static const char *skip_space(const char *c)
{
    return c + strspn(c, " \t");
}

/*
 * Returns the argument of the first source that begins with beginning (header,
 * cookie:), or NULL.
 */
static const char *find_source(const ajwt_options *options,
                               const char *beginning, int *i)
{
    const apr_array_header_t *sources = options->token_sources;
    const apr_size_t len = strlen(beginning);

    for (; *i < sources->nelts; (*i)++) {
        const char *source = APR_ARRAY_IDX(sources, *i, const char *);

        if (strncasecmp(source, beginning, len) == 0)
            return source + len;
    }
    return NULL;
}

static int reads_authorization(const ajwt_options *options)
{
    const char *rest;
    int i;

    for (i = 0; (rest = find_source(options, "header", &i)); i++) {
        if (!*rest)
            return 1;
    }
    return 0;
}

static void set_no_token(ajwt_presented *found, const ajwt_options *options,
                         apr_pool_t *pool)
{
    found->reason = AJWT_NO_TOKEN;
    found->detail =
        apr_pstrcat(pool,
                    "this section reads no token from this header or URL: "
                    "AuthJWTTokenSource is ",
                    apr_array_pstrcat(pool, options->token_sources, ' '), NULL);
    found->fix = "Send the token where AuthJWTTokenSource reads it.";
}

/* RFC 7617 2.  As in httpd, the password is empty if there is no colon. */
static void parse_basic(ajwt_presented *found, const char *encoded,
                        apr_pool_t *pool)
{
    char *text =
        apr_palloc(pool, (apr_size_t)apr_base64_decode_len(encoded) + 1);
    const char *colon;

    text[apr_base64_decode(text, encoded)] = '\0';
    colon = strchr(text, ':');
    found->token = ajwt_bytes_from_string(colon ? colon + 1 : "");
    found->reason = AJWT_ACCEPTED;
    found->is_password = 1;
}

static void parse_authorization(ajwt_presented *found,
                                const ajwt_options *options, const char *value,
                                apr_pool_t *pool)
{
    if (!options->is_basic) {
        found->reason = ajwt_authorization_header_parse(&found->token, value);
        return;
    }
    if (strncasecmp(value, "Basic ", 6) == 0) {
        parse_basic(found, skip_space(value + 6), pool);
        return;
    }
    found->reason = *value ? AJWT_OTHER_SCHEME : AJWT_NO_TOKEN;
    if (strncasecmp(value, "Bearer ", 7) == 0) {
        found->detail =
            "the scheme is \"Bearer\", and this section has AuthType Basic";
        found->fix = "Send the token as the password: curl -u x:TOKEN";
    }
}

/* Accepts only one value, as in a request. */
static void parse_values(ajwt_presented *found,
                         const apr_array_header_t *values)
{
    if (values->nelts == 1)
        found->reason = ajwt_authorization_header_parse_bare(
            &found->token, APR_ARRAY_IDX(values, 0, const char *));
    else if (values->nelts > 1)
        found->reason = AJWT_SEVERAL_TOKENS;
}

static void parse_cookies(ajwt_presented *found, const ajwt_options *options,
                          const char *field, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 1, sizeof(const char *));
    const char *name;
    int i;

    for (i = 0; (name = find_source(options, "cookie:", &i)); i++)
        (void)ajwt_cookie_remove(field, name, values, pool);
    parse_values(found, values);
}

static void parse_parameters(ajwt_presented *found, const ajwt_options *options,
                             const char *url, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 1, sizeof(const char *));
    const char *query = strchr(url, '?'), *name;
    int i;

    for (i = 0; query && (name = find_source(options, "query:", &i)); i++) {
        const ajwt_query_names names = {&name, 1};

        (void)ajwt_query_remove(query + 1, &names, values, pool);
    }
    parse_values(found, values);
}

static void parse_header(ajwt_presented *found, const ajwt_options *options,
                         const char *name, const char *value)
{
    const char *source;
    int i;

    for (i = 0; (source = find_source(options, "header:", &i)); i++) {
        if (ajwt_env_name_equal(name, source))
            found->reason =
                ajwt_authorization_header_parse_field(&found->token, value);
    }
}

/* Handles a header line of a request to a known section. */
static void parse_line(ajwt_presented *found, const ajwt_options *options,
                       const char *text, apr_size_t name_len, apr_pool_t *pool)
{
    const char *name = apr_pstrmemdup(pool, text, name_len);
    const char *value = skip_space(text + name_len + (name_len > 0));

    found->reason = AJWT_NO_TOKEN;
    if (!name_len)
        parse_parameters(found, options, text, pool);
    else if (strcasecmp(name, "Authorization") == 0 &&
             (options->is_basic || reads_authorization(options)))
        parse_authorization(found, options, value, pool);
    else if (strcasecmp(name, "Cookie") == 0 && !options->is_basic)
        parse_cookies(found, options, value, pool);
    else if (!options->is_basic)
        parse_header(found, options, name, value);
    if (found->reason == AJWT_NO_TOKEN && *value)
        set_no_token(found, options, pool);
}

static int is_authorization(const char *text)
{
    return strncasecmp(text, "Authorization:", 14) == 0;
}

/* A token alone counts as sent in a place from which the section reads it. */
static void parse_text(ajwt_presented *found, const ajwt_options *options,
                       const char *text, apr_pool_t *pool)
{
    const apr_size_t name_len = ajwt_presented_name_len(text);

    if (options->token_sources && (name_len || ajwt_presented_is_url(text)))
        parse_line(found, options, text, name_len, pool);
    else if (is_authorization(text))
        parse_authorization(found, options, skip_space(text + name_len + 1),
                            pool);
    else if (strchr(text, ' '))
        parse_authorization(found, options, text, pool);
    else
        found->reason =
            ajwt_authorization_header_parse_bare(&found->token, text);
}

void ajwt_presented_find(ajwt_presented *found, const ajwt_options *options,
                         const char *text, apr_pool_t *pool)
{
    memset(found, 0, sizeof *found);
    parse_text(found, options, text, pool);
    if (found->reason == AJWT_ACCEPTED && !found->is_password)
        found->reason = ajwt_authorization_header_check(found->token);
}
