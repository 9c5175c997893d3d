/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt: keys and tokens on the command line.
 *
 * Each command is in its own file; this file finds it by name.  The tool does
 * not depend on httpd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_pools.h>

#include "cli/explain.h"
#include "cli/fetch.h"
#include "cli/keygen.h"
#include "cli/mint.h"
#include "core/version.h"

static const ajwt_command *const commands[] = {&ajwt_explain, &ajwt_fetch,
                                               &ajwt_keygen, &ajwt_mint};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const ajwt_command *find_command(const char *name)
{
    unsigned i;

    for (i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    }
    return NULL;
}

static void print_usage(FILE *stream)
{
    unsigned i;

    fputs("usage: ajwt COMMAND [options]\n\n", stream);
    for (i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-7s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "ajwt COMMAND --help prints the options of a command, ajwt --version "
          "the version.\n"
          "Exit code 0: success, 1: failure, 2: usage error.\n",
          stream);
}

/* Handles --version and --help; returns 0 for any other word. */
static int answer_option(const char *word)
{
    if (strcmp(word, "--version") == 0)
        puts("ajwt " AJWT_VERSION);
    else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 ||
             strcmp(word, "help") == 0)
        print_usage(stdout);
    else
        return 0;
    return 1;
}

static int run_command(int count, const char *const *words)
{
    const ajwt_command *command = count > 1 ? find_command(words[1]) : NULL;
    apr_pool_t *pool;

    if (command) {
        apr_pool_create(&pool, NULL);
        return ajwt_command_run(command, count - 2, words + 2, pool);
    }
    if (count > 1 && answer_option(words[1]))
        return EXIT_SUCCESS;
    if (count > 1)
        fprintf(stderr, "ajwt: unknown command '%s'\n\n", words[1]);
    print_usage(stderr);
    return AJWT_EXIT_MISUSE;
}

int main(int count, const char *const *words)
{
    if (apr_initialize() != APR_SUCCESS)
        return AJWT_EXIT_FAILED;
    atexit(apr_terminate);
    return run_command(count, words);
}
