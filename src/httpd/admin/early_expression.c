/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/early_expression.h"

#include <apr_strings.h>

#include "httpd/admin/conf_tree.h"
#include "httpd/admin/expression.h"

#define CLAIMS                                                              \
    "httpd evaluates this line before authentication, when claims are not " \
    "available, "
#define WRITE ": write Require jwt-claim CLAIM=VALUE"

/*
 * Result of a rule for a request without a user: TOO_EARLY if it depends on
 * claims. mod_authz_core evaluates the rules again after authentication only if
 * their combined result is NO_USER.
 */
typedef enum result { OTHER, NO_USER, TOO_EARLY } result;

typedef struct early_search {
    apr_array_header_t *hints;
    const apr_array_header_t *prefixes; /* prefixes of variables with claims */
} early_search;

static result evaluate_block(const early_search *search,
                             const ap_directive_t *line, int is_all);

static const char *word_at(const apr_array_header_t *words, int i)
{
    return i < words->nelts ? APR_ARRAY_IDX(words, i, const char *) : "";
}

static int has_claim(const early_search *search, const char *expression)
{
    int i;

    for (i = 0; i < search->prefixes->nelts; i++) {
        const char *prefix = word_at(search->prefixes, i);

        if (*prefix && strstr(expression, prefix))
            return 1;
    }
    return 0;
}

static void add_hint(const early_search *search, const ap_directive_t *line,
                     const char *text)
{
    ajwt_hint *hint = apr_array_push(search->hints);

    hint->line = line;
    hint->text = text;
}

static result evaluate_expression(const early_search *search,
                                  const ap_directive_t *line,
                                  const char *expression)
{
    if (ap_strcasestr(expression, "REMOTE_USER"))
        return NO_USER;
    if (!has_claim(search, expression) ||
        ajwt_expression_without_user(expression, search->hints->pool) ==
            AJWT_TRUE)
        return OTHER;
    add_hint(search, line, CLAIMS "so it refuses every request" WRITE);
    return TOO_EARLY;
}

static result evaluate_line(const early_search *search,
                            const ap_directive_t *line)
{
    static const char *const without_user[] = {
        "all", "env", "forward-dns", "host", "ip", "local", "method", NULL};
    const char *args = line->args;
    const char *provider = ap_getword_conf(search->hints->pool, &args);
    const char *const *name = without_user;

    if (ap_cstr_casecmp(provider, "not") == 0)
        return OTHER;
    if (strcmp(provider, "expr") == 0)
        return evaluate_expression(search, line, args);
    while (*name && strcmp(*name, provider) != 0)
        name++;
    return *name ? OTHER : NO_USER;
}

static result evaluate_rule(const early_search *search,
                            const ap_directive_t *line)
{
    if (ajwt_conf_tree_is(line, "Require"))
        return evaluate_line(search, line);
    if (ajwt_conf_tree_is(line, "<RequireAll"))
        return evaluate_block(search, line->first_child, 1);
    if (ajwt_conf_tree_is(line, "<RequireAny") ||
        ajwt_conf_tree_is(line, "<Limit") ||
        ajwt_conf_tree_is(line, "<LimitExcept"))
        return evaluate_block(search, line->first_child, 0);
    return OTHER;
}

/* Keeps the hints about lines in the block only if the result is TOO_EARLY. */
static result evaluate_block(const early_search *search,
                             const ap_directive_t *line, int is_all)
{
    const result decisive = is_all ? TOO_EARLY : NO_USER;
    const result weaker = is_all ? NO_USER : TOO_EARLY;
    const int before = search->hints->nelts;
    result all = OTHER;

    for (; line; line = line->next) {
        const result one = evaluate_rule(search, line);

        if (one == decisive || (one == weaker && all == OTHER))
            all = one;
    }
    if (all != TOO_EARLY)
        search->hints->nelts = before;
    return all;
}

static int is_rule_block(const ap_directive_t *line)
{
    return ap_cstr_casecmpn(line->directive, "<Require", 8) == 0 ||
           ap_cstr_casecmpn(line->directive, "<Limit", 6) == 0;
}

static void search_lines(const early_search *search,
                         const ap_directive_t *first)
{
    const ap_directive_t *line;

    (void)evaluate_block(search, first, 0);
    for (line = first; line; line = line->next) {
        if ((ajwt_conf_tree_is(line, "<If") ||
             ajwt_conf_tree_is(line, "<ElseIf")) &&
            has_claim(search, line->args))
            add_hint(search, line,
                     CLAIMS "so this section never applies by a claim" WRITE);
        if (line->first_child && !is_rule_block(line))
            search_lines(search, line->first_child);
    }
}

static void find_prefixes(apr_array_header_t *prefixes,
                          const ap_directive_t *line)
{
    for (; line; line = line->next) {
        if (ajwt_conf_tree_is(line, "AuthJWTExportPrefix"))
            APR_ARRAY_PUSH(prefixes, const char *) =
                word_at(ajwt_conf_tree_words(line, prefixes->pool), 0);
        find_prefixes(prefixes, line->first_child);
    }
}

void ajwt_early_expression_find(apr_array_header_t *hints,
                                const ap_directive_t *tree)
{
    apr_array_header_t *prefixes =
        apr_array_make(hints->pool, 2, sizeof(const char *));
    const early_search search = {hints, prefixes};

    APR_ARRAY_PUSH(prefixes, const char *) = "JWT_";
    find_prefixes(prefixes, tree);
    search_lines(&search, tree);
}
