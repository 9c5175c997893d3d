/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/require_gap.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "httpd/admin/merging.h"
#include "httpd/admin/satisfy.h"

/* httpd has a bit for each method; the last one marks blocks. */
#define METHOD_COUNT (METHODS - 1)

/* How a clause lets requests through */
typedef enum cause {
    GRANTED_BY_RULE,     /* a Require line grants them access */
    METHOD_WITHOUT_RULE, /* no Require line applies to their method */
    GRANTED_BY_MERGING,  /* AuthMerging Or with a section that grants access */
    RULE_UNKNOWN,        /* a Require line that is only known with a request */
    NO_RULE,             /* no Require line anywhere: httpd answers 500 */
    GRANTED_BY_ADDRESS   /* Satisfy Any */
} cause;

typedef struct finding {
    cause cause;
    const ap_directive_t *line;
    const ajwt_clause *clause;
    apr_int64_t methods; /* of the requests */
} finding;

typedef struct access_search {
    const ajwt_conf_section *section;
    apr_array_header_t *findings;
    apr_pool_t *pool;
} access_search;

/* --- How a section lets requests through */

static void add_finding(access_search *search, cause why,
                        const ap_directive_t *line, const ajwt_clause *clause,
                        int method)
{
    finding *known;
    int i;

    for (i = 0; i < search->findings->nelts; i++) {
        known = &APR_ARRAY_IDX(search->findings, i, finding);
        if (known->cause == why && known->line == line) {
            known->methods |= AP_METHOD_BIT << method;
            return;
        }
    }
    known = apr_array_push(search->findings);
    known->cause = why;
    known->line = line;
    known->clause = clause;
    known->methods = AP_METHOD_BIT << method;
}

static int may_grant(const ajwt_clause *clause, int method, int is_of_all,
                     apr_pool_t *pool)
{
    return ajwt_clause_results(clause, method, is_of_all, pool) & AJWT_GRANTS;
}

static void find_granting_line(access_search *search, const ajwt_clause *clause,
                               int method);

/* Searches only the last part of an ALL, which is the innermost section. */
static void search_parts(access_search *search, const ajwt_clause *clause,
                         int method)
{
    int i = clause->kind == AJWT_CLAUSE_ALL ? clause->parts->nelts - 1 : 0;

    for (; i < clause->parts->nelts; i++) {
        const ajwt_clause *part =
            APR_ARRAY_IDX(clause->parts, i, ajwt_clause *);

        if (may_grant(part, method, clause->kind != AJWT_CLAUSE_ANY,
                      search->pool))
            find_granting_line(search, part, method);
    }
}

/* With AuthMerging Or, the Require lines of the outer sections suffice. */
static void search_merging(access_search *search, const ajwt_clause *clause,
                           int method)
{
    const ajwt_clause *outer = APR_ARRAY_IDX(clause->parts, 0, ajwt_clause *);
    const ajwt_clause *inner = APR_ARRAY_IDX(clause->parts, 1, ajwt_clause *);

    if (may_grant(outer, method, 0, search->pool))
        add_finding(search, GRANTED_BY_MERGING, clause->line, clause, method);
    if (may_grant(inner, method, 0, search->pool))
        find_granting_line(search, inner, method);
}

static const ap_directive_t *find_first_limit(const ajwt_clause *clause)
{
    const ap_directive_t *line = clause->limit;
    int i;

    for (i = 0; i < clause->parts->nelts && !line; i++)
        line = find_first_limit(APR_ARRAY_IDX(clause->parts, i, ajwt_clause *));
    return line;
}

/* Finds the line through which clause grants access to requests of a method. */
static void find_granting_line(access_search *search, const ajwt_clause *clause,
                               int method)
{
    const int is_merging =
        clause->line && ajwt_conf_tree_is(clause->line, "AuthMerging");

    if (!ajwt_clause_is_about(clause, method))
        add_finding(search, METHOD_WITHOUT_RULE, find_first_limit(clause),
                    clause, method);
    else if (clause->kind == AJWT_CLAUSE_UNKNOWN)
        add_finding(search, RULE_UNKNOWN, search->section->node, clause,
                    method);
    else if (clause->kind == AJWT_CLAUSE_ANY && is_merging)
        search_merging(search, clause, method);
    else if (clause->kind == AJWT_CLAUSE_LINE ||
             (clause->kind == AJWT_CLAUSE_ALL && !is_merging))
        add_finding(search, GRANTED_BY_RULE, clause->line, clause, method);
    else
        search_parts(search, clause, method);
}

/*
 * With Satisfy Any, the address suffices; otherwise the address and the Require
 * lines must both allow.
 */
static void search_method(access_search *search, const ajwt_clause *clause,
                          const ajwt_conf_section *compat, int method)
{
    const ap_directive_t *any =
        compat ? ajwt_satisfy_any(compat, method, search->pool) : NULL;
    const int is_address_allowed =
        !compat || ajwt_satisfy_allows_address(compat, method, search->pool);

    if (any && is_address_allowed)
        add_finding(search, GRANTED_BY_ADDRESS, any, NULL, method);
    else if ((any || is_address_allowed) &&
             may_grant(clause, method, 1, search->pool))
        find_granting_line(search, clause, method);
}

static void search_methods(access_search *search, const ajwt_clause *clause,
                           const ajwt_conf_section *compat)
{
    int method;

    for (method = 0; method < METHOD_COUNT; method++)
        search_method(search, clause, compat, method);
}

/*
 * The last section with such lines decides.  A section that may not apply is
 * checked too, and the search continues.
 */
static void search_sections(access_search *search, const ajwt_clause *clause,
                            const apr_array_header_t *elements)
{
    int i = elements->nelts;

    while (i-- > 0) {
        const ajwt_element *next = &APR_ARRAY_IDX(elements, i, ajwt_element);

        if (!ajwt_satisfy_is_set(next->section))
            continue;
        search_methods(search, clause, next->section);
        if (next->is_certain)
            return;
    }
    search_methods(search, clause, NULL);
}

/* --- Texts of warnings */

#define TOKENLESS "are let through without a token"

/* Returns the names of methods: "GET, POST" */
static const char *name_methods(apr_int64_t methods, apr_pool_t *pool)
{
    const char *names = NULL, *name;
    int method;

    for (method = 0; method < METHOD_COUNT; method++) {
        if (!(methods & (AP_METHOD_BIT << method)))
            continue;
        /* HEAD has the same number, and httpd may return either name */
        name = method == M_GET ? "GET" : ap_method_name_of(pool, method);
        if (name)
            names = names ? apr_pstrcat(pool, names, ", ", name, NULL) : name;
    }
    return names ? names : "unknown";
}

/* M_INVALID represents all methods that no line names. */
static const char *name_requests(apr_int64_t methods, apr_pool_t *pool)
{
    if (methods & (AP_METHOD_BIT << M_INVALID))
        return apr_pstrcat(pool, "requests of all methods except ",
                           name_methods(~methods, pool), NULL);
    return apr_pstrcat(pool, name_methods(methods, pool), " requests", NULL);
}

static int is_for_options(apr_int64_t methods)
{
    return methods == AP_METHOD_BIT << M_OPTIONS;
}

static const char *describe_method(const access_search *search,
                                   const finding *found)
{
    return apr_psprintf(
        search->pool,
        "%s " TOKENLESS " in %s, because no Require line applies to them. Move "
        "the Require lines out of <Limit> and <LimitExcept>%s",
        name_requests(found->methods, search->pool),
        ajwt_conf_tree_title(search->section, search->pool),
        is_for_options(found->methods)
            ? "; for CORS preflights write \"AuthJWTPreflight On\""
            : "");
}

/* Returns the fix if the line is in the section itself. */
static const char *find_fix(const finding *found)
{
    const ajwt_clause *clause = found->clause;

    if (clause->kind != AJWT_CLAUSE_LINE)
        return "Add \"Require valid-user\" to this block";
    if (strcmp(clause->provider, "all") == 0)
        return "Write \"Require valid-user\" instead, or add \"AuthType "
               "None\" if no token is wanted here";
    if (is_for_options(found->methods) &&
        strcmp(clause->provider, "method") == 0)
        return "For CORS preflights write \"AuthJWTPreflight On\" instead";
    return "Put \"Require valid-user\" and this line into <RequireAll>";
}

static const char *describe_rule(const access_search *search,
                                 const finding *found)
{
    const ajwt_clause *clause = found->clause;
    const char *title = ajwt_conf_tree_title(search->section, search->pool);
    const char *which = clause->kind == AJWT_CLAUSE_LINE
                            ? ajwt_clause_grants_to(clause)
                            : "requests for which this block is true";

    if (clause->section == search->section ||
        clause->section->outer == search->section)
        return apr_psprintf(search->pool, "%s " TOKENLESS " in %s. %s", which,
                            title, find_fix(found));
    if (ajwt_conf_tree_comes_later(clause->section, search->section))
        return apr_psprintf(
            search->pool,
            "%s " TOKENLESS " in %s, because %s replaces its Require lines. "
            "Write \"Require valid-user\" instead, or add \"AuthMerging And\"",
            which, title, ajwt_conf_tree_title(clause->section, search->pool));
    return apr_psprintf(search->pool,
                        "%s " TOKENLESS " in %s, which has no Require line of "
                        "its own. Write \"Require valid-user\" there",
                        which, title);
}

static const char *describe_finding(const access_search *search,
                                    const finding *found)
{
    switch (found->cause) {
    case GRANTED_BY_RULE:
        return describe_rule(search, found);
    case METHOD_WITHOUT_RULE:
        return describe_method(search, found);
    case GRANTED_BY_MERGING:
        return apr_psprintf(
            search->pool,
            "the Require lines of the sections around %s are enough, possibly "
            "\"all granted\" of <Directory>, so that requests " TOKENLESS
            ". Remove this line, or write \"AuthMerging And\"",
            ajwt_conf_tree_title(search->section, search->pool));
    case RULE_UNKNOWN:
        return "no Require line was found for this section, so that of "
               "<Directory> decides. If that is \"all granted\", all "
               "requests " TOKENLESS
               ". Write \"Require valid-user\", or a stricter rule";
    case NO_RULE:
        return "no Require line was found for this section, so httpd answers "
               "500 (AH01627), unless a .htaccess file has one. Write "
               "\"Require valid-user\", or a stricter rule";
    case GRANTED_BY_ADDRESS:
        return apr_psprintf(
            search->pool,
            "requests from each address that is not denied " TOKENLESS
            " in %s. Write \"Satisfy All\"",
            ajwt_conf_tree_title(search->section, search->pool));
    }
    return NULL;
}

/* AuthJWTOptional has no effect under AuthType Basic. */
int ajwt_require_gap_is_guarded(const ajwt_conf_section *section,
                                apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_line(section, "AuthType", pool);
    const char *args = line ? line->args : "";
    const char *type = ap_getword_conf(pool, &args);

    if (!ajwt_conf_tree_requires_token(section, pool))
        return 0;
    line = ajwt_conf_tree_line(section, "AuthJWTOptional", pool);
    if (!ajwt_is_bearer(type) || !line)
        return 1;
    args = line->args;
    return ap_cstr_casecmp(ap_getword_conf(pool, &args), "Off") == 0;
}

apr_array_header_t *ajwt_require_gap_find(const ajwt_conf_section *section,
                                          const ajwt_conf_tree *tree,
                                          apr_pool_t *pool)
{
    access_search search = {section, apr_array_make(pool, 2, sizeof(finding)),
                            pool};
    apr_array_header_t *openings =
        apr_array_make(pool, 2, sizeof(ajwt_opening));
    const apr_array_header_t *elements;
    ajwt_clause *clause;
    int i;

    if (!ajwt_require_gap_is_guarded(section, pool))
        return openings;
    elements = ajwt_merging_find(section, tree, pool);
    clause = ajwt_merging_clause(section, elements, pool);
    if (!clause) {
        add_finding(&search, NO_RULE, section->node, NULL, M_INVALID);
        clause = ajwt_clause_make(AJWT_CLAUSE_ANY, pool);
    }
    search_sections(&search, clause, elements);
    for (i = 0; i < search.findings->nelts; i++) {
        const finding *found = &APR_ARRAY_IDX(search.findings, i, finding);
        ajwt_opening *opening = apr_array_push(openings);

        opening->line = found->line;
        opening->text = describe_finding(&search, found);
    }
    return openings;
}
