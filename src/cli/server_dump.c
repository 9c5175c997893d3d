/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/server_dump.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "core/limits.h"

/* The dump of one section */
typedef struct dump_block {
    const char *place; /* FILE:LINE */
    const char *host;  /* ADDRESS NAME; NULL: any */
    const char *top;   /* the outermost tag */
    const char *tag;   /* <Location "/orders">; NULL: the server itself */
    const char *path;  /* of the tag */
    int depth;         /* number of nested tags */
    apr_array_header_t *lines;    /* const char * */
    apr_array_header_t *openings; /* const char *: what needs no token; in the
                                     first block: hints */
} dump_block;

static const char alias[] = "<AuthzProviderAlias ";

/* Starts program.  Returns 0 if there is no such program. */
static int start_program(apr_proc_t *process, const char *program,
                         const ajwt_server *server, apr_pool_t *pool)
{
    char *config = NULL; /* httpd resolves a relative path against ServerRoot */
    const char *words[] = {program, "-t", "-D", "DUMP_AUTH_JWT",
                           NULL,    NULL, NULL};
    apr_procattr_t *attributes;

    if (server->config) {
        apr_filepath_merge(&config, NULL, server->config, 0, pool);
        words[4] = "-f";
        words[5] = config ? config : server->config;
    }
    return apr_procattr_create(&attributes, pool) == APR_SUCCESS &&
           apr_procattr_io_set(attributes, APR_NO_PIPE, APR_FULL_BLOCK,
                               APR_FULL_BLOCK) == APR_SUCCESS &&
           apr_procattr_cmdtype_set(attributes, APR_PROGRAM_PATH) ==
               APR_SUCCESS &&
           apr_procattr_error_check_set(attributes, 1) == APR_SUCCESS &&
           apr_proc_create(process, program, words, NULL, attributes, pool) ==
               APR_SUCCESS;
}

/*
 * Reads to the end, so that the writer does not block and no incomplete dump is
 * used.
 */
static const char *read_all(apr_file_t *file, apr_pool_t *pool)
{
    char *text = apr_palloc(pool, AJWT_MAX_DUMP_BYTES + 1);
    apr_size_t len = 0;

    if (apr_file_read_full(file, text, AJWT_MAX_DUMP_BYTES, &len) ==
        APR_SUCCESS)
        ajwt_command_misuse("the output of httpd is longer than %d bytes",
                            AJWT_MAX_DUMP_BYTES);
    text[len] = '\0';
    return text;
}

/* How the user can name the right configuration */
static const char *config_hint(const ajwt_server *server)
{
    return server->config
               ? "name the configuration of the server that has the section "
                 "with --config PATH"
               : "if the server's configuration is not in the usual place, "
                 "name it with --config PATH";
}

static void refuse_failure(const char *program, const char *said,
                           const ajwt_server *server)
{
    const apr_size_t len = strlen(said);

    ajwt_command_misuse(
        "%s -t -D DUMP_AUTH_JWT failed: %s%s%s%s", program, said,
        len && said[len - 1] == '\n' ? "" : "\n",
        strcasestr(said, "permission denied") && geteuid() != 0
            ? "run ajwt as root, or as a user who can read these files; "
            : "",
        config_hint(server));
}

/* A server without the module prints nothing that begins like this. */
static int is_dump(const char *text)
{
    return strstr(text, "# mod_auth_jwt ") != NULL;
}

/* Returns the output of program; NULL: there is no such program. */
static const char *run_program(const char *program, const ajwt_server *server,
                               apr_pool_t *pool)
{
    apr_proc_t process;
    apr_exit_why_e why;
    const char *text, *errors;
    int code;

    if (!start_program(&process, program, server, pool))
        return NULL;
    text = read_all(process.out, pool);
    errors = read_all(process.err, pool);
    apr_file_close(process.out);
    apr_file_close(process.err);
    if (!APR_STATUS_IS_CHILD_DONE(
            apr_proc_wait(&process, &code, &why, APR_WAIT)))
        return NULL;
    if (code == (unsigned char)-1 && !*text) /* exec failed */
        return NULL;
    if (code != 0)
        refuse_failure(program, errors, server);
    if (!is_dump(text))
        ajwt_command_misuse("the configuration that %s reads does not load "
                            "auth_jwt_module: %s",
                            program, config_hint(server));
    return text;
}

static const char *run_any_program(const ajwt_server *server, apr_pool_t *pool)
{
    static const char *const names[] = {"apachectl", "apache2ctl", "httpd",
                                        "apache2", NULL};
    const char *text =
        server->program ? run_program(server->program, server, pool) : NULL;
    int i;

    for (i = 0; !server->program && names[i] && !text; i++)
        text = run_program(names[i], server, pool);
    if (!text)
        ajwt_command_misuse("%s: not found: name the program with --httpd; %s",
                            server->program ? server->program : "httpd",
                            config_hint(server));
    return text;
}

static int begins_with(const char *line, const char *beginning)
{
    return strncasecmp(line, beginning, strlen(beginning)) == 0;
}

static int is_access_rule(const char *line)
{
    return begins_with(line, "<Require") || begins_with(line, "</Require") ||
           begins_with(line, "<Limit") || begins_with(line, "</Limit") ||
           begins_with(line, "Require ") || begins_with(line, "AuthMerging ") ||
           begins_with(line, "Satisfy ");
}

/* Reads a tag: <Location "/orders"> */
static void parse_tag(dump_block *block, const char *line, apr_pool_t *pool)
{
    char *inside =
        apr_pstrdup(pool, strchr(line, ' ') ? strchr(line, ' ') : "");
    const apr_array_header_t *words;

    inside[strlen(inside) ? strlen(inside) - 1 : 0] = '\0';
    words = ajwt_options_split(inside, pool);
    if (!block->top)
        block->top = line;
    block->tag = line;
    block->path = words->nelts
                      ? APR_ARRAY_IDX(words, words->nelts - 1, const char *)
                      : "";
    block->depth++;
}

static void parse_directive(ajwt_options *options, const char *line)
{
    const char *name = apr_pstrmemdup(options->pool, line, strcspn(line, " "));

    if (strcasecmp(name, "AuthJWTTokenSource") == 0)
        options->token_sources =
            ajwt_options_split(line + strlen(name), options->pool);

    ajwt_options_parse_directive(options, name, line + strlen(name));
}

static void parse_comment(dump_block *block, ajwt_options *options,
                          const char *line)
{
    static const char def[] = "# default: ", root[] = "# ServerRoot ",
                      host[] = "# virtual host ",
                      opening[] = "# warning: open: ",
                      hint[] = "# warning: hint: ";

    if (begins_with(line, def))
        parse_directive(options, line + sizeof def - 1);
    else if (begins_with(line, root))
        options->folder = line + sizeof root - 1;
    else if (begins_with(line, host))
        block->host = line + sizeof host - 1;
    else if (begins_with(line, opening))
        APR_ARRAY_PUSH(block->openings, const char *) =
            line + sizeof opening - 1;
    else if (begins_with(line, hint))
        APR_ARRAY_PUSH(block->openings, const char *) = line + sizeof hint - 1;
    else if (!block->place)
        block->place = line + 2;
}

static void parse_line(dump_block *block, ajwt_options *options,
                       const char *line)
{
    if (*line == '#')
        parse_comment(block, options, line);
    else if (*line != '<' || is_access_rule(line) || begins_with(line, alias))
        APR_ARRAY_PUSH(block->lines, const char *) = line;
    else if (line[1] != '/')
        parse_tag(block, line, options->pool);
}

static dump_block *add_block(apr_array_header_t *blocks, apr_pool_t *pool)
{
    dump_block *block = apr_array_push(blocks);

    memset(block, 0, sizeof *block);
    block->lines = apr_array_make(pool, 8, sizeof(const char *));
    block->openings = apr_array_make(pool, 1, sizeof(const char *));
    return block;
}

/*
 * Splits the dump into blocks.  The first has the settings of the whole server.
 */
static apr_array_header_t *parse_dump(ajwt_options *options, const char *text)
{
    apr_array_header_t *blocks =
        apr_array_make(options->pool, 8, sizeof(dump_block));
    dump_block *block = add_block(blocks, options->pool);

    while (*text) {
        apr_size_t len = strcspn(text, "\n");
        char *line = apr_pstrmemdup(options->pool, text, len);

        text += len + (text[len] == '\n');
        line += strspn(line, " ");
        if (*line)
            parse_line(block, options, line);
        else
            block = add_block(blocks, options->pool);
    }
    return blocks;
}

/*
 * Whether the block is a <Location> without a pattern, outside other sections
 */
static int is_plain(const dump_block *block)
{
    return block->depth == 1 && begins_with(block->tag, "<Location ") &&
           !begins_with(block->tag, "<Location ~");
}

/* Returns how well the path of a block matches; 0: not at all. */
static apr_size_t rate_path(const dump_block *block, const char *wanted)
{
    apr_size_t len = block->tag ? strlen(block->path) : 0;

    if (!block->tag)
        return block->place ? 1 : 0;
    if (!is_plain(block))
        return 0;
    if (strcmp(block->path, wanted) == 0)
        return 3 + 2 * len;
    if (strncmp(block->path, wanted, len) == 0 &&
        (wanted[len] == '/' || (len && block->path[len - 1] == '/')))
        return 2 + 2 * len;
    return 0;
}

/*
 * Whether wanted is ADDRESS NAME, or one of them; the port of the name is
 * optional
 */
static int is_host(const char *host, const char *wanted)
{
    const apr_size_t len = strlen(wanted);
    const char *space = strchr(host, ' ');
    const char *name = space ? space + 1 : host;

    return strcasecmp(host, wanted) == 0 ||
           (begins_with(host, wanted) && host + len == space) ||
           (begins_with(name, wanted) && strchr(":", name[len]));
}

/* The section of a virtual host has priority over the server's. */
static apr_size_t rate_section(const dump_block *block,
                               const ajwt_server *server)
{
    const apr_size_t fits = rate_path(block, server->location);
    const int is_named = server->host && block->host;

    if (is_named && !is_host(block->host, server->host))
        return 0;
    return fits ? 2 * fits + is_named : 0;
}

/* Whether the section requires tokens: its AuthType may be another one. */
static int requires_token(const dump_block *block, apr_pool_t *pool)
{
    return ajwt_options_has(block->lines, "AuthType", "Bearer", pool) ||
           (ajwt_options_has(block->lines, "AuthType", "Basic", pool) &&
            ajwt_options_has(block->lines, "AuthBasicProvider", "jwt", pool));
}

static void add_openings(apr_array_header_t *openings, const dump_block *block)
{
    int i, j;

    for (i = 0; i < block->openings->nelts; i++) {
        const char *text = APR_ARRAY_IDX(block->openings, i, const char *);

        for (j = 0; j < openings->nelts; j++) {
            if (strcmp(APR_ARRAY_IDX(openings, j, const char *), text) == 0)
                break;
        }
        if (j == openings->nelts)
            APR_ARRAY_PUSH(openings, const char *) = text;
    }
}

static int is_same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

/*
 * Returns the openings of a block and of the sections in it; chosen NULL: of
 * all blocks.
 */
static apr_array_header_t *find_openings(const apr_array_header_t *blocks,
                                         const dump_block *chosen,
                                         apr_pool_t *pool)
{
    apr_array_header_t *openings =
        apr_array_make(pool, 2, sizeof(const char *));
    int i;

    for (i = 0; i < blocks->nelts; i++) {
        const dump_block *next = &APR_ARRAY_IDX(blocks, i, dump_block);

        if (!chosen || next == chosen ||
            (chosen->tag && next->depth > 1 &&
             is_same_text(next->top, chosen->tag) &&
             is_same_text(next->host, chosen->host)))
            add_openings(openings, next);
    }
    return openings;
}

/*
 * Prints all openings: a section that applies to no request may be the cause.
 */
static void refuse_location(const apr_array_header_t *blocks,
                            const ajwt_server *server, apr_pool_t *pool)
{
    const apr_array_header_t *openings = find_openings(blocks, NULL, pool);

    ajwt_command_misuse(
        "no section with AuthType Bearer covers %s: see httpd -t -D "
        "DUMP_AUTH_JWT; %s%s%s",
        server->location, config_hint(server),
        openings->nelts ? "\nwarning: " : "",
        openings->nelts ? apr_array_pstrcat(pool, openings, '\n') : "");
}

static const dump_block *choose_section(const apr_array_header_t *blocks,
                                        const ajwt_server *server,
                                        apr_pool_t *pool)
{
    const dump_block *best = NULL;
    int i, is_one_of_several = 0;

    for (i = 1; i < blocks->nelts; i++) {
        const dump_block *next = &APR_ARRAY_IDX(blocks, i, dump_block);
        apr_size_t more = rate_section(next, server),
                   most = best ? rate_section(best, server) : 0;

        if (!more || more < most)
            continue;
        is_one_of_several =
            more == most &&
            (is_one_of_several || !next->host != !best->host ||
             (next->host && strcmp(next->host, best->host) != 0));
        best = next;
    }
    if (is_one_of_several)
        ajwt_command_misuse("several virtual hosts have %s: name one with "
                            "--host",
                            server->location);
    if (!best || !requires_token(best, pool))
        refuse_location(blocks, server, pool);
    return best;
}

const char *ajwt_server_dump_read(ajwt_options *options, ajwt_server *server)
{
    apr_array_header_t *blocks =
        parse_dump(options, run_any_program(server, options->pool));
    const dump_block *chosen = choose_section(blocks, server, options->pool);
    static const char optional[] = "AuthJWTOptional ";
    const dump_block *parts[] = {&APR_ARRAY_IDX(blocks, 0, dump_block), chosen};
    apr_array_header_t *openings;
    int i, j;

    for (i = 0; i < 2; i++) {
        for (j = 0; j < parts[i]->lines->nelts; j++) {
            const char *line = APR_ARRAY_IDX(parts[i]->lines, j, const char *);

            if (begins_with(line, optional))
                server->optional = line + sizeof optional - 1;
            if (begins_with(line, alias))
                APR_ARRAY_PUSH(options->aliases, const char *) = line;
            else if (is_access_rule(line))
                APR_ARRAY_PUSH(options->require, const char *) = line;
            else
                parse_directive(options, line);
        }
    }
    options->is_basic =
        ajwt_options_has(chosen->lines, "AuthType", "Basic", options->pool);
    openings = find_openings(blocks, chosen, options->pool);
    add_openings(openings, parts[0]);
    server->openings = openings;
    return apr_pstrcat(options->pool, chosen->tag ? chosen->tag : "the server",
                       " at ", chosen->place, NULL);
}
