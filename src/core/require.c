/* SPDX-License-Identifier: Apache-2.0 */
#include "core/require.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/path.h"

typedef enum operation { IS_PRESENT, IS_EQUAL, IS_OTHER, MATCHES } operation;

typedef struct claim_term {
    operation operation;
    const ajwt_path *path;
    ajwt_bytes value;    /* IS_EQUAL, IS_OTHER */
    pcre2_code *pattern; /* MATCHES */
} claim_term;

struct ajwt_require {
    enum { SCOPE, CLAIM, ACR } kind;
    const apr_array_header_t *words; /* SCOPE, ACR: const char * */
    const char *text;                /* the same with spaces, NULL for none */
    const char *max_age;             /* ACR: NULL for any */
    apr_int64_t max_age_s;
    apr_array_header_t *terms; /* CLAIM: claim_term */
};

/* So that each word may stand in a challenge as it is */
static const char *check_scope_tokens(const apr_array_header_t *words,
                                      apr_pool_t *pool)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);

        if (!ajwt_bearer_is_scope_token(word))
            return apr_psprintf(pool,
                                "'%s' is no scope, and no value of acr: only "
                                "visible ASCII without quotes and backslashes",
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
    require->words = apr_array_copy(pool, words);
    require->text = apr_array_pstrcat(pool, words, ' ');
    return require;
}

/* max_age=60, Max-Age 60: as a value of acr the bound would silently be lost */
static int means_max_age(const char *word)
{
    return strncasecmp(word, "max", 3) == 0 &&
           strncasecmp(word + 3 + (word[3] == '-' || word[3] == '_'), "age",
                       3) == 0;
}

/* Where it stands among the values is of no account. */
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
    return apr_psprintf(pool, "write max-age=SECONDS, once, of 0 to %d",
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

        if (means_max_age(word))
            *error = parse_max_age(require, word, pool);
        else
            APR_ARRAY_PUSH(values, const char *) = apr_pstrdup(pool, word);
    }
    require->kind = ACR;
    require->words = values;
    require->text = values->nelts ? apr_array_pstrcat(pool, values, ' ') : NULL;
    return *error ? NULL : require;
}

static apr_status_t free_pattern(void *pattern)
{
    pcre2_code_free(pattern);
    return APR_SUCCESS;
}

static pcre2_code *compile(const char **error, const char *text,
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
    *error =
        apr_psprintf(pool, "'%s' is no regular expression: %s", text, message);
    return NULL;
}

/* Where the operator begins; in a JSON Pointer ~0 and ~1 are none. */
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

static int parse_term(const char **error, claim_term *term, const char *word,
                      apr_pool_t *pool)
{
    const char *mark = find_operator(word);
    const char *operand = mark + (*mark == '!' ? 2 : 1);

    if (*mark && mark == word) {
        *error = "a claim name is empty: write CLAIM=VALUE, without blanks";
        return 0;
    }
    term->path = ajwt_path_parse(
        error, apr_pstrmemdup(pool, word, (apr_size_t)(mark - word)), pool);
    if (!term->path)
        return 0;
    switch (*mark) {
    case '=':
    case '!':
        term->operation = *mark == '=' ? IS_EQUAL : IS_OTHER;
        term->value = ajwt_bytes_from_string(apr_pstrdup(pool, operand));
        return 1;
    case '~':
        term->operation = MATCHES;
        term->pattern = compile(error, operand, pool);
        return term->pattern != NULL;
    default:
        term->operation = IS_PRESENT;
        return 1;
    }
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
    require->terms = apr_array_make(pool, words->nelts, sizeof(claim_term));
    for (i = 0; i < words->nelts; i++) {
        claim_term *term = apr_array_push(require->terms);

        if (!parse_term(error, term, APR_ARRAY_IDX(words, i, const char *),
                        pool))
            return NULL;
    }
    return require;
}

/* One term at work on one claim */
typedef struct matcher {
    const claim_term *term;
    apr_size_t texts; /* how many share the steps */
    pcre2_match_data *data;
    pcre2_match_context *bounds;
    apr_pool_t *pool;
} matcher;

static uint32_t steps_for(const matcher *by, ajwt_bytes text)
{
    const apr_size_t share = AJWT_MAX_REGEX_STEPS / by->texts;
    const apr_size_t least =
        AJWT_MIN_REGEX_STEPS + AJWT_REGEX_STEPS_PER_OCTET * text.len;

    return (uint32_t)(by->texts == 1 || share > least ? share : least);
}

/* Whether a value is what a term asks for */
typedef enum fit {
    FITS,
    FITS_NOT,
    GIVES_UP,  /* at the limit of an expression */
    IS_INEXACT /* an integer beyond 64 bits: it cannot be compared */
} fit;

static fit matches(const matcher *by, ajwt_bytes text)
{
    int count;

    pcre2_set_match_limit(by->bounds, steps_for(by, text));
    count = pcre2_match(by->term->pattern, text.data, text.len, 0, 0, by->data,
                        by->bounds);
    if (count > 0)
        return FITS;
    return count == PCRE2_ERROR_NOMATCH ? FITS_NOT : GIVES_UP;
}

static fit value_fits(const matcher *by, const json_t *value)
{
    ajwt_bytes text;

    if (!ajwt_json_is_exact(value))
        return IS_INEXACT;
    text = ajwt_json_text(value, by->pool);
    if (!text.data)
        return GIVES_UP;
    if (by->term->operation == MATCHES)
        return matches(by, text);
    return ajwt_bytes_equal(text, by->term->value) ? FITS : FITS_NOT;
}

/* An element that fits settles it, and so does an expression that gives up. */
static fit value_or_element_fits(const matcher *by, const json_t *value)
{
    json_t *element;
    apr_size_t i;
    fit result = FITS_NOT;

    if (!json_is_array(value))
        return value_fits(by, value);
    json_array_foreach(value, i, element)
    {
        fit next = value_fits(by, element);

        if (next == FITS || next == GIVES_UP)
            return next;
        if (next == IS_INEXACT)
            result = next;
    }
    return result;
}

static fit term_fits(const claim_term *term, const json_t *value,
                     apr_pool_t *pool)
{
    const apr_size_t elements = json_array_size(value);
    matcher by = {term, elements ? elements : 1, NULL, NULL, pool};
    fit result = GIVES_UP;

    if (term->pattern) {
        by.data = pcre2_match_data_create_from_pattern(term->pattern, NULL);
        by.bounds = pcre2_match_context_create(NULL);
    }
    if (!term->pattern || (by.data && by.bounds))
        result = value_or_element_fits(&by, value);
    pcre2_match_data_free(by.data);
    pcre2_match_context_free(by.bounds);
    return result;
}

/*
 * Whether the issuer names the claim as one that it left out: OpenID Connect
 * Core 5.6.2.  Where it could be had is nobody's to follow: the token chose it.
 */
static int is_left_out(const ajwt_path *path, const json_t *claims)
{
    const json_t *names = json_object_get(claims, "_claim_names");

    return json_object_get(names, path->text) ||
           json_object_get(names, path->segments[0]) ||
           (strcmp(path->segments[0], "groups") == 0 &&
            json_is_true(json_object_get(claims, "hasgroups")));
}

static ajwt_reason check_term(const claim_term *term, const json_t *claims,
                              apr_pool_t *pool)
{
    const json_t *value = ajwt_path_find(term->path, claims);

    if (!value || json_is_null(value))
        return is_left_out(term->path, claims) ? AJWT_CLAIM_OVERAGE
                                               : AJWT_CLAIM_RULE;
    if (term->operation == IS_PRESENT)
        return AJWT_ACCEPTED;
    switch (term_fits(term, value, pool)) {
    case FITS:
        return term->operation == IS_OTHER ? AJWT_CLAIM_RULE : AJWT_ACCEPTED;
    case FITS_NOT:
        return term->operation == IS_OTHER ? AJWT_ACCEPTED : AJWT_CLAIM_RULE;
    case IS_INEXACT:
        return AJWT_CLAIM_INEXACT;
    case GIVES_UP:
        break;
    }
    return AJWT_INTERNAL;
}

/* A term that does not hold settles it, whatever cannot be said of another. */
static ajwt_reason check_terms(const ajwt_require *require,
                               const json_t *claims, apr_pool_t *pool)
{
    ajwt_reason reason = AJWT_ACCEPTED;
    int i;

    for (i = 0; i < require->terms->nelts; i++) {
        ajwt_reason next = check_term(
            &APR_ARRAY_IDX(require->terms, i, claim_term), claims, pool);

        if (next == AJWT_CLAIM_RULE || next == AJWT_INTERNAL)
            return next;
        if (next != AJWT_ACCEPTED)
            reason = next;
    }
    return reason;
}

/* RFC 6749 3.3: scopes are separated by single spaces */
static int holds_word(ajwt_bytes list, const char *word)
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

/* An array of anything but strings is no list of scopes. */
static int holds_element(const json_t *list, const char *name)
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

static int grants(const json_t *list, const char *name)
{
    return holds_word(ajwt_json_string(list), name) ||
           holds_element(list, name);
}

static int has_scope(const json_t *claims, const char *name)
{
    return grants(json_object_get(claims, "scope"), name) ||
           grants(json_object_get(claims, "scp"), name);
}

static ajwt_reason check_scopes(const ajwt_require *require,
                                const json_t *claims)
{
    int i;

    for (i = 0; i < require->words->nelts; i++) {
        if (!has_scope(claims, APR_ARRAY_IDX(require->words, i, const char *)))
            return AJWT_SCOPE_MISSING;
    }
    return AJWT_ACCEPTED;
}

static int is_among(ajwt_bytes value, const apr_array_header_t *words)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (ajwt_bytes_equal_string(value,
                                    APR_ARRAY_IDX(words, i, const char *)))
            return 1;
    }
    return 0;
}

/* A time to come is of a clock that is off, or in milliseconds. */
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
    if (require->words->nelts &&
        !is_among(ajwt_json_member(claims, "acr"), require->words))
        return AJWT_STEP_UP_NEEDED;
    if (require->max_age &&
        !is_recent(require, json_object_get(claims, "auth_time"), now))
        return AJWT_STEP_UP_NEEDED;
    return AJWT_ACCEPTED;
}

int ajwt_require_is_undecided(ajwt_reason reason)
{
    return reason == AJWT_CLAIM_OVERAGE || reason == AJWT_CLAIM_INEXACT;
}

ajwt_reason ajwt_require_match(const ajwt_require *require,
                               const json_t *claims, apr_time_t now,
                               apr_pool_t *pool)
{
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

/* Each of these members that is there; otherwise the first */
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
        const ajwt_path *path =
            APR_ARRAY_IDX(require->terms, i, claim_term).path;

        for (j = 0; j < i; j++) {
            if (strcmp(APR_ARRAY_IDX(require->terms, j, claim_term).path->text,
                       path->text) == 0)
                break;
        }
        if (j == i)
            list =
                add_claim(list, path->text, ajwt_path_find(path, claims), pool);
    }
    return list;
}

const apr_array_header_t *ajwt_require_scopes(const ajwt_require *require)
{
    return require->kind == SCOPE ? require->words : NULL;
}

void ajwt_require_ask(ajwt_challenge *challenge, const ajwt_require *require)
{
    if (require->kind == SCOPE)
        challenge->scope = require->text;
    if (require->kind != ACR)
        return;
    challenge->acr_values = require->text;
    challenge->max_age = require->max_age;
}
