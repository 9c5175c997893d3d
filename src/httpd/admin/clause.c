/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/clause.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "httpd/admin/expression.h"

/* Rules that can be true for a request without a user.  All others need one. */
static const struct {
    const char *provider;
    const char *grants_to;
} userless[] = {{"all", "all requests"},
                {"ip", "requests from these addresses"},
                {"host", "requests from these hosts"},
                {"forward-dns", "requests from these hosts"},
                {"local", "requests from this machine"},
                {"method", "requests of these methods"},
                {"env", "requests for which this variable is set"},
                {"expr", "requests for which this expression is true"},
                {"ssl", "requests over TLS"},
                {"ssl-verify-client", "requests with a client certificate"},
                {NULL}};

const char *ajwt_clause_grants_to(const ajwt_clause *clause)
{
    int i = 0;

    while (userless[i].provider &&
           strcmp(userless[i].provider, clause->provider) != 0)
        i++;
    return userless[i].grants_to;
}

/* --- Reading */

static ajwt_clause *make_clause(ajwt_clause_kind kind, apr_pool_t *pool)
{
    ajwt_clause *clause = apr_pcalloc(pool, sizeof *clause);

    clause->kind = kind;
    clause->parts = apr_array_make(pool, 2, sizeof(ajwt_clause *));
    return clause;
}

static void add_part(ajwt_clause *clause, ajwt_clause *part)
{
    APR_ARRAY_PUSH(clause->parts, ajwt_clause *) = part;
    clause->methods |= part->methods;
}

/*
 * Resolves an alias of <AuthzProviderAlias PROVIDER NAME ARGS>, which Require
 * lines use like a provider.
 */
static void resolve_alias(ajwt_clause *clause, const ajwt_conf_section *server,
                          apr_pool_t *pool)
{
    const apr_array_header_t *lines =
        ajwt_conf_tree_own_lines(server, "<AuthzProviderAlias", pool);
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const apr_array_header_t *words = ajwt_conf_tree_words(
            APR_ARRAY_IDX(lines, i, const ap_directive_t *), pool);

        if (words->nelts < 2 || strcmp(APR_ARRAY_IDX(words, 1, const char *),
                                       clause->provider) != 0)
            continue;
        clause->provider = APR_ARRAY_IDX(words, 0, const char *);
        clause->args =
            words->nelts > 2 ? APR_ARRAY_IDX(words, 2, const char *) : "";
        return;
    }
}

static ajwt_clause *read_line(const ap_directive_t *line,
                              const ajwt_conf_section *section,
                              apr_pool_t *pool)
{
    const ajwt_conf_section *main_server =
        APR_ARRAY_IDX(section->layers, 0, const ajwt_conf_section *);
    ajwt_clause *clause = make_clause(AJWT_CLAUSE_LINE, pool);

    clause->args = line->args;
    clause->provider = ap_getword_conf(pool, &clause->args);
    clause->is_negated = ap_cstr_casecmp(clause->provider, "not") == 0;
    if (clause->is_negated)
        clause->provider = ap_getword_conf(pool, &clause->args);
    resolve_alias(clause, main_server, pool);
    return clause;
}

apr_int64_t ajwt_clause_methods_of(const ap_directive_t *limit,
                                   apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(limit, pool);
    apr_int64_t methods = 0;
    int i;

    for (i = 0; i < words->nelts; i++)
        methods |= AP_METHOD_BIT << ap_method_number_of(
                       APR_ARRAY_IDX(words, i, const char *));
    return ajwt_conf_tree_is(limit, "<LimitExcept") ? ~methods : methods;
}

/* Settings of the blocks around a line */
typedef struct surroundings {
    const ajwt_conf_section *section;
    const ap_directive_t *limit;
    apr_int64_t methods;
} surroundings;

static void read_lines(ajwt_clause *clause, const ap_directive_t *line,
                       const surroundings *around, apr_pool_t *pool);

/* Returns NULL if line is not a rule. */
static ajwt_clause *read_rule(const ap_directive_t *line,
                              const surroundings *around, apr_pool_t *pool)
{
    ajwt_clause *clause;

    if (ajwt_conf_tree_is(line, "Require")) {
        clause = read_line(line, around->section, pool);
        clause->methods = around->methods;
    }
    else if (ajwt_conf_tree_is(line, "<RequireAll"))
        clause = make_clause(AJWT_CLAUSE_ALL, pool);
    else if (ajwt_conf_tree_is(line, "<RequireAny"))
        clause = make_clause(AJWT_CLAUSE_ANY, pool);
    else if (ajwt_conf_tree_is(line, "<RequireNone"))
        clause = make_clause(AJWT_CLAUSE_NONE, pool);
    else
        return NULL;
    clause->line = line;
    clause->limit = around->limit;
    clause->section = around->section;
    if (clause->kind != AJWT_CLAUSE_LINE)
        read_lines(clause, line->first_child, around, pool);
    return clause;
}

static void read_lines(ajwt_clause *clause, const ap_directive_t *line,
                       const surroundings *around, apr_pool_t *pool)
{
    for (; line; line = line->next) {
        ajwt_clause *part = read_rule(line, around, pool);

        if (part) {
            add_part(clause, part);
        }
        else if (ajwt_conf_tree_is(line, "<Limit") ||
                 ajwt_conf_tree_is(line, "<LimitExcept")) {
            surroundings inside = *around;

            inside.limit = line;
            inside.methods &= ajwt_clause_methods_of(line, pool);
            read_lines(clause, line->first_child, &inside, pool);
        }
    }
}

ajwt_clause *ajwt_clause_read(const ajwt_conf_section *section,
                              apr_pool_t *pool)
{
    const surroundings around = {section, NULL, -1};
    ajwt_clause *clause = make_clause(AJWT_CLAUSE_ANY, pool);

    clause->section = section;
    read_lines(clause, ajwt_conf_tree_first(section), &around, pool);
    return clause->parts->nelts ? clause : NULL;
}

ajwt_clause *ajwt_clause_make(ajwt_clause_kind kind, apr_pool_t *pool)
{
    ajwt_clause *clause = make_clause(kind, pool);

    clause->methods = -1;
    return clause;
}

ajwt_clause *ajwt_clause_join(ajwt_clause_kind kind, const ap_directive_t *line,
                              ajwt_clause *first, ajwt_clause *second,
                              apr_pool_t *pool)
{
    ajwt_clause *clause = make_clause(kind, pool);

    clause->line = line;
    clause->section = second->section;
    add_part(clause, first);
    add_part(clause, second);
    if (kind == AJWT_CLAUSE_EITHER) /* each part has its own methods */
        clause->methods = -1;
    return clause;
}

/* --- Evaluating */

int ajwt_clause_is_about(const ajwt_clause *clause, int method)
{
    return (clause->methods & (AP_METHOD_BIT << method)) != 0;
}

static int negate_results(int results)
{
    const int is_granted = (results & AJWT_GRANTS) != 0;
    const int is_other = (results & (AJWT_DENIES | AJWT_IS_NEUTRAL)) != 0;

    return (is_granted ? AJWT_DENIES : 0) | (is_other ? AJWT_IS_NEUTRAL : 0);
}

static int method_results(const char *methods, int method, apr_pool_t *pool)
{
    const char *word;

    while (*(word = ap_getword_conf(pool, &methods))) {
        if (ap_method_number_of(word) == method)
            return AJWT_GRANTS;
    }
    return AJWT_DENIES;
}

static int expression_results(const char *text, apr_pool_t *pool)
{
    switch (ajwt_expression_without_user(text, pool)) {
    case AJWT_TRUE:
        return AJWT_GRANTS;
    case AJWT_FALSE:
        return AJWT_DENIES;
    case AJWT_DEPENDS:
        break;
    }
    return AJWT_GRANTS | AJWT_DENIES;
}

static int line_results(const ajwt_clause *clause, int method, apr_pool_t *pool)
{
    if (!ajwt_clause_grants_to(clause))
        return AJWT_DENIES;
    if (strcmp(clause->provider, "all") == 0)
        return ap_cstr_casecmp(clause->args, "granted") == 0 ? AJWT_GRANTS
                                                             : AJWT_DENIES;
    if (strcmp(clause->provider, "method") == 0)
        return method_results(clause->args, method, pool);
    if (strcmp(clause->provider, "expr") == 0)
        return expression_results(clause->args, pool);
    return AJWT_GRANTS | AJWT_DENIES;
}

/* Combines one part with those before it: NEUTRAL changes nothing. */
static int combine_results(int so_far, int more, int is_all)
{
    const int decides = is_all ? AJWT_DENIES : AJWT_GRANTS;

    if (more == AJWT_IS_NEUTRAL)
        return so_far;
    return so_far == AJWT_IS_NEUTRAL || more == decides ? more : so_far;
}

static int combine_result_sets(int so_far, int more, int is_all)
{
    int found = 0, one, other;

    for (one = AJWT_GRANTS; one <= AJWT_IS_NEUTRAL; one <<= 1) {
        for (other = AJWT_GRANTS; other <= AJWT_IS_NEUTRAL; other <<= 1) {
            if ((so_far & one) && (more & other))
                found |= combine_results(one, other, is_all);
        }
    }
    return found;
}

static int parts_results(const ajwt_clause *clause, int method,
                         apr_pool_t *pool)
{
    const int is_all = clause->kind == AJWT_CLAUSE_ALL;
    const int is_either = clause->kind == AJWT_CLAUSE_EITHER;
    int results = is_either ? 0 : AJWT_IS_NEUTRAL, i;

    for (i = 0; i < clause->parts->nelts; i++) {
        int more =
            ajwt_clause_results(APR_ARRAY_IDX(clause->parts, i, ajwt_clause *),
                                method, is_all || is_either, pool);

        results = is_either ? results | more
                            : combine_result_sets(results, more, is_all);
    }
    return results;
}

int ajwt_clause_results(const ajwt_clause *clause, int method, int is_of_all,
                        apr_pool_t *pool)
{
    int results;

    if (!ajwt_clause_is_about(clause, method))
        return is_of_all ? AJWT_GRANTS : AJWT_IS_NEUTRAL;
    if (clause->kind == AJWT_CLAUSE_UNKNOWN)
        return AJWT_GRANTS | AJWT_DENIES;
    results = clause->kind == AJWT_CLAUSE_LINE
                  ? line_results(clause, method, pool)
                  : parts_results(clause, method, pool);
    return clause->is_negated || clause->kind == AJWT_CLAUSE_NONE
               ? negate_results(results)
               : results;
}
