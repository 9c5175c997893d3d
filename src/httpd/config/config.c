/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config/config.h"

#include <apr_strings.h>
#include <http_main.h>

#include "core/limits.h"
#include "core/user_name.h"
#include "net/ca_file.h"

static ajwt_settings *settings;

/* Whom any section trusts, for the log */
static void remember_issuer(const ajwt_issuer *issuer)
{
    int i;

    for (i = 0; i < settings->issuers->nelts; i++) {
        const ajwt_issuer *other =
            APR_ARRAY_IDX(settings->issuers, i, const ajwt_issuer *);

        if (other->source == issuer->source &&
            strcmp(other->name, issuer->name) == 0)
            return;
    }
    APR_ARRAY_PUSH(settings->issuers, const ajwt_issuer *) =
        apr_pmemdup(settings->issuers->pool, issuer, sizeof *issuer);
}

static const char *set_issuers(ajwt_section *section, const ajwt_args *args)
{
    ajwt_issuer issuer;
    const char *error = ajwt_issuer_parse(&issuer, args, settings->sources);

    if (error)
        return error;
    remember_issuer(&issuer);
    if (!section->issuers)
        section->issuers = ajwt_issuers_make(args->pool);
    return ajwt_issuers_add(section->issuers, &issuer)
               ? NULL
               : ajwt_args_fail(args, "%s stands twice in this section",
                                issuer.name);
}

static const char *set_audiences(ajwt_section *section, const ajwt_args *args)
{
    return ajwt_args_audiences(&section->audiences, args,
                               ajwt_args_array(args));
}

static const char *set_algs(ajwt_section *section, const ajwt_args *args)
{
    const char *error;
    ajwt_hmac_line *line;

    section->algs = apr_palloc(args->pool, sizeof *section->algs);
    error = ajwt_args_algs(section->algs, args, ajwt_args_array(args));
    if (!error && args->place && (*section->algs & AJWT_ALGS_HMAC)) {
        line = apr_array_push(settings->hmac_lines);
        line->section = section;
        line->directive = args->place->cmd->directive;
    }
    return error;
}

static const char *set_leeway_s(ajwt_section *section, const ajwt_args *args)
{
    section->leeway_s = apr_palloc(args->pool, sizeof *section->leeway_s);
    return ajwt_args_number(section->leeway_s, args, "seconds", 0,
                            AJWT_MAX_LEEWAY_S);
}

static const char *set_max_lifetime_s(ajwt_section *section,
                                      const ajwt_args *args)
{
    section->max_lifetime_s =
        apr_palloc(args->pool, sizeof *section->max_lifetime_s);
    return ajwt_args_number(section->max_lifetime_s, args, "seconds", 0,
                            AJWT_MAX_DIRECTIVE_S);
}

static const char *set_types(ajwt_section *section, const ajwt_args *args)
{
    return ajwt_args_types(&section->types, args, ajwt_args_array(args));
}

static const char *set_required(ajwt_section *section, const ajwt_args *args)
{
    return ajwt_args_claims(&section->required, args, ajwt_args_array(args));
}

static const char *check_headers(const ajwt_section *section,
                                 const ajwt_args *args)
{
    return ajwt_header_rule_check(section->headers, section->token_sources,
                                  section->export_prefix, args);
}

/* Names for logs of requests whose section is not known */
static void remember_query(const apr_array_header_t *sources,
                           const server_rec *server)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);
        ajwt_query_line *line;

        if (source->place != AJWT_IN_QUERY)
            continue;
        line = apr_array_push(settings->query_lines);
        line->server = server;
        line->name = source->name;
    }
}

static const char *set_token_sources(ajwt_section *section,
                                     const ajwt_args *args)
{
    const char *error = ajwt_token_source_parse(&section->token_sources, args);

    if (!error && args->place)
        remember_query(section->token_sources, args->place->cmd->server);
    return error ? error : check_headers(section, args);
}

static const char *set_forwards_token(ajwt_section *section,
                                      const ajwt_args *args)
{
    section->forwards_token =
        apr_palloc(args->pool, sizeof *section->forwards_token);
    return ajwt_args_flag(section->forwards_token, args);
}

static const char *set_optional(ajwt_section *section, const ajwt_args *args)
{
    section->optional = apr_palloc(args->pool, sizeof *section->optional);
    *section->optional = AJWT_OPTIONAL_REPORT;
    if (args->count == 1 && strcasecmp(args->word[0], "report") == 0)
        return NULL;
    *section->optional = AJWT_OPTIONAL_ON;
    if (args->count == 1 && strcasecmp(args->word[0], "On") == 0)
        return NULL;
    *section->optional = AJWT_OPTIONAL_OFF;
    return args->count == 1 && strcasecmp(args->word[0], "Off") == 0
               ? NULL
               : ajwt_args_fail(args, "write Off, On or report");
}

static const char *set_preflight(ajwt_section *section, const ajwt_args *args)
{
    section->preflight = apr_palloc(args->pool, sizeof *section->preflight);
    return ajwt_args_flag(section->preflight, args);
}

static const char *set_resource(ajwt_section *section, const ajwt_args *args)
{
    const char *error = ajwt_resource_parse(&section->resource, args);

    if (error)
        return error;
    section->resource->section = section;
    APR_ARRAY_PUSH(settings->resources, ajwt_resource *) = section->resource;
    return NULL;
}

static const char *set_headers(ajwt_section *section, const ajwt_args *args)
{
    const char *error = ajwt_header_rule_parse(&section->headers, args);

    settings->has_headers = 1;
    return error ? error : check_headers(section, args);
}

static const char *set_user(ajwt_section *section, const ajwt_args *args)
{
    const char *error;

    section->user =
        ajwt_user_name_parse(&error, ajwt_args_array(args), args->pool);
    return section->user ? NULL : ajwt_args_fail(args, "%s", error);
}

/* httpd has no other mark: util_expr_eval.c and mod_rewrite go by this. */
static int are_of_htaccess(const ajwt_args *args)
{
    return args->place && args->pool == args->place->cmd->temp_pool;
}

static const char *set_export_rules(ajwt_section *section,
                                    const ajwt_args *args)
{
    ajwt_export_rules *rules;
    const char *error;

    if (args->count == 0)
        return ajwt_args_fail(args, "write all, none, or claims");
    rules = ajwt_export_parse_rules(&error, ajwt_args_array(args), args->pool);
    section->export_rules = rules;
    if (!rules)
        return ajwt_args_fail(args, "%s", error);
    rules->is_lasting = !are_of_htaccess(args);
    return NULL;
}

static const char *set_export_prefix(ajwt_section *section,
                                     const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one prefix");
    error = ajwt_export_check_prefix(args->word[0]);
    if (error)
        return ajwt_args_fail(args, "'%s': %s", args->word[0], error);
    section->export_prefix = args->word[0];
    error = ajwt_header_rule_check_prefix(args->word[0], args);
    return error ? error : check_headers(section, args);
}

/* <AuthnProviderAlias jwt NAME> */
static int makes_alias(const ap_directive_t *line, const char *name,
                       apr_pool_t *pool)
{
    const char *args = line->args;
    apr_size_t len = strlen(name);

    if (ap_cstr_casecmp(line->directive, "<AuthnProviderAlias") != 0 ||
        ap_cstr_casecmp(ap_getword_conf(pool, &args), AJWT_PROVIDER) != 0)
        return 0;
    args = ap_getword_conf(pool, &args);
    return ap_cstr_casecmpn(args, name, len) == 0 &&
           (!args[len] || strcmp(args + len, ">") == 0);
}

static int is_alias(const char *name, const ap_directive_t *line,
                    apr_pool_t *pool)
{
    for (; line; line = line->next) {
        if (makes_alias(line, name, pool) ||
            (ap_cstr_casecmp(line->directive, "<VirtualHost") == 0 &&
             is_alias(name, line->first_child, pool)))
            return 1;
    }
    return 0;
}

/*
 * httpd gives each directive to every module that has one of its name.  This
 * one is mod_auth_basic's; it is only looked at, to know which sections take
 * tokens as passwords.
 */
static const char *command_is_provider(cmd_parms *cmd, void *section, int argc,
                                       char *const argv[])
{
    int *is_provider = apr_pcalloc(cmd->pool, sizeof *is_provider);
    const int *before = ((ajwt_section *)section)->is_provider;
    int i;

    if (!ap_find_linked_module("mod_auth_basic.c"))
        return "AuthBasicProvider needs mod_auth_basic: load that module";
    *is_provider = before && *before;
    for (i = 0; i < argc; i++)
        *is_provider |= strcmp(argv[i], AJWT_PROVIDER) == 0 ||
                        is_alias(argv[i], ap_conftree, cmd->temp_pool);
    ((ajwt_section *)section)->is_provider = is_provider;
    return NULL;
}

static const char *set_export_format(ajwt_section *section,
                                     const ajwt_args *args)
{
    int is_json = args->count == 1 && strcasecmp(args->word[0], "json") == 0;
    int is_list = args->count == 1 && strcasecmp(args->word[0], "list") == 0;

    section->export_format =
        apr_palloc(args->pool, sizeof *section->export_format);
    *section->export_format = is_json ? AJWT_EXPORT_JSON : AJWT_EXPORT_LIST;
    return is_json || is_list ? NULL
                              : ajwt_args_fail(args, "write list or json");
}

static const char *set_refresh_s(const ajwt_args *args)
{
    return ajwt_args_number(&settings->schedule.refresh_s, args, "seconds", 1,
                            AJWT_MAX_DIRECTIVE_S);
}

static const char *set_stale_s(const ajwt_args *args)
{
    return ajwt_args_number(&settings->schedule.stale_s, args, "seconds", 1,
                            AJWT_MAX_DIRECTIVE_S);
}

static const char *set_cooldown_s(const ajwt_args *args)
{
    return ajwt_args_number(&settings->schedule.cooldown_s, args, "seconds", 1,
                            AJWT_MAX_DIRECTIVE_S);
}

static const char *set_timeout_s(const ajwt_args *args)
{
    return ajwt_args_number(&settings->schedule.timeout_s, args, "seconds", 1,
                            AJWT_MAX_FETCH_TIMEOUT_S);
}

static const char *set_proxy(const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one URL");
    error = ajwt_source_check_proxy(args->word[0]);
    settings->fetcher.proxy = args->word[0];
    return error ? ajwt_args_fail(args, "'%s': %s", args->word[0], error)
                 : NULL;
}

static const char *set_ca_path(const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one path");
    settings->fetcher.ca_path = ajwt_args_path(args, args->word[0]);
    error = ajwt_ca_file_check(settings->fetcher.ca_path, args->pool);
    return error ? ajwt_args_fail(args, "%s", error) : NULL;
}

/* Whose it is can only be checked when User has been read: fetcher_files.c. */
static const char *set_state_dir(const ajwt_args *args)
{
    settings->state_dir =
        args->count == 1 ? ajwt_args_path(args, args->word[0]) : NULL;
    return settings->state_dir ? NULL : ajwt_args_fail(args, "write one path");
}

static const char *set_verdict_cache(const ajwt_args *args)
{
    settings->verdict_cache = 0;
    if (args->count == 1 && strcasecmp(args->word[0], "off") == 0)
        return NULL;
    return ajwt_args_number(&settings->verdict_cache, args, "entries",
                            AJWT_MIN_CACHE_ENTRIES, AJWT_MAX_CACHE_ENTRIES);
}

static ajwt_args words_of(const struct ajwt_place *place, int argc,
                          char *const argv[])
{
    const cmd_parms *cmd = place->cmd;
    ajwt_args args = {cmd->cmd->name, ap_server_root, cmd->pool,
                      argc,           argv,           place};

    return args;
}

/* httpd calls these: one a directive, all of one shape. */
/*
 * AllowOverrideList must not open to a .htaccess what AllowOverride does not.
 * In <Limit> httpd heeds methods for Require alone: another line there would
 * hold for every method.
 */
#define SECTION_COMMAND(directive, where, type, field, def, syntax)    \
    static const char *command_##field(cmd_parms *cmd, void *section,  \
                                       int argc, char *const argv[])   \
    {                                                                  \
        struct ajwt_place place = {cmd};                               \
        ajwt_args args = words_of(&place, argc, argv);                 \
        const unsigned nowhere =                                       \
            NOT_IN_LIMIT | ((where)&OR_AUTHCFG ? 0 : NOT_IN_HTACCESS); \
        const char *error = ap_check_cmd_context(cmd, nowhere);        \
        return error ? error : set_##field(section, &args);            \
    }
AJWT_SECTION_DIRECTIVES(SECTION_COMMAND)
#undef SECTION_COMMAND

#define SERVER_COMMAND(directive, field, def, syntax)                 \
    static const char *command_##field(cmd_parms *cmd, void *section, \
                                       int argc, char *const argv[])  \
    {                                                                 \
        struct ajwt_place place = {cmd};                              \
        ajwt_args args = words_of(&place, argc, argv);                \
        const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);   \
        (void)section;                                                \
        return error ? error : set_##field(&args);                    \
    }
AJWT_SERVER_DIRECTIVES(SERVER_COMMAND)
#undef SERVER_COMMAND

const command_rec ajwt_config_commands[] = {
#define SECTION_ROW(directive, where, type, field, def, syntax) \
    AP_INIT_TAKE_ARGV(#directive, command_##field, NULL, where, \
                      #directive " " syntax),
    AJWT_SECTION_DIRECTIVES(SECTION_ROW)
#undef SECTION_ROW
#define SERVER_ROW(directive, field, def, syntax)                   \
    AP_INIT_TAKE_ARGV(#directive, command_##field, NULL, RSRC_CONF, \
                      #directive " " syntax),
        AJWT_SERVER_DIRECTIVES(SERVER_ROW)
#undef SERVER_ROW
            AP_INIT_TAKE_ARGV("AuthBasicProvider", command_is_provider, NULL,
                              OR_AUTHCFG, "see mod_auth_basic"),
    {NULL}};

void *ajwt_config_create(apr_pool_t *pool, char *where)
{
    (void)where;
    return apr_pcalloc(pool, sizeof(ajwt_section));
}

static void merge(ajwt_section *merged, const ajwt_section *outer,
                  const ajwt_section *inner)
{
#define MERGE(directive, where, type, field, def, syntax) \
    merged->field = inner->field ? inner->field : outer->field;
    AJWT_SECTION_DIRECTIVES(MERGE)
#undef MERGE
    merged->is_provider =
        inner->is_provider ? inner->is_provider : outer->is_provider;
}

void *ajwt_config_merge(apr_pool_t *pool, void *outer, void *inner)
{
    ajwt_section *merged = apr_palloc(pool, sizeof *merged);

    merge(merged, outer, inner);
    return merged;
}

/*
 * A default is read as if it stood in the configuration.  Whether there is one,
 * and its words.
 */
static int has_default(ajwt_args *args, apr_pool_t *pool, const char *directive,
                       const char *def)
{
    apr_array_header_t *argv = apr_array_make(pool, 10, sizeof(char *));

    if (!def)
        return 0;
    args->directive = directive;
    args->pool = pool;
    while (*def)
        APR_ARRAY_PUSH(argv, char *) = ap_getword_conf(pool, &def);
    args->count = argv->nelts;
    args->word = (char *const *)argv->elts;
    return 1;
}

const char *ajwt_config_begin(apr_pool_t *pconf)
{
    const char *error = NULL;
    ajwt_args args = {0};

    settings = apr_pcalloc(pconf, sizeof *settings);
    settings->sources = ajwt_sources_make(pconf);
    settings->issuers = apr_array_make(pconf, 1, sizeof(const ajwt_issuer *));
    settings->hmac_lines = apr_array_make(pconf, 1, sizeof(ajwt_hmac_line));
    settings->resources = apr_array_make(pconf, 1, sizeof(ajwt_resource *));
    settings->documents =
        apr_array_make(pconf, 1, sizeof(ajwt_resource_document));
    settings->query_lines = apr_array_make(pconf, 1, sizeof(ajwt_query_line));
    settings->fetcher.get = ajwt_http_fetch_get;
    settings->defaults = ajwt_config_create(pconf, NULL);
    settings->defaults->is_provider = apr_pcalloc(pconf, sizeof(int));
#define SECTION_DEFAULT(directive, where, type, field, def, syntax) \
    if (!error && has_default(&args, pconf, #directive, def))       \
        error = set_##field(settings->defaults, &args);
    AJWT_SECTION_DIRECTIVES(SECTION_DEFAULT)
#undef SECTION_DEFAULT
#define SERVER_DEFAULT(directive, field, def, syntax)         \
    if (!error && has_default(&args, pconf, #directive, def)) \
        error = set_##field(&args);
    AJWT_SERVER_DIRECTIVES(SERVER_DEFAULT)
#undef SERVER_DEFAULT
    return error;
}

static int has_secret(const ajwt_issuers *issuers)
{
    int i;

    for (i = 0; i < issuers->list->nelts; i++) {
        if (APR_ARRAY_IDX(issuers->list, i, const ajwt_issuer *)
                ->source->kind == AJWT_SOURCE_SECRET)
            return 1;
    }
    return 0;
}

void ajwt_config_at(ajwt_section *section, const ajwt_section *inner,
                    const server_rec *server)
{
    ajwt_section outer;

    merge(&outer, settings->defaults,
          ap_get_module_config(server->lookup_defaults, &auth_jwt_module));
    merge(section, &outer, inner);
}

/* The names after `query:` in sections that may apply to a server's requests;
 * server NULL: to any.  NULL: none. */
static const ajwt_query_names *find_queries(const server_rec *server,
                                            const server_rec *main_server)
{
    const apr_array_header_t *lines = settings->query_lines;
    apr_array_header_t *found =
        apr_array_make(lines->pool, lines->nelts, sizeof(const char *));
    ajwt_query_names *names;
    int i;

    for (i = 0; i < lines->nelts; i++) {
        const ajwt_query_line *line = &APR_ARRAY_IDX(lines, i, ajwt_query_line);

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

static void give_queries(const server_rec *servers)
{
    const server_rec *server;

    settings->query_names = find_queries(NULL, servers);
    for (server = servers; server; server = server->next)
        ap_set_module_config(server->module_config, &auth_jwt_module,
                             (void *)find_queries(server, servers));
}

const char *ajwt_config_end(apr_pool_t *pool, const server_rec *servers)
{
    const char *error =
        ajwt_resource_print(settings->documents, settings->resources, servers);
    int i;

    if (error)
        return error;
    give_queries(servers);

    for (i = 0; i < settings->hmac_lines->nelts; i++) {
        const ajwt_hmac_line *line =
            &APR_ARRAY_IDX(settings->hmac_lines, i, ajwt_hmac_line);

        if (line->section->issuers && !has_secret(line->section->issuers))
            return apr_psprintf(
                pool,
                "%s:%d: AuthJWTAlgorithms: HS algorithms count only for an "
                "issuer with secret=, and this section has none: write "
                "secret=PATH, or algs= beside keys=PATH",
                line->directive->filename, line->directive->line_num);
    }
    return NULL;
}

const ajwt_settings *ajwt_config_settings(void)
{
    return settings;
}

void ajwt_config_get(ajwt_section *section, const request_rec *r)
{
    merge(section, settings->defaults,
          ap_get_module_config(r->per_dir_config, &auth_jwt_module));
}

void ajwt_config_trust(ajwt_trust *trust, const ajwt_section *section)
{
    trust->issuers = section->issuers;
    trust->audiences = section->audiences;
    trust->types = section->types;
    trust->required = section->required;
    trust->algs = *section->algs;
    trust->leeway_s = *section->leeway_s;
    trust->max_lifetime_s = *section->max_lifetime_s;
}
