/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/json.h"

/* libFuzzer's names, and replay.c's */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static apr_status_t free_block(void *block)
{
    free(block);
    return APR_SUCCESS;
}

/* That of the input at work */
static apr_pool_t *current;

/*
 * In APR's place, for all in this process: a sanitizer knows where a block ends
 * and when it went, but not what is where in the large ones of a pool.
 */
__attribute__((visibility("default"))) void *apr_palloc(apr_pool_t *pool,
                                                        apr_size_t size)
{
    static void *(*palloc)(apr_pool_t *, apr_size_t);
    static int registers;
    void *block;

    if (!palloc)
        *(void **)&palloc = dlsym(RTLD_NEXT, "apr_palloc");
    if (pool != current || registers) /* a cleanup is memory, too */
        return palloc(pool, size);
    block = malloc(size ? size : 1);
    FUZZ_CHECK(block);
    registers = 1;
    apr_pool_cleanup_register(pool, block, free_block, apr_pool_cleanup_null);
    registers = 0;
    return block;
}

/* Of a sanitizer that looks for leaks, where there is one */
__attribute__((weak)) void __lsan_disable(void);
__attribute__((weak)) void __lsan_enable(void);

/* It looks for what points to a block, and not into the memory of a pool. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (__lsan_disable)
        __lsan_disable();
    FUZZ_CHECK(support_open(NULL) == 0);
    if (fuzz_open)
        fuzz_open();
    if (__lsan_enable)
        __lsan_enable();
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    ajwt_bytes input = {data, size};

    FUZZ_CHECK(apr_pool_create(&current, support_root()) == APR_SUCCESS);
    fuzz_one(input, current);
    apr_pool_destroy(current);
    current = NULL;
    return 0;
}

void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

ajwt_bytes fuzz_line(ajwt_bytes *input)
{
    ajwt_bytes line = *input;
    const unsigned char *end =
        input->len ? memchr(input->data, '\n', input->len) : NULL;

    if (end)
        line.len = (apr_size_t)(end - input->data);
    input->data += line.len + (end != NULL);
    input->len -= line.len + (end != NULL);
    return line;
}

const char *fuzz_string(ajwt_bytes bytes, apr_pool_t *pool)
{
    return bytes.len ? apr_pstrndup(pool, (const char *)bytes.data, bytes.len)
                     : "";
}

apr_array_header_t *fuzz_words(ajwt_bytes line, apr_pool_t *pool)
{
    return support_split(fuzz_string(line, pool), pool);
}

const json_t *fuzz_claims(ajwt_bytes text, apr_pool_t *pool)
{
    const json_t *claims = NULL;

    /* absent is what core never sees */
    if (!text.data || ajwt_json_parse(&claims, text, AJWT_PAYLOAD_INVALID,
                                      pool) != AJWT_ACCEPTED)
        return NULL;
    return claims;
}

int fuzz_is_base64url(ajwt_bytes text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789-_";
    apr_size_t i, unused = text.len % 4 == 2 ? 16 : text.len % 4 == 3 ? 4 : 1;
    const char *last = alphabet;

    for (i = 0; i < text.len; i++) {
        last = memchr(alphabet, text.data[i], sizeof alphabet - 1);
        if (!last)
            return 0;
    }
    return text.len % 4 != 1 && (apr_size_t)(last - alphabet) % unused == 0;
}

int fuzz_is_header_value(const char *value)
{
    return !ajwt_bytes_has_control(ajwt_bytes_from_string(value));
}

/* Behind name="text", or NULL */
static const char *skip_parameter(const char *c)
{
    c += strspn(c, "abcdefghijklmnopqrstuvwxyz_");
    if (strncmp(c, "=\"", 2) != 0)
        return NULL;
    for (c += 2; *c && *c != '"'; c++)
        c += *c == '\\' && c[1];
    return *c ? c + 1 : NULL;
}

int fuzz_is_challenge(const char *challenge)
{
    const char *c = challenge + strlen("Bearer");

    if (strncmp(challenge, "Bearer", strlen("Bearer")) != 0 ||
        !fuzz_is_header_value(challenge))
        return 0;
    if (*c == '\0')
        return 1;
    for (c = *c == ' ' ? skip_parameter(c + 1) : NULL; c && *c;)
        c = strncmp(c, ", ", 2) == 0 ? skip_parameter(c + 2) : NULL;
    return c != NULL;
}

int fuzz_is_among(ajwt_reason reason, ...)
{
    va_list list;
    int one;

    va_start(list, reason);
    do
        one = va_arg(list, int);
    while (one != AJWT_REASON_COUNT && one != (int)reason);
    va_end(list);
    return one == (int)reason;
}
