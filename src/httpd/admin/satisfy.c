/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/satisfy.h"

#include "httpd/admin/clause.h"

static int is_limit(const ap_directive_t *line)
{
    return ajwt_conf_tree_is(line, "<Limit") ||
           ajwt_conf_tree_is(line, "<LimitExcept");
}

static int is_access_line(const ap_directive_t *line)
{
    return ajwt_conf_tree_is(line, "Satisfy") ||
           ajwt_conf_tree_is(line, "Order") ||
           ajwt_conf_tree_is(line, "Allow") || ajwt_conf_tree_is(line, "Deny");
}

static int has_access_line(const ap_directive_t *line)
{
    for (; line; line = line->next) {
        if (is_access_line(line) ||
            (is_limit(line) && has_access_line(line->first_child)))
            return 1;
    }
    return 0;
}

int ajwt_satisfy_is_set(const ajwt_conf_section *section)
{
    return has_access_line(ajwt_conf_tree_first(section));
}

/* Collects the lines that are in effect for a method. */
static void find_lines(apr_array_header_t *lines, const ap_directive_t *line,
                       int method)
{
    for (; line; line = line->next) {
        if (is_access_line(line))
            APR_ARRAY_PUSH(lines, const ap_directive_t *) = line;
        else if (is_limit(line) && (ajwt_clause_methods_of(line, lines->pool) &
                                    (AP_METHOD_BIT << method)))
            find_lines(lines, line->first_child, method);
    }
}

static const ap_directive_t *find_last(const apr_array_header_t *lines,
                                       const char *name)
{
    int i;

    for (i = lines->nelts - 1; i >= 0; i--) {
        const ap_directive_t *line =
            APR_ARRAY_IDX(lines, i, const ap_directive_t *);

        if (ajwt_conf_tree_is(line, name))
            return line;
    }
    return NULL;
}

static int has_word(const ap_directive_t *line, const char *word,
                    apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, pool);
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (ap_cstr_casecmp(APR_ARRAY_IDX(words, i, const char *), word) == 0)
            return 1;
    }
    return 0;
}

static const apr_array_header_t *collect_lines(const ajwt_conf_section *section,
                                               int method, apr_pool_t *pool)
{
    apr_array_header_t *lines =
        apr_array_make(pool, 4, sizeof(const ap_directive_t *));

    find_lines(lines, ajwt_conf_tree_first(section), method);
    return lines;
}

const ap_directive_t *ajwt_satisfy_any(const ajwt_conf_section *section,
                                       int method, apr_pool_t *pool)
{
    const ap_directive_t *line =
        find_last(collect_lines(section, method, pool), "Satisfy");

    return line && has_word(line, "Any", pool) ? line : NULL;
}

/* How many addresses the Allow or Deny lines cover */
typedef enum extent { NO_ADDRESS, SOME_ADDRESSES, ALL_ADDRESSES } extent;

static extent find_extent(const apr_array_header_t *lines, const char *name,
                          apr_pool_t *pool)
{
    extent found = NO_ADDRESS;
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const ap_directive_t *line =
            APR_ARRAY_IDX(lines, i, const ap_directive_t *);

        if (ajwt_conf_tree_is(line, name) && found != ALL_ADDRESSES)
            found =
                has_word(line, "all", pool) ? ALL_ADDRESSES : SOME_ADDRESSES;
    }
    return found;
}

int ajwt_satisfy_allows_address(const ajwt_conf_section *section, int method,
                                apr_pool_t *pool)
{
    const apr_array_header_t *lines = collect_lines(section, method, pool);
    const ap_directive_t *order = find_last(lines, "Order");
    const extent allowed = find_extent(lines, "Allow", pool);
    const extent denied = find_extent(lines, "Deny", pool);

    if (!order || has_word(order, "deny,allow", pool))
        return allowed != NO_ADDRESS || denied != ALL_ADDRESSES;
    return allowed != NO_ADDRESS && denied != ALL_ADDRESSES;
}
