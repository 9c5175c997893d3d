/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "cli/json_out.h"
#include "cli/server_dump.h"
#include "cli/trace.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/signature.h"
#include "net/file.h"

enum {
    OPTION_TOKEN_FILE = AJWT_OPTION_NEXT,
    OPTION_CONFIG,
    OPTION_LOCATION,
    OPTION_HOST,
    OPTION_HTTPD,
    OPTION_NOW,
    OPTION_JSON
};

static const apr_getopt_option_t options[] = {
    {"token-file", OPTION_TOKEN_FILE, 1,
     "PATH         file with the token; default: standard input"},
    AJWT_SECTION_OPTIONS AJWT_SERVER_OPTIONS{
        "location", OPTION_LOCATION, 1,
        "PATH         check as httpd does at this path of a URL"},
    {"config", OPTION_CONFIG, 1, "PATH         httpd.conf, for --location"},
    {"host", OPTION_HOST, 1, "NAME         virtual host, for --location"},
    {"httpd", OPTION_HTTPD, 1, "PATH         program of httpd, for --location"},
    {"now", OPTION_NOW, 1,
     "SECONDS      time of the check, since 1970; default: now"},
    {"json", OPTION_JSON, 0, "print JSON"},
    {AJWT_OPTION_HELP},
    {0}};

typedef struct explain_args {
    ajwt_options *options;
    ajwt_server server;
    const char *token_file;
    const char *place; /* place of the section, with --location */
    apr_time_t now;
    int is_json;
    int has_directive; /* an option represents a directive of a section, or
                          Require */
} explain_args;

static apr_time_t read_now(const char *argument)
{
    char *end;
    apr_int64_t seconds = apr_strtoi64(argument, &end, 10);

    if (*end || end == argument || seconds < 0 ||
        seconds > APR_INT64_MAX / APR_USEC_PER_SEC)
        ajwt_command_misuse("--now: '%s' is not a number of seconds", argument);
    return apr_time_from_sec(seconds);
}

static void read_option(explain_args *args, int option, const char *argument)
{
    switch (option) {
    case OPTION_TOKEN_FILE:
        args->token_file = argument;
        break;
    case OPTION_CONFIG:
        args->server.config = argument;
        break;
    case OPTION_LOCATION:
        args->server.location = argument;
        break;
    case OPTION_HOST:
        args->server.host = argument;
        break;
    case OPTION_HTTPD:
        args->server.program = argument;
        break;
    case OPTION_NOW:
        args->now = read_now(argument);
        break;
    case OPTION_JSON:
        args->is_json = 1;
        break;
    default:
        ajwt_options_parse(args->options, option, argument);
        args->has_directive |= ajwt_options_is_of_section(option);
    }
}

static void read_arguments(explain_args *args, apr_getopt_t *line,
                           apr_pool_t *pool)
{
    const char *argument;
    int option;

    args->options = ajwt_options_make(pool);
    args->now = apr_time_now();
    while (ajwt_command_next_option(&option, &argument, line))
        read_option(args, option, argument);
    ajwt_options_parse_args(args->options, line);
    if (!args->server.location && args->server.config)
        ajwt_command_misuse("--config requires --location");
    if (args->server.location && args->has_directive)
        ajwt_command_misuse("--location uses the settings of the section: "
                            "remove the options that replace directives");
    if (!args->server.location == !args->options->section.issuers)
        ajwt_command_misuse("write either ISSUER or --location");
    if (args->server.location)
        args->place = ajwt_server_dump_read(args->options, &args->server);
}

static const char *read_stdin(apr_pool_t *pool)
{
    char *text = apr_palloc(pool, AJWT_MAX_DOCUMENT_BYTES + 1);
    apr_size_t len = 0;
    apr_file_t *file;

    if (isatty(STDIN_FILENO))
        fputs("ajwt explain: paste the token, then press Enter and Ctrl-D\n",
              stderr);
    if (apr_file_open_stdin(&file, pool) == APR_SUCCESS)
        apr_file_read_full(file, text, AJWT_MAX_DOCUMENT_BYTES, &len);
    text[len] = '\0';
    return text;
}

/*
 * Reads the token without the white space around it, such as the newline of
 * `echo`.
 */
static const char *read_token(const char *path, apr_pool_t *pool)
{
    const char *text, *detail;
    ajwt_bytes bytes;
    apr_size_t len;

    if (!path)
        text = read_stdin(pool);
    else if (ajwt_file_read_or_wait(&bytes, &detail, path,
                                    AJWT_MAX_DOCUMENT_BYTES,
                                    pool) == APR_SUCCESS)
        text = apr_pstrmemdup(pool, (const char *)bytes.data, bytes.len);
    else
        ajwt_command_misuse("%s", detail);
    text += strspn(text, " \t\r\n");
    len = strlen(text);
    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    return apr_pstrmemdup(pool, text, len);
}

/* --- Text output */

static void print_labelled(const char *name, const char *text, apr_pool_t *pool)
{
    if (text)
        printf("     %-9s %s\n", name,
               ajwt_term_wrap(ajwt_term_safe(text, pool), 15, pool));
}

static const char *describe_value(const ajwt_finding *finding)
{
    if (finding->actual)
        return finding->actual;
    return finding->mark == AJWT_MARK_SKIPPED ? "not checked" : "as expected";
}

static void print_finding(const ajwt_finding *finding, apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(finding->reason);
    const char *mark = ajwt_term_mark(finding->mark, pool);
    const char *name = ajwt_term_safe(finding->name, pool);

    if (finding->mark != AJWT_MARK_FAILED) {
        printf("  %s %-15s %s\n", mark, name,
               ajwt_term_wrap(ajwt_term_safe(describe_value(finding), pool), 21,
                              pool));
        return;
    }
    printf("  %s %-15s %s %s: %s\n", mark, name,
           ajwt_term_strong(AJWT_MARK_FAILED, row->tag, pool), row->name,
           row->text);
    print_labelled("actual", finding->actual, pool);
    print_labelled("expected", finding->expected, pool);
    print_labelled("fix", finding->fix, pool);
}

static int is_time_claim(const char *name)
{
    static const char *const names[] = {"exp", "nbf", "iat", "auth_time",
                                        "updated_at"};
    unsigned i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return 1;
    }
    return 0;
}

static void print_date(double seconds, double now_s, apr_pool_t *pool)
{
    const char *date = ajwt_term_time(seconds, now_s, pool);

    printf("  (%s)", date ? date : "not a date");
}

static void print_members(const char *title, const json_t *object,
                          const ajwt_trace *trace)
{
    const double now_s = (double)trace->now / APR_USEC_PER_SEC;
    const char *name;
    json_t *value;

    if (object)
        printf("\n%s\n",
               ajwt_term_strong(AJWT_MARK_SKIPPED, title, trace->pool));
    json_object_foreach((json_t *)object, name, value)
    {
        printf("  %s %s", ajwt_term_safe(name, trace->pool),
               ajwt_term_json(value, trace->pool));
        if (is_time_claim(name) && json_is_number(value))
            print_date(json_number_value(value), now_s, trace->pool);
        fputc('\n', stdout);
    }
}

/* Describes how AuthJWTOptional changes a refusal. */
static const char *describe_optional(const ajwt_trace *trace,
                                     const char *optional)
{
    if (optional && strcasecmp(optional, "report") == 0)
        return "; AuthJWTOptional report lets the request through";
    if (optional && strcasecmp(optional, "On") == 0 &&
        (trace->result == AJWT_NO_TOKEN || trace->result == AJWT_OTHER_SCHEME))
        return "; AuthJWTOptional On lets the request continue without a user";
    return "";
}

static const char *print_result(const ajwt_trace *trace, const char *optional)
{
    const ajwt_reason_row *row = ajwt_reason_describe(trace->result);

    if (trace->result != AJWT_ACCEPTED)
        return apr_psprintf(trace->pool, "refused: %s %s, status %d%s",
                            row->tag, row->name, row->status,
                            describe_optional(trace, optional));
    return trace->is_open
               ? "accepted, if the Require lines that only httpd can "
                 "check allow it"
               : "accepted";
}

/* Prints which requests the section lets through without a token. */
static void print_openings(const ajwt_server *server, apr_pool_t *pool)
{
    int i;

    for (i = 0; server->openings && i < server->openings->nelts; i++)
        printf("\n%s %s\n",
               ajwt_term_strong(AJWT_MARK_FAILED, "warning:", pool),
               ajwt_term_wrap(
                   ajwt_term_safe(
                       APR_ARRAY_IDX(server->openings, i, const char *), pool),
                   9, pool));
}

static void print_text(const ajwt_trace *trace, const explain_args *args)
{
    int i;

    if (args->place)
        printf("%s\n\n", ajwt_term_safe(args->place, trace->pool));
    for (i = 0; i < trace->findings->nelts; i++)
        print_finding(&APR_ARRAY_IDX(trace->findings, i, ajwt_finding),
                      trace->pool);
    print_members("header", trace->token.header, trace);
    print_members("claims", trace->token.claims, trace);
    print_openings(&args->server, trace->pool);
    printf("\n%s\n",
           ajwt_term_strong(trace->result == AJWT_ACCEPTED ? AJWT_MARK_PASSED
                                                           : AJWT_MARK_FAILED,
                            print_result(trace, args->server.optional),
                            trace->pool));
}

/* --- JSON output */

static json_t *make_finding_json(const ajwt_finding *finding, apr_pool_t *pool)
{
    static const char *const marks[] = {"ok", "refused", "not checked"};

    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o}", "about",
        ajwt_json_out_text(finding->name, pool), "result", marks[finding->mark],
        "reason", ajwt_json_out_reason(finding->reason), "actual",
        ajwt_json_out_text(finding->actual, pool), "expected",
        ajwt_json_out_text(finding->expected, pool), "fix",
        ajwt_json_out_text(
            finding->mark == AJWT_MARK_FAILED ? finding->fix : NULL, pool));
}

static json_t *make_warnings_json(const ajwt_server *server, apr_pool_t *pool)
{
    json_t *warnings = json_array();
    int i;

    for (i = 0; server->openings && i < server->openings->nelts; i++)
        json_array_append_new(
            warnings,
            ajwt_json_out_text(APR_ARRAY_IDX(server->openings, i, const char *),
                               pool));
    return warnings;
}

static void print_json(const ajwt_trace *trace, const explain_args *args)
{
    json_t *steps = json_array(), *all;
    int i;

    for (i = 0; i < trace->findings->nelts; i++)
        json_array_append_new(
            steps,
            make_finding_json(&APR_ARRAY_IDX(trace->findings, i, ajwt_finding),
                              trace->pool));
    all = json_pack(
        "{s:b, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}", "accepted",
        trace->result == AJWT_ACCEPTED, "reason",
        ajwt_json_out_reason(trace->result), "user",
        ajwt_json_out_text(trace->result == AJWT_ACCEPTED ? trace->user : NULL,
                           trace->pool),
        "section", ajwt_json_out_text(args->place, trace->pool), "now",
        (json_int_t)apr_time_sec(trace->now), "warnings",
        make_warnings_json(&args->server, trace->pool), "steps", steps,
        "header", ajwt_json_out_value(trace->token.header), "claims",
        ajwt_json_out_value(trace->token.claims));
    puts(ajwt_term_json(all, trace->pool));
    json_decref(all);
}

/*
 * Exit codes let a script distinguish a refused token from a failure to fetch
 * keys.
 */
static int choose_exit_code(ajwt_reason result)
{
    if (result == AJWT_ACCEPTED)
        return EXIT_SUCCESS;
    return ajwt_reason_describe(result)->status < 500 ? AJWT_EXIT_FAILED
                                                      : AJWT_EXIT_MISUSE;
}

static int run_explain(apr_getopt_t *line, apr_pool_t *pool)
{
    explain_args args = {0};
    ajwt_trace trace = {.pool = pool};

    ajwt_term_open();
    if (ajwt_signature_open(pool) != AJWT_ACCEPTED ||
        ajwt_http_fetch_open() != APR_SUCCESS)
        ajwt_command_fail("cannot initialize OpenSSL or libcurl");
    read_arguments(&args, line, pool);
    trace.options = args.options;
    trace.now = args.now;
    ajwt_trace_run(&trace, read_token(args.token_file, pool));
    /* <Directory> may have rules, which the dump does not show */
    trace.is_open |= args.place && !args.options->require->nelts;
    if (args.is_json)
        print_json(&trace, &args);
    else
        print_text(&trace, &args);
    return choose_exit_code(trace.result);
}

const ajwt_command ajwt_explain = {
    "explain",
    "check a token step by step, as a server does",
    " ISSUER [OPTION=VALUE ...] [options] <TOKEN\n"
    "       ajwt explain --location PATH [--config PATH] [options] <TOKEN\n"
    "  ISSUER and OPTION=VALUE: as in AuthJWTIssuer; the options are "
    "metadata=\n"
    "  jwks= keys= secret= algs= audience= audience-claim= tenants=",
    options,
    run_explain,
    "TOKEN is a token or an Authorization line.  Do not write it on the "
    "command\n"
    "line, which every user of this machine can read.  The output has its "
    "header\n"
    "and its claims, not the token or its signature.\n"
    "Exit code 0: accepted, 1: refused, 2: usage error, or not checked.\n"
    "  ajwt explain https://login.example keys=login.jwks --audience orders "
    "<token\n"
    "  ajwt explain --location /cgi-bin <token"};
