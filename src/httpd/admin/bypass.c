/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/bypass.h"

#include <apr_file_info.h>
#include <apr_strings.h>

#include "httpd/admin/conf_index.h"

/* A search for other paths to one protected <Location> */
typedef struct bypass_search {
    const ajwt_conf_section *section;
    const ajwt_conf_tree *tree;
    apr_array_header_t *servers; /* that the path may belong to */
    apr_array_header_t *places;  /* sections that apply to the path */
    apr_array_header_t *openings;
    apr_pool_t *pool;
} bypass_search;

static const ajwt_conf_section *section_at(const apr_array_header_t *sections,
                                           int i)
{
    return APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);
}

static const ap_directive_t *line_at(const apr_array_header_t *lines, int i)
{
    return APR_ARRAY_IDX(lines, i, const ap_directive_t *);
}

/* The word at index i; "" after the last one */
static const char *word_at(const apr_array_header_t *words, int i)
{
    return i < words->nelts ? APR_ARRAY_IDX(words, i, const char *) : "";
}

static void add_opening(const bypass_search *search, const ap_directive_t *line,
                        const char *text)
{
    ajwt_opening *opening = apr_array_push(search->openings);

    opening->line = line;
    opening->text = text;
}

static int is_path_prefix(const char *beginning, const char *path)
{
    const apr_size_t len = strlen(beginning);

    return len && strncmp(beginning, path, len) == 0 &&
           (beginning[len - 1] == '/' || strchr("/", path[len]));
}

/* --- Front controllers */

/* Whether the first word of a line is a path that contains path */
static int begins_with_path_of(const ap_directive_t *line, const char *path)
{
    const int is_quoted = strchr("\"'", *line->args) != NULL;
    const char *word = line->args + is_quoted;
    const apr_size_t len = strcspn(word, is_quoted ? "\"'" : " \t");

    return len && strncmp(word, path, len) == 0 &&
           (word[len - 1] == '/' || strchr("/", path[len]));
}

static int matches_first_word(const bypass_search *search,
                              const ap_directive_t *line)
{
    const char *args = line->args;
    const ap_regex_t *regex = ajwt_conf_tree_regex(
        search->tree, ap_getword_conf(search->pool, &args));

    return regex && ap_regexec(regex, search->section->path, 0, NULL, 0) == 0;
}

/* Whether a server maps the URL to something other than the site's files */
static int maps_path(const bypass_search *search,
                     const ajwt_conf_section *server)
{
    static const char *const names[][2] = {{"Alias", "AliasMatch"},
                                           {"ScriptAlias", "ScriptAliasMatch"},
                                           {"ProxyPass", "ProxyPassMatch"},
                                           {"Redirect", "RedirectMatch"}};
    const apr_array_header_t *lines;
    apr_size_t row;
    int i;

    for (row = 0; row < sizeof names / sizeof names[0]; row++) {
        lines = ajwt_conf_tree_own_lines(server, names[row][0], search->pool);
        for (i = 0; i < lines->nelts; i++) {
            if (begins_with_path_of(line_at(lines, i), search->section->path))
                return 1;
        }
        lines = ajwt_conf_tree_own_lines(server, names[row][1], search->pool);
        for (i = 0; i < lines->nelts; i++) {
            if (matches_first_word(search, line_at(lines, i)))
                return 1;
        }
    }
    return 0;
}

static int has_handler(const ajwt_conf_section *section)
{
    static const char *const names[] = {"SetHandler",     "ProxyPass",
                                        "ProxyPassMatch", "Alias",
                                        "ScriptAlias",    NULL};
    const ap_directive_t *line = ajwt_conf_tree_first(section);
    int i;

    for (; line; line = line->next) {
        for (i = 0; names[i]; i++) {
            if (ajwt_conf_tree_is(line, names[i]))
                return 1;
        }
    }
    return 0;
}

static const char *find_document_root(const ajwt_conf_section *section,
                                      apr_pool_t *pool)
{
    const ap_directive_t *line =
        ajwt_conf_tree_line(section, "DocumentRoot", pool);
    const char *args = line ? line->args : "";

    return ap_getword_conf(pool, &args);
}

/* Whether a handler other than a front controller serves the path */
static int has_other_handler(const bypass_search *search)
{
    const char *path = search->section->path;
    apr_finfo_t info;
    int i;

    if (has_handler(search->section))
        return 1;
    for (i = 0; i < search->servers->nelts; i++) {
        if (maps_path(search, section_at(search->servers, i)))
            return 1;
    }
    return apr_stat(
               &info,
               apr_pstrcat(search->pool,
                           find_document_root(search->section, search->pool),
                           path, NULL),
               APR_FINFO_TYPE, search->pool) == APR_SUCCESS;
}

/* "/index.php" of "/index.php/$1?q=$2"; NULL: it contains no program */
static const char *find_program(const char *target, apr_pool_t *pool)
{
    static const char *const suffixes[] = {".php", ".cgi", ".fcgi",
                                           ".pl",  ".py",  NULL};
    static const char root[] = "%{DOCUMENT_ROOT}";
    int i;

    if (strncmp(target, root, sizeof root - 1) == 0)
        target += sizeof root - 1;
    for (i = 0; suffixes[i]; i++) {
        const char *suffix = strstr(target, suffixes[i]);
        const char *end = suffix ? suffix + strlen(suffixes[i]) : NULL;
        const char *path =
            end ? apr_pstrmemdup(pool, target, end - target) : NULL;

        if (path && strchr("/?", *end) && !strpbrk(path, "$%:?"))
            return *path == '/' ? path : apr_pstrcat(pool, "/", path, NULL);
    }
    return NULL;
}

static void add_controller(const bypass_search *search,
                           const ap_directive_t *line, const char *program)
{
    const ajwt_conf_section *section = search->section;
    const char *inside =
        program ? apr_pstrcat(search->pool, program, section->path, NULL)
                : NULL;

    if (!program ||
        ajwt_conf_tree_requires_token_at(section, search->tree, program,
                                         search->pool) ||
        ajwt_conf_tree_requires_token_at(section, search->tree, inside,
                                         search->pool))
        return;
    add_opening(
        search, line,
        apr_psprintf(search->pool,
                     "%s can be the same as %s for the application, and needs "
                     "no token. Write <LocationMatch \"^(%s)?%s(/|$)\"> "
                     "instead of %s",
                     inside, section->path,
                     ajwt_conf_tree_quote(program, search->pool),
                     ajwt_conf_tree_quote(section->path, search->pool),
                     ajwt_conf_tree_title(section, search->pool)));
}

/* Whether [FLAGS] has one of these names */
static int has_rewrite_flag(const char *flags, const char *const *names,
                            apr_pool_t *pool)
{
    char *rest = apr_pstrdup(pool, flags), *last, *flag;
    const char *const *name;

    for (flag = apr_strtok(rest, "[], ", &last); flag;
         flag = apr_strtok(NULL, "[], ", &last)) {
        for (name = names; *name; name++) {
            const apr_size_t len = strlen(*name);

            if (ap_cstr_casecmpn(flag, *name, len) == 0 &&
                strchr("=|", flag[len]))
                return 1;
        }
    }
    return 0;
}

/* The pattern of a RewriteRule, or NULL */
static const ap_regex_t *compile_pattern(const bypass_search *search,
                                         const char *pattern)
{
    return *pattern == '!' ? NULL : ajwt_conf_tree_regex(search->tree, pattern);
}

/*
 * In a <Directory>, httpd matches the pattern without the directory's path.
 * The rest is known to be the URL's path only for the DocumentRoot.
 */
static int matches_path(const bypass_search *search,
                        const ajwt_conf_section *where, const char *pattern)
{
    const ap_regex_t *regex = compile_pattern(search, pattern);
    const char *path = search->section->path;
    const char *root = find_document_root(search->section, search->pool);

    if (where->kind != AJWT_OF_SERVER) {
        if (where->kind != AJWT_OF_DIRECTORY || !where->path ||
            !is_path_prefix(where->path, root) ||
            !is_path_prefix(root, where->path))
            return 0;
        path++;
    }
    return regex &&
           (ap_regexec(regex, path, 0, NULL, 0) == 0 ||
            ap_regexec(regex, apr_pstrcat(search->pool, path, "/x", NULL), 0,
                       NULL, 0) == 0);
}

static void find_fallback(const bypass_search *search,
                          const ajwt_conf_section *where,
                          const ap_directive_t *line)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);

    (void)where;
    add_controller(search, line, find_program(word_at(words, 0), search->pool));
}

static void find_controller(const bypass_search *search,
                            const ajwt_conf_section *where,
                            const ap_directive_t *line)
{
    static const char *const others[] = {"P",  "proxy",       "R", "redirect",
                                         "F",  "forbidden",   "G", "gone",
                                         "PT", "passthrough", NULL};
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);

    if (!has_rewrite_flag(word_at(words, 2), others, search->pool) &&
        matches_path(search, where, word_at(words, 0)))
        add_controller(search, line,
                       find_program(word_at(words, 1), search->pool));
}

/* With PT, httpd compares the new path with <Location>. */
static void find_passthrough(const bypass_search *search,
                             const ajwt_conf_section *where,
                             const ap_directive_t *line)
{
    static const char *const names[] = {"PT", "passthrough", NULL};
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);
    const char *path =
        apr_pstrcat(search->pool, search->section->path, "/x", NULL);
    ap_regmatch_t found[AP_MAX_REG_MATCH];
    const ap_regex_t *regex;
    char *target;

    (void)where;
    if (!has_rewrite_flag(word_at(words, 2), names, search->pool))
        return;
    regex = compile_pattern(search, word_at(words, 0));
    if (!regex || ap_regexec(regex, path, AP_MAX_REG_MATCH, found, 0) != 0)
        return;
    target = ap_pregsub(search->pool, word_at(words, 1), path, AP_MAX_REG_MATCH,
                        found);
    if (!target || *target != '/' || strchr(target, '%'))
        return;
    target[strcspn(target, "?")] = '\0';
    if (!ajwt_conf_tree_requires_token_at(search->section, search->tree, target,
                                          search->pool))
        add_opening(
            search, line,
            apr_psprintf(search->pool,
                         "httpd compares %s with <Location> as %s, which needs "
                         "no token. Remove the flag PT, or protect the new "
                         "path as %s does",
                         path, target,
                         ajwt_conf_tree_title(search->section, search->pool)));
}

/* --- Servlet containers */

static int is_servlet_mapping(const apr_array_header_t *words)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (ap_cstr_casecmp(word_at(words, i), "mapping=servlet") == 0)
            return 1;
    }
    return 0;
}

/* ProxyPass /app ajp://..., or the same without the path in a <Location> */
static void find_servlet(const bypass_search *search,
                         const ajwt_conf_section *where,
                         const ap_directive_t *line)
{
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);
    const int is_of_location = where->kind == AJWT_OF_LOCATION;
    const char *path = is_of_location ? where->path : word_at(words, 0);
    const char *url = word_at(words, is_of_location ? 0 : 1);
    const char *other;

    if (!path || ap_cstr_casecmpn(url, "ajp:", 4) != 0 ||
        is_servlet_mapping(words) ||
        !is_path_prefix(path, search->section->path) ||
        strcmp(path, search->section->path) == 0)
        return;
    other = apr_pstrcat(search->pool, path,
                        path[strlen(path) - 1] == '/' ? "" : "/", ";", NULL);
    other = apr_pstrcat(search->pool, other,
                        search->section->path + strlen(path) -
                            (path[strlen(path) - 1] == '/'),
                        NULL);
    if (ajwt_conf_tree_requires_token_at(search->section, search->tree, other,
                                         search->pool))
        return;
    add_opening(
        search, line,
        apr_psprintf(search->pool,
                     "%s is the same as %s for a servlet container, and needs "
                     "no token. Add mapping=servlet",
                     other, search->section->path));
}

/* --- All of them */

typedef void (*line_search)(const bypass_search *search,
                            const ajwt_conf_section *where,
                            const ap_directive_t *line);

static void search_lines(const bypass_search *search,
                         const apr_array_header_t *sections, const char *name,
                         line_search find)
{
    int i, j;

    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *where = section_at(sections, i);
        const apr_array_header_t *lines =
            ajwt_conf_tree_own_lines(where, name, search->pool);

        for (j = 0; j < lines->nelts; j++)
            find(search, where, line_at(lines, j));
    }
}

/* Finds the sections, not nested, that apply to the protected path. */
static void find_places(const bypass_search *search)
{
    const ajwt_conf_section *section = search->section;
    const ajwt_conf_index *index = search->tree->index;
    apr_array_header_t *found = apr_array_make(search->pool, 4, sizeof section);
    ajwt_section_kind kind;
    int i;

    ajwt_conf_index_add_above(found, index, section, AJWT_OF_LOCATION,
                              section->path);
    ajwt_conf_index_add_patterns(found, index, section, AJWT_OF_LOCATION);
    for (i = 0; i < found->nelts; i++) {
        if (ajwt_conf_tree_has_path(section_at(found, i), section->path))
            APR_ARRAY_PUSH(search->places, const ajwt_conf_section *) =
                section_at(found, i);
    }
    for (kind = AJWT_OF_SERVER; kind < AJWT_SECTION_KINDS; kind++) {
        if (kind != AJWT_OF_LOCATION)
            ajwt_conf_index_add_kind(search->places, index, section, kind);
    }
    ajwt_conf_index_add_kind(search->servers, index, section, AJWT_OF_SERVER);
}

void ajwt_bypass_find(apr_array_header_t *openings,
                      const ajwt_conf_section *section,
                      const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const bypass_search search = {section,
                                  tree,
                                  apr_array_make(pool, 2, sizeof section),
                                  apr_array_make(pool, 8, sizeof section),
                                  openings,
                                  pool};

    if (section->kind != AJWT_OF_LOCATION || section->outer || !section->path ||
        strcmp(section->path, "/") == 0 ||
        !ajwt_require_gap_is_guarded(section, pool))
        return;
    find_places(&search);
    if (!has_other_handler(&search)) {
        search_lines(&search, search.places, "FallbackResource", find_fallback);
        search_lines(&search, search.places, "RewriteRule", find_controller);
    }
    search_lines(&search, search.servers, "RewriteRule", find_passthrough);
    search_lines(&search, search.places, "ProxyPass", find_servlet);
}
