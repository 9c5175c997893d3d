/* SPDX-License-Identifier: Apache-2.0 */
#include "core/claim_term.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"

static apr_status_t free_pattern(void *pattern)
{
    pcre2_code_free(pattern);
    return APR_SUCCESS;
}

static pcre2_code *compile_regex(const char **error, const char *text,
                                 apr_pool_t *pool)
{
    char message[128];
    int code;
    PCRE2_SIZE offset;
    pcre2_code *pattern =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &code, &offset, NULL);

    if (pattern) {
        apr_pool_cleanup_register(pool, pattern, free_pattern,
                                  apr_pool_cleanup_null);
        return pattern;
    }
    pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
    *error = apr_psprintf(pool, "'%s' is not a regular expression: %s", text,
                          message);
    return NULL;
}

/* The start of the operator; ~0 and ~1 in a JSON Pointer are not operators. */
static const char *find_operator(const char *word)
{
    const char *c;

    for (c = word; *c; c++) {
        if (*word == '/' && *c == '~' && (c[1] == '0' || c[1] == '1'))
            continue;
        if (*c == '=' || *c == '~' || (*c == '!' && c[1] == '='))
            break;
    }
    return c;
}

int ajwt_claim_term_is_template(const char *text)
{
    return strstr(text, "%{") != NULL;
}

/*
 * %{2} is a quantifier. As text, %{env:X} would never match, without an error.
 */
static int has_expression(const char *regex)
{
    while ((regex = strstr(regex, "%{")) != NULL) {
        regex += 2;
        if (apr_isalpha(*regex))
            return 1;
    }
    return 0;
}

static const char *check_no_expression(const char *path, const char *word,
                                       const char *operand, apr_pool_t *pool)
{
    if (ajwt_claim_term_is_template(path))
        return apr_psprintf(pool,
                            "'%s': only a VALUE may contain an expression "
                            "%%{...}, not the name of a claim",
                            word);
    if (operand && has_expression(operand))
        return apr_psprintf(
            pool,
            "'%s': a regular expression cannot contain an expression %%{...}: "
            "write CLAIM=VALUE, or %%\\{ for the text %%{",
            word);
    return NULL;
}

int ajwt_claim_term_parse(const char **error, ajwt_claim_term *term,
                          const char *word, apr_pool_t *pool)
{
    const char *mark = find_operator(word);
    const char *operand = mark + (*mark == '!' ? 2 : 1);
    const char *path = apr_pstrmemdup(pool, word, (apr_size_t)(mark - word));

    if (*mark && mark == word) {
        *error = "a claim name is empty: write CLAIM=VALUE, without blanks";
        return 0;
    }
    *error =
        check_no_expression(path, word, *mark == '~' ? operand : NULL, pool);
    term->path = *error ? NULL : ajwt_claim_path_parse(error, path, pool);
    if (!term->path)
        return 0;
    switch (*mark) {
    case '=':
    case '!':
        term->operation = *mark == '=' ? AJWT_TERM_EQUAL : AJWT_TERM_OTHER;
        term->value = ajwt_bytes_from_string(apr_pstrdup(pool, operand));
        return 1;
    case '~':
        term->operation = AJWT_TERM_MATCHES;
        term->pattern = compile_regex(error, operand, pool);
        return term->pattern != NULL;
    default:
        term->operation = AJWT_TERM_PRESENT;
        return 1;
    }
}

static int takes_value(const ajwt_claim_term *term)
{
    return term->operation == AJWT_TERM_EQUAL ||
           term->operation == AJWT_TERM_OTHER;
}

const char *ajwt_claim_term_template(const ajwt_claim_term *term)
{
    const char *value = (const char *)term->value.data;

    return takes_value(term) && ajwt_claim_term_is_template(value) ? value
                                                                   : NULL;
}

/* Matches one term against one claim. */
typedef struct term_matcher {
    const ajwt_claim_term *term;
    apr_size_t texts; /* how many texts share the match limit */
    pcre2_match_data *data;
    pcre2_match_context *bounds;
    apr_pool_t *pool;
} term_matcher;

static uint32_t limit_steps(const term_matcher *matcher, ajwt_bytes text)
{
    const apr_size_t share = AJWT_MAX_REGEX_STEPS / matcher->texts;
    const apr_size_t least =
        AJWT_MIN_REGEX_STEPS + AJWT_REGEX_STEPS_PER_OCTET * text.len;

    return (uint32_t)(matcher->texts == 1 || share > least ? share : least);
}

/* The result of comparing a value with a term */
typedef enum fit {
    FITS,
    FITS_NOT,
    LIMIT_REACHED, /* the match limit was reached, or out of memory */
    IS_INEXACT     /* an integer beyond 64 bits cannot be compared */
} fit;

static fit match_regex(const term_matcher *matcher, ajwt_bytes text)
{
    int count;

    pcre2_set_match_limit(matcher->bounds, limit_steps(matcher, text));
    count = pcre2_match(matcher->term->pattern, text.data, text.len, 0, 0,
                        matcher->data, matcher->bounds);
    if (count > 0)
        return FITS;
    return count == PCRE2_ERROR_NOMATCH ? FITS_NOT : LIMIT_REACHED;
}

static fit value_fits(const term_matcher *matcher, const json_t *value)
{
    ajwt_bytes text;

    if (!ajwt_json_is_exact(value))
        return IS_INEXACT;
    text = ajwt_json_text(value, matcher->pool);
    if (!text.data)
        return LIMIT_REACHED;
    if (matcher->term->operation == AJWT_TERM_MATCHES)
        return match_regex(matcher, text);
    return ajwt_bytes_equal(text, matcher->term->value) ? FITS : FITS_NOT;
}

/* Stops at the first element that matches or cannot be evaluated. */
static fit value_or_element_fits(const term_matcher *matcher,
                                 const json_t *value)
{
    json_t *element;
    apr_size_t i;
    fit result = FITS_NOT;

    if (!json_is_array(value))
        return value_fits(matcher, value);
    json_array_foreach(value, i, element)
    {
        fit next = value_fits(matcher, element);

        if (next == FITS || next == LIMIT_REACHED)
            return next;
        if (next == IS_INEXACT)
            result = next;
    }
    return result;
}

static fit term_fits(const ajwt_claim_term *term, const json_t *value,
                     apr_pool_t *pool)
{
    const apr_size_t elements = json_array_size(value);
    term_matcher matcher = {term, elements ? elements : 1, NULL, NULL, pool};
    fit result = LIMIT_REACHED;

    if (term->pattern) {
        matcher.data =
            pcre2_match_data_create_from_pattern(term->pattern, NULL);
        matcher.bounds = pcre2_match_context_create(NULL);
    }
    if (!term->pattern || (matcher.data && matcher.bounds))
        result = value_or_element_fits(&matcher, value);
    pcre2_match_data_free(matcher.data);
    pcre2_match_context_free(matcher.bounds);
    return result;
}

/*
 * Whether the token names the claim as one that it omits (distributed claims,
 * OpenID Connect Core 5.6.2). The claim is not fetched, because the token
 * chooses the address.
 */
static int is_claim_omitted(const ajwt_claim_path *path, const json_t *claims)
{
    const json_t *names = json_object_get(claims, "_claim_names");

    return json_object_get(names, path->text) ||
           json_object_get(names, path->segments[0]) ||
           (strcmp(path->segments[0], "groups") == 0 &&
            json_is_true(json_object_get(claims, "hasgroups")));
}

ajwt_reason ajwt_claim_term_check(const ajwt_claim_term *term,
                                  const json_t *claims, apr_pool_t *pool)
{
    const json_t *value = ajwt_claim_path_find(term->path, claims);

    if (takes_value(term) && !term->value.data)
        return AJWT_VALUE_EMPTY;
    if (!value || json_is_null(value))
        return is_claim_omitted(term->path, claims) ? AJWT_CLAIM_OVERAGE
                                                    : AJWT_CLAIM_RULE;
    if (term->operation == AJWT_TERM_PRESENT)
        return AJWT_ACCEPTED;
    switch (term_fits(term, value, pool)) {
    case FITS:
        return term->operation == AJWT_TERM_OTHER ? AJWT_CLAIM_RULE
                                                  : AJWT_ACCEPTED;
    case FITS_NOT:
        return term->operation == AJWT_TERM_OTHER ? AJWT_ACCEPTED
                                                  : AJWT_CLAIM_RULE;
    case IS_INEXACT:
        return AJWT_CLAIM_INEXACT;
    case LIMIT_REACHED:
        break;
    }
    return AJWT_INTERNAL;
}
