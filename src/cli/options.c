/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <strings.h>

#include <apr_lib.h>
#include <apr_strings.h>

/*
 * Returns the next word, in quotes or not; a backslash escapes a quote or a
 * backslash.
 */
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

/* name: the directive or option, for error messages */
static void parse_words(ajwt_options *options, ajwt_directive_id id,
                        const char *name, const apr_array_header_t *words)
{
    const ajwt_config_target target = {&options->section, &options->settings,
                                       0};
    const ajwt_args args = {name, options->folder, options->pool, words->nelts,
                            (char *const *)words->elts};
    const char *error =
        ajwt_directive_set(&ajwt_directives[id], &target, &args);

    if (error)
        ajwt_command_misuse("%s", error);
    if (id == AJWT_ID_AuthJWTUser)
        options->user_words = apr_array_pstrcat(options->pool, words, ' ');
}

static void add_require(ajwt_options *options, const char *line)
{
    APR_ARRAY_PUSH(options->require, const char *) =
        apr_pstrcat(options->pool, "Require ", line, NULL);
}

ajwt_options *ajwt_options_make(apr_pool_t *pool)
{
    ajwt_options *options = apr_pcalloc(pool, sizeof *options);
    const ajwt_config_target target = {&options->section, &options->settings,
                                       0};
    const char *error;

    options->pool = pool;
    options->require = apr_array_make(pool, 1, sizeof(const char *));
    options->aliases = apr_array_make(pool, 1, sizeof(const char *));
    ajwt_settings_init(&options->settings, pool);
    error = ajwt_directive_set_defaults(&target, pool);
    if (error)
        ajwt_command_fail("%s", error);
    options->user_words = ajwt_directives[AJWT_ID_AuthJWTUser].def;
    return options;
}

/* Returns NULL if option does not represent a directive. */
static const ajwt_directive *find_directive(int option)
{
    const int id = option - AJWT_OPTION_FIRST;

    return id >= 0 && id < AJWT_DIRECTIVE_COUNT ? &ajwt_directives[id] : NULL;
}

int ajwt_options_parse(ajwt_options *options, int option, const char *argument)
{
    const ajwt_directive *directive = find_directive(option);

    if (option == AJWT_OPTION_REQUIRE)
        add_require(options, argument);
    else if (directive)
        parse_words(options, directive->id,
                    apr_pstrcat(options->pool, "--", directive->option, NULL),
                    ajwt_options_split(argument, options->pool));
    return option == AJWT_OPTION_REQUIRE || directive;
}

int ajwt_options_is_of_section(int option)
{
    const ajwt_directive *directive = find_directive(option);

    return option == AJWT_OPTION_REQUIRE ||
           (directive && directive->context != AJWT_CONTEXT_SERVER);
}

ajwt_trust ajwt_options_trust(const ajwt_options *options)
{
    ajwt_trust trust;

    ajwt_section_trust(&trust, &options->section);
    return trust;
}

void ajwt_options_parse_directive(ajwt_options *options, const char *directive,
                                  const char *line)
{
    int id;

    if (strcasecmp(directive, "Require") == 0)
        add_require(options, line);
    for (id = 0; id < AJWT_DIRECTIVE_COUNT; id++) {
        const ajwt_directive *row = &ajwt_directives[id];

        if (row->option && strcasecmp(row->name, directive) == 0)
            parse_words(options, row->id, row->name,
                        ajwt_options_split(line, options->pool));
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
        parse_words(options, AJWT_ID_AuthJWTIssuer, "ISSUER", words);
}
