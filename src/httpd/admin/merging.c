/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/merging.h"

typedef enum merging { UNSET, OFF, AND, OR } merging;

/* The merge state of mod_authz_core for one section, or for several */
typedef struct merge_state {
    ajwt_clause *clause; /* NULL: no Require line */
    merging merging;
    const ap_directive_t *line; /* the AuthMerging line, or NULL */
} merge_state;

static const ap_directive_t *find_own_line(const ajwt_conf_section *section,
                                           const char *name)
{
    const ap_directive_t *line = ajwt_conf_tree_first(section), *last = NULL;

    for (; line; line = line->next) {
        if (ajwt_conf_tree_is(line, name))
            last = line;
    }
    return last;
}

static merge_state read_state(const ajwt_conf_section *section,
                              apr_pool_t *pool)
{
    const ap_directive_t *line = find_own_line(section, "AuthMerging");
    merge_state own = {ajwt_clause_read(section, pool), UNSET, line};

    if (line)
        own.merging = ap_cstr_casecmp(line->args, "And") == 0  ? AND
                      : ap_cstr_casecmp(line->args, "Or") == 0 ? OR
                                                               : OFF;
    return own;
}

static merge_state merge_states(merge_state outer, merge_state inner,
                                apr_pool_t *pool)
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

/* One of two states; the request determines which one. */
static merge_state merge_alternatives(merge_state one, merge_state other,
                                      apr_pool_t *pool)
{
    if (!one.clause)
        one.clause = ajwt_clause_make(AJWT_CLAUSE_UNKNOWN, pool);
    if (!other.clause)
        other.clause = ajwt_clause_make(AJWT_CLAUSE_UNKNOWN, pool);
    if (one.clause != other.clause)
        other.clause = ajwt_clause_join(AJWT_CLAUSE_EITHER, NULL, one.clause,
                                        other.clause, pool);
    return other;
}

static int sets_auth_type(const ajwt_conf_section *section)
{
    return find_own_line(section, "AuthType") != NULL;
}

static void add_elements(apr_array_header_t *elements,
                         const apr_array_header_t *sections, int is_certain)
{
    int i;

    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);
        ajwt_element *last;
        int j = elements->nelts;

        if (section->kind == AJWT_OF_SERVER) /* Require is not allowed there */
            continue;
        last = apr_array_push(elements);

        for (; j > 0 && ajwt_conf_tree_comes_later(last[-1].section, section);
             j--, last--)
            last[0] = last[-1];
        last->section = section;
        last->is_certain = is_certain;
    }
}

static const ajwt_conf_section *section_at(const apr_array_header_t *sections,
                                           int i)
{
    return APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);
}

/*
 * Whether a section is one of <If>, <ElseIf> and <Else>, of which exactly one
 * applies
 */
static int is_branch(const ajwt_conf_section *section)
{
    const apr_array_header_t *siblings;
    int i;

    if (section->kind != AJWT_OF_CONDITION || !section->outer)
        return 0;
    siblings = section->outer->nested;
    for (i = 0; i < siblings->nelts; i++) {
        const ajwt_conf_section *next = section_at(siblings, i);

        if (next->kind != AJWT_OF_CONDITION || next->number < section->number)
            continue;
        if (ajwt_conf_tree_is(next->node, "<Else"))
            return 1;
        if (next != section && ajwt_conf_tree_is(next->node, "<If"))
            return 0;
    }
    return 0;
}

/*
 * Sections nested in section are reported separately.  But if one of several
 * branches always applies, the branches decide.
 */
static const apr_array_header_t *find_own_branches(
    const ajwt_conf_section *section, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 2, sizeof section);
    int i;

    for (i = 0; i < section->nested->nelts; i++) {
        const ajwt_conf_section *inner = section_at(section->nested, i);

        if (is_branch(inner))
            APR_ARRAY_PUSH(found, const ajwt_conf_section *) = inner;
    }
    return found;
}

/*
 * Keeps httpd's order.  A later section with its own AuthType is left out,
 * because its AuthType is in effect there.
 */
const apr_array_header_t *ajwt_merging_find(const ajwt_conf_section *section,
                                            const ajwt_conf_tree *tree,
                                            apr_pool_t *pool)
{
    apr_array_header_t *elements =
        apr_array_make(pool, 4, sizeof(ajwt_element));
    int i, kept = 0;

    add_elements(elements, section->layers, 1);
    add_elements(elements, ajwt_conf_tree_later(section, tree, pool), 0);
    add_elements(elements, find_own_branches(section, pool), 0);
    for (i = 0; i < elements->nelts; i++) {
        ajwt_element *next = &APR_ARRAY_IDX(elements, i, ajwt_element);

        next->is_branch = !next->is_certain && is_branch(next->section);
        if (next->is_certain || next->is_branch ||
            !sets_auth_type(next->section))
            APR_ARRAY_IDX(elements, kept++, ajwt_element) = *next;
    }
    elements->nelts = kept;
    return elements;
}

/* The sections of one kind, which httpd first merges with each other */
typedef struct merge_batch {
    merge_state merged;
    int count;
    int is_certain; /* for every request, at least one of them applies */
    apr_pool_t *pool;
} merge_batch;

static void add_state(merge_batch *batch, merge_state own, int is_certain)
{
    merge_state more =
        batch->count ? merge_states(batch->merged, own, batch->pool) : own;

    if (own.clause || own.merging != UNSET) {
        if (batch->count && !is_certain)
            more = merge_alternatives(batch->merged, more, batch->pool);
        else if (batch->count && !batch->is_certain)
            more = merge_alternatives(own, more, batch->pool);
        batch->merged = more;
        batch->is_certain |= is_certain;
        batch->count++;
    }
}

/*
 * If all branches have their own AuthType, no request is left for this section.
 */
static void add_branches(merge_batch *batch, const apr_array_header_t *branches)
{
    const merge_batch before = *batch;
    int i, count = 0, is_certain = 1;

    batch->merged.clause = ajwt_clause_make(AJWT_CLAUSE_ANY, batch->pool);
    for (i = 0; i < branches->nelts; i++) {
        merge_batch one = before;

        if (sets_auth_type(section_at(branches, i)))
            continue;
        add_state(&one, read_state(section_at(branches, i), batch->pool), 1);
        is_certain &= one.is_certain;
        if (one.count)
            batch->merged =
                count++
                    ? merge_alternatives(batch->merged, one.merged, batch->pool)
                    : one.merged;
    }
    batch->is_certain = is_certain;
    batch->count += is_certain || count;
}

static int is_of_group(const ajwt_conf_section *section, ajwt_section_kind kind)
{
    return section->kind == kind ||
           (kind == AJWT_OF_DIRECTORY && section->kind < AJWT_OF_FILES);
}

/* Merges the sections of one kind into the result so far. */
static merge_state merge_group(merge_state before,
                               const apr_array_header_t *elements,
                               ajwt_section_kind kind, apr_pool_t *pool)
{
    merge_batch found = {{NULL, UNSET, NULL}, 0, 0, pool};
    apr_array_header_t *branches =
        apr_array_make(pool, 2, sizeof(ajwt_conf_section *));
    merge_state merged;
    int i;

    for (i = 0; i < elements->nelts; i++) {
        const ajwt_element *next = &APR_ARRAY_IDX(elements, i, ajwt_element);

        if (!is_of_group(next->section, kind))
            continue;
        if (!next->is_branch) {
            add_state(&found, read_state(next->section, pool),
                      next->is_certain);
            continue;
        }
        APR_ARRAY_PUSH(branches, const ajwt_conf_section *) = next->section;
        if (ajwt_conf_tree_is(next->section->node, "<Else")) {
            add_branches(&found, branches);
            branches->nelts = 0;
        }
    }
    if (!found.count)
        return before;
    merged = merge_states(before, found.merged, pool);
    return found.is_certain ? merged : merge_alternatives(before, merged, pool);
}

static const ajwt_conf_section *find_outermost(const ajwt_conf_section *section)
{
    while (section->outer)
        section = section->outer;
    return section;
}

/* Only a request determines which <Directory> applies to a URL. */
static merge_state merge_all(const ajwt_conf_section *section,
                             const apr_array_header_t *elements,
                             apr_pool_t *pool)
{
    ajwt_section_kind group;
    merge_state merged = {NULL, UNSET, NULL};

    if (find_outermost(section)->kind > AJWT_OF_DIRECTORY_PATTERN)
        merged.clause = ajwt_clause_make(AJWT_CLAUSE_UNKNOWN, pool);
    else
        merged = merge_group(merged, elements, AJWT_OF_DIRECTORY, pool);
    for (group = AJWT_OF_FILES; group <= AJWT_OF_CONDITION; group++)
        merged = merge_group(merged, elements, group, pool);
    return merged;
}

ajwt_clause *ajwt_merging_clause(const ajwt_conf_section *section,
                                 const apr_array_header_t *elements,
                                 apr_pool_t *pool)
{
    return merge_all(section, elements, pool).clause;
}
