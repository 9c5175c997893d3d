/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does all that was ever found still hold?
 *
 *     build/fuzz/fuzz_json [FILE ...]
 *
 * In the place of libFuzzer's main: gives a target the files that are named,
 * or those of its corpus, tests/fuzz/corpus/TARGET.  Writes what a program of
 * cmocka would, for tests/run.py: the target is one test, which ends well only
 * when there were files and none of them stopped it.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define CORPUS "tests/fuzz/corpus/"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The file that is at work */
static const char *current = "";

static void name_culprit(int number)
{
    (void)!write(STDERR_FILENO, current, strlen(current));
    (void)!write(STDERR_FILENO, "\n", 1);
    signal(number, SIG_DFL);
    raise(number);
}

static void give_up(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

/* In a block of its own size, so that a sanitizer sees one byte too many. */
static void replay(const char *path, apr_pool_t *pool)
{
    unsigned char *bytes;
    apr_file_t *file;
    apr_finfo_t info;

    current = path;
    if (apr_file_open(&file, path, APR_FOPEN_READ, 0, pool) != APR_SUCCESS ||
        apr_file_info_get(&info, APR_FINFO_SIZE, file) != APR_SUCCESS)
        give_up(path, "cannot be read");
    bytes = malloc((size_t)info.size + !info.size);
    if (!bytes ||
        (info.size && apr_file_read_full(file, bytes, (apr_size_t)info.size,
                                         NULL) != APR_SUCCESS))
        give_up(path, "cannot be read");
    apr_file_close(file);
    LLVMFuzzerTestOneInput(bytes, (size_t)info.size);
    free(bytes);
}

static int replay_folder(const char *folder, apr_pool_t *pool)
{
    apr_finfo_t entry;
    apr_dir_t *dir;
    int count = 0;

    if (apr_dir_open(&dir, folder, pool) != APR_SUCCESS)
        give_up(folder, "is not here; run this in the project's top folder");
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (*entry.name == '.')
            continue;
        replay(apr_pstrcat(pool, folder, "/", entry.name, NULL), pool);
        count++;
    }
    apr_dir_close(dir);
    return count;
}

static int replay_files(char **paths, apr_pool_t *pool)
{
    int count;

    for (count = 0; paths[count]; count++)
        replay(paths[count], pool);
    return count;
}

int main(int argc, char **argv)
{
    const char *name = apr_filepath_name_get(argv[0]);
    apr_pool_t *pool;
    int count;

    printf("[ RUN      ] %s\n", name);
    fflush(stdout);
    signal(SIGABRT, name_culprit);
    signal(SIGSEGV, name_culprit);
    LLVMFuzzerInitialize(&argc, &argv);
    apr_pool_create(&pool, NULL);
    count = argc > 1
                ? replay_files(argv + 1, pool)
                : replay_folder(apr_pstrcat(pool, CORPUS, name, NULL), pool);
    apr_pool_destroy(pool);
    if (count == 0)
        give_up(name, "its corpus is empty");
    printf("%d inputs\n[       OK ] %s\n", count, name);
    return 0;
}
