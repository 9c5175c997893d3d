/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/require_eval.h"

#include <strings.h>

#include <apr_strings.h>

#include "cli/options.h"
#include "core/quote.h"
#include "core/require.h"

/*
 * UNKNOWN: only httpd can evaluate it; GAVE_UP: an error, at which httpd stops
 */
typedef enum rule_state {
    NEUTRAL,
    GRANTED,
    DENIED,
    UNKNOWN,
    ENDED_WITH_ERROR
} rule_state;

typedef enum block_kind { ANY, ALL, NONE } block_kind;

typedef struct rule_lines {
    const ajwt_require_eval_case *checked;
    int next; /* index of the next line */
    apr_array_header_t *answers;
    apr_pool_t *pool;
    ajwt_reason reason; /* of the first line that denies access */
    ajwt_reason ended;  /* of the line at which httpd stops */
    const char *error;
} rule_lines;

/*
 * The arguments of Require, with an alias replaced by its provider and
 * arguments
 */
typedef struct rule {
    const char *provider;
    const apr_array_header_t *words;
    int is_negated; /* Require not */
    int is_alias;
} rule;

typedef const ajwt_require *parse_fn(const char **error,
                                     const apr_array_header_t *words,
                                     apr_pool_t *pool);

static parse_fn *find_parser(const char *provider)
{
    if (strcasecmp(provider, "jwt-scope") == 0)
        return ajwt_require_parse_scope;
    if (strcasecmp(provider, "jwt-claim") == 0)
        return ajwt_require_parse_claim;
    return strcasecmp(provider, "jwt-acr") == 0 ? ajwt_require_parse_acr : NULL;
}

/* Returns "" after the last word. */
static const char *word_at(const apr_array_header_t *words, int i)
{
    return i < words->nelts ? APR_ARRAY_IDX(words, i, const char *) : "";
}

static apr_array_header_t *copy_words(const apr_array_header_t *words, int i,
                                      apr_pool_t *pool)
{
    apr_array_header_t *rest = apr_array_make(pool, 2, sizeof(const char *));

    for (; i < words->nelts; i++)
        APR_ARRAY_PUSH(rest, const char *) = word_at(words, i);
    return rest;
}

static int contains_word(const apr_array_header_t *words, const char *word)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (strcmp(word_at(words, i), word) == 0)
            return 1;
    }
    return 0;
}

/*
 * Resolves <AuthzProviderAlias PROVIDER NAME "ARGS">; httpd uses a single
 * argument.
 */
static void resolve_alias(rule *line_rule, const rule_lines *rules)
{
    const apr_array_header_t *aliases = rules->checked->aliases;
    int i;

    for (i = 0; i < aliases->nelts; i++) {
        const char *line = APR_ARRAY_IDX(aliases, i, const char *);
        const char *end = strrchr(line, '>');
        const apr_array_header_t *words = ajwt_options_split(
            end ? apr_pstrmemdup(rules->pool, line, end - line) : line,
            rules->pool);

        if (strcmp(word_at(words, 2), line_rule->provider) != 0)
            continue;
        line_rule->provider = word_at(words, 1);
        line_rule->words = ajwt_options_split(word_at(words, 3), rules->pool);
        line_rule->is_alias = 1;
        return;
    }
}

static rule read_rule(const rule_lines *rules, const char *line)
{
    const apr_array_header_t *words = ajwt_options_split(line, rules->pool);
    rule line_rule = {0};

    line_rule.is_negated = strcasecmp(word_at(words, 1), "not") == 0;
    line_rule.provider = word_at(words, 1 + line_rule.is_negated);
    line_rule.words = copy_words(words, 2 + line_rule.is_negated, rules->pool);
    resolve_alias(&line_rule, rules);
    return line_rule;
}

/*
 * Whether the line has an expression, which httpd evaluates for each request.
 */
static int has_expression(const rule_lines *rules, const rule *line_rule)
{
    return strstr(apr_array_pstrcat(rules->pool, line_rule->words, ' '),
                  "%{") != NULL;
}

/*
 * Evaluates httpd's own providers all, valid-user and user.  Others, and lines
 * with expressions, are UNKNOWN.
 */
static rule_state evaluate_httpd_rule(const rule_lines *rules,
                                      ajwt_rule_answer *answer,
                                      const rule *line_rule)
{
    const char *user = rules->checked->user;

    if (strcasecmp(line_rule->provider, "all") == 0)
        answer->expected = NULL;
    if (strcasecmp(line_rule->provider, "all") == 0)
        return strcasecmp(word_at(line_rule->words, 0), "granted") == 0
                   ? GRANTED
                   : DENIED;
    if (!user || has_expression(rules, line_rule))
        return UNKNOWN;
    answer->actual = ajwt_quote_text(ajwt_bytes_from_string(user), rules->pool);
    if (strcasecmp(line_rule->provider, "valid-user") == 0)
        return GRANTED;
    if (strcasecmp(line_rule->provider, "user") == 0)
        return contains_word(line_rule->words, user) ? GRANTED : DENIED;
    return UNKNOWN;
}

/*
 * Replaces expressions by empty values, because only httpd can evaluate them.
 * If the result is VALUE_EMPTY, it depends on them.
 */
static const ajwt_require *fill_with_empty_values(const ajwt_require *require,
                                                  apr_pool_t *pool)
{
    const apr_array_header_t *templates = ajwt_require_templates(require);
    apr_array_header_t *values;
    int i;

    if (!templates)
        return require;
    values = apr_array_make(pool, templates->nelts, sizeof(const char *));
    for (i = 0; i < templates->nelts; i++)
        APR_ARRAY_PUSH(values, const char *) = "";
    return ajwt_require_fill(require, (const char *const *)values->elts, pool);
}

static rule_state evaluate_rule(rule_lines *rules, ajwt_rule_answer *answer,
                                const rule *line_rule, int is_negated)
{
    const ajwt_require_eval_case *checked = rules->checked;
    parse_fn *parse = find_parser(line_rule->provider);
    const ajwt_require *require;
    const char *error;

    if (!parse)
        return evaluate_httpd_rule(rules, answer, line_rule);
    require = parse(&error, line_rule->words, rules->pool);
    if (error) {
        rules->error =
            apr_pstrcat(rules->pool, answer->line, ": ", error, NULL);
        return UNKNOWN;
    }
    answer->actual = ajwt_require_actual(require, checked->claims, rules->pool);
    answer->reason =
        ajwt_require_match(fill_with_empty_values(require, rules->pool),
                           checked->claims, checked->now, rules->pool);
    if (answer->reason == AJWT_VALUE_EMPTY) {
        answer->reason = AJWT_ACCEPTED;
        return UNKNOWN;
    }
    if (answer->reason == AJWT_INTERNAL ||
        (ajwt_require_is_undecided(answer->reason) && line_rule->is_alias))
        return ENDED_WITH_ERROR;
    /* an undecided rule grants nothing, under a `not` either */
    if (ajwt_require_is_undecided(answer->reason))
        return is_negated ? GRANTED : DENIED;
    return answer->reason == AJWT_ACCEPTED ? GRANTED : DENIED;
}

/*
 * Stores the reason of the first jwt-* line that denies access, as
 * httpd/request/authz does.
 */
static void record_result(rule_lines *rules, ajwt_rule_answer *answer,
                          rule_state found, int is_negated, int is_ours)
{
    int is_against = found == ENDED_WITH_ERROR ||
                     (found != UNKNOWN && (found == GRANTED) == is_negated);

    answer->is_known = found != UNKNOWN;
    if (!is_against)
        answer->reason = AJWT_ACCEPTED;
    else if (answer->reason == AJWT_ACCEPTED)
        answer->reason = AJWT_CLAIM_RULE;
    if (is_against && is_ours && answer->counts &&
        rules->reason == AJWT_ACCEPTED)
        rules->reason = answer->reason;
    if (found == ENDED_WITH_ERROR && answer->counts)
        rules->ended = answer->reason;
}

static rule_state negate_state(rule_state found)
{
    if (found == UNKNOWN || found == ENDED_WITH_ERROR)
        return found;
    return found == GRANTED ? DENIED : NEUTRAL;
}

/*
 * is_negated: an odd number of <RequireNone> around it; counts: httpd evaluates
 * it
 */
static rule_state check_line(rule_lines *rules, const char *line,
                             int is_negated, int counts)
{
    ajwt_rule_answer *answer = apr_array_push(rules->answers);
    const rule line_rule = read_rule(rules, line);
    rule_state found;

    memset(answer, 0, sizeof *answer);
    answer->line = line;
    answer->reason = AJWT_ACCEPTED;
    answer->counts = counts;
    if (line_rule.words->nelts)
        answer->expected = apr_pstrcat(
            rules->pool, line_rule.is_negated ? "not " : "",
            apr_array_pstrcat(rules->pool, line_rule.words, ' '), NULL);
    found = evaluate_rule(rules, answer, &line_rule,
                          is_negated ^ line_rule.is_negated);
    record_result(rules, answer, found, is_negated ^ line_rule.is_negated,
                  find_parser(line_rule.provider) != NULL);
    return line_rule.is_negated ? negate_state(found) : found;
}

/* Whether httpd evaluates no further lines in such a block */
static int is_decided(block_kind block, rule_state so_far)
{
    return so_far == ENDED_WITH_ERROR ||
           so_far == (block == ALL ? DENIED : GRANTED);
}

static rule_state combine_states(block_kind block, rule_state so_far,
                                 rule_state more)
{
    if (is_decided(block, so_far) || more == NEUTRAL)
        return so_far;
    if (so_far == UNKNOWN && more == ENDED_WITH_ERROR)
        return block == ALL ? ENDED_WITH_ERROR : UNKNOWN;
    if (is_decided(block, more) || so_far == NEUTRAL || more == UNKNOWN)
        return more;
    return so_far;
}

static block_kind read_block_kind(const char *line)
{
    if (strncasecmp(line, "<RequireAll", 11) == 0)
        return ALL;
    return strncasecmp(line, "<RequireNone", 12) == 0 ? NONE : ANY;
}

static rule_state check_block(rule_lines *rules, block_kind block,
                              int is_negated, int counts);

/*
 * Lines in <Limit> or <LimitExcept> apply only to some methods, so their result
 * is unknown.
 */
static rule_state check_nested(rule_lines *rules, const char *line,
                               int is_negated, int counts)
{
    const block_kind block = read_block_kind(line);
    const int is_of_methods = strncasecmp(line, "<Limit", 6) == 0;
    const rule_state found = check_block(
        rules, block, is_negated ^ (block == NONE), counts && !is_of_methods);

    return is_of_methods ? UNKNOWN : found;
}

static rule_state check_block(rule_lines *rules, block_kind block,
                              int is_negated, int counts)
{
    rule_state all = NEUTRAL, one;
    const char *line;

    while (rules->next < rules->checked->lines->nelts) {
        int is_evaluated = counts && !is_decided(block, all);

        line =
            APR_ARRAY_IDX(rules->checked->lines, rules->next++, const char *);
        if (strncmp(line, "</", 2) == 0)
            break;
        if (*line == '<')
            one = check_nested(rules, line, is_negated, is_evaluated);
        else if (strncasecmp(line, "Require ", 8) == 0)
            one = check_line(rules, line, is_negated, is_evaluated);
        else
            continue;
        all = combine_states(block, all, one);
    }
    return block == NONE ? negate_state(all) : all;
}

/*
 * Whether the rules of the section around these lines, or the address, may
 * change the result
 */
static int is_undecided(rule_state all, const apr_array_header_t *lines,
                        apr_pool_t *pool)
{
    if (all == GRANTED)
        return ajwt_options_has(lines, "AuthMerging", "And", pool);
    return all != ENDED_WITH_ERROR &&
           (ajwt_options_has(lines, "AuthMerging", "Or", pool) ||
            ajwt_options_has(lines, "Satisfy", "Any", pool));
}

const char *ajwt_require_eval(ajwt_reason *reason, int *is_open,
                              apr_array_header_t *answers,
                              const ajwt_require_eval_case *checked)
{
    apr_pool_t *pool = answers->pool;
    rule_lines rules = {checked,       0,   answers, pool, AJWT_ACCEPTED,
                        AJWT_INTERNAL, NULL};
    rule_state all = check_block(&rules, ANY, 0, 1);

    if (is_undecided(all, checked->lines, pool))
        all = UNKNOWN;
    *is_open = all == UNKNOWN;
    *reason = AJWT_ACCEPTED;
    if (all == ENDED_WITH_ERROR)
        *reason = rules.ended;
    else if (checked->lines->nelts && (all == DENIED || all == NEUTRAL))
        *reason =
            rules.reason != AJWT_ACCEPTED ? rules.reason : AJWT_CLAIM_RULE;
    return rules.error;
}
