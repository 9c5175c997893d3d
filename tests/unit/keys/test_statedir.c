/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_info.h>

#include "core/limits.h"
#include "keys/statedir.h"

#define URL "https://issuer.example/jwks"

typedef struct test_scene {
    const char *folder;
    const ajwt_source *source;
    const char *path; /* of the one file; once it was written */
    apr_pool_t *pool;
} test_scene;

static const char *only_file(const char *folder, apr_pool_t *pool)
{
    apr_dir_t *dir;
    apr_finfo_t info;
    const char *found = NULL;

    assert_int_equal(apr_dir_open(&dir, folder, pool), APR_SUCCESS);
    while (apr_dir_read(&info, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (*info.name == '.')
            continue;
        assert_null(found);
        found = apr_pstrcat(pool, folder, "/", info.name, NULL);
    }
    apr_dir_close(dir);
    return found;
}

static void write_set(test_scene *scene, const char *text)
{
    const ajwt_saved saved = {.text = ajwt_bytes_from_string(text),
                              .fetched_at = SUPPORT_NOW,
                              .validator = {URL, "\"1\""}};
    const char *detail = NULL;

    assert_int_equal(ajwt_statedir_write(&saved, &detail, scene->folder,
                                         scene->source, scene->pool),
                     AJWT_ACCEPTED);
    assert_null(detail);
    scene->path = only_file(scene->folder, scene->pool);
}

static test_scene *set_scene(apr_pool_t *pool)
{
    test_scene *set = apr_pcalloc(pool, sizeof *set);

    set->pool = pool;
    set->folder = support_folder(pool);
    set->source = support_add_jwks(ajwt_sources_make(pool), URL, pool);
    return set;
}

static ajwt_reason read_set(ajwt_saved *saved, const char **detail,
                            const test_scene *scene)
{
    *detail = NULL;
    return ajwt_statedir_read(saved, detail, scene->folder, scene->source,
                              scene->pool);
}

/* Refused; the line names the file, and says this. */
static void expect_refused(const char *what, const test_scene *scene,
                           const char *words)
{
    const char *detail;
    ajwt_saved saved;

    support_expect_reason(what, read_set(&saved, &detail, scene),
                          AJWT_STATE_UNUSABLE);
    support_expect(what, saved.text.data == NULL);
    support_expect(what, detail && strstr(detail, scene->path));
    support_expect(what, detail && strstr(detail, words));
}

static void test_what_was_written_is_read(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *text = "{\"keys\":[],\n\t\"x\":\"\\\\ \xc3\xa4\"}";
    const char *detail;
    ajwt_saved saved;

    write_set(scene, text);
    assert_int_equal(read_set(&saved, &detail, scene), AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal_string(saved.text, text));
    assert_true(saved.fetched_at ==
                apr_time_from_sec(apr_time_sec(SUPPORT_NOW)));
    assert_string_equal(saved.validator.url, URL);
    assert_string_equal(saved.validator.etag, "\"1\"");
}

static void test_the_newest_set_takes_the_place_of_the_older(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *detail;
    ajwt_saved saved;

    write_set(scene, "{\"keys\":[1]}");
    write_set(scene, "{\"keys\":[2]}");
    assert_int_equal(read_set(&saved, &detail, scene), AJWT_ACCEPTED);
    assert_true(ajwt_bytes_equal_string(saved.text, "{\"keys\":[2]}"));
}

static void test_the_largest_set(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *text = support_repeat("\"", AJWT_MAX_DOCUMENT_BYTES, *state);
    const char *detail;
    ajwt_saved saved;

    write_set(scene, text);
    assert_int_equal(read_set(&saved, &detail, scene), AJWT_ACCEPTED);
    assert_int_equal(saved.text.len, AJWT_MAX_DOCUMENT_BYTES);
}

static void test_nothing_was_saved(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *detail;
    ajwt_saved saved;

    assert_int_equal(read_set(&saved, &detail, scene), AJWT_ACCEPTED);
    assert_null(saved.text.data);
    assert_null(detail);
}

static void test_nobody_else_may_read_or_write_it(void **state)
{
    test_scene *scene = set_scene(*state);
    struct stat info;

    write_set(scene, "{}");
    assert_int_equal(stat(scene->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_a_draft_of_a_killed_child_is_no_hindrance(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *draft;

    write_set(scene, "{}");
    draft = apr_pstrcat(
        *state, apr_pstrndup(*state, scene->path, strlen(scene->path) - 5),
        ".draft", NULL);
    assert_int_equal(rename(scene->path, draft), 0);
    write_set(scene, "{}");
    assert_int_not_equal(access(draft, F_OK), 0);
}

static void test_where_nothing_can_be_written(void **state)
{
    test_scene *scene = set_scene(*state);
    const ajwt_saved saved = {.text = SUPPORT_BYTES("{}")};
    const char *detail = NULL;

    scene->folder = apr_pstrcat(*state, scene->folder, "/missing", NULL);
    assert_int_equal(ajwt_statedir_write(&saved, &detail, scene->folder,
                                         scene->source, *state),
                     AJWT_STATE_UNWRITABLE);
    assert_non_null(strstr(detail, scene->folder));
}

/* --- what is not believed --- */

#define MEMBERS(name, time, key_set)                              \
    "{\"source\":" name ",\"fetched_at\":" time ",\"url\":\"" URL \
    "\",\"etag\":\"\",\"key_set\":" key_set "}"
#define NAME "\"jwks=" URL "\""

typedef struct content_case {
    const char *what;
    const char *content;
    const char *words;
} content_case;

static const content_case content_cases[] = {
    {"nothing", "", "it is damaged"},
    {"half of it", "{\"source\":", "it is damaged"},
    {"an array", "[]", "it is damaged"},
    {"a key set", "{\"keys\":[]}", "member"},
    {"a member twice", "{\"etag\":\"\"," NAME ":1," NAME ":1}",
     "it is damaged"},
    {"of another source", MEMBERS("\"jwks=https://x\"", "1", "\"{}\""),
     "another key source"},
    {"no time", MEMBERS(NAME, "null", "\"{}\""), "member"},
    {"a time before there were any", MEMBERS(NAME, "-1", "\"{}\""), "member"},
    {"a set that is no text", MEMBERS(NAME, "1", "{}"), "member"},
    {"a set with a NUL", MEMBERS(NAME, "1", "\"{\\u0000}\""), "member"},
};

static void overwrite(const test_scene *scene, const char *content)
{
    const char *slash = strrchr(scene->path, '/');

    support_write_text(scene->folder, slash + 1, content, scene->pool);
    assert_int_equal(chmod(scene->path, 0600), 0);
}

static void test_contents_that_are_not_believed(void **state)
{
    test_scene *scene = set_scene(*state);
    const char *detail;
    ajwt_saved saved;
    unsigned i;

    write_set(scene, "{}");
    for (i = 0; i < SUPPORT_COUNT(content_cases); i++) {
        overwrite(scene, content_cases[i].content);
        expect_refused(content_cases[i].what, scene, content_cases[i].words);
    }
    overwrite(scene, MEMBERS(NAME, "1", "\"{}\""));
    assert_int_equal(read_set(&saved, &detail, scene), AJWT_ACCEPTED);
}

static void test_a_file_that_is_too_long(void **state)
{
    test_scene *scene = set_scene(*state);

    write_set(scene, "{}");
    overwrite(scene, support_repeat(" ", 3 * AJWT_MAX_DOCUMENT_BYTES, *state));
    expect_refused("spaces", scene, "longer than");
}

static void test_a_file_that_others_may_write(void **state)
{
    test_scene *scene = set_scene(*state);

    write_set(scene, "{}");
    assert_int_equal(chmod(scene->path, 0620), 0);
    expect_refused("its group", scene, "choose keys");
    assert_int_equal(chmod(scene->path, 0602), 0);
    expect_refused("everybody", scene, "choose keys");
}

static void test_a_file_of_another_user(void **state)
{
    test_scene *scene = set_scene(*state);

    if (geteuid() != 0)
        return; /* only root can give a file away */
    write_set(scene, "{}");
    assert_int_equal(chown(scene->path, 12345, (gid_t)-1), 0);
    expect_refused("its owner", scene, "is not the user");
}

static void test_what_is_no_file(void **state)
{
    test_scene *scene = set_scene(*state);

    write_set(scene, "{}");
    assert_int_equal(
        rename(scene->path, apr_pstrcat(*state, scene->folder, "/.x", NULL)),
        0);
    assert_int_equal(symlink(".x", scene->path), 0);
    expect_refused("a link", scene, "not a regular file");
    assert_int_equal(unlink(scene->path), 0);
    assert_int_equal(mkfifo(scene->path, 0600), 0);
    expect_refused("a pipe", scene, "not a regular file");
}

static void test_folders(void **state)
{
    const char *folder = support_folder(*state);
    const char *link = apr_pstrcat(*state, folder, "/link", NULL);
    const char *missing = apr_pstrcat(*state, folder, "/missing", NULL);

    assert_int_equal(chmod(folder, 0755), 0);
    assert_null(ajwt_statedir_check(folder, geteuid(), *state));
    assert_non_null(ajwt_statedir_check(folder, geteuid() + 1, *state));
    assert_non_null(ajwt_statedir_check(missing, geteuid(), *state));
    assert_int_equal(symlink(".", link), 0);
    assert_non_null(ajwt_statedir_check(link, geteuid(), *state));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(chmod(folder, 0775), 0);
    assert_non_null(ajwt_statedir_check(folder, geteuid(), *state));
    assert_int_equal(chmod(folder, 01777), 0);
    assert_non_null(ajwt_statedir_check(folder, geteuid(), *state));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_null(ajwt_statedir_check(folder, geteuid(), *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_what_was_written_is_read),
        SUPPORT_TEST(test_the_newest_set_takes_the_place_of_the_older),
        SUPPORT_TEST(test_the_largest_set),
        SUPPORT_TEST(test_nothing_was_saved),
        SUPPORT_TEST(test_nobody_else_may_read_or_write_it),
        SUPPORT_TEST(test_a_draft_of_a_killed_child_is_no_hindrance),
        SUPPORT_TEST(test_where_nothing_can_be_written),
        SUPPORT_TEST(test_contents_that_are_not_believed),
        SUPPORT_TEST(test_a_file_that_is_too_long),
        SUPPORT_TEST(test_a_file_that_others_may_write),
        SUPPORT_TEST(test_a_file_of_another_user),
        SUPPORT_TEST(test_what_is_no_file),
        SUPPORT_TEST(test_folders),
    };

    return SUPPORT_RUN(tests);
}
