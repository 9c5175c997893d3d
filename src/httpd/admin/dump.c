/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/dump.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_main.h>

#include "config/directives.h"
#include "core/version.h"
#include "httpd/admin/conf_tree.h"
#include "httpd/admin/early.h"
#include "httpd/admin/hint.h"
#include "httpd/admin/lint.h"

typedef struct dump_output {
    apr_file_t *out;
    apr_pool_t *pool;
    apr_hash_t *told; /* warnings already printed for an outer section */
    const char *indent;
    const apr_array_header_t *sections;
} dump_output;

/*
 * Directives in the order in which they are printed; a default of "" means that
 * there is none.
 */
typedef struct known {
    const char *name;
    const char *def;
} known;

static const known of_sections[] = {{"AuthType", ""},
                                    {"AuthName", ""},
                                    {"AuthBasicProvider", ""},
#define SECTION_NAME(name, context, type, field, how, def, ...) {#name, def},
                                    AJWT_SECTION_DIRECTIVES(SECTION_NAME)
#undef SECTION_NAME
                                        {NULL}};

static const known of_server[] = {
#define SERVER_NAME(name, field, how, def, ...) {#name, def},
    AJWT_SERVER_DIRECTIVES(SERVER_NAME)
#undef SERVER_NAME
        {NULL}};

static const char *const rule_names[] = {
    "AuthMerging",  "Satisfy", "Order",        "Allow",
    "Deny",         "Require", "<RequireAll",  "<RequireAny",
    "<RequireNone", "<Limit",  "<LimitExcept", NULL};

static void print_line(const dump_output *output, const ap_directive_t *line)
{
    apr_file_printf(output->out, "%s%s\n", output->indent,
                    ajwt_conf_tree_text(line, output->pool));
}

/* Prints the defaults as comments. */
static void print_defaults(const dump_output *output, const known *row)
{
    for (; row->name; row++) {
        if (row->def && *row->def)
            apr_file_printf(output->out, "# default: %s %s\n", row->name,
                            row->def);
    }
}

static void print_known(const dump_output *output,
                        const ajwt_conf_section *section, const known *row)
{
    for (; row->name; row++) {
        const apr_array_header_t *lines =
            ajwt_conf_tree_lines(section, row->name, output->pool);
        int i;

        for (i = 0; i < lines->nelts; i++)
            print_line(output, APR_ARRAY_IDX(lines, i, const ap_directive_t *));
    }
}

static void print_end(const dump_output *output, const ap_directive_t *node)
{
    apr_file_printf(output->out, "%s</%s>\n", output->indent,
                    node->directive + 1);
}

static int is_rule(const ap_directive_t *line)
{
    const char *const *name = rule_names;

    while (*name && !ajwt_conf_tree_is(line, *name))
        name++;
    return *name != NULL;
}

/* Returns the number of Require lines. */
static int print_rules(const dump_output *output, const ap_directive_t *line)
{
    dump_output below = *output;
    int count = 0;

    below.indent = apr_pstrcat(output->pool, output->indent, "    ", NULL);
    for (; line; line = line->next) {
        if (!is_rule(line))
            continue;
        print_line(output, line);
        if (*line->directive == '<') {
            count += print_rules(&below, line->first_child);
            print_end(output, line);
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

static const char *place_of(const ajwt_conf_section *section, apr_pool_t *pool)
{
    return section->node ? ajwt_conf_tree_place(section->node, pool)
                         : "the server itself";
}

static const char *name_of_host(const ap_directive_t *host, apr_pool_t *pool)
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

static const char *say_risk(const ajwt_lint_finding *risk,
                            const ajwt_conf_section *section, apr_pool_t *pool)
{
    if (!risk->line)
        return apr_psprintf(pool, "%s: %s", place_of(section, pool),
                            risk->text);
    return apr_psprintf(
        pool, "%s: %s: %s", ajwt_conf_tree_place(risk->line, pool),
        risk->line == section->node ? ajwt_conf_tree_title(section, pool)
                                    : ajwt_conf_tree_text(risk->line, pool),
        risk->text);
}

/* Prints all openings of each section, even if another section has them too. */
static void print_risks(const dump_output *output,
                        const ajwt_conf_section *section)
{
    apr_pool_t *scratch;
    const apr_array_header_t *risks;
    int i;

    apr_pool_create(&scratch, output->pool);
    risks = ajwt_lint_find(section, output->sections, scratch);
    for (i = 0; i < risks->nelts; i++) {
        const ajwt_lint_finding *risk =
            &APR_ARRAY_IDX(risks, i, ajwt_lint_finding);
        const char *text = say_risk(risk, section, output->pool);

        if (risk->is_open)
            apr_file_printf(output->out, "# warning: open: %s\n", text);
        else if (!apr_hash_get(output->told, text, APR_HASH_KEY_STRING))
            apr_file_printf(output->out, "# warning: %s\n", text);
        apr_hash_set(output->told, text, APR_HASH_KEY_STRING, text);
    }
    apr_pool_destroy(scratch);
}

static const char *describe_hint(const ajwt_hint *hint, apr_pool_t *pool)
{
    return apr_psprintf(pool, "%s: %s: %s",
                        ajwt_conf_tree_place(hint->line, pool),
                        ajwt_conf_tree_text(hint->line, pool), hint->text);
}

static const apr_array_header_t *find_hints(apr_pool_t *pool)
{
    apr_array_header_t *hints = ajwt_hint_find(ap_conftree, pool);

    ajwt_early_find(hints, ap_conftree);
    return hints;
}

static void print_hints(const dump_output *output)
{
    const apr_array_header_t *hints = find_hints(output->pool);
    int i;

    for (i = 0; i < hints->nelts; i++)
        apr_file_printf(
            output->out, "# warning: hint: %s\n",
            describe_hint(&APR_ARRAY_IDX(hints, i, ajwt_hint), output->pool));
}

static void log_hints(server_rec *s, apr_pool_t *pool)
{
    const apr_array_header_t *hints = find_hints(pool);
    int i;

    for (i = 0; i < hints->nelts; i++)
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s",
                     describe_hint(&APR_ARRAY_IDX(hints, i, ajwt_hint), pool));
}

/* Prints the aliases, which Require lines may use. */
static void print_aliases(const dump_output *output)
{
    const ap_directive_t *line = ap_conftree;

    for (; line; line = line->next) {
        if (!ajwt_conf_tree_is(line, "<AuthzProviderAlias"))
            continue;
        print_line(output, line);
        print_end(output, line);
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
        print_end(output, section->node);
    }
}

static void print_section(const dump_output *all,
                          const ajwt_conf_section *section)
{
    dump_output output = *all;

    apr_file_printf(output.out, "\n# %s\n", place_of(section, output.pool));
    if (section->host)
        apr_file_printf(output.out, "# virtual host %s\n",
                        name_of_host(section->host, output.pool));
    open_section(&output, section);
    print_known(&output, section, of_sections);
    print_innermost_rules(&output, section);
    close_section(&output, section);
    print_risks(&output, section);
}

/* Whether this section or one around it requires tokens */
static int is_asked_for(const ajwt_conf_section *section, apr_pool_t *pool)
{
    ajwt_conf_section part = *section;

    for (part.layers = apr_array_copy(pool, section->layers);
         part.layers->nelts; part.layers->nelts--) {
        if (ajwt_conf_tree_asks(&part, pool))
            return 1;
    }
    return 0;
}

/* Whether a line in the section itself has to do with tokens */
static int is_ours(const ajwt_conf_section *section, apr_pool_t *pool)
{
    const ap_directive_t *line = ajwt_conf_tree_first(section);
    int asks = ajwt_conf_tree_asks(section, pool);
    int trusts =
        asks || ajwt_conf_tree_lines(section, "AuthJWTIssuer", pool)->nelts;

    for (; line; line = line->next) {
        if ((trusts && ap_cstr_casecmpn(line->directive, "AuthJWT", 7) == 0) ||
            (asks && is_rule(line)) ||
            (ajwt_conf_tree_is(line, "AuthType") &&
             is_asked_for(section, pool)))
            return 1;
    }
    return 0;
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
    output.sections = sections = ajwt_conf_tree_find(ap_conftree, pool);
    apr_file_printf(
        output.out,
        "# What mod_auth_jwt trusts in each section, with inherited settings.\n"
        "# Not included: .htaccess files, and what <Directory>, <Files>, "
        "patterns and\n"
        "# <If> add to a <Location> in a request.\n"
        "# mod_auth_jwt " AJWT_VERSION "\n"
        "# ServerRoot %s\n",
        ap_server_root);
    print_defaults(&output, of_sections);
    print_defaults(&output, of_server);
    print_known(&output, APR_ARRAY_IDX(sections, 0, const ajwt_conf_section *),
                of_server);
    print_aliases(&output);
    print_hints(&output);
    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);

        if (is_ours(section, pool))
            print_section(&output, section);
    }
}

/* A warning that was logged, and its section */
typedef struct logged_opening {
    const ap_directive_t *line;
    const ajwt_conf_section *section;
} logged_opening;

/* Whether the same line was logged for a section around this one */
static int is_logged(const logged_opening *opening, apr_hash_t *logged)
{
    const apr_array_header_t *layers = opening->section->layers;
    int i;

    for (i = 0; i < layers->nelts; i++) {
        const logged_opening outer = {
            opening->line, APR_ARRAY_IDX(layers, i, const ajwt_conf_section *)};

        if (apr_hash_get(logged, &outer, sizeof outer))
            return 1;
    }
    return 0;
}

static void log_openings(server_rec *s, const ajwt_conf_section *section,
                         const apr_array_header_t *all, apr_hash_t *logged)
{
    apr_pool_t *pool = apr_hash_pool_get(logged), *scratch;
    const apr_array_header_t *risks;
    int i;

    apr_pool_create(&scratch, pool);
    risks = ajwt_lint_find(section, all, scratch);
    for (i = 0; i < risks->nelts; i++) {
        const ajwt_lint_finding *risk =
            &APR_ARRAY_IDX(risks, i, ajwt_lint_finding);
        logged_opening *opening = apr_palloc(pool, sizeof *opening);

        opening->line = risk->line;
        opening->section = section;
        if (!risk->is_broken && (!risk->is_open || is_logged(opening, logged)))
            continue;
        if (risk->is_open)
            apr_hash_set(logged, opening, sizeof *opening, opening);
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, "%s",
                     say_risk(risk, section, scratch));
    }
    apr_pool_destroy(scratch);
}

static void log_warnings(server_rec *s, apr_pool_t *pool)
{
    const apr_array_header_t *sections = ajwt_conf_tree_find(ap_conftree, pool);
    apr_hash_t *logged = apr_hash_make(pool);
    int i;

    log_hints(s, pool);
    for (i = 0; i < sections->nelts; i++) {
        const ajwt_conf_section *section =
            APR_ARRAY_IDX(sections, i, const ajwt_conf_section *);

        if (is_ours(section, pool))
            log_openings(s, section, sections, logged);
    }
}

/* The dump prints the warnings itself. */
int ajwt_dump_check_config(apr_pool_t *pconf, apr_pool_t *plog,
                           apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST &&
        !ap_exists_config_define("DUMP_AUTH_JWT"))
        log_warnings(s, ptemp);
    return OK;
}

int ajwt_dump_post_config(apr_pool_t *pconf, apr_pool_t *plog,
                          apr_pool_t *ptemp, server_rec *s)
{
    (void)pconf, (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG)
        log_warnings(s, ptemp);
    return OK;
}
