/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/conf_index.h"

#include <stdlib.h>

#include <apr_hash.h>
#include <apr_strings.h>

typedef enum list_kind {
    PLAIN, /* with a plain path, sorted by it */
    PATTERNS,
    EVERY_PATH, /* of PATTERNS: those that apply to every path */
    LIST_KINDS
} list_kind;

/* The sections of one virtual host; NULL: there are none */
typedef struct host_group {
    apr_array_header_t *lists[LIST_KINDS][AJWT_SECTION_KINDS];
} host_group;

struct ajwt_conf_index {
    host_group every_host;
    host_group no_host;  /* of the main server */
    apr_hash_t *by_host; /* host_group *, by the pointer to its tag */
};

/* The groups of all sections that can be part of one virtual host with a
 * section */
typedef struct host_scope {
    const host_group *groups[2]; /* NULL: none */
} host_scope;

static host_scope find_scope(const ajwt_conf_index *index,
                             const ajwt_conf_section *section)
{
    host_scope scope = {{&index->every_host, NULL}};

    if (section->host) {
        scope.groups[0] = &index->no_host;
        scope.groups[1] =
            apr_hash_get(index->by_host, &section->host, sizeof section->host);
    }
    return scope;
}

/* --- Making */

static void add_to_list(apr_array_header_t **list,
                        const ajwt_conf_section *section, apr_pool_t *pool)
{
    if (!*list)
        *list = apr_array_make(pool, 2, sizeof(const ajwt_conf_section *));
    APR_ARRAY_PUSH(*list, const ajwt_conf_section *) = section;
}

static void add_to_group(host_group *group, const ajwt_conf_section *section,
                         apr_pool_t *pool)
{
    add_to_list(&group->lists[section->path ? PLAIN : PATTERNS][section->kind],
                section, pool);
    if (!section->path && section->has_every_path)
        add_to_list(&group->lists[EVERY_PATH][section->kind], section, pool);
}

static host_group *find_group(ajwt_conf_index *index,
                              const ajwt_conf_section *section,
                              apr_pool_t *pool)
{
    host_group *group;

    if (!section->host)
        return &index->no_host;
    group = apr_hash_get(index->by_host, &section->host, sizeof section->host);
    if (!group) {
        group = apr_pcalloc(pool, sizeof *group);
        apr_hash_set(index->by_host, &section->host, sizeof section->host,
                     group);
    }
    return group;
}

static int compare_paths(const void *one, const void *other)
{
    const ajwt_conf_section *const *a = one, *const *b = other;

    return strcmp((*a)->path, (*b)->path);
}

static void sort_group(host_group *group)
{
    int kind;

    for (kind = 0; kind < AJWT_SECTION_KINDS; kind++) {
        const apr_array_header_t *list = group->lists[PLAIN][kind];

        if (list)
            qsort(list->elts, (size_t)list->nelts, (size_t)list->elt_size,
                  compare_paths);
    }
}

const ajwt_conf_index *ajwt_conf_index_make(const apr_array_header_t *sections,
                                            apr_pool_t *pool)
{
    ajwt_conf_index *index = apr_pcalloc(pool, sizeof *index);
    apr_hash_index_t *next;
    int i;

    index->by_host = apr_hash_make(pool);
    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);

        if (section->outer)
            continue;
        add_to_group(&index->every_host, section, pool);
        add_to_group(find_group(index, section, pool), section, pool);
    }
    sort_group(&index->every_host);
    sort_group(&index->no_host);
    for (next = apr_hash_first(pool, index->by_host); next;
         next = apr_hash_next(next))
        sort_group(apr_hash_this_val(next));
    return index;
}

/* --- Finding */

static const char *path_at(const apr_array_header_t *list, int i)
{
    return APR_ARRAY_IDX(list, i, const ajwt_conf_section *)->path;
}

/* The position of the first section whose path does not sort before path */
static int find_first(const apr_array_header_t *list, const char *path)
{
    int low = 0, high = list->nelts;

    while (low < high) {
        const int middle = low + (high - low) / 2;

        if (strcmp(path_at(list, middle), path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_equal(apr_array_header_t *found, const apr_array_header_t *list,
                      const char *path)
{
    int i;

    for (i = find_first(list, path);
         i < list->nelts && strcmp(path_at(list, i), path) == 0; i++)
        APR_ARRAY_PUSH(found, const ajwt_conf_section *) =
            APR_ARRAY_IDX(list, i, const ajwt_conf_section *);
}

static void cut_slashes(char *path)
{
    apr_size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        path[--len] = '\0';
}

static void add_above(apr_array_header_t *found, const apr_array_header_t *list,
                      const char *path)
{
    char *above = apr_pstrdup(found->pool, path);

    cut_slashes(above);
    add_equal(found, list, above);
    while (strcmp(above, "/") != 0) {
        char *slash = strrchr(above, '/');

        slash[slash == above] = '\0'; /* keeps the first one */
        cut_slashes(above);
        add_equal(found, list, above);
    }
}

void ajwt_conf_index_add_above(apr_array_header_t *found,
                               const ajwt_conf_index *index,
                               const ajwt_conf_section *section,
                               ajwt_section_kind kind, const char *path)
{
    const host_scope scope = find_scope(index, section);
    int i;

    for (i = 0; i < 2; i++) {
        if (*path == '/' && scope.groups[i] &&
            scope.groups[i]->lists[PLAIN][kind])
            add_above(found, scope.groups[i]->lists[PLAIN][kind], path);
    }
}

static void add_below(apr_array_header_t *found, const apr_array_header_t *list,
                      const char *top)
{
    const apr_size_t len = strlen(top);
    int i;

    for (i = find_first(list, top);
         i < list->nelts && strncmp(path_at(list, i), top, len) == 0; i++) {
        if (path_at(list, i)[len])
            APR_ARRAY_PUSH(found, const ajwt_conf_section *) =
                APR_ARRAY_IDX(list, i, const ajwt_conf_section *);
    }
}

void ajwt_conf_index_add_below(apr_array_header_t *found,
                               const ajwt_conf_index *index,
                               const ajwt_conf_section *section,
                               ajwt_section_kind kind, const char *path)
{
    const host_scope scope = find_scope(index, section);
    const char *top =
        path[1] ? apr_pstrcat(found->pool, path, "/", NULL) : path;
    int i;

    for (i = 0; i < 2; i++) {
        if (scope.groups[i] && scope.groups[i]->lists[PLAIN][kind])
            add_below(found, scope.groups[i]->lists[PLAIN][kind], top);
    }
}

static void add_list(apr_array_header_t *found, const ajwt_conf_index *index,
                     const ajwt_conf_section *section, list_kind list,
                     ajwt_section_kind kind)
{
    const host_scope scope = find_scope(index, section);
    int i;

    for (i = 0; i < 2; i++) {
        if (scope.groups[i] && scope.groups[i]->lists[list][kind])
            apr_array_cat(found, scope.groups[i]->lists[list][kind]);
    }
}

void ajwt_conf_index_add_patterns(apr_array_header_t *found,
                                  const ajwt_conf_index *index,
                                  const ajwt_conf_section *section,
                                  ajwt_section_kind kind)
{
    add_list(found, index, section, PATTERNS, kind);
}

void ajwt_conf_index_add_every_path(apr_array_header_t *found,
                                    const ajwt_conf_index *index,
                                    const ajwt_conf_section *section,
                                    ajwt_section_kind kind)
{
    add_list(found, index, section, EVERY_PATH, kind);
}

void ajwt_conf_index_add_kind(apr_array_header_t *found,
                              const ajwt_conf_index *index,
                              const ajwt_conf_section *section,
                              ajwt_section_kind kind)
{
    add_list(found, index, section, PLAIN, kind);
    add_list(found, index, section, PATTERNS, kind);
}
