/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options of ajwt that represent directives, and the settings that they set.
 *
 * Each option is a row of config/directives.h with its syntax and default, and
 * is parsed like the directive.  So are the lines of httpd's dump.
 */
#ifndef AJWT_CLI_OPTIONS_H
#define AJWT_CLI_OPTIONS_H

#include "cli/command.h"
#include "config/section.h"

enum {
    AJWT_OPTION_REQUIRE = AJWT_OPTION_FIRST + AJWT_DIRECTIVE_COUNT,
    AJWT_OPTION_NEXT
};

/*
 * Rows for a command's option table; directives without an option have no name.
 */
#define AJWT_SECTION_OPTION(directive, context, type, field, how, def, syntax, \
                            option, help)                                      \
    {option, AJWT_OPTION_FIRST + AJWT_ID_##directive, 1, help},
#define AJWT_SERVER_OPTION(directive, field, how, def, syntax, option, help) \
    {option, AJWT_OPTION_FIRST + AJWT_ID_##directive, 1, help},
#define AJWT_SECTION_OPTIONS                      \
    AJWT_SECTION_DIRECTIVES(AJWT_SECTION_OPTION){ \
        "require", AJWT_OPTION_REQUIRE, 1,        \
        "LINE         arguments of one Require line; repeatable"},
#define AJWT_SERVER_OPTIONS AJWT_SERVER_DIRECTIVES(AJWT_SERVER_OPTION)

typedef struct ajwt_options {
    apr_pool_t *pool;
    const char *folder; /* of relative paths; NULL: the current directory */
    ajwt_section section;
    ajwt_settings settings;
    const char *user_words;      /* arguments of AuthJWTUser */
    apr_array_header_t *require; /* const char *: lines, and <Require...> */
    apr_array_header_t *aliases; /* const char *: <AuthzProviderAlias...> */
    apr_array_header_t *token_sources; /* const char *: AuthJWTTokenSource of a
                                          section; NULL: no section is known */
    int is_basic;                      /* the section has AuthType Basic */
} ajwt_options;

/** Creates options with the defaults. */
ajwt_options *ajwt_options_make(apr_pool_t *pool);

/**
 * Parses option if it is one of these; an error ends the process.  Returns 0 if
 * it is another option.
 */
int ajwt_options_parse(ajwt_options *options, int option, const char *argument);

/** Whether option represents a directive of a section, or Require. */
int ajwt_options_is_of_section(int option);

/** Returns the requirements for a token. */
ajwt_trust ajwt_options_trust(const ajwt_options *options);

/** Parses a line of a directive; ignores a directive without an option. */
void ajwt_options_parse_directive(ajwt_options *options, const char *directive,
                                  const char *line);

/** Parses the remaining arguments: ISSUER [OPTION=VALUE ...], or none. */
void ajwt_options_parse_args(ajwt_options *options, apr_getopt_t *line);

/** Splits a line into arguments as httpd does: const char *. */
apr_array_header_t *ajwt_options_split(const char *line, apr_pool_t *pool);

/**
 * Whether one of these lines (const char *) has that name and contains word.
 */
int ajwt_options_has(const apr_array_header_t *lines, const char *name,
                     const char *word, apr_pool_t *pool);

#endif
