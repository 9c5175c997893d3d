#include "httpd/merging.h"

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

static void add_elements(apr_array_header_t *elements,
                         const apr_array_header_t *sections, int is_certain)
{
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const ajwt_config_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_config_section *);
        ajwt_element *last = apr_array_push(elements);
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
const apr_array_header_t *ajwt_merging_find(const ajwt_config_section *section,
                                            const apr_array_header_t *all,
                                            apr_pool_t *pool)
{
    apr_array_header_t *elements =
        apr_array_make(pool, 4, sizeof(ajwt_element));
    const apr_array_header_t *later = ajwt_sections_later(section, all, pool);
    int i, kept = 0;

    add_elements(elements, section->layers, 1);
    add_elements(elements, later, 0);
    for (i = 0; i < elements->nelts; i++) {
        const ajwt_element *next = &APR_ARRAY_IDX(elements, i, ajwt_element);

        if (next->is_certain || !sets_auth_type(next->section))
            APR_ARRAY_IDX(elements, kept++, ajwt_element) = *next;
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
        const ajwt_element *next = &APR_ARRAY_IDX(elements, i, ajwt_element);
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

ajwt_clause *ajwt_merging_clause(const ajwt_config_section *section,
                                 const apr_array_header_t *elements,
                                 const apr_array_header_t *all,
                                 apr_pool_t *pool)
{
    const state merged = merge_all(section, elements, pool);

    return merge_chains(merged, section, all, pool).clause;
}
