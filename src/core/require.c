/* SPDX-License-Identifier: Apache-2.0 */
#include "core/require.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/claim_term.h"
#include "core/json.h"
#include "core/limits.h"

struct ajwt_require {
    enum { SCOPE, CLAIM, ACR } kind;
    const apr_array_header_t *words; /* SCOPE, ACR: const char * */
    const apr_array_header_t *shown; /* words that a challenge may contain */
    const char *text;                /* shown, joined by spaces; NULL: none */
    const char *max_age;             /* ACR: NULL for any */
    apr_int64_t max_age_s;
    apr_array_header_t *terms;     /* CLAIM: ajwt_claim_term */
    apr_array_header_t *templates; /* const char *, NULL: none */
};

static void add_template(ajwt_require *require, const char *text,
                         apr_pool_t *pool)
{
    if (!require->templates)
        require->templates = apr_array_make(pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(require->templates, const char *) = text;
}

/*
 * Selects the words that a challenge may contain. A challenge contains values,
 * but not the templates that they come from.
 */
static void set_challenge_words(ajwt_require *require, apr_pool_t *pool)
{
    const apr_array_header_t *words = require->words;
    apr_array_header_t *shown =
        apr_array_make(pool, words->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (!(require->templates && ajwt_claim_term_is_template(word)) &&
            ajwt_challenge_is_scope_token(word))
            APR_ARRAY_PUSH(shown, const char *) = word;
    }
    require->shown = shown;
    require->text = shown->nelts ? apr_array_pstrcat(pool, shown, ' ') : NULL;
}

static void set_words(ajwt_require *require, const apr_array_header_t *words,
                      apr_pool_t *pool)
{
    int i;

    require->words = apr_array_copy(pool, words);
    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (ajwt_claim_term_is_template(word))
            add_template(require, word, pool);
    }
    set_challenge_words(require, pool);
}

/* Ensures that each constant word can be used in a challenge. */
static const char *check_scope_tokens(const apr_array_header_t *words,
                                      apr_pool_t *pool)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (!ajwt_claim_term_is_template(word) &&
            !ajwt_challenge_is_scope_token(word))
            return apr_psprintf(
                pool,
                "'%s' is not a scope or a value of acr: write only visible "
                "ASCII without quotes and backslashes",
                word);
    }
    return NULL;
}

const ajwt_require *ajwt_require_parse_scope(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool)
{
    ajwt_require *require = apr_pcalloc(pool, sizeof *require);

    *error = words->nelts ? check_scope_tokens(words, pool)
                          : "write Require jwt-scope SCOPE ...";
    if (*error)
        return NULL;
    require->kind = SCOPE;
    set_words(require, words, pool);
    return require;
}

/*
 * Matches max-age=60 and variants such as Max-Age: as a value of acr, the limit
 * would be ignored.
 */
static int looks_like_max_age(const char *word)
{
    return strncasecmp(word, "max", 3) == 0 &&
           strncasecmp(word + 3 + (word[3] == '-' || word[3] == '_'), "age",
                       3) == 0;
}

/* max-age may be at any position in the list. */
static const char *parse_max_age(ajwt_require *require, const char *word,
                                 apr_pool_t *pool)
{
    static const char name[] = "max-age=";
    const char *text = word + sizeof name - 1;
    char *end;

    if (!require->max_age && strncmp(word, name, sizeof name - 1) == 0 &&
        apr_isdigit(*text)) {
        require->max_age = apr_pstrdup(pool, text);
        require->max_age_s = apr_strtoi64(text, &end, 10);
        if (!*end && require->max_age_s <= AJWT_MAX_DIRECTIVE_S)
            return NULL;
    }
    return apr_psprintf(pool,
                        "write max-age=SECONDS once, with 0 to %d seconds",
                        AJWT_MAX_DIRECTIVE_S);
}

const ajwt_require *ajwt_require_parse_acr(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool)
{
    ajwt_require *require = apr_pcalloc(pool, sizeof *require);
    apr_array_header_t *values =
        apr_array_make(pool, words->nelts, sizeof(const char *));
    int i;

    *error = words->nelts ? check_scope_tokens(words, pool)
                          : "write Require jwt-acr VALUE ... "
                            "[max-age=SECONDS]";
    for (i = 0; i < words->nelts && !*error; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (looks_like_max_age(word))
            *error = parse_max_age(require, word, pool);
        else
            APR_ARRAY_PUSH(values, const char *) = apr_pstrdup(pool, word);
    }
    require->kind = ACR;
    set_words(require, values, pool);
    return *error ? NULL : require;
}

const ajwt_require *ajwt_require_parse_claim(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool)
{
    ajwt_require *require = apr_pcalloc(pool, sizeof *require);
    int i;

    *error = words->nelts ? NULL
                          : "write Require jwt-claim CLAIM, CLAIM=VALUE, "
                            "CLAIM!=VALUE or CLAIM~REGEX";
    if (*error)
        return NULL;
    require->kind = CLAIM;
    require->terms =
        apr_array_make(pool, words->nelts, sizeof(ajwt_claim_term));
    for (i = 0; i < words->nelts; i++) {
        ajwt_claim_term *term = apr_array_push(require->terms);

        if (!ajwt_claim_term_parse(error, term,
                                   APR_ARRAY_IDX(words, i, const char *), pool))
            return NULL;
        if (ajwt_claim_term_template(term))
            add_template(require, ajwt_claim_term_template(term), pool);
    }
    return require;
}

/* --- Expressions in words and values */

const apr_array_header_t *ajwt_require_templates(const ajwt_require *require)
{
    return require->templates;
}

static const apr_array_header_t *fill_in_words(const apr_array_header_t *words,
                                               const char *const *values,
                                               apr_pool_t *pool)
{
    apr_array_header_t *filled = apr_array_copy(pool, words);
    int i;

    for (i = 0; i < filled->nelts; i++) {
        const char **word = &APR_ARRAY_IDX(filled, i, const char *);

        if (ajwt_claim_term_is_template(*word))
            *word = *values++;
    }
    return filled;
}

static apr_array_header_t *fill_in_terms(const apr_array_header_t *terms,
                                         const char *const *values,
                                         apr_pool_t *pool)
{
    apr_array_header_t *filled = apr_array_copy(pool, terms);
    int i;

    for (i = 0; i < filled->nelts; i++) {
        ajwt_claim_term *term = &APR_ARRAY_IDX(filled, i, ajwt_claim_term);

        if (ajwt_claim_term_template(term)) {
            term->value = ajwt_bytes_from_string(**values ? *values : NULL);
            values++;
        }
    }
    return filled;
}

const ajwt_require *ajwt_require_fill(const ajwt_require *require,
                                      const char *const *values,
                                      apr_pool_t *pool)
{
    ajwt_require *filled = apr_pmemdup(pool, require, sizeof *require);

    filled->templates = NULL;
    if (filled->kind == CLAIM) {
        filled->terms = fill_in_terms(require->terms, values, pool);
        return filled;
    }
    filled->words = fill_in_words(require->words, values, pool);
    set_challenge_words(filled, pool);
    return filled;
}

/*
 * A term that does not hold decides the result, even if another is undefined.
 */
static ajwt_reason check_terms(const ajwt_require *require,
                               const json_t *claims, apr_pool_t *pool)
{
    ajwt_reason reason = AJWT_ACCEPTED;
    int i;

    for (i = 0; i < require->terms->nelts; i++) {
        ajwt_reason next = ajwt_claim_term_check(
            &APR_ARRAY_IDX(require->terms, i, ajwt_claim_term), claims, pool);

        if (next == AJWT_CLAIM_RULE || next == AJWT_INTERNAL)
            return next;
        if (next != AJWT_ACCEPTED)
            reason = next;
    }
    return reason;
}

/* RFC 6749 3.3: scopes are separated by single spaces */
static int text_contains(ajwt_bytes list, const char *word)
{
    const unsigned char *start = list.data, *end;

    if (!start)
        return 0;
    end = start + list.len;
    while (start < end) {
        const unsigned char *stop =
            memchr(start, ' ', (apr_size_t)(end - start));
        ajwt_bytes candidate = {start, 0};

        if (!stop)
            stop = end;
        candidate.len = (apr_size_t)(stop - start);
        if (ajwt_bytes_equal_string(candidate, word))
            return 1;
        start = stop + 1;
    }
    return 0;
}

/* An array with other elements than strings is not a list of scopes. */
static int array_contains(const json_t *list, const char *name)
{
    json_t *element;
    apr_size_t i;
    int found = 0;

    json_array_foreach(list, i, element)
    {
        if (!json_is_string(element))
            return 0;
        found |= ajwt_bytes_equal_string(ajwt_json_string(element), name);
    }
    return found;
}

static int list_contains(const json_t *list, const char *name)
{
    return text_contains(ajwt_json_string(list), name) ||
           array_contains(list, name);
}

static int has_scope(const json_t *claims, const char *name)
{
    return list_contains(json_object_get(claims, "scope"), name) ||
           list_contains(json_object_get(claims, "scp"), name);
}

/* A missing scope decides the result, even if another expression is empty. */
static ajwt_reason check_scopes(const ajwt_require *require,
                                const json_t *claims)
{
    ajwt_reason reason = AJWT_ACCEPTED;
    int i;

    for (i = 0; i < require->words->nelts; i++) {
        const char *name = APR_ARRAY_IDX(require->words, i, const char *);

        if (!*name)
            reason = AJWT_VALUE_EMPTY;
        else if (!has_scope(claims, name))
            return AJWT_SCOPE_MISSING;
    }
    return reason;
}

static ajwt_reason check_is_among(ajwt_bytes value,
                                  const apr_array_header_t *words)
{
    ajwt_reason reason = AJWT_STEP_UP_NEEDED;
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (!*word)
            reason = AJWT_VALUE_EMPTY;
        else if (ajwt_bytes_equal_string(value, word))
            return AJWT_ACCEPTED;
    }
    return reason;
}

/* A future time comes from a wrong clock, or is in milliseconds. */
static int is_recent(const ajwt_require *require, const json_t *auth_time,
                     apr_time_t now)
{
    const double age_s =
        (double)now / APR_USEC_PER_SEC - json_number_value(auth_time);

    return json_is_number(auth_time) && age_s >= -AJWT_MAX_LEEWAY_S &&
           age_s <= (double)require->max_age_s;
}

/* RFC 9470 5 */
static ajwt_reason check_acr(const ajwt_require *require, const json_t *claims,
                             apr_time_t now)
{
    if (require->max_age &&
        !is_recent(require, json_object_get(claims, "auth_time"), now))
        return AJWT_STEP_UP_NEEDED;
    return require->words->nelts
               ? check_is_among(ajwt_json_member(claims, "acr"), require->words)
               : AJWT_ACCEPTED;
}

int ajwt_require_is_undecided(ajwt_reason reason)
{
    return reason == AJWT_CLAIM_OVERAGE || reason == AJWT_CLAIM_INEXACT ||
           reason == AJWT_VALUE_EMPTY;
}

ajwt_reason ajwt_require_match(const ajwt_require *require,
                               const json_t *claims, apr_time_t now,
                               apr_pool_t *pool)
{
    if (require->templates)
        return AJWT_INTERNAL;
    switch (require->kind) {
    case SCOPE:
        return check_scopes(require, claims);
    case CLAIM:
        return check_terms(require, claims, pool);
    case ACR:
        return check_acr(require, claims, now);
    }
    return AJWT_INTERNAL;
}

static const char *add_claim(const char *list, const char *name,
                             const json_t *value, apr_pool_t *pool)
{
    return apr_pstrcat(pool, list, *list ? ", " : "", name, " ",
                       value ? ajwt_json_print(value, pool) : "none", NULL);
}

/* Lists the members that are present; otherwise the first one */
static const char *list_members(const json_t *claims, const char *first,
                                const char *second, apr_pool_t *pool)
{
    const json_t *one = json_object_get(claims, first);
    const json_t *other = second ? json_object_get(claims, second) : NULL;
    const char *list = one || !other ? add_claim("", first, one, pool) : "";

    return other ? add_claim(list, second, other, pool) : list;
}

const char *ajwt_require_actual(const ajwt_require *require,
                                const json_t *claims, apr_pool_t *pool)
{
    const char *list = "";
    int i, j;

    if (require->kind == SCOPE)
        return list_members(claims, "scope", "scp", pool);
    if (require->kind == ACR)
        return list_members(claims, "acr",
                            require->max_age ? "auth_time" : NULL, pool);
    for (i = 0; i < require->terms->nelts; i++) {
        const ajwt_claim_path *path =
            APR_ARRAY_IDX(require->terms, i, ajwt_claim_term).path;

        for (j = 0; j < i; j++) {
            if (strcmp(APR_ARRAY_IDX(require->terms, j, ajwt_claim_term)
                           .path->text,
                       path->text) == 0)
                break;
        }
        if (j == i)
            list = add_claim(list, path->text,
                             ajwt_claim_path_find(path, claims), pool);
    }
    return list;
}

const apr_array_header_t *ajwt_require_scopes(const ajwt_require *require)
{
    return require->kind == SCOPE && require->text ? require->shown : NULL;
}

int ajwt_require_grants_scope(const json_t *claims, const char *name)
{
    return has_scope(claims, name);
}

void ajwt_require_fill_challenge(ajwt_challenge *challenge,
                                 const ajwt_require *require)
{
    if (require->kind == SCOPE)
        challenge->scope = require->text;
    if (require->kind != ACR)
        return;
    challenge->acr_values = require->text;
    challenge->max_age = require->max_age;
}
