/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>

#include "net/file.h"

/* How long a file system's clock may take to tell two writes apart */
#define MAX_TICK apr_time_from_sec(2)

static ajwt_file_mark mark_of(const char *path, apr_pool_t *pool)
{
    ajwt_file_mark mark;

    assert_int_equal(ajwt_file_stat(&mark, path, pool), APR_SUCCESS);
    return mark;
}

static void test_all_of_a_file_is_read(void **state)
{
    const ajwt_bytes bytes = SUPPORT_BYTES("a\r\nb\0c\n");
    const char *path =
        support_write(support_folder(*state), "file", bytes, *state);
    const char *detail;
    ajwt_bytes read;

    assert_int_equal(ajwt_file_read(&read, &detail, path, 100, *state),
                     APR_SUCCESS);
    assert_null(detail);
    assert_true(ajwt_bytes_equal(read, bytes));
}

static void test_at_most_so_many_bytes(void **state)
{
    const char *path = support_write_text(support_folder(*state), "file",
                                          "0123456789", *state);
    const char *detail;
    ajwt_bytes read;

    assert_int_equal(ajwt_file_read(&read, &detail, path, 10, *state),
                     APR_SUCCESS);
    assert_int_equal(read.len, 10);
    assert_int_equal(ajwt_file_read(&read, &detail, path, 9, *state),
                     APR_ENOSPC);
    assert_non_null(strstr(detail, path));
    assert_non_null(strstr(detail, "longer than 9 bytes"));
}

static void test_an_empty_file_is_empty(void **state)
{
    const char *path =
        support_write_text(support_folder(*state), "file", "", *state);
    const char *detail;
    ajwt_bytes read;

    assert_int_equal(ajwt_file_read(&read, &detail, path, 10, *state),
                     APR_SUCCESS);
    assert_int_equal(read.len, 0);
}

static void test_a_file_whose_folder_cannot_be_seen(void **state)
{
    const char *folder = support_folder(*state);
    const char *path = support_write_text(folder, "file", "text", *state);

    assert_false(ajwt_file_is_hidden(path, *state));
    assert_int_equal(apr_file_remove(path, *state), APR_SUCCESS);
    assert_false(ajwt_file_is_hidden(path, *state));
    assert_false(ajwt_file_is_hidden(folder, *state));
    assert_int_equal(apr_dir_remove(folder, *state), APR_SUCCESS);
    assert_true(ajwt_file_is_hidden(path, *state));
    assert_false(ajwt_file_is_hidden(folder, *state));
    assert_false(ajwt_file_is_hidden("/no-such-file", *state));
    assert_true(ajwt_file_is_hidden("/no-such-folder/file", *state));
    assert_true(ajwt_file_is_hidden("/dev/null/file", *state));
}

/* Nobody writes into it, so whoever opens it in the usual way waits for ever */
static void test_a_pipe_is_not_waited_for(void **state)
{
    const char *path =
        apr_pstrcat(*state, support_folder(*state), "/pipe", NULL);
    const char *detail;
    ajwt_bytes read;

    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(20);
    assert_int_equal(ajwt_file_read(&read, &detail, path, 10, *state),
                     APR_EINVAL);
    alarm(0);
    assert_string_equal(
        detail, apr_pstrcat(*state, path,
                            ": it is a pipe: write the path of a file", NULL));
}

static void test_what_cannot_be_read(void **state)
{
    const char *folder = support_folder(*state);
    const char *missing = apr_pstrcat(*state, folder, "/missing", NULL);
    ajwt_file_mark mark, none = {0};
    const char *detail;
    ajwt_bytes read;

    assert_int_equal(ajwt_file_read(&read, &detail, missing, 10, *state),
                     APR_ENOENT);
    assert_non_null(strstr(detail, missing));
    assert_int_equal(ajwt_file_stat(&mark, missing, *state), APR_ENOENT);
    assert_true(ajwt_file_mark_equal(&mark, &none));
    assert_int_not_equal(ajwt_file_read(&read, &detail, folder, 10, *state),
                         APR_SUCCESS);
    assert_non_null(strstr(detail, folder));
}

static void test_marks(void **state)
{
    const char *folder = support_folder(*state);
    const char *path = support_write_text(folder, "file", "first", *state);
    ajwt_file_mark first = mark_of(path, *state), second = first, third, none;

    memset(&none, 0, sizeof none);
    assert_true(ajwt_file_mark_equal(&first, &second));
    assert_false(ajwt_file_mark_equal(&first, &none));
    second = mark_of(path, *state);
    assert_true(ajwt_file_mark_equal(&first, &second));
    /* as long as it was, and written in the same moment */
    support_write_text(folder, "file", "other", *state);
    second = mark_of(path, *state);
    assert_false(ajwt_file_mark_equal(&first, &second));
    support_write_text(folder, "file", "longer", *state);
    third = mark_of(path, *state);
    assert_false(ajwt_file_mark_equal(&second, &third));
}

static void write_in_place(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;

    assert_int_equal(apr_file_open(&file, path,
                                   APR_FOPEN_WRITE | APR_FOPEN_TRUNCATE,
                                   APR_FPROT_OS_DEFAULT, pool),
                     APR_SUCCESS);
    assert_int_equal(apr_file_write_full(file, "other", 5, NULL), APR_SUCCESS);
    apr_file_close(file);
}

/* An administrator who forgot that others must read it, and fixes that */
static void change_permissions(const char *path, apr_pool_t *pool)
{
    (void)pool;
    assert_int_equal(
        apr_file_perms_set(path, APR_FPROT_UREAD | APR_FPROT_UWRITE |
                                     APR_FPROT_GREAD | APR_FPROT_WREAD),
        APR_SUCCESS);
}

static int moves_mark(void (*change)(const char *, apr_pool_t *),
                      apr_pool_t *pool)
{
    const char *path =
        support_write_text(support_folder(pool), "file", "first", pool);
    ajwt_file_mark before = mark_of(path, pool), after = before;
    apr_time_t deadline = apr_time_now() + MAX_TICK;

    while (ajwt_file_mark_equal(&before, &after) && apr_time_now() < deadline) {
        change(path, pool);
        after = mark_of(path, pool);
    }
    return !ajwt_file_mark_equal(&before, &after);
}

static void test_writing_in_place_moves_the_mark(void **state)
{
    assert_true(moves_mark(write_in_place, *state));
}

static void test_new_permissions_move_the_mark(void **state)
{
    assert_true(moves_mark(change_permissions, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_all_of_a_file_is_read),
        SUPPORT_TEST(test_at_most_so_many_bytes),
        SUPPORT_TEST(test_an_empty_file_is_empty),
        SUPPORT_TEST(test_a_file_whose_folder_cannot_be_seen),
        SUPPORT_TEST(test_a_pipe_is_not_waited_for),
        SUPPORT_TEST(test_what_cannot_be_read),
        SUPPORT_TEST(test_marks),
        SUPPORT_TEST(test_writing_in_place_moves_the_mark),
        SUPPORT_TEST(test_new_permissions_move_the_mark),
    };

    return SUPPORT_RUN(tests);
}
