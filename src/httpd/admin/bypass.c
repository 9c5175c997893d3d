/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/bypass.h"

#include <apr_file_info.h>
#include <apr_strings.h>

/* A search for other paths to one protected <Location> */
typedef struct bypass_search {
    const ajwt_conf_section *section;
    const apr_array_header_t *all;
    apr_array_header_t *openings;
    apr_pool_t *pool;
} bypass_search;

static const ajwt_conf_section *section_at(const apr_array_header_t *all, int i)
{
    return APR_ARRAY_IDX(all, i, const ajwt_conf_section *);
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

/* Whether a line maps the URL to something other than the site's files */
static int maps_path(const ap_directive_t *line, const char *path,
                     apr_pool_t *pool)
{
    static const char *const of_path[] = {"Alias", "ScriptAlias", "ProxyPass",
                                          "Redirect", NULL};
    static const char *const of_pattern[] = {"AliasMatch", "ScriptAliasMatch",
                                             "ProxyPassMatch", "RedirectMatch",
                                             NULL};
    const char *args = line->args;
    const char *first = ap_getword_conf(pool, &args);
    ap_regex_t *regex;
    int i;

    for (i = 0; of_path[i]; i++) {
        if (ajwt_conf_tree_is(line, of_path[i]))
            return is_path_prefix(first, path);
        if (ajwt_conf_tree_is(line, of_pattern[i])) {
            regex = ap_pregcomp(pool, first, AP_REG_EXTENDED);
            return regex && ap_regexec(regex, path, 0, NULL, 0) == 0;
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
    for (i = 0; i < search->all->nelts; i++) {
        const ajwt_conf_section *server = section_at(search->all, i);
        const ap_directive_t *line = ajwt_conf_tree_first(server);

        if (server->kind != AJWT_OF_SERVER ||
            !ajwt_conf_tree_share_host(server, search->section))
            continue;
        for (; line; line = line->next) {
            if (maps_path(line, path, search->pool))
                return 1;
        }
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
        ajwt_conf_tree_requires_token_at(section, search->all, program,
                                         search->pool) ||
        ajwt_conf_tree_requires_token_at(section, search->all, inside,
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
static ap_regex_t *compile_pattern(const char *pattern, apr_pool_t *pool)
{
    return *pattern == '!' ? NULL : ap_pregcomp(pool, pattern, AP_REG_EXTENDED);
}

/*
 * In a <Directory>, httpd matches the pattern without the directory's path.
 * The rest is known to be the URL's path only for the DocumentRoot.
 */
static int matches_path(const bypass_search *search,
                        const ajwt_conf_section *where, const char *pattern)
{
    const ap_regex_t *regex = compile_pattern(pattern, search->pool);
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

static void find_controller(const bypass_search *search,
                            const ajwt_conf_section *where,
                            const ap_directive_t *line)
{
    static const char *const others[] = {"P",  "proxy",       "R", "redirect",
                                         "F",  "forbidden",   "G", "gone",
                                         "PT", "passthrough", NULL};
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);

    if (ajwt_conf_tree_is(line, "FallbackResource"))
        add_controller(search, line,
                       find_program(word_at(words, 0), search->pool));
    else if (ajwt_conf_tree_is(line, "RewriteRule") &&
             !has_rewrite_flag(word_at(words, 2), others, search->pool) &&
             matches_path(search, where, word_at(words, 0)))
        add_controller(search, line,
                       find_program(word_at(words, 1), search->pool));
}

/* With PT, httpd compares the new path with <Location>. */
static void find_passthrough(const bypass_search *search,
                             const ap_directive_t *line)
{
    static const char *const names[] = {"PT", "passthrough", NULL};
    const apr_array_header_t *words = ajwt_conf_tree_words(line, search->pool);
    const char *path =
        apr_pstrcat(search->pool, search->section->path, "/x", NULL);
    ap_regmatch_t found[AP_MAX_REG_MATCH];
    const ap_regex_t *regex;
    char *target;

    if (!ajwt_conf_tree_is(line, "RewriteRule") ||
        !has_rewrite_flag(word_at(words, 2), names, search->pool))
        return;
    regex = compile_pattern(word_at(words, 0), search->pool);
    if (!regex || ap_regexec(regex, path, AP_MAX_REG_MATCH, found, 0) != 0)
        return;
    target = ap_pregsub(search->pool, word_at(words, 1), path, AP_MAX_REG_MATCH,
                        found);
    if (!target || *target != '/' || strchr(target, '%'))
        return;
    target[strcspn(target, "?")] = '\0';
    if (!ajwt_conf_tree_requires_token_at(search->section, search->all, target,
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

/*
 * Whether a line is in a <Location>, host or nested section that does not apply
 * to the protected path
 */
static int applies_elsewhere(const bypass_search *search,
                             const ajwt_conf_section *where)
{
    return where->outer || !ajwt_conf_tree_share_host(where, search->section) ||
           (where->kind == AJWT_OF_LOCATION &&
            !ajwt_conf_tree_has_path(where, search->section->path));
}

static void find_controllers(const bypass_search *search)
{
    int i;

    if (has_other_handler(search))
        return;
    for (i = 0; i < search->all->nelts; i++) {
        const ajwt_conf_section *where = section_at(search->all, i);
        const ap_directive_t *line = ajwt_conf_tree_first(where);

        if (applies_elsewhere(search, where))
            continue;
        for (; line; line = line->next)
            find_controller(search, where, line);
    }
}

static void find_passthroughs(const bypass_search *search)
{
    int i;

    for (i = 0; i < search->all->nelts; i++) {
        const ajwt_conf_section *server = section_at(search->all, i);
        const ap_directive_t *line = ajwt_conf_tree_first(server);

        if (server->kind != AJWT_OF_SERVER ||
            !ajwt_conf_tree_share_host(server, search->section))
            continue;
        for (; line; line = line->next)
            find_passthrough(search, line);
    }
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

    if (!ajwt_conf_tree_is(line, "ProxyPass") || !path ||
        ap_cstr_casecmpn(url, "ajp:", 4) != 0 || is_servlet_mapping(words) ||
        !is_path_prefix(path, search->section->path) ||
        strcmp(path, search->section->path) == 0)
        return;
    other = apr_pstrcat(search->pool, path,
                        path[strlen(path) - 1] == '/' ? "" : "/", ";", NULL);
    other = apr_pstrcat(search->pool, other,
                        search->section->path + strlen(path) -
                            (path[strlen(path) - 1] == '/'),
                        NULL);
    if (ajwt_conf_tree_requires_token_at(search->section, search->all, other,
                                         search->pool))
        return;
    add_opening(
        search, line,
        apr_psprintf(search->pool,
                     "%s is the same as %s for a servlet container, and needs "
                     "no token. Add mapping=servlet",
                     other, search->section->path));
}

static void find_servlets(const bypass_search *search)
{
    int i;

    for (i = 0; i < search->all->nelts; i++) {
        const ajwt_conf_section *where = section_at(search->all, i);
        const ap_directive_t *line = ajwt_conf_tree_first(where);

        if (where->outer || !ajwt_conf_tree_share_host(where, search->section))
            continue;
        for (; line; line = line->next)
            find_servlet(search, where, line);
    }
}

void ajwt_bypass_find(apr_array_header_t *openings,
                      const ajwt_conf_section *section,
                      const apr_array_header_t *all, apr_pool_t *pool)
{
    const bypass_search search = {section, all, openings, pool};

    if (section->kind != AJWT_OF_LOCATION || section->outer || !section->path ||
        strcmp(section->path, "/") == 0 ||
        !ajwt_access_is_guarded(section, pool))
        return;
    find_controllers(&search);
    find_passthroughs(&search);
    find_servlets(&search);
}
