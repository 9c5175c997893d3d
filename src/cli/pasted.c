/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pasted.h"

#include <strings.h>

#include <apr_strings.h>

#include "cli/presented.h"
#include "core/quote.h"

#define SPACE " \t\r\n"
#define TOKEN_BYTES \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
#define AUTHORIZATION "Authorization:"
#define MAX_REPEATS   9

static int begins(const char *text, const char *beginning)
{
    return strncasecmp(text, beginning, strlen(beginning)) == 0;
}

static const char *skip_space(const char *c)
{
    return c + strspn(c, SPACE);
}

/* `{"` in base64url */
static int is_token(const char *text)
{
    return strncmp(text, "eyJ", 3) == 0;
}

/* --- Documents */

static const char *explain_document(const char *text)
{
    if (*text == '{' && strstr(text, "_token\""))
        return "JSON of a token endpoint: paste the value of access_token";
    if (*text == '{' || *text == '[')
        return "JSON, not a token";
    if (*text == '<' && strchr(text, '>'))
        return "HTML, such as a login or error page, not a token";
    if (strstr(text, "-----BEGIN "))
        return "a key or certificate in PEM, not a token";
    if (ajwt_presented_is_url(text))
        return "a URL: paste the value of the parameter with the token";
    return NULL;
}

/* --- Schemes and header lines */

static const char *quote(const char *text, apr_size_t len, apr_pool_t *pool)
{
    const ajwt_bytes bytes = {(const unsigned char *)text, len};

    return ajwt_quote_text(bytes, pool);
}

static const char *explain_scheme(const ajwt_options *options, const char *text,
                                  apr_pool_t *pool)
{
    const char *name = quote(text, strcspn(text, SPACE), pool);

    if (options->token_sources)
        return apr_pstrcat(pool, "the scheme is ", name,
                           ", and this section has AuthType ",
                           options->is_basic ? "Basic" : "Bearer", NULL);
    return apr_pstrcat(pool, "the scheme is ", name,
                       begins(text, "Basic")
                           ? ": where the section has AuthType Basic, name it "
                             "with --location"
                           : ": send \"Bearer\"",
                       NULL);
}

/*
 * Explains an error before the token; sets *rest to the text after a valid
 * beginning.
 */
static const char *explain_line(const char **rest, const ajwt_options *options,
                                const char *text, apr_pool_t *pool)
{
    const apr_size_t name_len = ajwt_presented_name_len(text);
    const int is_line = begins(text, AUTHORIZATION);
    const char *value =
        is_line ? skip_space(text + strlen(AUTHORIZATION)) : text;

    if (begins(value, AUTHORIZATION) && is_line)
        return "\"" AUTHORIZATION "\" is there twice: send it once";
    if (begins(value, "Bearer:"))
        return "\"Bearer:\" has a colon: send \"Bearer\" and a blank";
    if (!is_line && name_len)
        return apr_pstrcat(pool, "a ", quote(text, name_len, pool),
                           " line: name the section with --location", NULL);
    *rest = value;
    if (begins(value, "Bearer ") && !options->is_basic) {
        *rest = skip_space(value + strlen("Bearer "));
        return begins(*rest, "Bearer ")
                   ? "\"Bearer\" is there twice: send it once"
                   : NULL;
    }
    if (is_token(value))
        return is_line ? "a token without a scheme: send \"Bearer\" before it"
                       : NULL;
    if (strcspn(value, TOKEN_BYTES) == 0 &&
        value[strspn(value, TOKEN_BYTES)] == ' ')
        return explain_scheme(options, value, pool);
    return NULL;
}

/* --- The token itself */

static const char *explain_word(const char *text)
{
    if (strcmp(text, "null") == 0)
        return "\"null\" instead of a token: the client had none";
    if (strcmp(text, "undefined") == 0)
        return "\"undefined\" instead of a token: the client had none";
    if (*text == '$' || *text == '%')
        return "the name of a variable that was not replaced";
    if (strchr("\"'`", *text) || begins(text, "\xe2\x80\x9c") ||
        begins(text, "\xe2\x80\x98"))
        return "quotes around the token: leave them out";
    if (strstr(text, "..") || strstr(text, "\xe2\x80\xa6"))
        return "it was shortened: paste the whole token";
    return NULL;
}

static char *without_space(const char *text, apr_pool_t *pool)
{
    char *copy = apr_palloc(pool, strlen(text) + 1), *end = copy;

    for (; *text; text++) {
        if (!strchr(SPACE, *text))
            *end++ = *text;
    }
    *end = '\0';
    return copy;
}

/* Returns how many times text repeats the same part; 1: it does not repeat. */
static apr_size_t count_repeats(const char *text)
{
    const apr_size_t len = strlen(text);
    apr_size_t count;

    for (count = MAX_REPEATS; count > 1; count--) {
        const apr_size_t part = len / count;

        if (len && len % count == 0 &&
            memcmp(text, text + part, len - part) == 0)
            return count;
    }
    return 1;
}

static int count_tokens(const char *text)
{
    int count = 0;

    for (text = skip_space(text); *text; text = skip_space(text)) {
        count += is_token(text);
        text += strcspn(text, SPACE);
    }
    return count;
}

static int count_parts(const char *text)
{
    int count = 1;

    for (; *text; text++)
        count += *text == '.';
    return count;
}

static const char *explain_copies(const char *text, apr_pool_t *pool)
{
    const apr_size_t repeats = count_repeats(without_space(text, pool));
    const int tokens = count_tokens(text);

    if (repeats > 1 && is_token(text))
        return apr_psprintf(pool,
                            "the same token %" APR_SIZE_T_FMT
                            " times in a row: paste it once",
                            repeats);
    return tokens > 1 ? apr_psprintf(pool, "%d tokens: paste one", tokens)
                      : NULL;
}

static const char *explain_byte(const char *text, apr_pool_t *pool)
{
    const apr_size_t len = strspn(text, TOKEN_BYTES);

    if (!text[len])
        return NULL;
    if (strchr("\r\n", text[len]))
        return apr_psprintf(pool,
                            "a line break after %" APR_SIZE_T_FMT
                            " characters: the token was wrapped, so join its "
                            "lines",
                            len);
    if (strchr(SPACE, text[len]))
        return apr_psprintf(
            pool, "a blank after %" APR_SIZE_T_FMT " characters: remove it",
            len);
    return apr_psprintf(
        pool, "a character after %" APR_SIZE_T_FMT " others that no token has",
        len);
}

static const char *explain_parts(const char *text, apr_pool_t *pool)
{
    switch (count_parts(text)) {
    case 1:
        return "1 part, and a JWT has 3: it is an opaque token, or only a "
               "piece of a token";
    case 2:
        return "2 parts, and a JWT has 3: its end is missing";
    case 3:
    case 5:
        return NULL;
    default:
        return apr_psprintf(pool, "%d parts, and a JWT has 3",
                            count_parts(text));
    }
}

const char *ajwt_pasted_explain(const ajwt_options *options, const char *text,
                                apr_pool_t *pool)
{
    const char *rest = text;
    const char *said = *text ? explain_document(text) : NULL;

    if (!said && is_token(text) && strpbrk(text, SPACE))
        said = explain_copies(text, pool);
    else if (!said)
        said = explain_line(&rest, options, text, pool);
    if (said || !*rest)
        return said;
    said = explain_word(rest);
    if (!said)
        said = explain_copies(rest, pool);
    if (!said)
        said = explain_byte(rest, pool);
    return said ? said : explain_parts(rest, pool);
}
