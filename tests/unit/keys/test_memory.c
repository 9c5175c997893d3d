/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets and private keys of files: what is left of them in memory?
 *
 * Another process writes the files and says masked what is in them; this one
 * reads them as a server does, and then looks for it in all that it may write.
 * Not to be run where freed memory is kept for a while (AddressSanitizer).
 */
#include "support_source.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <openssl/rand.h>

#include "core/base64url.h"
#include "keys/keyring.h"
#include "keys/refresher.h"

#define MASK         0xa5
#define NEEDLE_BYTES 48 /* base64url makes 64 bytes of them, a line of PEM */

/*
 * What a needle is, and how often it is in memory: while the keys are used that
 * came with the configuration, and after the files were read again, when
 * shared memory holds their text and the child has parsed it.
 */
static const struct {
    const char *what;
    int at_start, read_again;
} needles[] = {{"the bytes of secret=", 1, 1},
               {"k of an oct key, its bytes", 1, 2},
               {"k of an oct key, as text", 0, 1},
               {"d of an EC key, as text", 0, 1},
               {"a line of a private key in PEM", 0, 1},
               {"a private key in PEM, its bytes", 0, 0}};

#define NEEDLES SUPPORT_COUNT(needles)

typedef struct haystack {
    unsigned char masked[NEEDLES][NEEDLE_BYTES];
    unsigned char needle[NEEDLE_BYTES]; /* the one that is looked for */
} haystack;

static haystack hay;

/* --- the other process --- */

static const char *random_text(unsigned char raw[NEEDLE_BYTES],
                               apr_pool_t *pool)
{
    ajwt_bytes bytes = {raw, NEEDLE_BYTES};

    if (RAND_bytes(raw, NEEDLE_BYTES) != 1)
        _exit(1);
    return ajwt_base64url_encode(bytes, pool);
}

static void say(int fd, const void *raw)
{
    unsigned char masked[NEEDLE_BYTES];
    int i;

    for (i = 0; i < NEEDLE_BYTES; i++)
        masked[i] = ((const unsigned char *)raw)[i] ^ MASK;
    if (write(fd, masked, sizeof masked) != sizeof masked)
        _exit(1);
}

/* In base64 with + and / it would be another text. */
static char *as_pem(const char *text, apr_pool_t *pool)
{
    char *line = apr_pstrdup(pool, text), *c;

    for (c = line; *c; c++) {
        if (*c == '-')
            *c = '+';
        if (*c == '_')
            *c = '/';
    }
    return line;
}

static void write_files(const char *folder, int fd, apr_pool_t *pool)
{
    unsigned char secret[NEEDLE_BYTES], k[NEEDLE_BYTES], d[NEEDLE_BYTES],
        der[NEEDLE_BYTES];
    const char *k_text = random_text(k, pool), *d_text = random_text(d, pool);
    const char *pem = (random_text(secret, pool), random_text(der, pool));
    json_t *ec = support_jwk("P-256", pool);

    pem = as_pem(pem, pool);
    json_object_set_new(ec, "d", json_string(d_text));
    support_write(folder, "secret", (ajwt_bytes){secret, sizeof secret}, pool);
    support_write_text(
        folder, "keys.json",
        apr_psprintf(pool,
                     "{\"keys\":[%s,{\"kty\":\"oct\",\"kid\":\"oct\","
                     "\"k\":\"%s\"}]}",
                     support_print(ec, pool), k_text),
        pool);
    support_write_text(folder, "keys.pem",
                       apr_pstrcat(pool, "-----BEGIN PRIVATE KEY-----\n", pem,
                                   "\n-----END PRIVATE KEY-----\n",
                                   support_public_pem("P-256", pool), NULL),
                       pool);
    say(fd, secret);
    say(fd, k);
    say(fd, k_text);
    say(fd, d_text);
    say(fd, pem);
    say(fd, der);
}

static void have_files_written(const char *folder, apr_pool_t *pool)
{
    int ends[2], status, i;
    pid_t process;

    assert_int_equal(pipe(ends), 0);
    process = fork();
    if (process == 0) {
        write_files(folder, ends[1], pool);
        _exit(0);
    }
    for (i = 0; i < (int)NEEDLES; i++)
        assert_int_equal(read(ends[0], hay.masked[i], NEEDLE_BYTES),
                         NEEDLE_BYTES);
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
}

/* --- the search --- */

static int count_in(const unsigned char *start, const unsigned char *end)
{
    const unsigned char *found;
    int count = 0;

    while ((found = memmem(start, (size_t)(end - start), hay.needle,
                           NEEDLE_BYTES))) {
        count += found != hay.needle;
        start = found + 1;
    }
    return count;
}

/* In all memory that this process may read and write */
static int count_needle(unsigned number)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned long start, end;
    int count = 0, i;

    assert_non_null(maps);
    for (i = 0; i < NEEDLE_BYTES; i++)
        hay.needle[i] = hay.masked[number][i] ^ MASK;
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx rw", &start, &end) == 2 &&
            strstr(line, " rw"))
            count += count_in((const unsigned char *)start,
                              (const unsigned char *)end);
    }
    fclose(maps);
    OPENSSL_cleanse(hay.needle, sizeof hay.needle);
    return count;
}

/* --- a server's way through them --- */

static const char *const files[] = {"keys.json", "keys.pem"};

typedef struct test_server {
    const ajwt_sources *sources;
    ajwt_shm_slots *shared;
    ajwt_keyring *keyring;
    apr_pool_t *pool;
} test_server;

/* As a request does */
static void use_keys(const test_server *server)
{
    ajwt_pinned pinned;
    int i;

    for (i = 0; i < server->sources->list->nelts; i++) {
        ajwt_keyring_acquire(&pinned, server->keyring,
                             ajwt_sources_get(server->sources, i));
        assert_non_null(pinned.keyset);
        ajwt_keyring_release(&pinned);
    }
}

/* As if each file had been written again */
static void read_files_again(const test_server *server)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    const ajwt_refresher refresher = {
        server->shared, &schedule,
        &support_make_issuer(NULL, server->pool)->fetcher, NULL, support_now};
    ajwt_refresh_result result;
    apr_pool_t *brief;
    int i;

    for (i = 0; i < (int)SUPPORT_COUNT(files); i++) {
        const ajwt_source *source = ajwt_sources_get(server->sources, i);

        apr_pool_create(&brief, server->pool);
        assert_int_equal(
            apr_file_mtime_set(source->location, SUPPORT_NOW, brief),
            APR_SUCCESS);
        assert_int_equal(ajwt_refresher_run(&result, &refresher, source, brief),
                         1);
        assert_int_equal(result.reason, AJWT_ACCEPTED);
        apr_pool_destroy(brief);
    }
}

static void expect_needle(const char *when, unsigned number, int count,
                          apr_pool_t *pool)
{
    const int found = count_needle(number);

    support_expect(
        apr_psprintf(pool, "%s: %s: %d", when, needles[number].what, found),
        found == count);
}

/* A child's, while it serves */
static void serve(const ajwt_sources *sources, const support_segment *segment,
                  apr_pool_t *pool)
{
    static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};
    test_server server = {sources, support_bind(segment, sources, pool), NULL,
                          pool};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(files); i++)
        ajwt_shm_slots_begin_file(
            server.shared, ajwt_sources_get(sources, (int)i), support_clock);
    assert_int_equal(
        ajwt_keyring_open(&server.keyring, sources, server.shared, &schedule,
                          &support_make_client(pool)->client, pool),
        APR_SUCCESS);
    use_keys(&server);
    for (i = 0; i < NEEDLES; i++)
        expect_needle("at the start", i, needles[i].at_start, pool);
    read_files_again(&server);
    use_keys(&server);
    for (i = 0; i < NEEDLES; i++)
        expect_needle("read again", i, needles[i].read_again, pool);
}

static ajwt_sources *read_configuration(const char *folder, apr_pool_t *pool)
{
    ajwt_sources *sources = ajwt_sources_make(pool);
    const char *error;
    int i;

    for (i = 0; i < (int)SUPPORT_COUNT(files); i++)
        ajwt_sources_add(
            sources,
            ajwt_source_from_file(
                &error, apr_pstrcat(pool, folder, "/", files[i], NULL), pool));
    ajwt_sources_add(
        sources, ajwt_source_from_secret(
                     &error, apr_pstrcat(pool, folder, "/secret", NULL), pool));
    return sources;
}

static void test_secrets_are_wiped(void **state)
{
    const char *folder = support_folder(*state);
    support_segment segment;
    apr_pool_t *pool;
    unsigned i;

    have_files_written(folder, *state);
    apr_pool_create_unmanaged_ex(&pool, NULL, NULL);
    /* which goes with the configuration, as a file's does in the server */
    segment = support_make_segment(pool);
    serve(read_configuration(folder, pool), &segment, pool);
    apr_pool_destroy(pool);
    for (i = 0; i < NEEDLES; i++)
        expect_needle("after that", i, 0, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SUPPORT_TEST(test_secrets_are_wiped)};

    return SUPPORT_RUN(tests);
}
