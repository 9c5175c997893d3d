/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/early.h"

#include <apr_strings.h>

#include "httpd/admin/expression.h"
#include "httpd/admin/conf_tree.h"

#define CLAIMS                                                         \
    "claims are not there yet when httpd evaluates this line, before " \
    "authentication, "
#define WRITE ": write Require jwt-claim CLAIM=VALUE"

/* The result of a rule for a request without a user, as far as it matters.
 * mod_authz_core evaluates all rules again after authentication only if
 * NO_USER is the result of all. */
typedef enum result { OTHER, NO_USER, TOO_EARLY } result;

typedef struct search {
    apr_array_header_t *hints;
    const apr_array_header_t *prefixes; /* of variables with claims */
} search;

static result evaluate_block(const search *in, const ap_directive_t *line,
                             int is_all);

static const char *word_at(const apr_array_header_t *words, int i)
{
    return i < words->nelts ? APR_ARRAY_IDX(words, i, const char *) : "";
}

static int has_claim(const search *in, const char *expression)
{
    int i;

    for (i = 0; i < in->prefixes->nelts; i++) {
        const char *prefix = word_at(in->prefixes, i);

        if (*prefix && strstr(expression, prefix))
            return 1;
    }
    return 0;
}

static void add(const search *in, const ap_directive_t *line, const char *text)
{
    ajwt_hint *hint = apr_array_push(in->hints);

    hint->line = line;
    hint->text = text;
}

static result evaluate_expression(const search *in, const ap_directive_t *line,
                                  const char *expression)
{
    if (ap_strcasestr(expression, "REMOTE_USER"))
        return NO_USER;
    if (!has_claim(in, expression) ||
        ajwt_expression_without_user(expression, in->hints->pool) == AJWT_TRUE)
        return OTHER;
    add(in, line, CLAIMS "so it refuses every request" WRITE);
    return TOO_EARLY;
}

static result evaluate_line(const search *in, const ap_directive_t *line)
{
    static const char *const without_user[] = {
        "all", "env", "forward-dns", "host", "ip", "local", "method", NULL};
    const char *args = line->args;
    const char *provider = ap_getword_conf(in->hints->pool, &args);
    const char *const *name = without_user;

    if (ap_cstr_casecmp(provider, "not") == 0)
        return OTHER;
    if (strcmp(provider, "expr") == 0)
        return evaluate_expression(in, line, args);
    while (*name && strcmp(*name, provider) != 0)
        name++;
    return *name ? OTHER : NO_USER;
}

static result evaluate(const search *in, const ap_directive_t *line)
{
    if (ajwt_sections_is(line, "Require"))
        return evaluate_line(in, line);
    if (ajwt_sections_is(line, "<RequireAll"))
        return evaluate_block(in, line->first_child, 1);
    if (ajwt_sections_is(line, "<RequireAny") ||
        ajwt_sections_is(line, "<Limit") ||
        ajwt_sections_is(line, "<LimitExcept"))
        return evaluate_block(in, line->first_child, 0);
    return OTHER;
}

/* Keeps the hints of its lines only if they decide. */
static result evaluate_block(const search *in, const ap_directive_t *line,
                             int is_all)
{
    const result decisive = is_all ? TOO_EARLY : NO_USER;
    const result weaker = is_all ? NO_USER : TOO_EARLY;
    const int before = in->hints->nelts;
    result all = OTHER;

    for (; line; line = line->next) {
        const result one = evaluate(in, line);

        if (one == decisive || (one == weaker && all == OTHER))
            all = one;
    }
    if (all != TOO_EARLY)
        in->hints->nelts = before;
    return all;
}

static int is_rule_block(const ap_directive_t *line)
{
    return ap_cstr_casecmpn(line->directive, "<Require", 8) == 0 ||
           ap_cstr_casecmpn(line->directive, "<Limit", 6) == 0;
}

static void find_below(const search *in, const ap_directive_t *first)
{
    const ap_directive_t *line;

    (void)evaluate_block(in, first, 0);
    for (line = first; line; line = line->next) {
        if ((ajwt_sections_is(line, "<If") ||
             ajwt_sections_is(line, "<ElseIf")) &&
            has_claim(in, line->args))
            add(in, line,
                CLAIMS "so this section never applies by a claim" WRITE);
        if (line->first_child && !is_rule_block(line))
            find_below(in, line->first_child);
    }
}

static void find_prefixes(apr_array_header_t *prefixes,
                          const ap_directive_t *line)
{
    for (; line; line = line->next) {
        if (ajwt_sections_is(line, "AuthJWTExportPrefix"))
            APR_ARRAY_PUSH(prefixes, const char *) =
                word_at(ajwt_sections_words(line, prefixes->pool), 0);
        find_prefixes(prefixes, line->first_child);
    }
}

void ajwt_early_find(apr_array_header_t *hints, const ap_directive_t *tree)
{
    apr_array_header_t *prefixes =
        apr_array_make(hints->pool, 2, sizeof(const char *));
    const search in = {hints, prefixes};

    APR_ARRAY_PUSH(prefixes, const char *) = "JWT_";
    find_prefixes(prefixes, tree);
    find_below(&in, tree);
}
