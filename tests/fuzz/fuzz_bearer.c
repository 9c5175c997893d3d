/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a token in a header nothing but one, and can a challenge hold nothing but
 * parameters?
 *
 * The input is the header; its words are what an administrator asks for.
 */
#include "fuzz.h"

#include "core/authorization_header.h"
#include "core/challenge.h"
#include "core/require.h"

#define ALNUM                                              \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
    "0123456789"

/* RFC 6750 2.1, with blanks around it; where it begins, or NULL */
static const char *find_b64token(const char *text, apr_size_t *len)
{
    const char *start = text + strspn(text, " \t");
    apr_size_t characters = strspn(start, ALNUM "-._~+/"), padding;

    padding = strspn(start + characters, "=");
    *len = characters + padding;
    start += *len;
    return characters && !start[strspn(start, " \t")] ? start - *len : NULL;
}

static void check_token(ajwt_reason reason, ajwt_bytes token, const char *text)
{
    apr_size_t len;
    const char *expected = find_b64token(text, &len);

    FUZZ_CHECK((reason == AJWT_ACCEPTED) == (expected != NULL));
    if (expected)
        FUZZ_CHECK((const char *)token.data == expected && token.len == len);
    else
        FUZZ_CHECK(!token.data && token.len == 0);
}

static int begins_with_scheme(const char *text)
{
    text += strspn(text, " \t");
    return strncasecmp(text, "Bearer", 6) == 0 && strchr(" \t", text[6]);
}

/* What a request makes of a text: the token is found, and then its bytes are
 * checked. */
static ajwt_reason parse(ajwt_reason (*find)(ajwt_bytes *, const char *),
                         ajwt_bytes *token, const char *text)
{
    ajwt_reason reason = find(token, text);

    if (reason != AJWT_ACCEPTED)
        return reason;
    reason = ajwt_authorization_header_check(*token);
    if (reason != AJWT_ACCEPTED)
        memset(token, 0, sizeof *token);
    return reason;
}

static void check_header(const char *text)
{
    ajwt_bytes token;
    ajwt_reason reason = parse(ajwt_authorization_header_parse, &token, text);

    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_NO_TOKEN,
                             AJWT_OTHER_SCHEME, AJWT_MALFORMED_CREDENTIALS,
                             AJWT_SEVERAL_TOKENS, AJWT_REASON_COUNT));
    FUZZ_CHECK((reason == AJWT_NO_TOKEN) == !text[strspn(text, " \t")]);
    if (begins_with_scheme(text))
        check_token(reason, token, text + strspn(text, " \t") + 6);
    else
        FUZZ_CHECK(reason != AJWT_ACCEPTED && !token.data);
}

static void check_bare(const char *text)
{
    ajwt_bytes token;
    ajwt_reason reason =
        parse(ajwt_authorization_header_parse_bare, &token, text);

    check_token(reason, token, text);
    FUZZ_CHECK((reason == AJWT_NO_TOKEN) == !text[strspn(text, " \t")]);
    FUZZ_CHECK((reason == AJWT_SEVERAL_TOKENS) == (strchr(text, ',') != NULL));
}

/* The only element of a list that is not empty; NULL: none, or several */
static char *find_element(const char *text, int *count, apr_pool_t *pool)
{
    char *element = NULL, *last, *list = apr_pstrdup(pool, text);

    *count = 0;
    for (list = apr_strtok(list, ",", &last); list;
         list = apr_strtok(NULL, ",", &last)) {
        if (list[strspn(list, " \t")]) {
            element = list;
            (*count)++;
        }
    }
    return *count == 1 ? element : NULL;
}

static int is_scheme_alone(const char *element)
{
    element += strspn(element, " \t");
    return begins_with_scheme(element) &&
           !element[6 + strspn(element + 6, " \t")];
}

static void check_field(const char *text, apr_pool_t *pool)
{
    ajwt_bytes token;
    ajwt_reason reason =
        parse(ajwt_authorization_header_parse_field, &token, text);
    apr_size_t len;
    int count;
    const char *element = find_element(text, &count, pool), *expected = NULL;

    FUZZ_CHECK((reason == AJWT_NO_TOKEN) == (count == 0));
    FUZZ_CHECK((reason == AJWT_SEVERAL_TOKENS) == (count > 1));
    if (element && begins_with_scheme(element))
        expected = find_b64token(element + strspn(element, " \t") + 6, &len);
    else if (element)
        expected = find_b64token(element, &len);
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == (expected != NULL));
    if (element && is_scheme_alone(element))
        FUZZ_CHECK(reason == AJWT_MALFORMED_CREDENTIALS);
    if (expected)
        FUZZ_CHECK(token.len == len && memcmp(token.data, expected, len) == 0);
    else
        FUZZ_CHECK(!token.data && token.len == 0);
}

static void check_challenge(const ajwt_require *require, apr_pool_t *pool)
{
    ajwt_challenge challenge = {.realm = "orders"};

    if (!require)
        return;
    ajwt_require_fill_challenge(&challenge, require);
    FUZZ_CHECK(fuzz_is_challenge(
        ajwt_challenge_print(AJWT_NO_TOKEN, &challenge, pool)));
    FUZZ_CHECK(fuzz_is_challenge(
        ajwt_challenge_print(AJWT_SCOPE_MISSING, &challenge, pool)));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *text = fuzz_string(input, pool), *error;
    apr_array_header_t *words = fuzz_words(input, pool);

    check_header(text);
    check_bare(text);
    check_field(text, pool);
    check_challenge(ajwt_require_parse_scope(&error, words, pool), pool);
    check_challenge(ajwt_require_parse_acr(&error, words, pool), pool);
}
