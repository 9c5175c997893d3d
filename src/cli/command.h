/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line parsing of a subcommand of ajwt, its help, and its exit.
 *
 * A command is a record; its help is built from the descriptions of its
 * options.  An error prints a line to standard error and ends the process, with
 * exit code 1 for a failure and 2 for wrong usage. main destroys the pools in
 * that case too, so that secrets are wiped.
 */
#ifndef AJWT_CLI_COMMAND_H
#define AJWT_CLI_COMMAND_H

#include <apr_getopt.h>

#define AJWT_EXIT_FAILED 1
#define AJWT_EXIT_MISUSE 2

/*
 * For an option table.  Its rows have numbers from AJWT_OPTION_FIRST on, so
 * only help has a letter; the last row is {0}.
 */
#define AJWT_OPTION_HELP  "help", 'h', 0, "print this help"
#define AJWT_OPTION_FIRST 256

typedef struct ajwt_command {
    const char *name;
    const char *summary;
    const char *words; /* its arguments, for the help */
    /* each description begins with the name of the argument */
    const apr_getopt_option_t *options;
    int (*run)(apr_getopt_t *line,
               apr_pool_t *pool); /* returns the exit code */
    const char *more;             /* further text of the help, or NULL */
} ajwt_command;

/** Runs command; returns its exit code. words: the arguments after its name. */
int ajwt_command_run(const ajwt_command *command, int count,
                     const char *const *words, apr_pool_t *pool);

/** Whether there is another option.  Sets its number and its argument. */
int ajwt_command_next_option(int *option, const char **argument,
                             apr_getopt_t *line);

/** Returns the next operand, after the last option, or NULL. */
const char *ajwt_command_next_word(apr_getopt_t *line);

/** Exits with a usage error if there is a further operand. */
void ajwt_command_end_words(apr_getopt_t *line);

void ajwt_command_fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

void ajwt_command_misuse(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

#endif
