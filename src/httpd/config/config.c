/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config/config.h"

#include <apr_strings.h>
#include <http_main.h>

#include "config/token_source.h"
#include "httpd/config/effective.h"
#include "httpd/config/metadata.h"

/* An AuthJWTAlgorithms line with HS*, checked at the end with its section */
typedef struct hmac_line {
    const ajwt_section *section;
    const ap_directive_t *directive;
} hmac_line;

/* A parameter name after `query:`, and its server */
typedef struct query_line {
    const server_rec *server;
    const char *name;
} query_line;

/* One pass over the configuration files */
typedef struct configuration {
    ajwt_settings settings;
    ajwt_section defaults;
    apr_array_header_t *hmac_lines;      /* hmac_line */
    apr_array_header_t *query_lines;     /* query_line */
    apr_array_header_t *metadata_lines;  /* const ajwt_metadata_line * */
    apr_array_header_t *documents;       /* ajwt_metadata_document */
    const ajwt_query_names *query_names; /* of all servers; NULL: none */
    apr_array_header_t *aliases; /* const char *: names of providers that are
                                    aliases of jwt; NULL: not read yet */
} configuration;

static configuration *current;

/* --- Directives */

/* Adds the names for logs of requests whose section is not known. */
static void add_query_names(const apr_array_header_t *sources,
                            const server_rec *server)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);

        if (source->place == AJWT_IN_QUERY) {
            query_line *line = apr_array_push(current->query_lines);

            line->server = server;
            line->name = source->name;
        }
    }
}

static void add_metadata_line(const ajwt_section *section, const cmd_parms *cmd)
{
    ajwt_metadata_line *line = apr_palloc(cmd->pool, sizeof *line);

    line->resource = section->resource;
    line->section = section;
    line->is_of_server = !cmd->path;
    line->server = cmd->server;
    line->directive = cmd->directive;
    APR_ARRAY_PUSH(current->metadata_lines, const ajwt_metadata_line *) = line;
}

static void add_hmac_line(const ajwt_section *section, const cmd_parms *cmd)
{
    hmac_line *line = apr_array_push(current->hmac_lines);

    line->section = section;
    line->directive = cmd->directive;
}

/* Records the place of a directive if ajwt_config_end needs it. */
static void record_directive(ajwt_directive_id id, const ajwt_section *section,
                             const cmd_parms *cmd)
{
    if (id == AJWT_ID_AuthJWTAlgorithms && (*section->algs & AJWT_ALGS_HMAC))
        add_hmac_line(section, cmd);
    if (id == AJWT_ID_AuthJWTTokenSource)
        add_query_names(section->token_sources, cmd->server);
    if (id == AJWT_ID_AuthJWTResource)
        add_metadata_line(section, cmd);
}

/*
 * AllowOverrideList must not allow in a .htaccess what AllowOverride does not.
 * In <Limit>, httpd applies methods only to Require: any other line there would
 * apply to every method.
 */
static unsigned forbidden_places(ajwt_context context)
{
    switch (context) {
    case AJWT_CONTEXT_RULE:
        return NOT_IN_LIMIT;
    case AJWT_CONTEXT_TRUST:
        return NOT_IN_LIMIT | NOT_IN_HTACCESS;
    case AJWT_CONTEXT_SERVER:
        break;
    }
    return GLOBAL_ONLY;
}

/* What clients forge is removed before a provider is asked, so a provider
 * cannot say what that is. */
static const char *check_not_in_alias(ajwt_directive_id id,
                                      const cmd_parms *cmd)
{
    const ap_directive_t *around = cmd->directive->parent;

    if ((id != AJWT_ID_AuthJWTHeader && id != AJWT_ID_AuthJWTExportPrefix) ||
        !around ||
        ap_cstr_casecmp(around->directive, "<AuthnProviderAlias") != 0)
        return NULL;
    return apr_pstrcat(
        cmd->pool, cmd->cmd->name,
        ": in <AuthnProviderAlias> it would not remove forged headers: write "
        "it into the section that has AuthBasicProvider",
        NULL);
}

/* httpd calls this for every directive of the module. */
static const char *handle_directive(cmd_parms *cmd, void *section, int argc,
                                    char *const argv[])
{
    const ajwt_directive *directive = cmd->info;
    /*
     * httpd has no other sign of a .htaccess file; mod_rewrite uses this one
     * too.
     */
    const ajwt_config_target target = {section, &current->settings,
                                       cmd->pool == cmd->temp_pool};
    const ajwt_args args = {directive->name, ap_server_root, cmd->pool, argc,
                            argv};
    const char *error =
        ap_check_cmd_context(cmd, forbidden_places(directive->context));

    if (error)
        return error;
    error = check_not_in_alias(directive->id, cmd);
    if (error)
        return error;
    error = ajwt_directive_set(directive, &target, &args);
    if (error)
        return error;
    record_directive(directive->id, section, cmd);
    return NULL;
}

/* Adds NAME if line is <AuthnProviderAlias jwt NAME>. */
static void add_alias(apr_array_header_t *aliases, const ap_directive_t *line)
{
    const char *args = line->args;
    char *name;

    if (ap_cstr_casecmp(line->directive, "<AuthnProviderAlias") != 0 ||
        ap_cstr_casecmp(ap_getword_conf(aliases->pool, &args), AJWT_PROVIDER) !=
            0)
        return;
    name = ap_getword_conf(aliases->pool, &args);
    if (*name && name[strlen(name) - 1] == '>')
        name[strlen(name) - 1] = '\0';
    APR_ARRAY_PUSH(aliases, const char *) = name;
}

static void add_aliases(apr_array_header_t *aliases, const ap_directive_t *line)
{
    for (; line; line = line->next) {
        add_alias(aliases, line);
        if (ap_cstr_casecmp(line->directive, "<VirtualHost") == 0)
            add_aliases(aliases, line->first_child);
    }
}

/*
 * Reads the whole configuration once, because thousands of sections may have
 * AuthBasicProvider.  ajwt_config_end has read it before requests read
 * .htaccess files.
 */
static void read_aliases(void)
{
    if (current->aliases)
        return;
    current->aliases =
        apr_array_make(current->hmac_lines->pool, 1, sizeof(const char *));
    add_aliases(current->aliases, ap_conftree);
}

static int is_alias(const char *name)
{
    int i;

    read_aliases();
    for (i = 0; i < current->aliases->nelts; i++) {
        if (ap_cstr_casecmp(APR_ARRAY_IDX(current->aliases, i, const char *),
                            name) == 0)
            return 1;
    }
    return 0;
}

/*
 * httpd passes each directive to every module that registers its name.
 * AuthBasicProvider belongs to mod_auth_basic; this function only reads it, to
 * know which sections accept tokens as passwords.
 */
static const char *handle_auth_basic_provider(cmd_parms *cmd, void *section,
                                              int argc, char *const argv[])
{
    int *is_provider = apr_pcalloc(cmd->pool, sizeof *is_provider);
    const int *before = ((ajwt_section *)section)->is_provider;
    int i;

    if (!ap_find_linked_module("mod_auth_basic.c"))
        return "AuthBasicProvider needs mod_auth_basic: load that module";
    *is_provider = before && *before;
    for (i = 0; i < argc; i++)
        *is_provider |=
            strcmp(argv[i], AJWT_PROVIDER) == 0 || is_alias(argv[i]);
    ((ajwt_section *)section)->is_provider = is_provider;
    return NULL;
}

#define WHERE_TRUST (RSRC_CONF | ACCESS_CONF)
#define WHERE_RULE  (RSRC_CONF | ACCESS_CONF | OR_AUTHCFG)
#define COMMAND(name, where, syntax)                                   \
    AP_INIT_TAKE_ARGV(#name, handle_directive,                         \
                      (void *)&ajwt_directives[AJWT_ID_##name], where, \
                      #name " " syntax),

const command_rec ajwt_config_commands[] = {
#define ROW(name, context, type, field, how, def, syntax, ...) \
    COMMAND(name, WHERE_##context, syntax)
    AJWT_SECTION_DIRECTIVES(ROW)
#undef ROW
#define ROW(name, field, how, def, syntax, ...) COMMAND(name, RSRC_CONF, syntax)
        AJWT_SERVER_DIRECTIVES(ROW)
#undef ROW
            AP_INIT_TAKE_ARGV("AuthBasicProvider", handle_auth_basic_provider,
                              NULL, OR_AUTHCFG, "see mod_auth_basic"),
    {NULL}};

/* --- Sections */

void *ajwt_config_create(apr_pool_t *pool, char *where)
{
    (void)where;
    return apr_pcalloc(pool, sizeof(ajwt_section));
}

void *ajwt_config_merge(apr_pool_t *pool, void *outer, void *inner)
{
    ajwt_section *merged = apr_palloc(pool, sizeof *merged);

    ajwt_section_merge(merged, outer, inner);
    return merged;
}

void ajwt_config_get(ajwt_section *section, const request_rec *r)
{
    ajwt_section_merge(
        section, &current->defaults,
        ap_get_module_config(r->per_dir_config, &auth_jwt_module));
}

void ajwt_config_at(ajwt_section *section, const ajwt_section *inner,
                    const server_rec *server)
{
    ajwt_effective_at(section, &current->defaults, inner, server);
}

/* --- Begin and end of a pass */

const char *ajwt_config_begin(apr_pool_t *pconf)
{
    ajwt_config_target target = {NULL};

    current = apr_pcalloc(pconf, sizeof *current);
    current->hmac_lines = apr_array_make(pconf, 1, sizeof(hmac_line));
    current->query_lines = apr_array_make(pconf, 1, sizeof(query_line));
    current->metadata_lines =
        apr_array_make(pconf, 1, sizeof(const ajwt_metadata_line *));
    current->documents =
        apr_array_make(pconf, 1, sizeof(ajwt_metadata_document));
    current->defaults.is_provider = apr_pcalloc(pconf, sizeof(int));
    ajwt_settings_init(&current->settings, pconf);
    target.section = &current->defaults;
    target.settings = &current->settings;
    return ajwt_directive_set_defaults(&target, pconf);
}

/*
 * Returns the names after `query:` in sections that may apply to a server's
 * requests; server NULL: to requests of any server.  NULL: none.
 */
static const ajwt_query_names *find_query_names(const server_rec *server,
                                                const server_rec *main_server)
{
    const apr_array_header_t *lines = current->query_lines;
    apr_array_header_t *found =
        apr_array_make(lines->pool, 1, sizeof(const char *));
    ajwt_query_names *names;
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const query_line *line = &APR_ARRAY_IDX(lines, i, query_line);

        if (!server || line->server == server || line->server == main_server)
            APR_ARRAY_PUSH(found, const char *) = line->name;
    }
    if (!found->nelts)
        return NULL;
    names = apr_palloc(lines->pool, sizeof *names);
    names->name = (const char *const *)found->elts;
    names->count = found->nelts;
    return names;
}

static void set_query_names(const server_rec *servers)
{
    const server_rec *server;

    current->query_names = find_query_names(NULL, servers);
    for (server = servers; server; server = server->next)
        ap_set_module_config(server->module_config, &auth_jwt_module,
                             (void *)find_query_names(server, servers));
}

static const char *check_hmac_lines(apr_pool_t *pool)
{
    int i;

    for (i = 0; i < current->hmac_lines->nelts; i++) {
        const hmac_line *line =
            &APR_ARRAY_IDX(current->hmac_lines, i, hmac_line);

        if (line->section->issuers && !ajwt_section_has_secret(line->section))
            return apr_psprintf(
                pool,
                "%s:%d: AuthJWTAlgorithms: HS algorithms are only used for an "
                "issuer with secret=, and this section has none: write "
                "secret=PATH, or algs= beside keys=PATH",
                line->directive->filename, line->directive->line_num);
    }
    return NULL;
}

const char *ajwt_config_end(apr_pool_t *pool, const server_rec *servers)
{
    const char *error =
        ajwt_metadata_print(current->documents, current->metadata_lines,
                            &current->defaults, servers);

    if (error)
        return error;
    read_aliases();
    set_query_names(servers);
    return check_hmac_lines(pool);
}

const ajwt_settings *ajwt_config_settings(void)
{
    return &current->settings;
}

const apr_array_header_t *ajwt_config_documents(void)
{
    return current->documents;
}

const ajwt_query_names *ajwt_config_query_names(void)
{
    return current->query_names;
}
