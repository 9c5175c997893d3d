/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a command of the tool read its line, and how does it end?
 *
 * A command is a record; its help is made of its options' descriptions.  What
 * goes wrong is a line on standard error and the end of the process: 1 for a
 * failure, 2 for a line that makes no sense.  main sees to it that pools are
 * destroyed even then, so that secrets are wiped.
 */
#ifndef AJWT_CLI_COMMAND_H
#define AJWT_CLI_COMMAND_H

#include <apr_getopt.h>

#define AJWT_EXIT_FAILED 1
#define AJWT_EXIT_MISUSE 2

/*
 * An option table: rows have numbers from AJWT_OPTION_FIRST on, so that no
 * option but help has a letter; the last row is {0}.
 */
#define AJWT_OPTION_HELP  "help", 'h', 0, "this text"
#define AJWT_OPTION_FIRST 256

typedef struct ajwt_command {
    const char *name;
    const char *summary;
    const char *words; /* how its line goes on, for the help */
    /* a description begins with the argument's name */
    const apr_getopt_option_t *options;
    int (*run)(apr_getopt_t *line, apr_pool_t *pool); /* the exit code */
    const char *more; /* what else the help says; or NULL */
} ajwt_command;

/** Returns when it is done.  words: those behind the command's name. */
int ajwt_command_run(const ajwt_command *command, int count,
                     const char *const *words, apr_pool_t *pool);

/** Whether there is another option; its number and its argument. */
int ajwt_command_next_option(int *option, const char **argument,
                             apr_getopt_t *line);

/** Behind the last option: the next other word, or NULL. */
const char *ajwt_command_next_word(apr_getopt_t *line);

/** There must be no further word. */
void ajwt_command_end_words(apr_getopt_t *line);

void ajwt_command_fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

void ajwt_command_misuse(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
