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

static int begins_with(const char *text, const char *beginning)
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

/* What the text is, and how to fix it */
static ajwt_pasted make_result(const char *actual, const char *fix)
{
    const ajwt_pasted pasted = {actual, fix};

    return pasted;
}

static ajwt_pasted make_no_result(void)
{
    return make_result(NULL, NULL);
}

/* --- Documents */

#define PASTE "Paste a token: three parts with dots between them."

static ajwt_pasted explain_document(const char *text)
{
    if (*text == '{' && strstr(text, "\"access_token\""))
        return make_result(
            "JSON of a token endpoint",
            "Paste only the value of access_token, without quotes.");
    if (*text == '{' && strstr(text, "_token\""))
        return make_result("JSON of a token endpoint, without access_token",
                           "Request an access token: this response has none.");
    if (*text == '{' || *text == '[')
        return make_result("JSON, not a token", PASTE);
    if (*text == '<' && strchr(text, '>'))
        return make_result("HTML, such as a login or error page, not a token",
                           PASTE);
    if (strstr(text, "-----BEGIN "))
        return make_result("a key or certificate in PEM, not a token", PASTE);
    if (ajwt_presented_is_url(text))
        return make_result(
            "a URL", "Paste only the value of the parameter with the token.");
    return make_no_result();
}

/* --- Schemes and header lines */

static const char *quote_word(const char *text, apr_size_t len,
                              apr_pool_t *pool)
{
    const ajwt_bytes bytes = {(const unsigned char *)text, len};

    return ajwt_quote_text(bytes, pool);
}

static ajwt_pasted explain_scheme(const ajwt_options *options, const char *text,
                                  apr_pool_t *pool)
{
    const char *name = quote_word(text, strcspn(text, SPACE), pool);

    const char *scheme = apr_pstrcat(pool, "the scheme is ", name, NULL);

    if (options->is_basic)
        return make_result(apr_pstrcat(pool, scheme,
                                       ", and this section has AuthType Basic",
                                       NULL),
                           "Send the token as the password: curl -u x:TOKEN");
    if (options->token_sources)
        return make_result(apr_pstrcat(pool, scheme,
                                       ", and this section has AuthType Bearer",
                                       NULL),
                           "Send \"Bearer\" instead.");
    if (begins_with(text, "Basic"))
        return make_result(scheme,
                           "If the section has AuthType Basic, name it with "
                           "--location.");
    return make_result(scheme, "Send \"Bearer\" instead.");
}

/*
 * Explains an error before the token; sets *rest to the text after a valid
 * beginning.
 */
static ajwt_pasted explain_line(const char **rest, const ajwt_options *options,
                                const char *text, apr_pool_t *pool)
{
    const apr_size_t name_len = ajwt_presented_name_len(text);
    const int is_line = begins_with(text, AUTHORIZATION);
    const char *value =
        is_line ? skip_space(text + strlen(AUTHORIZATION)) : text;

    if (begins_with(value, AUTHORIZATION) && is_line)
        return make_result("\"" AUTHORIZATION "\" appears twice",
                           "Send it once.");
    if (begins_with(value, "Bearer:"))
        return make_result("\"Bearer:\" has a colon",
                           "Send \"Bearer\" and a blank before the token.");
    if (!is_line && name_len)
        return make_result(
            apr_pstrcat(pool, "a ", quote_word(text, name_len, pool), " line",
                        NULL),
            "Name the section with --location, so that its AuthJWTTokenSource "
            "applies.");
    *rest = value;
    if (begins_with(value, "Bearer ") && !options->is_basic) {
        *rest = skip_space(value + strlen("Bearer "));
        return begins_with(*rest, "Bearer ")
                   ? make_result("\"Bearer\" appears twice", "Send it once.")
                   : make_no_result();
    }
    if (is_token(value))
        return is_line ? make_result("a token without a scheme",
                                     "Send \"Bearer\" and a blank before it.")
                       : make_no_result();
    if (strcspn(value, TOKEN_BYTES) == 0 &&
        value[strspn(value, TOKEN_BYTES)] == ' ')
        return explain_scheme(options, value, pool);
    return make_no_result();
}

/* --- The token itself */

static ajwt_pasted explain_word(const char *text)
{
    if (strcmp(text, "null") == 0)
        return make_result("\"null\" instead of a token",
                           "Fix the client: it has no token.");
    if (strcmp(text, "undefined") == 0)
        return make_result("\"undefined\" instead of a token",
                           "Fix the client: it has no token.");
    if (*text == '$' || *text == '%')
        return make_result("the name of a variable that was not replaced",
                           "Fix the script, or paste the token itself.");
    if (strchr("\"'`", *text) || begins_with(text, "\xe2\x80\x9c") ||
        begins_with(text, "\xe2\x80\x98"))
        return make_result("quotes around the token", "Remove the quotes.");
    if (strstr(text, "..") || strstr(text, "\xe2\x80\xa6"))
        return make_result("the token was shortened", "Paste the whole token.");
    return make_no_result();
}

static char *remove_space(const char *text, apr_pool_t *pool)
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

static ajwt_pasted explain_copies(const char *text, apr_pool_t *pool)
{
    const apr_size_t repeats = count_repeats(remove_space(text, pool));
    const int tokens = count_tokens(text);

    if (repeats > 1 && is_token(text))
        return make_result(apr_psprintf(pool,
                                        "the same token %" APR_SIZE_T_FMT
                                        " times in a row",
                                        repeats),
                           "Paste it once.");
    return tokens > 1 ? make_result(apr_psprintf(pool, "%d tokens", tokens),
                                    "Paste only one token.")
                      : make_no_result();
}

static ajwt_pasted explain_byte(const char *text, apr_pool_t *pool)
{
    const apr_size_t len = strspn(text, TOKEN_BYTES);

    if (!text[len])
        return make_no_result();
    if (strchr("\r\n", text[len]))
        return make_result(
            apr_psprintf(
                pool, "a line break after %" APR_SIZE_T_FMT " characters", len),
            "Join the lines: the token was wrapped.");
    if (strchr(SPACE, text[len]))
        return make_result(
            apr_psprintf(pool, "a blank after %" APR_SIZE_T_FMT " characters",
                         len),
            "Remove the blank.");
    return make_result(apr_psprintf(pool,
                                    "a character after %" APR_SIZE_T_FMT
                                    " others that no token has",
                                    len),
                       "Remove this character, or copy the token again.");
}

static ajwt_pasted explain_parts(const char *text, apr_pool_t *pool)
{
    switch (count_parts(text)) {
    case 1:
        return make_result(
            "1 part, and a JWT has 3",
            is_token(text)
                ? "Copy the whole token: two dots and the parts after "
                  "them are missing."
                : "Copy the whole token. If this is all of it, it is "
                  "an opaque token: the client must request a token "
                  "for this API.");
    case 2:
        return make_result("2 parts, and a JWT has 3",
                           "Copy the token to its end: the second dot and the "
                           "signature after it are missing.");
    case 3:
    case 5:
        return make_no_result();
    default:
        return make_result(
            apr_psprintf(pool, "%d parts, and a JWT has 3", count_parts(text)),
            "Paste only one token, with two dots in it.");
    }
}

ajwt_pasted ajwt_pasted_explain(const ajwt_options *options, const char *text,
                                apr_pool_t *pool)
{
    const char *rest = text;
    ajwt_pasted pasted = *text ? explain_document(text) : make_no_result();

    if (!pasted.actual && is_token(text) && strpbrk(text, SPACE))
        pasted = explain_copies(text, pool);
    else if (!pasted.actual)
        pasted = explain_line(&rest, options, text, pool);
    if (pasted.actual || !*rest)
        return pasted;
    pasted = explain_word(rest);
    if (!pasted.actual)
        pasted = explain_copies(rest, pool);
    if (!pasted.actual)
        pasted = explain_byte(rest, pool);
    return pasted.actual ? pasted : explain_parts(rest, pool);
}
