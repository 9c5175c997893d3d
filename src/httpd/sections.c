#include "httpd/sections.h"

#include <apr_fnmatch.h>

int ajwt_sections_is(const ap_directive_t *line, const char *name)
{
    return ap_cstr_casecmp(line->directive, name) == 0;
}

static int is_among(const ap_directive_t *line, const char *const *names)
{
    for (; *names; names++) {
        if (ajwt_sections_is(line, *names))
            return 1;
    }
    return 0;
}

static int is_section(const ap_directive_t *line)
{
    static const char *const names[] = {
        "<Directory",  "<Location",       "<Files",
        "<If",         "<DirectoryMatch", "<LocationMatch",
        "<FilesMatch", "<ElseIf",         "<Proxy",
        "<ProxyMatch", "<Else",           "<VirtualHost",
        NULL};

    return is_among(line, names);
}

const ap_directive_t *ajwt_sections_first(const ap_directive_t *layer)
{
    return layer ? layer->first_child : ap_conftree;
}

apr_array_header_t *ajwt_sections_words(const ap_directive_t *line,
                                        apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    const char *args = line->args;

    while (*args)
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(pool, &args);
    return words;
}

/* Where <Location PATH> or <Directory PATH> begins; NULL for a pattern */
static const char *find_path(const ap_directive_t *node, apr_pool_t *pool)
{
    static const char *const names[] = {"<Location", "<Directory", NULL};
    const char *args = node->args;
    char *path = is_among(node, names) ? ap_getword_conf(pool, &args) : NULL;
    apr_size_t len = path ? strlen(path) : 0;

    while (len > 1 && strchr(">/", path[len - 1]))
        path[--len] = '\0';
    return len && *path == '/' && !apr_fnmatch_test(path) ? path : NULL;
}

static void find_below(apr_array_header_t *sections, const ap_directive_t *line,
                       const ajwt_config_section *outer,
                       const ap_directive_t *host, apr_pool_t *pool)
{
    for (; line; line = line->next) {
        ajwt_config_section *section;
        int is_host = ajwt_sections_is(line, "<VirtualHost");

        if (!is_section(line))
            continue;
        section = apr_pcalloc(pool, sizeof *section);
        section->node = line;
        section->host = is_host ? line : host;
        section->outer = outer;
        section->path = find_path(line, pool);
        APR_ARRAY_PUSH(sections, ajwt_config_section *) = section;
        find_below(sections, line->first_child, is_host ? NULL : section,
                   section->host, pool);
    }
}

/* Whether what outer says holds where inner is, since it lies around it */
static int covers(const ajwt_config_section *outer,
                  const ajwt_config_section *inner)
{
    apr_size_t len = outer->path ? strlen(outer->path) : 0;

    if (outer == inner)
        return 1;
    return len && inner->path && !outer->outer &&
           ajwt_sections_is(outer->node, inner->node->directive) &&
           (!outer->host || outer->host == inner->host) &&
           strncmp(outer->path, inner->path, len) == 0 &&
           (outer->path[len - 1] == '/' || strchr("/", inner->path[len]));
}

/* httpd goes through <Location>s as they stand, and through <Directory>s from
 * the shortest on; the server's come first, of the same length. */
static int comes_later(const ajwt_config_section *one,
                       const ajwt_config_section *other)
{
    if (ajwt_sections_is(one->node, "<Directory") && one->path && other->path &&
        strlen(one->path) != strlen(other->path))
        return strlen(one->path) > strlen(other->path);
    return one->host && !other->host;
}

static void add_layer(ajwt_config_section *section, const ap_directive_t *node)
{
    APR_ARRAY_PUSH(section->layers, const ap_directive_t *) = node;
}

static void sort(apr_array_header_t *list)
{
    ajwt_config_section **all = (ajwt_config_section **)list->elts;
    int i, j;

    for (i = 1; i < list->nelts; i++) { /* few, and equal ones stay in order */
        ajwt_config_section *moved = all[i];

        for (j = i; j > 0 && comes_later(all[j - 1], moved); j--)
            all[j] = all[j - 1];
        all[j] = moved;
    }
}

static void add_peers(ajwt_config_section *section,
                      const apr_array_header_t *sections, apr_pool_t *pool)
{
    apr_array_header_t *around = apr_array_make(pool, 1, sizeof section);
    int i;

    for (i = 0; i < sections->nelts; i++) {
        ajwt_config_section *outer =
            APR_ARRAY_IDX(sections, i, ajwt_config_section *);

        if (outer->node && covers(outer, section))
            APR_ARRAY_PUSH(around, ajwt_config_section *) = outer;
    }
    sort(around);
    for (i = 0; i < around->nelts; i++)
        add_layer(section,
                  APR_ARRAY_IDX(around, i, ajwt_config_section *)->node);
}

static void find_layers(ajwt_config_section *section,
                        const apr_array_header_t *sections, apr_pool_t *pool)
{
    section->layers = apr_array_make(pool, 3, sizeof(const ap_directive_t *));
    if (section->outer) {
        apr_array_cat(section->layers, section->outer->layers);
        add_layer(section, section->node);
        return;
    }
    add_layer(section, NULL);
    if (section->host)
        add_layer(section, section->host);
    if (section->node && section->node != section->host)
        add_peers(section, sections, pool);
}

const apr_array_header_t *ajwt_sections_find(const ap_directive_t *tree,
                                             apr_pool_t *pool)
{
    apr_array_header_t *sections =
        apr_array_make(pool, 8, sizeof(ajwt_config_section *));
    int i;

    APR_ARRAY_PUSH(sections, ajwt_config_section *) =
        apr_pcalloc(pool, sizeof(ajwt_config_section));
    find_below(sections, tree, NULL, NULL, pool);
    for (i = 0; i < sections->nelts; i++)
        find_layers(APR_ARRAY_IDX(sections, i, ajwt_config_section *), sections,
                    pool);
    return sections;
}

const apr_array_header_t *ajwt_sections_lines(
    const ajwt_config_section *section, const char *name, apr_pool_t *pool)
{
    apr_array_header_t *lines =
        apr_array_make(pool, 1, sizeof(const ap_directive_t *));
    const ap_directive_t *line;
    int i;

    for (i = section->layers->nelts - 1; i >= 0 && !lines->nelts; i--) {
        line = ajwt_sections_first(
            APR_ARRAY_IDX(section->layers, i, const ap_directive_t *));
        for (; line; line = line->next) {
            if (ajwt_sections_is(line, name))
                APR_ARRAY_PUSH(lines, const ap_directive_t *) = line;
        }
    }
    return lines;
}

static int has_word(const ajwt_config_section *section, const char *name,
                    const char *word, apr_pool_t *pool)
{
    const apr_array_header_t *lines = ajwt_sections_lines(section, name, pool);
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const char *args =
            APR_ARRAY_IDX(lines, i, const ap_directive_t *)->args;

        while (*args) {
            if (ap_cstr_casecmp(ap_getword_conf(pool, &args), word) == 0)
                return 1;
        }
    }
    return 0;
}

int ajwt_sections_asks(const ajwt_config_section *section, apr_pool_t *pool)
{
    return has_word(section, "AuthType", "Bearer", pool) ||
           (has_word(section, "AuthType", "Basic", pool) &&
            has_word(section, "AuthBasicProvider", "jwt", pool));
}
