/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

/* The command that this process runs */
static const ajwt_command *current;

static void print_help(void)
{
    const apr_getopt_option_t *option;
    int len, longest = 0;

    for (option = current->options; option->optch; option++) {
        if (!option->name)
            continue;
        len = (int)strlen(option->name);
        longest = len > longest ? len : longest;
    }
    printf("usage: ajwt %s%s\n\n%s\n\n", current->name, current->words,
           current->summary);
    for (option = current->options; option->optch; option++) {
        if (option->name)
            printf("  --%-*s %s\n", longest, option->name, option->description);
    }
    if (current->more)
        printf("\n%s\n", current->more);
}

static void print_error(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));

static void print_error(const char *format, va_list arguments)
{
    fprintf(stderr, "ajwt %s: ", current->name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

static void exit_misuse(void) __attribute__((noreturn));

static void exit_misuse(void)
{
    fprintf(stderr, "ajwt %s --help prints the options\n", current->name);
    exit(AJWT_EXIT_MISUSE);
}

void ajwt_command_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_error(format, arguments);
    va_end(arguments);
    exit(AJWT_EXIT_FAILED);
}

void ajwt_command_misuse(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_error(format, arguments);
    va_end(arguments);
    exit_misuse();
}

int ajwt_command_next_option(int *option, const char **argument,
                             apr_getopt_t *line)
{
    apr_status_t status =
        apr_getopt_long(line, current->options, option, argument);

    if (status == APR_EOF)
        return 0;
    if (status != APR_SUCCESS) /* APR has printed the error */
        exit_misuse();
    if (*option == 'h') {
        print_help();
        exit(EXIT_SUCCESS);
    }
    return 1;
}

/*
 * Refuses a word that begins with `{"` in base64url, because an error message
 * about it would show the token.
 */
static void refuse_token(const char *word)
{
    if (strncmp(word, "eyJ", 3) == 0)
        ajwt_command_misuse(
            "do not write a token on the command line, which every user of "
            "this machine can read: use standard input");
}

const char *ajwt_command_next_word(apr_getopt_t *line)
{
    const char *word = line->ind < line->argc ? line->argv[line->ind++] : NULL;

    if (word)
        refuse_token(word);
    return word;
}

void ajwt_command_end_words(apr_getopt_t *line)
{
    const char *word = ajwt_command_next_word(line);

    if (word)
        ajwt_command_misuse("unexpected argument '%s'", word);
}

int ajwt_command_run(const ajwt_command *command, int count,
                     const char *const *words, apr_pool_t *pool)
{
    const char **all = apr_palloc(pool, ((apr_size_t)count + 1) * sizeof *all);
    apr_getopt_t *line;
    int code;

    current = command;
    all[0] = apr_pstrcat(pool, "ajwt ", command->name, NULL);
    memcpy(all + 1, words, (apr_size_t)count * sizeof *all);
    apr_getopt_init(&line, pool, count + 1, all);
    line->interleave = 1;
    code = command->run(line, pool);
    if (fflush(stdout) != 0 || ferror(stdout))
        ajwt_command_fail("cannot write to standard output");
    return code;
}
