/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/permissions.h"

static char folder[] = "/tmp/ajwt-permissions-XXXXXX";

static const char *in_folder(const char *name, apr_pool_t *pool)
{
    return apr_pstrcat(pool, folder, "/", name, NULL);
}

static const char *make_file(const char *name, unsigned mode, apr_pool_t *pool)
{
    const char *path = in_folder(name, pool);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static const char *warnings_of(const char *path, int is_secret,
                               const char *group, apr_pool_t *pool)
{
    const ajwt_permissions_of file = {path, is_secret, group};
    apr_array_header_t *warnings = apr_array_make(pool, 1, sizeof(char *));

    ajwt_permissions_check(warnings, &file, pool);
    return support_join(warnings, pool);
}

typedef struct mode_case {
    unsigned mode;
    int is_secret;
    const char *says; /* NULL: nothing */
    const char *fix;
} mode_case;

#define CHANGE "other users can change whose tokens are accepted"
#define READ   "every user can read this secret and make tokens"

static const mode_case mode_cases[] = {
    {0644, 0, NULL, NULL},
    {0444, 0, NULL, NULL},
    {0600, 0, NULL, NULL},
    {0755, 0, NULL, NULL},
    {0664, 0, "mode 0664: " CHANGE ": run", "chmod go-w "},
    {0646, 0, "mode 0646: " CHANGE ": run", "chmod go-w "},
    {0666, 0, "mode 0666: " CHANGE ": run", "chmod go-w "},
    {0622, 0, "mode 0622: " CHANGE ": run", "chmod go-w "},
    {0600, 1, NULL, NULL},
    {0640, 1, NULL, NULL},
    {0440, 1, NULL, NULL},
    {0641, 1, NULL, NULL},
    {0660, 1, "mode 0660: " CHANGE ": run", "chmod go-w "},
    {0644, 1, "mode 0644: " READ ": run", "chmod go-w,o= "},
    {0666, 1, "mode 0666: " CHANGE ", and " READ ": run", "chmod go-w,o= "},
};

/* B4 */
static void warns_of_modes(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(mode_cases); i++) {
        const mode_case *c = &mode_cases[i];
        const char *path = make_file("file", c->mode, *state);
        const char *said = warnings_of(path, c->is_secret, NULL, *state);
        const char *wanted = c->says ? apr_pstrcat(*state, path, ": ", c->says,
                                                   " ", c->fix, path, NULL)
                                     : "";

        support_expect_text(wanted, said, wanted);
    }
}

/* The command must not take a file from those who have to read it. */
static void names_the_group_that_reads(void **state)
{
    const char *path = make_file("file", 0644, *state);

    support_expect_text("read by others", warnings_of(path, 1, "33", *state),
                        apr_pstrcat(*state, path,
                                    ": mode 0644: " READ ": run chgrp 33 ",
                                    path, " && chmod g=r,o= ", path, NULL));
    support_expect_text("no secret", warnings_of(path, 0, "33", *state), "");
}

/* Runs the command, and then nothing is wrong any more. */
static void commands_help(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(mode_cases); i++) {
        const mode_case *c = &mode_cases[i];
        const char *path = make_file("file", c->mode, *state);
        const char *said = warnings_of(path, c->is_secret, NULL, *state);
        const char *command = strstr(said, "chmod");

        if (!command)
            continue;
        assert_int_equal(system(command), 0);
        support_expect_text(command,
                            warnings_of(path, c->is_secret, NULL, *state), "");
    }
}

/* B4 */
static void warns_of_folders(void **state)
{
    static const struct {
        unsigned mode;
        int is_wrong;
    } cases[] = {{0755, 0}, {0775, 0}, {01777, 0}, {0777, 1}, {0757, 1}};
    const char *path = make_file("file", 0644, *state);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const char *said, *mode = apr_psprintf(*state, "%04o", cases[i].mode);

        assert_int_equal(chmod(folder, cases[i].mode), 0);
        said = warnings_of(path, 0, NULL, *state);
        assert_int_equal(chmod(folder, 0755), 0);
        support_expect(mode, cases[i].is_wrong == (*said != '\0'));
        if (cases[i].is_wrong)
            support_expect(mode, strstr(said, mode) &&
                                     strstr(said, "run chmod o-w ") &&
                                     strstr(said, folder));
    }
}

/* B4: The link's folder, and the file's */
static void looks_at_both_ends_of_a_link(void **state)
{
    const char *open = in_folder("open", *state);
    const char *closed = in_folder("closed", *state);
    const char *path = in_folder("closed/keys", *state);
    const char *link = in_folder("open/link", *state);

    assert_int_equal(mkdir(open, 0755) | mkdir(closed, 0755), 0);
    make_file("closed/keys", 0666, *state);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(chmod(open, 0777), 0);
    support_expect("file", strstr(warnings_of(link, 0, NULL, *state),
                                  "mode 0666") != NULL);
    support_expect("folder of the link",
                   strstr(warnings_of(link, 0, NULL, *state), open) != NULL);
    assert_int_equal(chmod(open, 0755) | chmod(closed, 0777), 0);
    support_expect("folder of the file",
                   strstr(warnings_of(link, 0, NULL, *state),
                          apr_pstrcat(*state, closed, ": mode 0777", NULL)) !=
                       NULL);
}

static void says_each_thing_once(void **state)
{
    const char *path = make_file("file", 0666, *state);
    const ajwt_permissions_of file = {path, 0, NULL};
    apr_array_header_t *warnings = apr_array_make(*state, 1, sizeof(char *));

    assert_int_equal(chmod(folder, 0777), 0);
    ajwt_permissions_check(warnings, &file, *state);
    ajwt_permissions_check(warnings, &file, *state);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(warnings->nelts, 2);
}

static void a_file_that_is_not_there(void **state)
{
    support_expect_text(
        "nothing", warnings_of(in_folder("none", *state), 1, NULL, *state), "");
}

static int make_folder(void **state)
{
    return !mkdtemp(folder) || chmod(folder, 0755) || support_open(state);
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"/open/link", "/closed/keys", "/open",
                                        "/closed",    "/file",        ""};
    char path[128];
    unsigned i;
    int failed = 0;

    for (i = 0; i < SUPPORT_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s%s", folder, names[i]);
        failed |= remove(path);
    }
    return support_close(state) || failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(warns_of_modes),
        SUPPORT_TEST(names_the_group_that_reads),
        SUPPORT_TEST(commands_help),
        SUPPORT_TEST(warns_of_folders),
        SUPPORT_TEST(looks_at_both_ends_of_a_link),
        SUPPORT_TEST(says_each_thing_once),
        SUPPORT_TEST(a_file_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
