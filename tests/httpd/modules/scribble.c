/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child of httpd that writes where it must not: `SetHandler scribble` fills
 * each segment that holds keys with random bytes.  The query string is the
 * seed.  Answers how many segments that were.
 *
 * A segment is found by its size, as an attacker would find it: two documents
 * and a little more.  No other shared memory of httpd is that large.
 */
#include <httpd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <http_config.h>
#include <http_protocol.h>

#define LEAST_BYTES (2 * 512 * 1024)
#define MOST_BYTES  (LEAST_BYTES + 64 * 1024)

typedef struct mapping {
    unsigned long start, end;
    char access[5], file[64];
} mapping;

static int parse_line(mapping *parsed, const char *line)
{
    memset(parsed, 0, sizeof *parsed);
    return sscanf(line, "%lx-%lx %4s %*s %*s %*s %63[^\n]", &parsed->start,
                  &parsed->end, parsed->access, parsed->file) >= 3;
}

/* Shared and of no file: Linux names what it is made of */
static int holds_keys(const mapping *found)
{
    const unsigned long bytes = found->end - found->start;

    return strcmp(found->access, "rw-s") == 0 &&
           (!*found->file || strcmp(found->file, "/dev/zero (deleted)") == 0) &&
           bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
}

static void fill(const mapping *filled, apr_uint64_t *word)
{
    unsigned long at;

    for (at = filled->start; at < filled->end; at += sizeof *word) {
        *word ^= *word << 13;
        *word ^= *word >> 7;
        *word ^= *word << 17;
        memcpy((void *)at, word, sizeof *word);
    }
}

static int scribble(request_rec *r)
{
    apr_uint64_t word;
    char line[512];
    mapping found;
    int count = 0;
    FILE *maps;

    if (!r->handler || strcmp(r->handler, "scribble") != 0)
        return DECLINED;
    maps = fopen("/proc/self/maps", "r");
    if (!maps)
        return HTTP_INTERNAL_SERVER_ERROR;
    word = strtoul(r->args ? r->args : "", NULL, 10) * 0x9e3779b97f4a7c15u + 1;
    while (fgets(line, sizeof line, maps)) {
        if (parse_line(&found, line) && holds_keys(&found)) {
            fill(&found, &word);
            count++;
        }
    }
    fclose(maps);
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d\n", count);
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_handler(scribble, NULL, NULL, APR_HOOK_MIDDLE);
}

#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA scribble_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
#pragma GCC visibility pop
