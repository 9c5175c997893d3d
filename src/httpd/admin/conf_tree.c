/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/conf_tree.h"

#include <stdlib.h>

#include <apr_fnmatch.h>
#include <apr_strings.h>

#include "httpd/admin/conf_index.h"

/* An arbitrary path: a pattern that matches it matches every path */
#define ANY_PATH "/any-path-at-all/of-any-depth"

int ajwt_conf_tree_is(const ap_directive_t *line, const char *name)
{
    return ap_cstr_casecmp(line->directive, name) == 0;
}

static int has_any_name(const ap_directive_t *line, const char *const *names)
{
    for (; *names; names++) {
        if (ajwt_conf_tree_is(line, *names))
            return 1;
    }
    return 0;
}

/* Finds which kind of section a line opens.  Returns 0 if it opens none. */
static int find_kind(ajwt_section_kind *kind, const ap_directive_t *line)
{
    static const struct {
        const char *names[4];
        ajwt_section_kind kind;
    } rows[] = {{{"<VirtualHost"}, AJWT_OF_SERVER},
                {{"<Directory", "<Proxy"}, AJWT_OF_DIRECTORY},
                {{"<DirectoryMatch", "<ProxyMatch"}, AJWT_OF_DIRECTORY_PATTERN},
                {{"<Files", "<FilesMatch"}, AJWT_OF_FILES},
                {{"<Location", "<LocationMatch"}, AJWT_OF_LOCATION},
                {{"<If", "<ElseIf", "<Else"}, AJWT_OF_CONDITION}};
    apr_size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (has_any_name(line, rows[i].names)) {
            *kind = rows[i].kind;
            return 1;
        }
    }
    return 0;
}

const ap_directive_t *ajwt_conf_tree_first(const ajwt_conf_section *section)
{
    return section->node ? section->node->first_child : ap_conftree;
}

apr_array_header_t *ajwt_conf_tree_words(const ap_directive_t *line,
                                         apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    const char *end = strrchr(line->args, '>');
    const char *args = *line->directive == '<' && end
                           ? apr_pstrmemdup(pool, line->args, end - line->args)
                           : line->args;

    while (*args)
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(pool, &args);
    return words;
}

const char *ajwt_conf_tree_text(const ap_directive_t *line, apr_pool_t *pool)
{
    return apr_pstrcat(pool, line->directive, *line->args == '>' ? "" : " ",
                       line->args, NULL);
}

const char *ajwt_conf_tree_place(const ap_directive_t *line, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s:%d", line->filename, line->line_num);
}

/*
 * Uses brackets instead of a backslash, because httpd's log doubles a
 * backslash.
 */
const char *ajwt_conf_tree_quote(const char *text, apr_pool_t *pool)
{
    char *regex = apr_palloc(pool, 3 * strlen(text) + 1), *end = regex;

    for (; *text; text++) {
        if (strchr(".+*?()[]$|{}", *text)) {
            *end++ = '[';
            *end++ = *text;
            *end++ = ']';
            continue;
        }
        if (strchr("^\\", *text))
            *end++ = '\\';
        *end++ = *text;
    }
    *end = '\0';
    return regex;
}

const char *ajwt_conf_tree_title(const ajwt_conf_section *section,
                                 apr_pool_t *pool)
{
    const char *title;

    if (!section->node)
        return "the server";
    title = ajwt_conf_tree_text(section->node, pool);
    return section->outer
               ? apr_pstrcat(pool, title, " in ",
                             ajwt_conf_tree_title(section->outer, pool), NULL)
               : title;
}

/* --- The sections of the configuration */

static int has_regex(const ap_directive_t *node, const char *first_word)
{
    static const char *const names[] = {"<DirectoryMatch", "<LocationMatch",
                                        "<FilesMatch", "<ProxyMatch", NULL};

    return strcmp(first_word, "~") == 0 || has_any_name(node, names);
}

/* Returns what each match of a regular expression begins with. */
static const char *find_literal(const char *regex, apr_pool_t *pool)
{
    apr_size_t len;

    if (*regex != '^' || strchr(regex, '|'))
        return "";
    len = strcspn(++regex, ".[]()*+?{}\\^$");
    if (len && regex[len] && strchr("*?{", regex[len]))
        len--;
    return apr_pstrmemdup(pool, regex, len);
}

static void read_tag(ajwt_conf_section *section, apr_pool_t *pool)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(section->node, pool);
    const char *first =
        words->nelts ? APR_ARRAY_IDX(words, 0, const char *) : "";
    apr_size_t len;
    char *path;

    section->name = strcmp(first, "~") == 0 && words->nelts > 1
                        ? APR_ARRAY_IDX(words, 1, const char *)
                        : first;
    if (has_regex(section->node, first)) {
        section->pattern = ap_pregcomp(pool, section->name, AP_REG_EXTENDED);
        section->literal = find_literal(section->name, pool);
        return;
    }
    if (*section->name != '/' || apr_fnmatch_test(section->name))
        return;
    section->path = path = apr_pstrdup(pool, section->name);
    for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
        path[len - 1] = '\0';
}

/*
 * A server may have thousands of lines, most of them sections.  Each section
 * looks for lines of the server.
 */
static apr_hash_t *index_lines(const ap_directive_t *line, apr_pool_t *pool)
{
    apr_hash_t *lines = apr_hash_make(pool);

    for (; line; line = line->next) {
        char *name = apr_pstrdup(pool, line->directive);
        apr_array_header_t *list;

        ap_str_tolower(name);
        list = apr_hash_get(lines, name, APR_HASH_KEY_STRING);
        if (!list) {
            list = apr_array_make(pool, 1, sizeof line);
            apr_hash_set(lines, name, APR_HASH_KEY_STRING, list);
        }
        APR_ARRAY_PUSH(list, const ap_directive_t *) = line;
    }
    return lines;
}

static void add_sections(apr_array_header_t *sections,
                         const ap_directive_t *line, ajwt_conf_section *outer,
                         apr_pool_t *pool)
{
    const int is_in_section = outer->kind != AJWT_OF_SERVER;

    for (; line; line = line->next) {
        ajwt_conf_section *section;
        ajwt_section_kind kind;

        if (!find_kind(&kind, line))
            continue;
        section = apr_pcalloc(pool, sizeof *section);
        section->node = line;
        section->kind = kind;
        section->host = kind == AJWT_OF_SERVER ? line : outer->host;
        section->outer = is_in_section ? outer : NULL;
        section->number = sections->nelts;
        if (kind != AJWT_OF_SERVER && kind != AJWT_OF_CONDITION)
            read_tag(section, pool);
        section->has_every_path = ajwt_conf_tree_has_path(section, "/") &&
                                  ajwt_conf_tree_has_path(section, ANY_PATH);
        section->nested = apr_array_make(pool, 0, sizeof section);
        if (is_in_section)
            APR_ARRAY_PUSH(outer->nested, const ajwt_conf_section *) = section;
        APR_ARRAY_PUSH(sections, ajwt_conf_section *) = section;
        add_sections(sections, line->first_child, section, pool);
        if (kind == AJWT_OF_SERVER)
            section->lines = index_lines(line->first_child, pool);
    }
}

/* --- Their order */

static int count_slashes(const char *name)
{
    int count = 0;

    for (; *name; name++)
        count += *name == '/' && name[1];
    return count;
}

/* httpd merges an <If> in an <If> after all that are not nested. */
static int count_conditions(const ajwt_conf_section *section)
{
    int count = 0;

    for (; section; section = section->outer)
        count += section->kind == AJWT_OF_CONDITION;
    return count;
}

/* <Files> and <If> have the order of the sections that they are in. */
static int compare_sections(const ajwt_conf_section *one,
                            const ajwt_conf_section *other)
{
    int order = (int)one->kind - (int)other->kind;

    if (!order)
        order = count_conditions(one) - count_conditions(other);
    if (!order && one->kind == AJWT_OF_DIRECTORY && one->name && other->name)
        order = count_slashes(one->name) - count_slashes(other->name);
    if (!order && one->outer != other->outer)
        order = !one->outer     ? -1
                : !other->outer ? 1
                                : compare_sections(one->outer, other->outer);
    if (!order)
        order = !!one->host - !!other->host; /* the server's come first */
    return order ? order : one->number - other->number;
}

int ajwt_conf_tree_comes_later(const ajwt_conf_section *one,
                               const ajwt_conf_section *other)
{
    return compare_sections(one, other) > 0;
}

static int compare_for_qsort(const void *one, const void *other)
{
    const ajwt_conf_section *const *a = one, *const *b = other;

    return compare_sections(*a, *b);
}

static void sort_sections(apr_array_header_t *list)
{
    qsort(list->elts, (size_t)list->nelts, (size_t)list->elt_size,
          compare_for_qsort);
}

/* --- Sections that apply together */

static int is_path_below(const char *path, const char *top)
{
    const apr_size_t len = strlen(top);

    return len && strncmp(path, top, len) == 0 &&
           (top[len - 1] == '/' || strchr("/", path[len]));
}

int ajwt_conf_tree_has_path(const ajwt_conf_section *section, const char *path)
{
    if (section->pattern)
        return strncmp(path, section->literal, strlen(section->literal)) == 0 &&
               ap_regexec(section->pattern, path, 0, NULL, 0) == 0;
    if (section->path)
        return is_path_below(path, section->name);
    return section->name &&
           apr_fnmatch(section->name, path, APR_FNM_PATHNAME) == APR_SUCCESS;
}

int ajwt_conf_tree_share_host(const ajwt_conf_section *one,
                              const ajwt_conf_section *other)
{
    return !one->host || !other->host || one->host == other->host;
}

static int is_of_all_urls(const ajwt_conf_section *section)
{
    return section->kind == AJWT_OF_LOCATION && section->path &&
           strcmp(section->path, "/") == 0;
}

/* Whether outer applies to all requests that inner applies to */
static int covers_section(const ajwt_conf_section *outer,
                          const ajwt_conf_section *inner)
{
    if (outer == inner)
        return 1;
    if (inner->outer)
        return covers_section(outer, inner->outer);
    if (outer->outer || (outer->host && outer->host != inner->host))
        return 0;
    if (outer->kind == AJWT_OF_SERVER || inner->kind == AJWT_OF_SERVER)
        return outer->kind == AJWT_OF_SERVER;
    return is_of_all_urls(outer) ||
           (outer->kind == inner->kind && outer->path && inner->path &&
            is_path_below(inner->path, outer->path));
}

static const ajwt_conf_section *find_outermost(const ajwt_conf_section *section)
{
    while (section->outer)
        section = section->outer;
    return section;
}

/*
 * Whether an <If> may be limited to some paths: its condition is about the URL.
 */
static int is_about_url(const ajwt_conf_section *section)
{
    static const char *const words[] = {
        "URI", "PATH",     "FILE",    "SCRIPT",      "HOST", "NAME",
        "URL", "DOCUMENT", "CONTEXT", "THE_REQUEST", NULL};
    const char *const *word = words;

    if (!ajwt_conf_tree_is(section->node, "<If"))
        return 1; /* the condition of an <Else> is not known */
    while (*word && !ap_strcasestr(section->node->args, *word))
        word++;
    return *word != NULL;
}

static int is_directory(const ajwt_conf_section *section)
{
    return section->kind == AJWT_OF_DIRECTORY ||
           section->kind == AJWT_OF_DIRECTORY_PATTERN;
}

/*
 * Whether later applies to some requests of section, which is not nested;
 * inside: a path below the section's own, or NULL
 */
static int may_overlap(const ajwt_conf_section *later,
                       const ajwt_conf_section *section, const char *inside)
{
    if (later->outer)
        return covers_section(later->outer, section) ||
               may_overlap(later->outer, section, inside);
    if (later->kind == AJWT_OF_CONDITION)
        return !is_about_url(later);
    if (later->kind == AJWT_OF_FILES)
        return is_directory(section);
    if (is_directory(later) != is_directory(section) || !inside)
        return later->kind == AJWT_OF_LOCATION && later->has_every_path;
    return ajwt_conf_tree_has_path(later, section->path) ||
           ajwt_conf_tree_has_path(later, inside);
}

/* Adds sections with the sections in them. */
static const apr_array_header_t *add_nested(const apr_array_header_t *sections,
                                            apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_copy(pool, sections);
    int i;

    for (i = 0; i < all->nelts; i++)
        apr_array_cat(all,
                      APR_ARRAY_IDX(all, i, const ajwt_conf_section *)->nested);
    return all;
}

/* Adds sections of one kind that may apply where section, not nested, does. */
static void add_related(apr_array_header_t *found,
                        const ajwt_conf_section *section,
                        ajwt_section_kind kind, const ajwt_conf_index *index)
{
    if (kind != section->kind || !section->path) {
        ajwt_conf_index_add_kind(found, index, section, kind);
        return;
    }
    ajwt_conf_index_add_above(found, index, section, kind, section->path);
    ajwt_conf_index_add_below(found, index, section, kind, section->path);
    ajwt_conf_index_add_patterns(found, index, section, kind);
}

const apr_array_header_t *ajwt_conf_tree_near(const ajwt_conf_section *section,
                                              const ajwt_conf_tree *tree,
                                              apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 8, sizeof section);
    ajwt_section_kind kind;

    for (kind = AJWT_OF_SERVER; kind < AJWT_SECTION_KINDS; kind++)
        add_related(found, find_outermost(section), kind, tree->index);
    return add_nested(found, pool);
}

/*
 * Returns the sections that may_overlap and covers_section can be true for; top
 * is not nested.
 */
static const apr_array_header_t *find_overlaps(const ajwt_conf_section *top,
                                               const ajwt_conf_tree *tree,
                                               apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 8, sizeof top);

    ajwt_conf_index_add_kind(found, tree->index, top, AJWT_OF_CONDITION);
    ajwt_conf_index_add_kind(found, tree->index, top, AJWT_OF_FILES);
    if (top->kind == AJWT_OF_LOCATION && top->path) {
        ajwt_conf_index_add_patterns(found, tree->index, top, AJWT_OF_LOCATION);
        ajwt_conf_index_add_above(found, tree->index, top, AJWT_OF_LOCATION,
                                  top->path);
    }
    else {
        ajwt_conf_index_add_every_path(found, tree->index, top,
                                       AJWT_OF_LOCATION);
        ajwt_conf_index_add_above(found, tree->index, top, AJWT_OF_LOCATION,
                                  "/");
    }
    if (!is_directory(top) || !top->path)
        return add_nested(found, pool);
    ajwt_conf_index_add_above(found, tree->index, top, AJWT_OF_DIRECTORY,
                              top->path);
    ajwt_conf_index_add_patterns(found, tree->index, top, AJWT_OF_DIRECTORY);
    ajwt_conf_index_add_kind(found, tree->index, top,
                             AJWT_OF_DIRECTORY_PATTERN);
    return add_nested(found, pool);
}

const apr_array_header_t *ajwt_conf_tree_later(const ajwt_conf_section *section,
                                               const ajwt_conf_tree *tree,
                                               apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 2, sizeof section);
    const ajwt_conf_section *top = find_outermost(section);
    const apr_array_header_t *others = find_overlaps(top, tree, pool);
    const char *inside =
        top->path ? apr_pstrcat(pool, top->path, "/", NULL) : NULL;
    int i;

    for (i = 0; i < others->nelts; i++) {
        const ajwt_conf_section *later =
            APR_ARRAY_IDX(others, i, const ajwt_conf_section *);

        if (find_outermost(later) != top &&
            compare_sections(later, section) > 0 &&
            !covers_section(later, section) && may_overlap(later, top, inside))
            APR_ARRAY_PUSH(found, const ajwt_conf_section *) = later;
    }
    sort_sections(found);
    return found;
}

static void add_layers_of_top(apr_array_header_t *layers,
                              const ajwt_conf_section *section,
                              const ajwt_conf_index *index)
{
    ajwt_conf_index_add_kind(layers, index, section, AJWT_OF_SERVER);
    if (section->kind != AJWT_OF_SERVER)
        ajwt_conf_index_add_above(layers, index, section, AJWT_OF_LOCATION,
                                  "/");
    if (section->path)
        ajwt_conf_index_add_above(layers, index, section, section->kind,
                                  section->path);
    else if (section->kind != AJWT_OF_SERVER)
        APR_ARRAY_PUSH(layers, const ajwt_conf_section *) = section;
}

/* Finds the sections that cover section; those around it have their layers. */
static void find_layers(ajwt_conf_section *section,
                        const ajwt_conf_index *index, apr_pool_t *pool)
{
    apr_array_header_t *layers;
    const ajwt_conf_section *last = NULL;
    int i;

    if (section->outer) {
        layers = apr_array_copy(pool, section->outer->layers);
        APR_ARRAY_PUSH(layers, const ajwt_conf_section *) = section;
    }
    else {
        layers = apr_array_make(pool, 4, sizeof section);
        add_layers_of_top(layers, section, index);
    }
    sort_sections(layers);
    section->layers = apr_array_make(pool, layers->nelts, sizeof section);
    for (i = 0; i < layers->nelts; i++) {
        const ajwt_conf_section *outer =
            APR_ARRAY_IDX(layers, i, const ajwt_conf_section *);

        if (outer != last && covers_section(outer, section))
            APR_ARRAY_PUSH(section->layers, const ajwt_conf_section *) = outer;
        last = outer;
    }
}

/* Whether a line allows an AuthType in .htaccess files */
static int allows_auth_type(const ap_directive_t *line, apr_pool_t *pool)
{
    static const char *const words[] = {"All", "AuthConfig", "AuthType"};
    const char *args = line->args;
    apr_size_t i;

    while (*args) {
        const char *word = ap_getword_conf(pool, &args);

        for (i = 0; i < sizeof words / sizeof words[0]; i++) {
            if (ap_cstr_casecmp(word, words[i]) == 0)
                return 1;
        }
    }
    return 0;
}

static int allows_htaccess(const ajwt_conf_section *section, apr_pool_t *pool)
{
    static const char *const names[] = {"AllowOverride", "AllowOverrideList"};
    apr_size_t i;
    int j;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        const apr_array_header_t *lines =
            ajwt_conf_tree_own_lines(section, names[i], pool);

        for (j = 0; j < lines->nelts; j++) {
            if (allows_auth_type(
                    APR_ARRAY_IDX(lines, j, const ap_directive_t *), pool))
                return 1;
        }
    }
    return 0;
}

const ajwt_conf_tree *ajwt_conf_tree_read(const ap_directive_t *first,
                                          apr_pool_t *pool)
{
    ajwt_conf_tree *tree = apr_pcalloc(pool, sizeof *tree);
    apr_array_header_t *sections =
        apr_array_make(pool, 8, sizeof(ajwt_conf_section *));
    ajwt_conf_section *server = apr_pcalloc(pool, sizeof *server);
    int i;

    server->nested = apr_array_make(pool, 0, sizeof server);
    server->lines = index_lines(first, pool);
    APR_ARRAY_PUSH(sections, ajwt_conf_section *) = server;
    add_sections(sections, first, server, pool);
    tree->sections = sections;
    tree->regexes = apr_hash_make(pool);
    tree->index = ajwt_conf_index_make(sections, pool);
    for (i = 0; i < sections->nelts; i++) {
        ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, ajwt_conf_section *);

        find_layers(section, tree->index, pool);
        tree->allows_htaccess |= allows_htaccess(section, pool);
    }
    return tree;
}

const ap_regex_t *ajwt_conf_tree_regex(const ajwt_conf_tree *tree,
                                       const char *pattern)
{
    apr_pool_t *pool = apr_hash_pool_get(tree->regexes);
    const ap_regex_t *regex =
        apr_hash_get(tree->regexes, pattern, APR_HASH_KEY_STRING);

    if (!regex) {
        regex = ap_pregcomp(pool, pattern, AP_REG_EXTENDED);
        apr_hash_set(tree->regexes, apr_pstrdup(pool, pattern),
                     APR_HASH_KEY_STRING, regex);
    }
    return regex;
}

/* --- Lines in effect */

const apr_array_header_t *ajwt_conf_tree_own_lines(
    const ajwt_conf_section *section, const char *name, apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_first(section);
    apr_array_header_t *lines;
    char *key;

    if (section->lines) {
        key = apr_pstrdup(pool, name);
        ap_str_tolower(key);
        lines = apr_hash_get(section->lines, key, APR_HASH_KEY_STRING);
        return lines ? lines : apr_array_make(pool, 0, sizeof line);
    }
    lines = apr_array_make(pool, 1, sizeof line);
    for (; line; line = line->next) {
        if (ajwt_conf_tree_is(line, name))
            APR_ARRAY_PUSH(lines, const ap_directive_t *) = line;
    }
    return lines;
}

const apr_array_header_t *ajwt_conf_tree_lines(const ajwt_conf_section *section,
                                               const char *name,
                                               apr_pool_t *pool)
{
    int i = section->layers->nelts;

    while (i-- > 0) {
        const apr_array_header_t *lines = ajwt_conf_tree_own_lines(
            APR_ARRAY_IDX(section->layers, i, const ajwt_conf_section *), name,
            pool);

        if (lines->nelts)
            return lines;
    }
    return apr_array_make(pool, 0, sizeof(const ap_directive_t *));
}

const ap_directive_t *ajwt_conf_tree_line(const ajwt_conf_section *section,
                                          const char *name, apr_pool_t *pool)
{
    const apr_array_header_t *lines = ajwt_conf_tree_lines(section, name, pool);

    return lines->nelts
               ? APR_ARRAY_IDX(lines, lines->nelts - 1, const ap_directive_t *)
               : NULL;
}

/* Whether provider is an alias: <AuthnProviderAlias jwt NAME> */
static int is_jwt_alias(const char *provider, const ajwt_conf_section *server,
                        apr_pool_t *pool)
{
    const apr_array_header_t *lines =
        ajwt_conf_tree_own_lines(server, "<AuthnProviderAlias", pool);
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const apr_array_header_t *words = ajwt_conf_tree_words(
            APR_ARRAY_IDX(lines, i, const ap_directive_t *), pool);

        if (words->nelts == 2 &&
            strcmp(APR_ARRAY_IDX(words, 0, const char *), "jwt") == 0 &&
            strcmp(APR_ARRAY_IDX(words, 1, const char *), provider) == 0)
            return 1;
    }
    return 0;
}

static int has_provider(const ajwt_conf_section *section, apr_pool_t *pool)
{
    const apr_array_header_t *lines =
        ajwt_conf_tree_lines(section, "AuthBasicProvider", pool);
    const ajwt_conf_section *main_server =
        APR_ARRAY_IDX(section->layers, 0, const ajwt_conf_section *);
    int i, j;

    for (i = 0; i < lines->nelts; i++) {
        const apr_array_header_t *words = ajwt_conf_tree_words(
            APR_ARRAY_IDX(lines, i, const ap_directive_t *), pool);

        for (j = 0; j < words->nelts; j++) {
            const char *word = APR_ARRAY_IDX(words, j, const char *);

            if (strcmp(word, "jwt") == 0 ||
                is_jwt_alias(word, main_server, pool))
                return 1;
        }
    }
    return 0;
}

int ajwt_conf_tree_requires_token(const ajwt_conf_section *section,
                                  apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_line(section, "AuthType", pool);
    const char *args = line ? line->args : "";
    const char *type = ap_getword_conf(pool, &args);

    return ajwt_is_bearer(type) ||
           (ap_cstr_casecmp(type, "Basic") == 0 && has_provider(section, pool));
}

int ajwt_conf_tree_requires_token_at(const ajwt_conf_section *section,
                                     const ajwt_conf_tree *tree,
                                     const char *path, apr_pool_t *pool)
{
    apr_array_header_t *found = apr_array_make(pool, 4, sizeof section);
    int i;

    ajwt_conf_index_add_above(found, tree->index, section, AJWT_OF_LOCATION,
                              path);
    ajwt_conf_index_add_patterns(found, tree->index, section, AJWT_OF_LOCATION);
    for (i = 0; i < found->nelts; i++) {
        const ajwt_conf_section *other =
            APR_ARRAY_IDX(found, i, const ajwt_conf_section *);

        if (ajwt_conf_tree_has_path(other, path) &&
            ajwt_conf_tree_requires_token(other, pool))
            return 1;
    }
    return 0;
}

const char *ajwt_conf_tree_section_place(const ajwt_conf_section *section,
                                         apr_pool_t *pool)
{
    return section->node ? ajwt_conf_tree_place(section->node, pool)
                         : "the server itself";
}

static const char *const access_rule_names[] = {
    "AuthMerging",  "Satisfy", "Order",        "Allow",
    "Deny",         "Require", "<RequireAll",  "<RequireAny",
    "<RequireNone", "<Limit",  "<LimitExcept", NULL};

int ajwt_conf_tree_is_access_rule(const ap_directive_t *line)
{
    const char *const *name = access_rule_names;

    while (*name && !ajwt_conf_tree_is(line, *name))
        name++;
    return *name != NULL;
}
