/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/hint.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/quote.h"
#include "httpd/admin/conf_tree.h"
#include "httpd/admin/placeholder.h"

#define WELL_KNOWN "/.well-known/"
#define RFC8414    "oauth-authorization-server"

/* What a value must not contain */
enum {
    NO_COMMA = 1, /* the directive takes a list of values */
    NO_SPACE =
        2, /* at either end; also no invisible characters and no quotes */
    NO_PLACEHOLDER = 4, /* CAPITALS from an example */
};

static const char *quote_value(const char *text, apr_pool_t *pool)
{
    return ajwt_quote_text(ajwt_bytes_from_string(text), pool);
}

/* --- One value */

/* %{...} is an expression, and =TEXT is a fixed text of AuthJWTUser. */
static const char *check_comma(const char *value, apr_pool_t *pool)
{
    if (!strchr(value, ',') || strstr(value, "%{") || *value == '=')
        return NULL;
    return apr_pstrcat(pool, quote_value(value, pool),
                       " is one value that contains a comma: separate values "
                       "with blanks, not commas",
                       NULL);
}

/* No-break space, zero width space and joiners, byte order mark */
static int has_invisible(const char *value)
{
    static const char *const invisible[] = {"\xc2\xa0",     "\xe2\x80\x8b",
                                            "\xe2\x80\x8c", "\xe2\x80\x8d",
                                            "\xe2\x80\xaf", "\xef\xbb\xbf"};
    unsigned i;

    for (i = 0; i < sizeof invisible / sizeof invisible[0]; i++) {
        if (strstr(value, invisible[i]))
            return 1;
    }
    return 0;
}

/* Quotes around the value; typographic or backslash-escaped quotes anywhere */
static int has_quotes(const char *value)
{
    const apr_size_t len = strlen(value);

    return strstr(value, "\xe2\x80\x9c") || strstr(value, "\xe2\x80\x9d") ||
           strstr(value, "\\\"") ||
           (len > 1 && strchr("\"'", *value) && value[len - 1] == *value);
}

static const char *check_space(const char *value, apr_pool_t *pool)
{
    const apr_size_t len = strlen(value);
    char *trimmed;

    if (has_invisible(value))
        return apr_pstrcat(pool, quote_value(value, pool),
                           " contains an invisible character: type it again",
                           NULL);
    if (has_quotes(value))
        return apr_pstrcat(pool, quote_value(value, pool),
                           ": these quotes are part of the value: write it "
                           "without them",
                           NULL);
    if (!len || (!apr_isspace(*value) && !apr_isspace(value[len - 1])))
        return NULL;
    trimmed = apr_pstrdup(pool, value);
    apr_collapse_spaces(trimmed, trimmed);
    return apr_pstrcat(pool, quote_value(value, pool),
                       " begins or ends with a blank: write ",
                       quote_value(trimmed, pool), NULL);
}

static const char *check_placeholder(const char *value, apr_pool_t *pool)
{
    const ajwt_bytes found = ajwt_placeholder_find(value);

    if (!found.data)
        return NULL;
    return apr_pstrcat(pool, ajwt_quote_text(found, pool),
                       " is a placeholder: ",
                       *found.data == '$' ? "write the value, or Define it"
                                          : "write your own value",
                       NULL);
}

static const char *check_value(const char *value, int rules, apr_pool_t *pool)
{
    const char *text = NULL;

    if (rules & NO_COMMA)
        text = check_comma(value, pool);
    if (!text && (rules & NO_SPACE))
        text = check_space(value, pool);
    if (!text && (rules & NO_PLACEHOLDER))
        text = check_placeholder(value, pool);
    return text;
}

/* --- AuthJWTIssuer */

static int ends_with(const char *text, const char *end)
{
    const apr_size_t len = strlen(text), end_len = strlen(end);

    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

static int is_key_set_url(const char *url)
{
    return ends_with(url, "/jwks.json") || ends_with(url, "/jwks") ||
           ends_with(url, "/certs") || ends_with(url, "/keys");
}

static int is_discovery_url(const char *url)
{
    return ends_with(url, WELL_KNOWN "openid-configuration") ||
           strstr(url, WELL_KNOWN RFC8414) != NULL;
}

/*
 * Returns the issuer that a metadata URL belongs to.  RFC 8414 3.1 appends the
 * issuer's path to the well-known URL.
 */
static const char *derive_issuer(const char *url, apr_pool_t *pool)
{
    const char *mark = strstr(url, WELL_KNOWN);
    const char *rest = mark + strlen(WELL_KNOWN);

    return apr_pstrcat(
        pool, apr_pstrmemdup(pool, url, (apr_size_t)(mark - url)),
        strncmp(rest, RFC8414, strlen(RFC8414)) == 0 ? rest + strlen(RFC8414)
                                                     : "",
        NULL);
}

static const char *check_issuer(const char *name, apr_pool_t *pool)
{
    if (strstr(name, WELL_KNOWN))
        return apr_pstrcat(pool,
                           "it is the URL of a document, not an issuer: write "
                           "AuthJWTIssuer ",
                           derive_issuer(name, pool),
                           ", or the value of \"issuer\" in that document",
                           NULL);
    if (is_key_set_url(name))
        return apr_pstrcat(pool,
                           "it is probably the URL of a key set: write the "
                           "issuer as it is in iss, and jwks=",
                           name, NULL);
    return check_value(name, NO_SPACE | NO_PLACEHOLDER, pool);
}

static const char *check_option(const char *option, apr_pool_t *pool)
{
    const char *value = strchr(option, '=');

    /* httpd has read the file, so its name is valid */
    if (!value || ap_cstr_casecmpn(option, "keys=", 5) == 0 ||
        ap_cstr_casecmpn(option, "secret=", 7) == 0)
        return NULL;
    value++;
    if (ap_cstr_casecmpn(option, "jwks=", 5) == 0 && is_discovery_url(value))
        return "it is the URL of a discovery document: write metadata= instead "
               "of jwks=";
    if (ap_cstr_casecmpn(option, "metadata=", 9) == 0 && is_key_set_url(value))
        return "it is probably the URL of a key set: write jwks= instead of "
               "metadata=";
    return check_value(value, NO_SPACE | NO_PLACEHOLDER, pool);
}

static const char *check_issuer_line(const apr_array_header_t *words,
                                     apr_pool_t *pool)
{
    const char *text =
        words->nelts ? check_issuer(APR_ARRAY_IDX(words, 0, const char *), pool)
                     : NULL;
    int i;

    for (i = 1; i < words->nelts && !text; i++)
        text = check_option(APR_ARRAY_IDX(words, i, const char *), pool);
    return text;
}

/* --- Lines */

/* Directives, or providers of Require, with a list of values */
static const struct list {
    const char *name;
    int rules;
} lists[] = {
    {"AuthJWTAudience", NO_COMMA | NO_SPACE | NO_PLACEHOLDER},
    {"AuthJWTTokenType", NO_COMMA | NO_SPACE},
    {"AuthJWTRequiredClaims", NO_COMMA | NO_SPACE},
    {"AuthJWTUser", NO_COMMA},
    {"AuthJWTExport", NO_COMMA},
    {"jwt-scope", NO_COMMA | NO_PLACEHOLDER},
    {"jwt-acr", NO_COMMA | NO_PLACEHOLDER},
    {"jwt-claim", NO_PLACEHOLDER},
};

static const char *check_list(const char *name, const apr_array_header_t *words,
                              int i, apr_pool_t *pool)
{
    const char *text = NULL;
    unsigned row = 0;

    while (row < sizeof lists / sizeof lists[0] &&
           ap_cstr_casecmp(lists[row].name, name) != 0)
        row++;
    for (; row < sizeof lists / sizeof lists[0] && i < words->nelts && !text;
         i++)
        text = check_value(APR_ARRAY_IDX(words, i, const char *),
                           lists[row].rules, pool);
    return text;
}

/* Returns a hint, or NULL. */
static const char *check_line(const ap_directive_t *line, apr_pool_t *pool)
{
    const apr_array_header_t *words;
    int i = 0;

    if (ajwt_conf_tree_is(line, "AuthJWTIssuer"))
        return check_issuer_line(ajwt_conf_tree_words(line, pool), pool);
    if (ap_cstr_casecmpn(line->directive, "AuthJWT", 7) != 0 &&
        !ajwt_conf_tree_is(line, "Require"))
        return NULL;
    words = ajwt_conf_tree_words(line, pool);
    if (!ajwt_conf_tree_is(line, "Require"))
        return check_list(line->directive, words, 0, pool);
    if (words->nelts &&
        ap_cstr_casecmp(APR_ARRAY_IDX(words, 0, const char *), "not") == 0)
        i = 1;
    return i < words->nelts ? check_list(APR_ARRAY_IDX(words, i, const char *),
                                         words, i + 1, pool)
                            : NULL;
}

static void check_lines(apr_array_header_t *hints, const ap_directive_t *line)
{
    for (; line; line = line->next) {
        const char *text = check_line(line, hints->pool);
        ajwt_hint *hint;

        if (text) {
            hint = apr_array_push(hints);
            hint->line = line;
            hint->text = text;
        }
        check_lines(hints, line->first_child);
    }
}

apr_array_header_t *ajwt_hint_find(const ap_directive_t *tree, apr_pool_t *pool)
{
    apr_array_header_t *hints = apr_array_make(pool, 2, sizeof(ajwt_hint));

    check_lines(hints, tree);
    return hints;
}
