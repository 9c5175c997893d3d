/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/coverage.h"

#include <apr_fnmatch.h>
#include <apr_lib.h>
#include <apr_strings.h>

static void add_opening(apr_array_header_t *openings,
                        const ap_directive_t *line, const char *text)
{
    ajwt_opening *opening = apr_array_push(openings);

    opening->line = line;
    opening->text = text;
}

/*
 * Returns the first line in a section itself that has one of these names, or
 * NULL.
 */
static const ap_directive_t *find_own_line(const ajwt_conf_section *section,
                                           const char *const *names)
{
    const ap_directive_t *line = ajwt_conf_tree_first(section);
    const char *const *name;

    for (; line; line = line->next) {
        for (name = names; *name; name++) {
            if (ajwt_conf_tree_is(line, *name))
                return line;
        }
    }
    return NULL;
}

static int is_about_tokens(const ajwt_conf_section *section, apr_pool_t *pool)
{
    static const char *const auth_type[] = {"AuthType", NULL};
    static const char *const issuer[] = {"AuthJWTIssuer", NULL};

    return find_own_line(section, issuer) ||
           (find_own_line(section, auth_type) &&
            ajwt_conf_tree_requires_token(section, pool));
}

/* --- Tags that match nothing */

/* Returns the length in UTF-8 of a typographic quotation mark, or 0. */
static apr_size_t curly_quote_length(const char *text)
{
    static const char *const marks[] = {"\xe2\x80\x98",
                                        "\xe2\x80\x99",
                                        "\xe2\x80\x9a",
                                        "\xe2\x80\x9c",
                                        "\xe2\x80\x9d",
                                        "\xe2\x80\x9e",
                                        NULL};
    int i;

    for (i = 0; marks[i]; i++) {
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    }
    return 0;
}

/*
 * Returns the path without host and quotation marks, and with a leading slash.
 */
static const char *correct_path(const char *name, apr_pool_t *pool)
{
    const char *scheme = strstr(name, "://");
    const char *slash = scheme ? strchr(scheme + 3, '/') : NULL;
    char *path = apr_palloc(pool, strlen(name) + 2), *end = path;

    if (scheme)
        name = slash ? slash : "/";
    *end++ = '/';
    while (*name) {
        const apr_size_t mark = curly_quote_length(name);

        if (mark || (*name == '/' && end[-1] == '/'))
            name += mark ? mark : 1;
        else
            *end++ = *name++;
    }
    *end = '\0';
    return path;
}

static int has_escape(const char *name)
{
    for (; *name; name++) {
        if (*name == '%' && apr_isxdigit(name[1]) && apr_isxdigit(name[2]))
            return 1;
    }
    return 0;
}

static int has_dot_segment(const char *name)
{
    const apr_size_t len = strlen(name);

    return strstr(name, "/./") || strstr(name, "/../") ||
           (len > 2 && strcmp(name + len - 3, "/..") == 0);
}

static int proxies_forward(const ajwt_conf_section *section, apr_pool_t *pool)
{
    const ap_directive_t *line =
        ajwt_conf_tree_line(section, "ProxyRequests", pool);

    return line && ap_cstr_casecmp(line->args, "On") == 0;
}

/* Explains why no URL matches the tag of a <Location>; NULL if one can. */
static const char *explain_url_mismatch(const ajwt_conf_section *section,
                                        apr_pool_t *pool)
{
    const char *name = section->name;

    if (strstr(name, "://"))
        return proxies_forward(section, pool)
                   ? NULL
                   : "httpd compares it with the path of a URL, without host";
    if (*name != '/')
        return "the path of a URL begins with \"/\"";
    if (strstr(name, "//"))
        return "httpd has replaced \"//\" by \"/\" in the URL";
    if (has_dot_segment(name))
        return "httpd has removed \".\" and \"..\" from the URL";
    if (has_escape(name))
        return "httpd has decoded %XX in the URL";
    return strchr(name, '?') && strchr(name, '=')
               ? "httpd compares it with the path of a URL, without query"
               : NULL;
}

/* The same for a pattern; checks only its beginning. */
static const char *explain_pattern_mismatch(const char *pattern)
{
    if (curly_quote_length(pattern))
        return "its quotation marks are part of the pattern";
    return *pattern == '^' && apr_isalnum(pattern[1]) &&
                   !strchr(pattern, '|') &&
                   (!pattern[2] || !strchr("?*{", pattern[2]))
               ? "the path of a URL begins with \"/\""
               : NULL;
}

static const char *explain_file_mismatch(const ajwt_conf_section *section)
{
    if (section->kind == AJWT_OF_FILES)
        return strchr(section->name, '/') || curly_quote_length(section->name)
                   ? "httpd compares it with the name of a file, without "
                     "its directory"
                   : NULL;
    return ajwt_conf_tree_is(section->node, "<Directory") &&
                   *section->name != '/'
               ? "the path of a directory begins with \"/\""
               : NULL;
}

static const char *explain_mismatch(const ajwt_conf_section *section,
                                    apr_pool_t *pool)
{
    if (section->pattern)
        return section->kind == AJWT_OF_LOCATION
                   ? explain_pattern_mismatch(section->name)
                   : NULL;
    return section->kind == AJWT_OF_LOCATION
               ? explain_url_mismatch(section, pool)
               : explain_file_mismatch(section);
}

/* Returns the fix for a tag. */
static const char *correct_tag(const ajwt_conf_section *section,
                               apr_pool_t *pool)
{
    const char *name = section->name, *slash;

    if (section->kind == AJWT_OF_DIRECTORY && !curly_quote_length(name))
        return "the whole path";
    if (has_escape(name) || has_dot_segment(name) || strchr(name, '?'))
        return "the path without that";
    if (section->pattern && curly_quote_length(name))
        return "plain quotation marks";
    if (section->pattern)
        return apr_psprintf(pool, "%s \"^/%s\">", section->node->directive,
                            name + 1);
    if (section->kind != AJWT_OF_FILES)
        return apr_psprintf(pool, "%s \"%s\">", section->node->directive,
                            correct_path(name, pool));
    slash = strrchr(correct_path(name, pool), '/');
    return apr_psprintf(pool, "<Files \"%s\">", slash + 1);
}

static void find_unmatched_tag(apr_array_header_t *openings,
                               const ajwt_conf_section *section,
                               apr_pool_t *pool)
{
    const char *why = section->name && !section->outer
                          ? explain_mismatch(section, pool)
                          : NULL;

    if (!why || !is_about_tokens(section, pool))
        return;
    add_opening(openings, section->node,
                apr_pstrcat(pool,
                            "this section applies to no request, because ", why,
                            ". It protects nothing. Write ",
                            correct_tag(section, pool), NULL));
}

/* --- Wildcards */

/* Returns a path that the wildcards match, with one more segment. */
static const char *make_longer_path(const char *name, apr_pool_t *pool)
{
    char *path = apr_pstrcat(pool, name, "/x", NULL), *c;

    for (c = path; *c; c++) {
        if (*c == '*' || *c == '?')
            *c = 'x';
    }
    return path;
}

static const char *make_regex(const char *name, apr_pool_t *pool)
{
    const char *regex = "^";

    while (*name) {
        const apr_size_t len = strcspn(name, "*?");

        regex = apr_pstrcat(
            pool, regex,
            ajwt_conf_tree_quote(apr_pstrmemdup(pool, name, len), pool),
            name[len] == '*'   ? "[^/]*"
            : name[len] == '?' ? "[^/]"
                               : "",
            NULL);
        name += len + (name[len] != '\0');
    }
    return apr_pstrcat(pool, regex, "(/|$)", NULL);
}

/*
 * A <Location> with wildcards matches paths with a fixed number of segments,
 * but CGI programs and other handlers accept longer paths.
 */
static void find_wildcard(apr_array_header_t *openings,
                          const ajwt_conf_section *section,
                          const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    const char *below;

    if (section->kind != AJWT_OF_LOCATION || section->pattern ||
        *section->name != '/' || strchr(section->name, '[') ||
        !apr_fnmatch_test(section->name) || !is_about_tokens(section, pool))
        return;
    below = make_longer_path(section->name, pool);
    if (!ajwt_conf_tree_requires_token_at(section, tree, below, pool))
        add_opening(
            openings, section->node,
            apr_psprintf(pool,
                         "a path with a further segment, such as %s, needs no "
                         "token, because wildcards match no \"/\". Write "
                         "<LocationMatch \"%s\">",
                         below, make_regex(section->name, pool)));
}

/* --- AuthJWT lines without AuthType Bearer */

static int is_disjoint(const ajwt_conf_section *one,
                       const ajwt_conf_section *other)
{
    if (!ajwt_conf_tree_share_host(one, other))
        return 1;
    while (one->outer)
        one = one->outer;
    while (other->outer)
        other = other->outer;
    return one->kind == other->kind && one->path && other->path &&
           !ajwt_conf_tree_has_path(one, other->path) &&
           !ajwt_conf_tree_has_path(other, one->path);
}

static int is_token_required_nearby(const ajwt_conf_section *section,
                                    const ajwt_conf_tree *tree,
                                    apr_pool_t *pool)
{
    const apr_array_header_t *near = ajwt_conf_tree_near(section, tree, pool);
    int i;

    for (i = 0; i < near->nelts; i++) {
        const ajwt_conf_section *other =
            APR_ARRAY_IDX(near, i, const ajwt_conf_section *);

        if (!is_disjoint(section, other) &&
            ajwt_conf_tree_requires_token(other, pool))
            return 1;
    }
    return 0;
}

static void find_missing_auth_type(apr_array_header_t *openings,
                                   const ajwt_conf_section *section,
                                   const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    static const char *const trust[] = {
        "AuthJWTIssuer",         "AuthJWTAudience",
        "AuthJWTAlgorithms",     "AuthJWTLeeway",
        "AuthJWTMaxLifetime",    "AuthJWTTokenType",
        "AuthJWTRequiredClaims", NULL};
    /* others may be defaults for sections that are added later */
    static const char *const of_server[] = {"AuthJWTIssuer", NULL};
    const ap_directive_t *line = find_own_line(
        section, section->kind == AJWT_OF_SERVER ? of_server : trust);
    const ap_directive_t *handler =
        ajwt_conf_tree_line(section, "SetHandler", pool);

    if (!line || ajwt_conf_tree_line(section, "AuthType", pool) ||
        (handler && ap_cstr_casecmpn(handler->args, "jwt-", 4) == 0) ||
        tree->allows_htaccess || is_token_required_nearby(section, tree, pool))
        return;
    add_opening(
        openings, line,
        apr_psprintf(pool,
                     "this line has no effect in %s, because no AuthType is "
                     "set there, so no token is needed. Write \"AuthType "
                     "Bearer\"%s",
                     ajwt_conf_tree_title(section, pool),
                     section->kind == AJWT_OF_SERVER
                         ? " in the <Location> to protect"
                         : ""));
}

void ajwt_coverage_find(apr_array_header_t *openings,
                        const ajwt_conf_section *section,
                        const ajwt_conf_tree *tree, apr_pool_t *pool)
{
    find_missing_auth_type(openings, section, tree, pool);
    if (!section->name)
        return;
    find_unmatched_tag(openings, section, pool);
    find_wildcard(openings, section, tree, pool);
}
