/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/dump.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>

#include "config/directives.h"
#include "core/version.h"
#include "httpd/admin/conf_tree.h"
#include "httpd/admin/lint.h"

typedef struct dump_output {
    apr_file_t *out;
    apr_pool_t *pool;
    apr_hash_t *printed; /* warnings already printed for an outer section */
    const char *indent;
    const ajwt_conf_tree *tree;
} dump_output;

/*
 * Directives in the order in which they are printed; a default of "" means that
 * there is none.
 */
typedef struct directive_row {
    const char *name;
    const char *def;
} directive_row;

static const directive_row section_directives[] = {
    {"AuthType", ""},
    {"AuthName", ""},
    {"AuthBasicProvider", ""},
#define SECTION_NAME(name, context, type, field, how, def, ...) {#name, def},
    AJWT_SECTION_DIRECTIVES(SECTION_NAME)
#undef SECTION_NAME
        {NULL}};

static const directive_row server_directives[] = {
#define SERVER_NAME(name, field, how, def, ...) {#name, def},
    AJWT_SERVER_DIRECTIVES(SERVER_NAME)
#undef SERVER_NAME
        {NULL}};

static void print_line(const dump_output *output, const ap_directive_t *line)
{
    apr_file_printf(output->out, "%s%s\n", output->indent,
                    ajwt_conf_tree_text(line, output->pool));
}

/* Prints the defaults as comments. */
static void print_defaults(const dump_output *output, const directive_row *row)
{
    for (; row->name; row++) {
        if (row->def && *row->def)
            apr_file_printf(output->out, "# default: %s %s\n", row->name,
                            row->def);
    }
}

static void print_directives(const dump_output *output,
                             const ajwt_conf_section *section,
                             const directive_row *row)
{
    for (; row->name; row++) {
        const apr_array_header_t *lines =
            ajwt_conf_tree_lines(section, row->name, output->pool);
        int i;

        for (i = 0; i < lines->nelts; i++)
            print_line(output, APR_ARRAY_IDX(lines, i, const ap_directive_t *));
    }
}

static void print_closing_tag(const dump_output *output,
                              const ap_directive_t *node)
{
    apr_file_printf(output->out, "%s</%s>\n", output->indent,
                    node->directive + 1);
}

/* Returns the number of Require lines. */
static int print_rules(const dump_output *output, const ap_directive_t *line)
{
    dump_output below = *output;
    int count = 0;

    below.indent = apr_pstrcat(output->pool, output->indent, "    ", NULL);
    for (; line; line = line->next) {
        if (!ajwt_conf_tree_is_access_rule(line))
            continue;
        print_line(output, line);
        if (*line->directive == '<') {
            count += print_rules(&below, line->first_child);
            print_closing_tag(output, line);
        }
        count += ajwt_conf_tree_is(line, "Require");
    }
    return count;
}

/*
 * Prints only the innermost Require lines, because AuthMerging is usually Off.
 */
static void print_innermost_rules(const dump_output *output,
                                  const ajwt_conf_section *section)
{
    int i = section->layers->nelts, found = 0;

    while (i-- > 0 && !found)
        found = print_rules(
            output, ajwt_conf_tree_first(APR_ARRAY_IDX(
                        section->layers, i, const ajwt_conf_section *)));
}

static const char *print_host_name(const ap_directive_t *host, apr_pool_t *pool)
{
    const ap_directive_t *line = host->first_child;
    const char *args = host->args;
    char *address = ap_getword_conf(pool, &args);

    address[strcspn(address, ">")] = '\0';
    while (line && !ajwt_conf_tree_is(line, "ServerName"))
        line = line->next;
    return apr_pstrcat(pool, address, line ? " " : "", line ? line->args : "",
                       NULL);
}

/* Prints all openings of each section, even if another section has them too. */
static void print_findings(const dump_output *output,
                           const ajwt_conf_section *section)
{
    apr_pool_t *scratch;
    const apr_array_header_t *findings;
    int i;

    apr_pool_create(&scratch, output->pool);
    findings = ajwt_lint_find(section, output->tree, scratch);
    for (i = 0; i < findings->nelts; i++) {
        const ajwt_lint_finding *finding =
            &APR_ARRAY_IDX(findings, i, ajwt_lint_finding);
        const char *text = ajwt_lint_text(finding, section, output->pool);

        if (finding->is_open)
            apr_file_printf(output->out, "# warning: open: %s\n", text);
        else if (!apr_hash_get(output->printed, text, APR_HASH_KEY_STRING))
            apr_file_printf(output->out, "# warning: %s\n", text);
        apr_hash_set(output->printed, text, APR_HASH_KEY_STRING, text);
    }
    apr_pool_destroy(scratch);
}

static void print_hints(const dump_output *output)
{
    const apr_array_header_t *hints =
        ajwt_lint_find_hints(ap_conftree, output->pool);
    int i;

    for (i = 0; i < hints->nelts; i++)
        apr_file_printf(output->out, "# warning: hint: %s\n",
                        ajwt_lint_hint_text(&APR_ARRAY_IDX(hints, i, ajwt_hint),
                                            output->pool));
}

/* Prints the aliases, which Require lines may use. */
static void print_aliases(const dump_output *output)
{
    const ap_directive_t *line = ap_conftree;

    for (; line; line = line->next) {
        if (!ajwt_conf_tree_is(line, "<AuthzProviderAlias"))
            continue;
        print_line(output, line);
        print_closing_tag(output, line);
    }
}

static void open_section(dump_output *output, const ajwt_conf_section *section)
{
    if (!section || !section->node || section->node == section->host)
        return;
    open_section(output, section->outer);
    print_line(output, section->node);
    output->indent = apr_pstrcat(output->pool, output->indent, "    ", NULL);
}

static void close_section(dump_output *output, const ajwt_conf_section *section)
{
    for (; section && section->node && section->node != section->host;
         section = section->outer) {
        output->indent += 4;
        print_closing_tag(output, section->node);
    }
}

static void print_section(const dump_output *all,
                          const ajwt_conf_section *section)
{
    dump_output output = *all;

    apr_file_printf(output.out, "\n# %s\n",
                    ajwt_conf_tree_section_place(section, output.pool));
    if (section->host)
        apr_file_printf(output.out, "# virtual host %s\n",
                        print_host_name(section->host, output.pool));
    open_section(&output, section);
    print_directives(&output, section, section_directives);
    print_innermost_rules(&output, section);
    close_section(&output, section);
    print_findings(&output, section);
}

void ajwt_dump(apr_pool_t *pool, server_rec *servers)
{
    dump_output output = {NULL, pool, apr_hash_make(pool), "", NULL};
    const apr_array_header_t *sections;
    int i;

    (void)servers;
    if (!ap_exists_config_define("DUMP_AUTH_JWT") ||
        apr_file_open_stdout(&output.out, pool) != APR_SUCCESS)
        return;
    output.tree = ajwt_conf_tree_read(ap_conftree, pool);
    sections = output.tree->sections;
    apr_file_printf(
        output.out,
        "# What mod_auth_jwt trusts in each section, with inherited settings.\n"
        "# Not included: .htaccess files, and what <Directory>, <Files>, "
        "patterns and\n"
        "# <If> add to a <Location> in a request.\n"
        "# mod_auth_jwt " AJWT_VERSION "\n"
        "# ServerRoot %s\n",
        ap_server_root);
    print_defaults(&output, section_directives);
    print_defaults(&output, server_directives);
    print_directives(&output,
                     APR_ARRAY_IDX(sections, 0, const ajwt_conf_section *),
                     server_directives);
    print_aliases(&output);
    print_hints(&output);
    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);

        if (ajwt_lint_is_concerned(section, pool))
            print_section(&output, section);
    }
}
