/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <strings.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/limits.h"
#include "core/user_name.h"
#include "net/ca_file.h"

typedef struct row {
    int id;
    const char *option;
    const char *directive;
    const char *def;
} row;

static const row rows[] = {
#define ROW(id, option, directive, def, help) \
    {AJWT_OPTION_##id, option, directive, def},
    AJWT_TRUST_OPTIONS(ROW) AJWT_FETCH_OPTIONS(ROW)
#undef ROW
        {0}};

static const char *set_issuer(ajwt_options *options, const ajwt_args *args)
{
    ajwt_issuer issuer;
    const char *error = ajwt_issuer_parse(&issuer, args, options->sources);

    if (error)
        return error;
    if (!options->issuers)
        options->issuers = ajwt_issuers_make(options->pool);
    options->trust.issuers = options->issuers;
    return ajwt_issuers_add(options->issuers, &issuer)
               ? NULL
               : ajwt_args_fail(args, "%s stands twice", issuer.name);
}

static const char *set_user(ajwt_options *options, const ajwt_args *args)
{
    const apr_array_header_t *words = ajwt_args_array(args);
    const char *error;

    options->user = ajwt_user_name_parse(&error, words, options->pool);
    options->user_words = apr_array_pstrcat(options->pool, words, ' ');
    return options->user ? NULL : ajwt_args_fail(args, "%s", error);
}

static const char *set_proxy(ajwt_options *options, const ajwt_args *args)
{
    const char *error = args->count == 1
                            ? ajwt_source_check_proxy(args->word[0])
                            : "write one URL";

    options->fetcher.proxy = args->word[0];
    return error ? ajwt_args_fail(args, "%s", error) : NULL;
}

static const char *set_ca(ajwt_options *options, const ajwt_args *args)
{
    const char *error;

    if (args->count != 1)
        return ajwt_args_fail(args, "write one path");
    options->fetcher.ca_path = ajwt_args_path(args, args->word[0]);
    error = ajwt_ca_file_check(options->fetcher.ca_path, args->pool);
    return error ? ajwt_args_fail(args, "%s", error) : NULL;
}

/* The lists of trust are const, those that are read are not. */
static const char *set_list(const apr_array_header_t **list,
                            const ajwt_args *args,
                            const char *read(apr_array_header_t **,
                                             const ajwt_args *,
                                             apr_array_header_t *))
{
    apr_array_header_t *found = NULL;
    const char *error = read(&found, args, ajwt_args_array(args));

    *list = found;
    return error;
}

static const char *set(ajwt_options *options, int id, const ajwt_args *args)
{
    ajwt_trust *trust = &options->trust;

    switch (id) {
    case AJWT_OPTION_ISSUER:
        return set_issuer(options, args);
    case AJWT_OPTION_AUDIENCE:
        return set_list(&trust->audiences, args, ajwt_args_audiences);
    case AJWT_OPTION_ALGS:
        return ajwt_args_algs(&trust->algs, args, ajwt_args_array(args));
    case AJWT_OPTION_LEEWAY:
        return ajwt_args_number(&trust->leeway_s, args, "seconds", 0,
                                AJWT_MAX_LEEWAY_S);
    case AJWT_OPTION_LIFETIME:
        return ajwt_args_number(&trust->max_lifetime_s, args, "seconds", 0,
                                AJWT_MAX_DIRECTIVE_S);
    case AJWT_OPTION_TYPES:
        return set_list(&trust->types, args, ajwt_args_types);
    case AJWT_OPTION_REQUIRED:
        return set_list(&trust->required, args, ajwt_args_claims);
    case AJWT_OPTION_USER:
        return set_user(options, args);
    case AJWT_OPTION_TIMEOUT:
        return ajwt_args_number(&options->timeout_s, args, "seconds", 1,
                                AJWT_MAX_FETCH_TIMEOUT_S);
    case AJWT_OPTION_PROXY:
        return set_proxy(options, args);
    default:
        return set_ca(options, args);
    }
}

/* In or without quotes; a backslash before a quote or another one is none. */
static char *next_word(const char **line, apr_pool_t *pool)
{
    const char *c = *line;
    char *word = apr_palloc(pool, strlen(c) + 1), *end = word;
    char quote = '\0';

    if (*c == '"' || *c == '\'')
        quote = *c++;
    while (*c && (quote ? *c != quote : !apr_isspace(*c))) {
        if (*c == '\\' && (c[1] == '\\' || (quote && c[1] == quote)))
            c++;
        *end++ = *c++;
    }
    *end = '\0';
    *line = c + (*c && *c == quote);
    return word;
}

apr_array_header_t *ajwt_options_split(const char *line, apr_pool_t *pool)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));

    for (;;) {
        while (apr_isspace(*line))
            line++;
        if (!*line)
            return words;
        APR_ARRAY_PUSH(words, const char *) = next_word(&line, pool);
    }
}

int ajwt_options_has(const apr_array_header_t *lines, const char *name,
                     const char *word, apr_pool_t *pool)
{
    int i, j;

    for (i = 0; i < lines->nelts; i++) {
        const apr_array_header_t *words =
            ajwt_options_split(APR_ARRAY_IDX(lines, i, const char *), pool);

        for (j = 1; j < words->nelts; j++) {
            if (strcasecmp(APR_ARRAY_IDX(words, 0, const char *), name) == 0 &&
                strcasecmp(APR_ARRAY_IDX(words, j, const char *), word) == 0)
                return 1;
        }
    }
    return 0;
}

static void read_words(ajwt_options *options, int id, const char *name,
                       const apr_array_header_t *words)
{
    const ajwt_args args = {name,
                            options->folder,
                            options->pool,
                            words->nelts,
                            (char *const *)words->elts,
                            NULL};
    const char *error = set(options, id, &args);

    if (error)
        ajwt_command_misuse("%s", error);
}

static void read_line(ajwt_options *options, int id, const char *name,
                      const char *line)
{
    if (id == AJWT_OPTION_REQUIRE)
        APR_ARRAY_PUSH(options->require, const char *) =
            apr_pstrcat(options->pool, "Require ", line, NULL);
    else
        read_words(options, id, name, ajwt_options_split(line, options->pool));
}

ajwt_options *ajwt_options_make(apr_pool_t *pool)
{
    ajwt_options *options = apr_pcalloc(pool, sizeof *options);
    const row *r;

    options->pool = pool;
    options->sources = ajwt_sources_make(pool);
    options->require = apr_array_make(pool, 1, sizeof(const char *));
    options->aliases = apr_array_make(pool, 1, sizeof(const char *));
    options->fetcher.get = ajwt_http_fetch_get;
    for (r = rows; r->option; r++) {
        if (r->def)
            read_line(options, r->id, r->option, r->def);
    }
    return options;
}

int ajwt_options_parse(ajwt_options *options, int option, const char *argument)
{
    const row *r;

    for (r = rows; r->option; r++) {
        if (r->id == option) {
            read_line(options, option,
                      apr_pstrcat(options->pool, "--", r->option, NULL),
                      argument);
            return 1;
        }
    }
    return 0;
}

void ajwt_options_parse_directive(ajwt_options *options, const char *directive,
                                  const char *line)
{
    const row *r;

    for (r = rows; r->option; r++) {
        if (strcasecmp(r->directive, directive) == 0)
            read_line(options, r->id, r->directive, line);
    }
}

void ajwt_options_parse_args(ajwt_options *options, apr_getopt_t *line)
{
    apr_array_header_t *words =
        apr_array_make(options->pool, 4, sizeof(const char *));
    const char *word;

    while ((word = ajwt_command_next_word(line)))
        APR_ARRAY_PUSH(words, const char *) = word;
    if (words->nelts)
        read_words(options, AJWT_OPTION_ISSUER, "ISSUER", words);
}
