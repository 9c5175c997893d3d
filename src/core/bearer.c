/* SPDX-License-Identifier: Apache-2.0 */
#include "core/bearer.h"

#include <apr_strings.h>

static const char *skip_space(const char *c)
{
    while (*c == ' ' || *c == '\t')
        c++;
    return c;
}

/* RFC 6750 2.1: 1*( ALPHA / DIGIT / "-._~+/" ) *"=" */
static const char *skip_b64token(const char *c)
{
    static const char bytes[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";

    c += strspn(c, bytes);
    return c + strspn(c, "=");
}

/* A token ends at the end of the text or of a list element. */
static ajwt_reason parse_token(ajwt_bytes *token, const char *start)
{
    const char *end = skip_b64token(start);
    const char behind = *skip_space(end);

    if (end == start || *start == '=' || (behind && behind != ','))
        return AJWT_MALFORMED_CREDENTIALS;
    token->data = (const unsigned char *)start;
    token->len = (apr_size_t)(end - start);
    return AJWT_ACCEPTED;
}

ajwt_reason ajwt_bearer_parse_bare(ajwt_bytes *token, const char *text)
{
    token->data = NULL;
    token->len = 0;
    if (!text || !*skip_space(text))
        return AJWT_NO_TOKEN;
    return strchr(text, ',') ? AJWT_SEVERAL_TOKENS
                             : parse_token(token, skip_space(text));
}

static const char *skip_separators(const char *c)
{
    while (*c == ',' || *c == ' ' || *c == '\t')
        c++;
    return c;
}

static const char *skip_scheme(const char *c)
{
    return strncasecmp(c, "Bearer", 6) == 0 && (!c[6] || strchr(" \t,", c[6]))
               ? skip_space(c + 6)
               : c;
}

ajwt_reason ajwt_bearer_parse_field(ajwt_bytes *token, const char *text)
{
    const char *element = skip_separators(text);

    token->data = NULL;
    token->len = 0;
    if (!*element)
        return AJWT_NO_TOKEN;
    if (*skip_separators(element + strcspn(element, ",")))
        return AJWT_SEVERAL_TOKENS;
    return parse_token(token, skip_scheme(element));
}

ajwt_reason ajwt_bearer_parse(ajwt_bytes *token, const char *authorization)
{
    const char *scheme;
    apr_size_t scheme_len;

    token->data = NULL;
    token->len = 0;
    if (!authorization || !*skip_space(authorization))
        return AJWT_NO_TOKEN;
    scheme = skip_space(authorization);
    scheme_len = strcspn(scheme, " \t,");
    if (scheme_len == 0)
        return AJWT_MALFORMED_CREDENTIALS;
    if (scheme_len != 6 || strncasecmp(scheme, "Bearer", 6) != 0)
        return AJWT_OTHER_SCHEME;
    if (strchr(scheme, ','))
        return AJWT_SEVERAL_TOKENS;
    return parse_token(token, skip_space(scheme + scheme_len));
}

/* RFC 9110 11.2: parameters are separated by commas */
static const char *add_parameter(const char *challenge, const char *name,
                                 const char *value, apr_pool_t *pool)
{
    const char *separator = strchr(challenge, ' ') ? ", " : " ";

    return value ? apr_pstrcat(pool, challenge, separator, name, "=\"", value,
                               "\"", NULL)
                 : challenge;
}

const char *ajwt_bearer_challenge(ajwt_reason reason,
                                  const ajwt_challenge *challenge,
                                  apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const int has_error = *row->error != '\0';
    const struct {
        const char *name, *value;
    } parameters[] = {{"realm", challenge->realm},
                      {"error", has_error ? row->error : NULL},
                      {"error_description", has_error ? row->text : NULL},
                      {"scope", challenge->scope},
                      {"acr_values", challenge->acr_values},
                      {"max_age", challenge->max_age},
                      {"resource_metadata", challenge->resource_metadata}};
    const char *text = "Bearer";
    unsigned i;

    for (i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        text =
            add_parameter(text, parameters[i].name, parameters[i].value, pool);
    return text;
}

int ajwt_bearer_is_scope_token(const char *text)
{
    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text <= 0x20 || *text >= 0x7f || *text == '"' || *text == '\\')
            return 0;
    }
    return 1;
}
