#include "core/require.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

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
    const char *scope;                /* jwt-scope as written, or NULL */
    const apr_array_header_t *scopes; /* const char * */
    apr_array_header_t *terms;        /* claim_term */
    pcre2_match_context *bounds;      /* read-only, so that threads share it */
};

/* RFC 6749 3.3, so that it may stand in a challenge as it is */
static int is_scope_token(const char *name)
{
    if (!*name)
        return 0;
    for (; *name; name++) {
        if (*name <= 0x20 || *name >= 0x7f || *name == '"' || *name == '\\')
            return 0;
    }
    return 1;
}

const ajwt_require *ajwt_require_parse_scope(const char **error,
                                             const apr_array_header_t *words,
                                             apr_pool_t *pool)
{
    ajwt_require *require = apr_pcalloc(pool, sizeof *require);
    int i;

    *error = words->nelts ? NULL : "write Require jwt-scope SCOPE ...";
    for (i = 0; i < words->nelts; i++) {
        const char *name = APR_ARRAY_IDX(words, i, const char *);

        if (!is_scope_token(name))
            *error = apr_psprintf(pool,
                                  "'%s' is no scope: only visible ASCII "
                                  "without quotes and backslashes",
                                  name);
    }
    if (*error)
        return NULL;
    require->scope = apr_array_pstrcat(pool, words, ' ');
    require->scopes = apr_array_copy(pool, words);
    return require;
}

static apr_status_t free_pattern(void *pattern)
{
    pcre2_code_free(pattern);
    return APR_SUCCESS;
}

static apr_status_t free_bounds(void *bounds)
{
    pcre2_match_context_free(bounds);
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
    require->terms = apr_array_make(pool, words->nelts, sizeof(claim_term));
    for (i = 0; i < words->nelts; i++) {
        claim_term *term = apr_array_push(require->terms);

        if (!parse_term(error, term, APR_ARRAY_IDX(words, i, const char *),
                        pool))
            return NULL;
    }
    require->bounds = pcre2_match_context_create(NULL);
    if (!require->bounds) {
        *error = "out of memory";
        return NULL;
    }
    apr_pool_cleanup_register(pool, require->bounds, free_bounds,
                              apr_pool_cleanup_null);
    pcre2_set_match_limit(require->bounds, AJWT_MAX_REGEX_STEPS);
    return require;
}

/* 1, 0, or -1 when it gives up at its limit */
static int matches(const claim_term *term, ajwt_bytes text,
                   pcre2_match_context *bounds)
{
    pcre2_match_data *data =
        pcre2_match_data_create_from_pattern(term->pattern, NULL);
    int count = data ? pcre2_match(term->pattern, text.data, text.len, 0, 0,
                                   data, bounds)
                     : PCRE2_ERROR_NOMEMORY;

    pcre2_match_data_free(data);
    return count > 0 ? 1 : count == PCRE2_ERROR_NOMATCH ? 0 : -1;
}

static int value_fits(const claim_term *term, const json_t *value,
                      pcre2_match_context *bounds, apr_pool_t *pool)
{
    ajwt_bytes text = ajwt_json_text(value, pool);

    if (!text.data)
        return -1;
    if (term->operation == MATCHES)
        return matches(term, text, bounds);
    return ajwt_bytes_equal(text, term->value);
}

static int value_or_element_fits(const claim_term *term, const json_t *value,
                                 pcre2_match_context *bounds, apr_pool_t *pool)
{
    json_t *element;
    apr_size_t i;
    int fits = 0;

    if (!json_is_array(value))
        return value_fits(term, value, bounds, pool);
    for (i = 0; fits == 0 && (element = json_array_get(value, i)); i++)
        fits = value_fits(term, element, bounds, pool);
    return fits;
}

static int term_holds(const claim_term *term, const json_t *claims,
                      pcre2_match_context *bounds, apr_pool_t *pool)
{
    const json_t *value = ajwt_path_find(term->path, claims);
    int fits;

    if (!value || json_is_null(value))
        return 0;
    if (term->operation == IS_PRESENT)
        return 1;
    fits = value_or_element_fits(term, value, bounds, pool);
    return term->operation == IS_OTHER && fits >= 0 ? !fits : fits;
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

static int has_scope(const json_t *claims, const char *name)
{
    const json_t *scp = json_object_get(claims, "scp");
    json_t *element;
    apr_size_t i;

    json_array_foreach(scp, i, element)
    {
        if (ajwt_bytes_equal_string(ajwt_json_string(element), name))
            return 1;
    }
    return holds_word(ajwt_json_member(claims, "scope"), name) ||
           holds_word(ajwt_json_string(scp), name);
}

int ajwt_require_match(const ajwt_require *require, const json_t *claims,
                       apr_pool_t *pool)
{
    int i;

    for (i = 0; require->scopes && i < require->scopes->nelts; i++) {
        if (!has_scope(claims, APR_ARRAY_IDX(require->scopes, i, const char *)))
            return 0;
    }
    for (i = 0; require->terms && i < require->terms->nelts; i++) {
        int holds = term_holds(&APR_ARRAY_IDX(require->terms, i, claim_term),
                               claims, require->bounds, pool);

        if (holds != 1)
            return holds;
    }
    return require->scopes || require->terms;
}

const char *ajwt_require_scope(const ajwt_require *require)
{
    return require->scope;
}
