/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a Require line hold exactly when the claims say so, and does it never
 * fail otherwise than it may?
 *
 * First line: `scope`, `claim` or `acr`, and the words behind it; then the
 * claims.
 */
#include "fuzz.h"

#include "core/json.h"
#include "core/require.h"

typedef const ajwt_require *(*line_parser)(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool);

/* As if each expression were evaluated to its own text: then the line says the
 * same as one without expressions. */
static const ajwt_require *parse(line_parser parser,
                                 const apr_array_header_t *words,
                                 apr_pool_t *pool)
{
    const char *error;
    const ajwt_require *require = parser(&error, words, pool);
    const apr_array_header_t *templates;

    FUZZ_CHECK((require == NULL) == (error != NULL));
    if (!require)
        return NULL;
    templates = ajwt_require_templates(require);
    return templates ? ajwt_require_fill(
                           require, (const char *const *)templates->elts, pool)
                     : require;
}

/* What is asked for stands in a challenge as it is. */
static void check_challenge(const ajwt_require *require, apr_pool_t *pool)
{
    ajwt_challenge challenge = {0};

    ajwt_require_fill_challenge(&challenge, require);
    FUZZ_CHECK(fuzz_is_challenge(
        ajwt_challenge_print(AJWT_SCOPE_MISSING, &challenge, pool)));
}

static ajwt_reason match(const ajwt_require *require, const json_t *claims,
                         apr_pool_t *pool)
{
    return ajwt_require_match(require, claims, SUPPORT_NOW, pool);
}

/* --- jwt-scope --- */

/* Whether word is one of those that single spaces separate in text */
static int is_in(const json_t *text, const char *word, apr_pool_t *pool)
{
    const char *list = json_string_value(text);

    if (!list || strlen(list) != json_string_length(text))
        return -1; /* none, or with a NUL: not for this oracle to say */
    return strstr(apr_pstrcat(pool, " ", list, " ", NULL),
                  apr_pstrcat(pool, " ", word, " ", NULL)) != NULL;
}

/* Whether it is an element of an array of strings and of nothing else */
static int is_element(const json_t *list, const char *word)
{
    size_t i, found = 0;

    for (i = 0; i < json_array_size(list); i++) {
        const json_t *element = json_array_get(list, i);

        if (!json_is_string(element))
            return 0;
        found += json_string_length(element) == strlen(word) &&
                 strcmp(json_string_value(element), word) == 0;
    }
    return found > 0;
}

static int is_granted(const json_t *claims, const char *word, apr_pool_t *pool)
{
    const json_t *scope = json_object_get(claims, "scope");
    const json_t *scp = json_object_get(claims, "scp");

    return is_in(scope, word, pool) == 1 || is_in(scp, word, pool) == 1 ||
           is_element(scope, word) || is_element(scp, word);
}

static int has_nul(const json_t *value)
{
    return json_is_string(value) &&
           strlen(json_string_value(value)) != json_string_length(value);
}

static void check_scope(const apr_array_header_t *words, const json_t *claims,
                        apr_pool_t *pool)
{
    const ajwt_require *require = parse(ajwt_require_parse_scope, words, pool);
    int i, are_granted = 1;
    ajwt_reason reason;

    if (!require)
        return;
    check_challenge(require, pool);
    if (!claims)
        return;
    for (i = 0; i < words->nelts; i++)
        are_granted =
            are_granted &&
            is_granted(claims, APR_ARRAY_IDX(words, i, const char *), pool);
    reason = match(require, claims, pool);
    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_SCOPE_MISSING,
                             AJWT_REASON_COUNT));
    if (!has_nul(json_object_get(claims, "scope")) &&
        !has_nul(json_object_get(claims, "scp")))
        FUZZ_CHECK((reason == AJWT_ACCEPTED) == are_granted);
}

/* --- jwt-claim --- */

/* NULL: the word is wrong */
static const ajwt_require *parse_word(const char *word, apr_pool_t *pool)
{
    return parse(ajwt_require_parse_claim, support_words(pool, word, NULL),
                 pool);
}

static ajwt_reason match_word(const char *word, const json_t *claims,
                              apr_pool_t *pool)
{
    const ajwt_require *require = parse_word(word, pool);

    FUZZ_CHECK(require);
    return match(require, claims, pool);
}

/* = and != and a pattern of the same text contradict each other as they must;
 * without a value there is nothing to compare. */
static void check_operators(const char *path, const char *text,
                            const json_t *claims, apr_pool_t *pool)
{
    const json_t *value = json_object_get(claims, path);
    ajwt_reason is, is_other, is_there = match_word(path, claims, pool);
    const ajwt_require *pattern =
        parse_word(apr_pstrcat(pool, path, "~^\\Q", text, "\\E$", NULL), pool);

    is = match_word(apr_pstrcat(pool, path, "=", text, NULL), claims, pool);
    is_other =
        match_word(apr_pstrcat(pool, path, "!=", text, NULL), claims, pool);
    if (is_there != AJWT_ACCEPTED) {
        FUZZ_CHECK(is == is_there && is_other == is_there);
        return;
    }
    if (is == AJWT_CLAIM_INEXACT) {
        FUZZ_CHECK(is_other == is && !ajwt_json_is_exact(value));
        return;
    }
    FUZZ_CHECK(is == AJWT_ACCEPTED || is == AJWT_CLAIM_RULE);
    FUZZ_CHECK(is_other == AJWT_ACCEPTED || is_other == AJWT_CLAIM_RULE);
    FUZZ_CHECK(is != is_other);
    if (json_is_string(value) && !has_nul(value))
        FUZZ_CHECK((is == AJWT_ACCEPTED) ==
                   (strcmp(json_string_value(value), text) == 0));
    if (pattern && !strstr(text, "\\E"))
        FUZZ_CHECK(match(pattern, claims, pool) == is);
}

/* A line is as good as the first of its words that does not hold; where all
 * that do not are left out, that is what it says. */
static ajwt_reason match_each(const apr_array_header_t *words,
                              const json_t *claims, apr_pool_t *pool)
{
    ajwt_reason reason = AJWT_ACCEPTED;
    int i;

    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        ajwt_reason one = match_word(word, claims, pool);

        FUZZ_CHECK(fuzz_is_among(one, AJWT_ACCEPTED, AJWT_CLAIM_RULE,
                                 AJWT_CLAIM_OVERAGE, AJWT_CLAIM_INEXACT,
                                 AJWT_INTERNAL, AJWT_REASON_COUNT));
        FUZZ_CHECK(one != AJWT_INTERNAL || strchr(word, '~'));
        if (one == AJWT_CLAIM_RULE || one == AJWT_INTERNAL)
            return one;
        if (ajwt_require_is_undecided(one))
            reason = one;
    }
    return reason;
}

static void check_claim(const apr_array_header_t *words, const json_t *claims,
                        apr_pool_t *pool)
{
    const ajwt_require *require = parse(ajwt_require_parse_claim, words, pool);
    const char *path;

    if (!require || !claims)
        return;
    FUZZ_CHECK(match(require, claims, pool) == match_each(words, claims, pool));
    path = APR_ARRAY_IDX(words, 0, const char *);
    if (words->nelts == 2 && !strpbrk(path, "=~!"))
        check_operators(path, APR_ARRAY_IDX(words, 1, const char *), claims,
                        pool);
}

/* --- jwt-acr --- */

static void check_acr(const apr_array_header_t *words, const json_t *claims,
                      apr_pool_t *pool)
{
    const ajwt_require *require = parse(ajwt_require_parse_acr, words, pool);
    const char *word;
    ajwt_reason reason;

    if (!require)
        return;
    check_challenge(require, pool);
    if (!claims)
        return;
    reason = match(require, claims, pool);
    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_STEP_UP_NEEDED,
                             AJWT_REASON_COUNT));
    word = APR_ARRAY_IDX(words, 0, const char *);
    if (words->nelts == 1 && strncasecmp(word, "max", 3) != 0)
        FUZZ_CHECK(
            (reason == AJWT_ACCEPTED) ==
            (is_in(json_object_get(claims, "acr"), word, pool) == 1 &&
             !strchr(json_string_value(json_object_get(claims, "acr")), ' ')));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes line = fuzz_line(&input);
    const json_t *claims = fuzz_claims(input, pool);
    const char *text = fuzz_string(line, pool);
    const char *rest = strchr(text, ' ');
    apr_array_header_t *words = support_split(rest ? rest : "", pool);

    if (strncmp(text, "scope", 5) == 0)
        check_scope(words, claims, pool);
    else if (strncmp(text, "claim", 5) == 0)
        check_claim(words, claims, pool);
    else
        check_acr(words, claims, pool);
}
