/* SPDX-License-Identifier: Apache-2.0 */
#include "config/section.h"

#include <stddef.h>
#include <strings.h>

#include <apr_strings.h>

#include "config/header_rule.h"
#include "config/token_source.h"
#include "core/limits.h"
#include "core/user_name.h"
#include "net/ca_file.h"

typedef enum kind {
    KIND_FLAG,
    KIND_NUMBER,
    KIND_CHOICE,
    KIND_LIST,
    KIND_SPECIAL
} kind;

typedef const char *(*list_parser)(apr_array_header_t **list,
                                   const ajwt_args *args,
                                   apr_array_header_t *words);

/*
 * How the arguments of one directive are parsed, and where the value is stored
 */
typedef struct parser {
    kind kind;
    apr_size_t offset; /* in ajwt_section, or in ajwt_settings */
    const char *units;
    int min, max;
    const char *const *choices;
    list_parser parse_list;
    const char *(*set)(const ajwt_config_target *target, const ajwt_args *args);
} parser;

/* Their indexes are the values of ajwt_optional and ajwt_export_format. */
static const char *const ajwt_optional_names[] = {"Off", "On", "report", NULL};
static const char *const ajwt_export_format_names[] = {"list", "json", NULL};

/* --- Directives that need a function of their own */

/* Lists each issuer of any section once, for the log. */
static void add_issuer(ajwt_settings *settings, const ajwt_issuer *issuer)
{
    const char *key = apr_pstrcat(settings->issuers->pool, issuer->name, "\n",
                                  issuer->source->name, NULL);

    if (apr_hash_get(settings->issuers_by_name, key, APR_HASH_KEY_STRING))
        return;
    apr_hash_set(settings->issuers_by_name, key, APR_HASH_KEY_STRING, issuer);
    APR_ARRAY_PUSH(settings->issuers, const ajwt_issuer *) = issuer;
}

/* Sections with the same line share what was parsed. */
static const char *parse_issuer(const ajwt_issuer **issuer,
                                ajwt_settings *settings, const ajwt_args *args,
                                const char *line)
{
    ajwt_issuer *parsed;
    const char *error;

    *issuer = apr_hash_get(settings->issuer_lines, line, APR_HASH_KEY_STRING);
    if (*issuer)
        return NULL;
    parsed = apr_palloc(args->pool, sizeof *parsed);
    error = ajwt_issuer_parse(parsed, args, settings->sources);
    if (error)
        return error;
    *issuer = parsed;
    add_issuer(settings, parsed);
    apr_hash_set(settings->issuer_lines, apr_pstrdup(args->pool, line),
                 APR_HASH_KEY_STRING, parsed);
    return NULL;
}

static const char *set_issuers(const ajwt_config_target *target,
                               const ajwt_args *args)
{
    ajwt_section *section = target->section;
    const ajwt_issuer *issuer;
    const char *error;

    error = parse_issuer(&issuer, target->settings, args,
                         apr_array_pstrcat(target->settings->scratch,
                                           ajwt_args_array(args), '\n'));
    apr_pool_clear(target->settings->scratch);
    if (error)
        return error;
    if (!section->issuers)
        section->issuers = ajwt_issuers_make(args->pool);
    return ajwt_issuers_add(section->issuers, issuer)
               ? NULL
               : ajwt_args_fail(args, "%s is set twice in this section",
                                issuer->name);
}

static const char *set_algs(const ajwt_config_target *target,
                            const ajwt_args *args)
{
    ajwt_alg_set *algs = apr_palloc(args->pool, sizeof *algs);

    target->section->algs = algs;
    return ajwt_args_algs(algs, args, ajwt_args_array(args));
}

static const char *check_headers(const ajwt_section *section,
                                 const ajwt_args *args)
{
    return ajwt_header_rule_check(section->headers, section->token_sources,
                                  section->export_prefix, args);
}

static const char *set_token_sources(const ajwt_config_target *target,
                                     const ajwt_args *args)
{
    const char *error =
        ajwt_token_source_parse(&target->section->token_sources, args);

    return error ? error : check_headers(target->section, args);
}

static const char *set_resource(const ajwt_config_target *target,
                                const ajwt_args *args)
{
    return ajwt_resource_parse(&target->section->resource, args);
}

static const char *set_headers(const ajwt_config_target *target,
                               const ajwt_args *args)
{
    const char *error = ajwt_header_rule_parse(&target->section->headers, args);

    target->settings->has_headers = 1;
    return error ? error : check_headers(target->section, args);
}

static const char *set_user(const ajwt_config_target *target,
                            const ajwt_args *args)
{
    const char *error;

    target->section->user =
        ajwt_user_name_parse(&error, ajwt_args_array(args), args->pool);
    return target->section->user ? NULL : ajwt_args_fail(args, "%s", error);
}

static const char *set_export_rules(const ajwt_config_target *target,
                                    const ajwt_args *args)
{
    ajwt_export_rules *rules;
    const char *error;

    if (args->count == 0)
        return ajwt_args_fail(args, "write all, none, or claims");
    rules = ajwt_export_parse_rules(&error, ajwt_args_array(args), args->pool);
    target->section->export_rules = rules;
    if (!rules)
        return ajwt_args_fail(args, "%s", error);
    rules->is_lasting = !target->is_temporary;
    return NULL;
}

static const char *set_export_prefix(const ajwt_config_target *target,
                                     const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one prefix");
    error = ajwt_export_check_prefix(args->word[0]);
    if (error)
        return ajwt_args_fail(args, "'%s': %s", args->word[0], error);
    target->section->export_prefix = args->word[0];
    error = ajwt_header_rule_check_prefix(args->word[0], args);
    return error ? error : check_headers(target->section, args);
}

static const char *set_proxy(const ajwt_config_target *target,
                             const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one URL");
    error = ajwt_source_check_proxy(args->word[0]);
    target->settings->fetcher.proxy = args->word[0];
    return error ? ajwt_args_fail(args, "'%s': %s", args->word[0], error)
                 : NULL;
}

static const char *set_ca_path(const ajwt_config_target *target,
                               const ajwt_args *args)
{
    ajwt_fetcher *fetcher = &target->settings->fetcher;
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one path");
    fetcher->ca_path = ajwt_args_path(args, args->word[0]);
    error = ajwt_ca_file_check(fetcher->ca_path, args->pool);
    return error ? ajwt_args_fail(args, "%s", error) : NULL;
}

/* The owner is checked after User is read: httpd/process/fetcher_files */
static const char *set_state_dir(const ajwt_config_target *target,
                                 const ajwt_args *args)
{
    target->settings->state_dir =
        args->count == 1 ? ajwt_args_path(args, args->word[0]) : NULL;
    return target->settings->state_dir ? NULL
                                       : ajwt_args_fail(args, "write one path");
}

static const char *set_verdict_cache(const ajwt_config_target *target,
                                     const ajwt_args *args)
{
    target->settings->verdict_cache = 0;
    if (args->count == 1 && strcasecmp(args->word[0], "off") == 0)
        return NULL;
    return ajwt_args_number(&target->settings->verdict_cache, args, "entries",
                            AJWT_MIN_CACHE_ENTRIES, AJWT_MAX_CACHE_ENTRIES);
}

/* --- The table */

#define FLAG .kind = KIND_FLAG
#define NUMBER(unit, least, most) \
    .kind = KIND_NUMBER, .units = (unit), .min = (least), .max = (most)
#define CHOICE(names)     .kind = KIND_CHOICE, .choices = (names)
#define LIST(function)    .kind = KIND_LIST, .parse_list = (function)
#define SPECIAL(function) .kind = KIND_SPECIAL, .set = (function)

static const parser parsers[] = {
#define ROW(name, context, type, field, how, ...) \
    {how, .offset = offsetof(ajwt_section, field)},
    AJWT_SECTION_DIRECTIVES(ROW)
#undef ROW
#define ROW(name, field, how, ...) \
    {how, .offset = offsetof(ajwt_settings, field)},
        AJWT_SERVER_DIRECTIVES(ROW)
#undef ROW
};

const ajwt_directive ajwt_directives[] = {
#define ROW(name, context, type, field, how, def, syntax, option, help) \
    {AJWT_ID_##name, #name, AJWT_CONTEXT_##context, def, option, help},
    AJWT_SECTION_DIRECTIVES(ROW)
#undef ROW
#define ROW(name, field, how, def, syntax, option, help) \
    {AJWT_ID_##name, #name, AJWT_CONTEXT_SERVER, def, option, help},
        AJWT_SERVER_DIRECTIVES(ROW)
#undef ROW
};

static const char *parse_choice(int *value, const ajwt_args *args,
                                const char *const *choices)
{
    const char *names = choices[0];
    int i;

    for (i = 0; choices[i]; i++) {
        if (args->count == 1 && strcasecmp(args->word[0], choices[i]) == 0) {
            *value = i;
            return NULL;
        }
        if (i > 0)
            names =
                apr_pstrcat(args->pool, names, choices[i + 1] ? ", " : " or ",
                            choices[i], NULL);
    }
    return ajwt_args_fail(args, "write %s", names);
}

static const char *parse_number(int *value, const parser *how,
                                const ajwt_args *args)
{
    switch (how->kind) {
    case KIND_FLAG:
        return ajwt_args_flag(value, args);
    case KIND_NUMBER:
        return ajwt_args_number(value, args, how->units, how->min, how->max);
    case KIND_CHOICE:
        return parse_choice(value, args, how->choices);
    case KIND_LIST:
    case KIND_SPECIAL:
        break;
    }
    return ajwt_args_fail(args, "the directive has no value of this kind");
}

/* A section contains a pointer to the value, the settings contain the value. */
static const char *set_number(const parser *how,
                              const ajwt_directive *directive,
                              const ajwt_config_target *target,
                              const ajwt_args *args)
{
    int *value;

    if (directive->context == AJWT_CONTEXT_SERVER)
        return parse_number((int *)((char *)target->settings + how->offset),
                            how, args);
    value = apr_palloc(args->pool, sizeof *value);
    memcpy((char *)target->section + how->offset, &value, sizeof value);
    return parse_number(value, how, args);
}

const char *ajwt_directive_set(const ajwt_directive *directive,
                               const ajwt_config_target *target,
                               const ajwt_args *args)
{
    const parser *how = &parsers[directive->id];

    switch (how->kind) {
    case KIND_FLAG:
    case KIND_NUMBER:
    case KIND_CHOICE:
        return set_number(how, directive, target, args);
    case KIND_LIST:
        return how->parse_list(
            (apr_array_header_t **)((char *)target->section + how->offset),
            args, ajwt_args_array(args));
    case KIND_SPECIAL:
        return how->set(target, args);
    }
    return ajwt_args_fail(args, "the directive has no parser");
}

/* A default is parsed as if it were in the configuration. */
static const char *set_default(const ajwt_directive *directive,
                               const ajwt_config_target *target,
                               apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 10, sizeof(char *));
    char *last, *text = apr_pstrdup(pool, directive->def), *word;
    ajwt_args args = {.directive = directive->name, .pool = pool};

    for (word = apr_strtok(text, " ", &last); word;
         word = apr_strtok(NULL, " ", &last))
        APR_ARRAY_PUSH(words, char *) = word;
    args.count = words->nelts;
    args.word = (char *const *)words->elts;
    return ajwt_directive_set(directive, target, &args);
}

const char *ajwt_directive_set_defaults(const ajwt_config_target *target,
                                        apr_pool_t *pool)
{
    int id;

    for (id = 0; id < AJWT_DIRECTIVE_COUNT; id++) {
        const ajwt_directive *directive = &ajwt_directives[id];
        const char *error =
            directive->def ? set_default(directive, target, pool) : NULL;

        if (error)
            return error;
    }
    return NULL;
}

/* --- Sections and settings */

void ajwt_settings_init(ajwt_settings *settings, apr_pool_t *pool)
{
    memset(settings, 0, sizeof *settings);
    settings->sources = ajwt_sources_make(pool);
    settings->issuers = apr_array_make(pool, 1, sizeof(const ajwt_issuer *));
    settings->issuers_by_name = apr_hash_make(pool);
    settings->issuer_lines = apr_hash_make(pool);
    apr_pool_create(&settings->scratch, pool);
    settings->fetcher.get = ajwt_http_fetch_get;
}

void ajwt_section_merge(ajwt_section *merged, const ajwt_section *outer,
                        const ajwt_section *inner)
{
#define MERGE(name, context, type, field, ...) \
    merged->field = inner->field ? inner->field : outer->field;
    AJWT_SECTION_DIRECTIVES(MERGE)
#undef MERGE
    merged->is_provider =
        inner->is_provider ? inner->is_provider : outer->is_provider;
}

void ajwt_section_trust(ajwt_trust *trust, const ajwt_section *section)
{
    trust->issuers = section->issuers;
    trust->audiences = section->audiences;
    trust->types = section->types;
    trust->required = section->required;
    trust->algs = *section->algs;
    trust->leeway_s = *section->leeway_s;
    trust->max_lifetime_s = *section->max_lifetime_s;
}

int ajwt_section_has_secret(const ajwt_section *section)
{
    int i;

    for (i = 0; i < section->issuers->list->nelts; i++) {
        if (APR_ARRAY_IDX(section->issuers->list, i, const ajwt_issuer *)
                ->source->kind == AJWT_SOURCE_SECRET)
            return 1;
    }
    return 0;
}
