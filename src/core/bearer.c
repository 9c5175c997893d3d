#include "core/bearer.h"

#include <apr_lib.h>
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
    while (apr_isalnum(*c) || (*c && strchr("-._~+/", *c)))
        c++;
    while (*c == '=')
        c++;
    return c;
}

static ajwt_reason parse_token(ajwt_bytes *token, const char *start)
{
    const char *end = skip_b64token(start);

    if (end == start || *start == '=' || *skip_space(end))
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

ajwt_reason ajwt_bearer_parse(ajwt_bytes *token, const char *authorization)
{
    const char *scheme;
    apr_size_t scheme_len;

    token->data = NULL;
    token->len = 0;
    if (!authorization)
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

    return apr_pstrcat(pool, challenge, separator, name, "=\"", value, "\"",
                       NULL);
}

const char *ajwt_bearer_challenge(ajwt_reason reason, const char *realm,
                                  const char *scope, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const char *challenge = "Bearer";

    if (realm)
        challenge = add_parameter(challenge, "realm", realm, pool);
    if (*row->error) {
        challenge = add_parameter(challenge, "error", row->error, pool);
        challenge =
            add_parameter(challenge, "error_description", row->text, pool);
    }
    if (scope)
        challenge = add_parameter(challenge, "scope", scope, pool);
    return challenge;
}
