#include "httpd/access.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include "httpd/clause.h"
#include "httpd/satisfy.h"

/* httpd has a bit for each method; the last one marks blocks. */
#define METHOD_COUNT (METHODS - 1)

/* How a clause lets requests through */
typedef enum cause {
    BY_RULE,    /* a Require line that is true for them */
    BY_METHOD,  /* no Require line is about their method */
    BY_MERGING, /* AuthMerging Or with a section that grants */
    BY_UNSEEN,  /* a Require line that is not known */
    BY_NOTHING, /* no Require line anywhere: httpd answers 500 */
    BY_ADDRESS  /* Satisfy Any */
} cause;

typedef struct finding {
    cause cause;
    const ap_directive_t *line;
    const ajwt_clause *clause;
    apr_int64_t methods; /* of the requests */
} finding;

typedef struct search {
    const ajwt_config_section *section;
    apr_array_header_t *findings;
    apr_pool_t *pool;
} search;

/* --- What httpd merges */

typedef enum merging { UNSET, OFF, AND, OR } merging;

/* What mod_authz_core knows of one section, or of several */
typedef struct state {
    ajwt_clause *clause; /* NULL: no Require line */
    merging merging;
    const ap_directive_t *line; /* AuthMerging, or NULL */
} state;

static const ap_directive_t *own_line(const ajwt_config_section *section,
                                      const char *name)
{
    const ap_directive_t *line = ajwt_sections_first(section), *last = NULL;

    for (; line; line = line->next) {
        if (ajwt_sections_is(line, name))
            last = line;
    }
    return last;
}

static state state_of(const ajwt_config_section *section, apr_pool_t *pool)
{
    const ap_directive_t *line = own_line(section, "AuthMerging");
    state own = {ajwt_clause_read(section, pool), UNSET, line};

    if (line)
        own.merging = ap_cstr_casecmp(line->args, "And") == 0  ? AND
                      : ap_cstr_casecmp(line->args, "Or") == 0 ? OR
                                                               : OFF;
    return own;
}

static state merge(state outer, state inner, apr_pool_t *pool)
{
    if (inner.merging == UNSET && !inner.clause && outer.clause)
        return outer;
    if (inner.merging == OFF || inner.merging == UNSET)
        return inner;
    if (!inner.clause)
        inner.clause = outer.clause;
    else if (outer.clause)
        inner.clause = ajwt_clause_join(
            inner.merging == AND ? AJWT_CLAUSE_ALL : AJWT_CLAUSE_ANY,
            inner.line, outer.clause, inner.clause, pool);
    return inner;
}

/* For some requests the one, for others the other */
static state either(state one, state other, apr_pool_t *pool)
{
    if (!one.clause)
        one.clause = ajwt_clause_make(AJWT_CLAUSE_UNSEEN, pool);
    if (!other.clause)
        other.clause = ajwt_clause_make(AJWT_CLAUSE_UNSEEN, pool);
    if (one.clause != other.clause)
        other.clause = ajwt_clause_join(AJWT_CLAUSE_EITHER, NULL, one.clause,
                                        other.clause, pool);
    return other;
}

static int sets_auth_type(const ajwt_config_section *section)
{
    return own_line(section, "AuthType") != NULL;
}

/* A section that httpd merges, for every request to another or for some */
typedef struct element {
    const ajwt_config_section *section;
    int is_certain;
} element;

static void add_elements(apr_array_header_t *elements,
                         const apr_array_header_t *sections, int is_certain)
{
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const ajwt_config_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_config_section *);
        element *last = apr_array_push(elements);
        int j = elements->nelts - 1;

        for (; j > 0 && ajwt_sections_comes_later(last[-1].section, section);
             j--, last--)
            last[0] = last[-1];
        last->section = section;
        last->is_certain = is_certain;
    }
}

/* In httpd's order.  Where a later section has an AuthType of its own, another
 * one is in effect. */
static apr_array_header_t *find_elements(const ajwt_config_section *section,
                                         const apr_array_header_t *all,
                                         apr_pool_t *pool)
{
    apr_array_header_t *elements = apr_array_make(pool, 4, sizeof(element));
    const apr_array_header_t *later = ajwt_sections_later(section, all, pool);
    int i, kept = 0;

    add_elements(elements, section->layers, 1);
    add_elements(elements, later, 0);
    for (i = 0; i < elements->nelts; i++) {
        const element *next = &APR_ARRAY_IDX(elements, i, element);

        if (next->is_certain || !sets_auth_type(next->section))
            APR_ARRAY_IDX(elements, kept++, element) = *next;
    }
    elements->nelts = kept;
    return elements;
}

/* httpd merges sections of a kind with each other first. */
static int is_of_group(const ajwt_config_section *section,
                       ajwt_section_kind group)
{
    return section->kind == group ||
           (group == AJWT_OF_DIRECTORY && section->kind < AJWT_OF_FILES);
}

/* Onto what was merged before; is_certain: whether any of it must apply */
static state merge_group(state before, const apr_array_header_t *elements,
                         ajwt_section_kind group, apr_pool_t *pool)
{
    state merged = {NULL, UNSET, NULL};
    int i, count = 0, is_certain = 0;

    for (i = 0; i < elements->nelts; i++) {
        const element *next = &APR_ARRAY_IDX(elements, i, element);
        state own, more;

        if (!is_of_group(next->section, group))
            continue;
        own = state_of(next->section, pool);
        if (!own.clause && own.merging == UNSET)
            continue;
        more = count ? merge(merged, own, pool) : own;
        if (count && !next->is_certain)
            more = either(merged, more, pool);
        else if (count && !is_certain)
            more = either(own, more, pool);
        merged = more;
        is_certain |= next->is_certain;
        count++;
    }
    if (!count)
        return before;
    merged = merge(before, merged, pool);
    return is_certain ? merged : either(before, merged, pool);
}

static state merge_branch(state before, const ajwt_config_section *branch,
                          apr_pool_t *pool)
{
    const state own = state_of(branch, pool);

    return own.clause || own.merging != UNSET ? merge(before, own, pool)
                                              : before;
}

/*
 * Of <If> to <Else> in a section itself, one always applies; where all have an
 * AuthType of their own, no request is left to the section.
 */
static state merge_branches(state before, const apr_array_header_t *branches,
                            apr_pool_t *pool)
{
    state merged = {ajwt_clause_make(AJWT_CLAUSE_ANY, pool), UNSET, NULL};
    int i, count = 0;

    for (i = 0; i < branches->nelts; i++) {
        const ajwt_config_section *branch =
            APR_ARRAY_IDX(branches, i, const ajwt_config_section *);

        if (sets_auth_type(branch))
            continue;
        merged = count++
                     ? either(merged, merge_branch(before, branch, pool), pool)
                     : merge_branch(before, branch, pool);
    }
    return merged;
}

static state merge_chains(state before, const ajwt_config_section *section,
                          const apr_array_header_t *all, apr_pool_t *pool)
{
    apr_array_header_t *branches = apr_array_make(pool, 2, sizeof section);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const ajwt_config_section *inner =
            APR_ARRAY_IDX(all, i, const ajwt_config_section *);

        if (inner->outer != section || inner->kind != AJWT_OF_CONDITION)
            continue;
        if (ajwt_sections_is(inner->node, "<If"))
            branches->nelts = 0;
        APR_ARRAY_PUSH(branches, const ajwt_config_section *) = inner;
        if (ajwt_sections_is(inner->node, "<Else"))
            before = merge_branches(before, branches, pool);
    }
    return before;
}

static const ajwt_config_section *outermost(const ajwt_config_section *section)
{
    while (section->outer)
        section = section->outer;
    return section;
}

/* What <Directory> says of a URL, or of a file, only a request can tell. */
static state merge_all(const ajwt_config_section *section,
                       const apr_array_header_t *elements, apr_pool_t *pool)
{
    ajwt_section_kind group;
    state merged = {NULL, UNSET, NULL};

    if (outermost(section)->kind > AJWT_OF_DIRECTORY_PATTERN)
        merged.clause = ajwt_clause_make(AJWT_CLAUSE_UNSEEN, pool);
    else
        merged = merge_group(merged, elements, AJWT_OF_DIRECTORY, pool);
    for (group = AJWT_OF_FILES; group <= AJWT_OF_CONDITION; group++)
        merged = merge_group(merged, elements, group, pool);
    return merged;
}

/* --- What lets a request through */

static void add(search *in, cause why, const ap_directive_t *line,
                const ajwt_clause *clause, int method)
{
    finding *known;
    int i;

    for (i = 0; i < in->findings->nelts; i++) {
        known = &APR_ARRAY_IDX(in->findings, i, finding);
        if (known->cause == why && known->line == line) {
            known->methods |= AP_METHOD_BIT << method;
            return;
        }
    }
    known = apr_array_push(in->findings);
    known->cause = why;
    known->line = line;
    known->clause = clause;
    known->methods = AP_METHOD_BIT << method;
}

static int grants(const ajwt_clause *clause, int method, int is_of_all,
                  apr_pool_t *pool)
{
    return ajwt_clause_results(clause, method, is_of_all, pool) & AJWT_GRANTS;
}

static void look(search *in, const ajwt_clause *clause, int method);

/* Of an ALL, what is said further in decides. */
static void look_at_parts(search *in, const ajwt_clause *clause, int method)
{
    int i = clause->kind == AJWT_CLAUSE_ALL ? clause->parts->nelts - 1 : 0;

    for (; i < clause->parts->nelts; i++) {
        const ajwt_clause *part = APR_ARRAY_IDX(clause->parts, i, ajwt_clause *);

        if (grants(part, method, clause->kind != AJWT_CLAUSE_ANY, in->pool))
            look(in, part, method);
    }
}

/* AuthMerging Or: that of the sections outside is enough. */
static void look_at_merging(search *in, const ajwt_clause *clause, int method)
{
    const ajwt_clause *outer = APR_ARRAY_IDX(clause->parts, 0, ajwt_clause *);
    const ajwt_clause *inner = APR_ARRAY_IDX(clause->parts, 1, ajwt_clause *);

    if (grants(outer, method, 0, in->pool))
        add(in, BY_MERGING, clause->line, clause, method);
    if (grants(inner, method, 0, in->pool))
        look(in, inner, method);
}

static const ap_directive_t *first_limit(const ajwt_clause *clause)
{
    const ap_directive_t *line = clause->limit;
    int i;

    for (i = 0; i < clause->parts->nelts && !line; i++)
        line = first_limit(APR_ARRAY_IDX(clause->parts, i, ajwt_clause *));
    return line;
}

/* clause grants requests of a method: by which of its lines? */
static void look(search *in, const ajwt_clause *clause, int method)
{
    const int is_merging =
        clause->line && ajwt_sections_is(clause->line, "AuthMerging");

    if (!ajwt_clause_is_about(clause, method))
        add(in, BY_METHOD, first_limit(clause), clause, method);
    else if (clause->kind == AJWT_CLAUSE_UNSEEN)
        add(in, BY_UNSEEN, in->section->node, clause, method);
    else if (clause->kind == AJWT_CLAUSE_ANY && is_merging)
        look_at_merging(in, clause, method);
    else if (clause->kind == AJWT_CLAUSE_LINE ||
             (clause->kind == AJWT_CLAUSE_ALL && !is_merging))
        add(in, BY_RULE, clause->line, clause, method);
    else
        look_at_parts(in, clause, method);
}

/* Satisfy Any: the address is enough; otherwise it is needed as well. */
static void look_with_address(search *in, const ajwt_clause *clause,
                              const ajwt_config_section *compat, int method)
{
    const ap_directive_t *any =
        compat ? ajwt_satisfy_any(compat, method, in->pool) : NULL;
    const int is_let_in =
        !compat || ajwt_satisfy_lets_in(compat, method, in->pool);

    if (any && is_let_in)
        add(in, BY_ADDRESS, any, NULL, method);
    else if ((any || is_let_in) && grants(clause, method, 1, in->pool))
        look(in, clause, method);
}

static void look_at_methods(search *in, const ajwt_clause *clause,
                            const ajwt_config_section *compat)
{
    int method;

    for (method = 0; method < METHOD_COUNT; method++)
        look_with_address(in, clause, compat, method);
}

/* The last section with such lines counts; one that may not apply, too. */
static void look_at_all(search *in, const ajwt_clause *clause,
                        const apr_array_header_t *elements)
{
    int i = elements->nelts;

    while (i-- > 0) {
        const element *next = &APR_ARRAY_IDX(elements, i, element);

        if (!ajwt_satisfy_is_set(next->section))
            continue;
        look_at_methods(in, clause, next->section);
        if (next->is_certain)
            return;
    }
    look_at_methods(in, clause, NULL);
}

/* --- What to say of it */

#define TOKENLESS "are let through without a token"

/* "GET, POST" */
static const char *name_methods(apr_int64_t methods, apr_pool_t *pool)
{
    const char *names = NULL, *name;
    int method;

    for (method = 0; method < METHOD_COUNT; method++) {
        if (!(methods & (AP_METHOD_BIT << method)))
            continue;
        /* HEAD has the same number, and httpd names either */
        name = method == M_GET ? "GET" : ap_method_name_of(pool, method);
        if (name)
            names = names ? apr_pstrcat(pool, names, ", ", name, NULL) : name;
    }
    return names ? names : "unknown";
}

/* A method that httpd does not know stands for all others. */
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

static const char *describe_method(const search *in, const finding *found)
{
    return apr_psprintf(
        in->pool,
        "%s " TOKENLESS " in %s, because no Require line is about them. Move "
        "the Require lines out of <Limit> and <LimitExcept>%s",
        name_requests(found->methods, in->pool),
        ajwt_sections_title(in->section, in->pool),
        is_for_options(found->methods)
            ? "; for CORS preflights write \"AuthJWTPreflight On\""
            : "");
}

/* What to write where the line itself is */
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

static const char *describe_rule(const search *in, const finding *found)
{
    const ajwt_clause *clause = found->clause;
    const char *title = ajwt_sections_title(in->section, in->pool);
    const char *which = clause->kind == AJWT_CLAUSE_LINE
                            ? ajwt_clause_grants_to(clause)
                            : "requests for which this block is true";

    if (clause->section == in->section ||
        clause->section->outer == in->section)
        return apr_psprintf(in->pool, "%s " TOKENLESS " in %s. %s", which,
                            title, find_fix(found));
    if (ajwt_sections_comes_later(clause->section, in->section))
        return apr_psprintf(
            in->pool,
            "%s " TOKENLESS " in %s, because %s replaces its Require lines. "
            "Write \"Require valid-user\" instead, or add \"AuthMerging And\"",
            which, title, ajwt_sections_title(clause->section, in->pool));
    return apr_psprintf(in->pool,
                        "%s " TOKENLESS " in %s, which has no Require line of "
                        "its own. Write \"Require valid-user\" there",
                        which, title);
}

static const char *describe(const search *in, const finding *found)
{
    switch (found->cause) {
    case BY_RULE:
        return describe_rule(in, found);
    case BY_METHOD:
        return describe_method(in, found);
    case BY_MERGING:
        return apr_psprintf(
            in->pool,
            "the Require lines of the sections around %s are enough, possibly "
            "\"all granted\" of <Directory>, so that requests " TOKENLESS
            ". Remove this line, or write \"AuthMerging And\"",
            ajwt_sections_title(in->section, in->pool));
    case BY_UNSEEN:
        return "no Require line was found for this section, so that of "
               "<Directory> decides. If that is \"all granted\", all "
               "requests " TOKENLESS
               ". Write \"Require valid-user\", or a stricter rule";
    case BY_NOTHING:
        return "no Require line was found for this section, so httpd answers "
               "500 (AH01627), unless a .htaccess file has one. Write "
               "\"Require valid-user\", or a stricter rule";
    case BY_ADDRESS:
        return apr_psprintf(
            in->pool,
            "requests from each address that is not denied " TOKENLESS
            " in %s. Write \"Satisfy All\"",
            ajwt_sections_title(in->section, in->pool));
    }
    return NULL;
}

/* Under Basic AuthJWTOptional has no effect. */
int ajwt_access_is_guarded(const ajwt_config_section *section, apr_pool_t *pool)
{
    const ap_directive_t *line =
        ajwt_sections_line(section, "AuthType", pool);
    const char *args = line ? line->args : "";
    const char *type = ap_getword_conf(pool, &args);

    if (!ajwt_sections_asks(section, pool))
        return 0;
    line = ajwt_sections_line(section, "AuthJWTOptional", pool);
    if (!ajwt_is_bearer(type) || !line)
        return 1;
    args = line->args;
    return ap_cstr_casecmp(ap_getword_conf(pool, &args), "Off") == 0;
}

apr_array_header_t *ajwt_access_find(const ajwt_config_section *section,
                                     const apr_array_header_t *all,
                                     apr_pool_t *pool)
{
    search in = {section, apr_array_make(pool, 2, sizeof(finding)), pool};
    apr_array_header_t *openings =
        apr_array_make(pool, 2, sizeof(ajwt_opening));
    const apr_array_header_t *elements;
    state merged;
    int i;

    if (!ajwt_access_is_guarded(section, pool))
        return openings;
    elements = find_elements(section, all, pool);
    merged = merge_all(section, elements, pool);
    merged = merge_chains(merged, section, all, pool);
    if (!merged.clause) {
        add(&in, BY_NOTHING, section->node, NULL, M_INVALID);
        merged.clause = ajwt_clause_make(AJWT_CLAUSE_ANY, pool);
    }
    look_at_all(&in, merged.clause, elements);
    for (i = 0; i < in.findings->nelts; i++) {
        const finding *found = &APR_ARRAY_IDX(in.findings, i, finding);
        ajwt_opening *opening = apr_array_push(openings);

        opening->line = found->line;
        opening->text = describe(&in, found);
    }
    return openings;
}
