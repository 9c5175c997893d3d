/* SPDX-License-Identifier: Apache-2.0 */
#include "core/authorization_header.h"

#include <string.h>
#include <strings.h>

static const char *skip_space(const char *c)
{
    while (*c == ' ' || *c == '\t')
        c++;
    return c;
}

ajwt_reason ajwt_authorization_header_check(ajwt_bytes token)
{
    static const char bytes[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    const char *text = (const char *)token.data;
    apr_size_t len = strspn(text, bytes);

    len += strspn(text + len, "=");
    return len == token.len ? AJWT_ACCEPTED : AJWT_MALFORMED_CREDENTIALS;
}

/* A token ends at the end of the text or of a list element. */
static ajwt_reason parse_token(ajwt_bytes *token, const char *start)
{
    const char *end = start + strcspn(start, " \t,");
    const char behind = *skip_space(end);

    if (end == start || *start == '=' || (behind && behind != ','))
        return AJWT_MALFORMED_CREDENTIALS;
    token->data = (const unsigned char *)start;
    token->len = (apr_size_t)(end - start);
    return AJWT_ACCEPTED;
}

ajwt_reason ajwt_authorization_header_parse_bare(ajwt_bytes *token,
                                                 const char *text)
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

ajwt_reason ajwt_authorization_header_parse_field(ajwt_bytes *token,
                                                  const char *text)
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

ajwt_reason ajwt_authorization_header_parse(ajwt_bytes *token,
                                            const char *authorization)
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
