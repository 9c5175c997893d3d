/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <unistd.h>

#include <apr_file_info.h>
#include <apr_file_io.h>

#include "core/limits.h"
#include "keys/refresher.h"
#include "keys/statedir.h"

#define URL "https://issuer.example/jwks"

/* A lock that is held across a fetch would keep the program for ever. */
#define MAX_SECONDS 60

static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 5};

/* What an issuer or a file may hold, by name */
typedef enum content {
    NOTHING, /* the fetch fails */
    SET_1,
    SET_2,
    GARBAGE,
    EMPTY,
    NO_KEYS,
    SECRETS,   /* no fetched set may hold them */
    DUPLICATE, /* member */
    TOO_MANY
} content;

static const char *text_of(content which, apr_pool_t *pool)
{
    switch (which) {
    case NOTHING:
        break;
    case SET_1:
        return support_numbered_jwks(1, pool);
    case SET_2:
        return support_numbered_jwks(2, pool);
    case GARBAGE:
        return "<!doctype html>";
    case EMPTY:
        return "";
    case NO_KEYS:
        return "{\"keys\":[]}";
    case SECRETS:
        return support_jwks(pool, "oct", NULL);
    case DUPLICATE:
        return "{\"keys\":[],\"keys\":[]}";
    case TOO_MANY:
        return apr_pstrcat(pool, "{\"keys\":[{}",
                           support_repeat(",{}", AJWT_MAX_KEYS, pool), "]}",
                           NULL);
    }
    return NULL;
}

/* One source, and who renews it */
typedef struct test_scene {
    support_segment segment;
    ajwt_refresher refresher;
    support_issuer *issuer;
    support_answer answers[2];
    const ajwt_source *source;
    apr_pool_t *pool;
} test_scene;

static test_scene *set_scene_of(const ajwt_source *source,
                                ajwt_sources *sources, apr_pool_t *pool)
{
    test_scene *set = apr_pcalloc(pool, sizeof *set);

    support_clock = SUPPORT_NOW;
    set->pool = pool;
    set->source = source;
    set->segment = support_make_segment(pool);
    set->issuer = support_make_issuer(set->answers, pool);
    set->refresher.shared = support_bind(&set->segment, sources, pool);
    set->refresher.schedule = &schedule;
    set->refresher.fetcher = &set->issuer->fetcher;
    set->refresher.now = support_now;
    return set;
}

static test_scene *set_scene(apr_pool_t *pool)
{
    ajwt_sources *sources = ajwt_sources_make(pool);

    return set_scene_of(support_add_jwks(sources, URL, pool), sources, pool);
}

static void offer(test_scene *scene, content which, int max_age_s)
{
    scene->answers[0].url = URL;
    scene->answers[0].body = text_of(which, scene->pool);
    scene->answers[0].reason = AJWT_FETCH_FAILED;
    scene->answers[0].max_age_s = max_age_s;
}

static void set_clock(int seconds)
{
    support_clock = SUPPORT_NOW + apr_time_from_sec(seconds);
}

/* Which set serves; 0: none */
static int serving(const test_scene *scene)
{
    const char *text =
        support_serving(scene->refresher.shared, scene->source, scene->pool);

    if (!text || !*text)
        return 0;
    return support_number_of(support_parse_keys(text, scene->pool));
}

static unsigned generation(const test_scene *scene)
{
    return ajwt_shm_slots_generation(scene->refresher.shared, scene->source);
}

static unsigned attempts(const test_scene *scene)
{
    return ajwt_shm_slots_attempts(scene->refresher.shared, scene->source);
}

static int renew(ajwt_refresh_result *result, const test_scene *scene)
{
    return ajwt_refresher_run(result, &scene->refresher, scene->source,
                              scene->pool);
}

static apr_time_t next_at(const test_scene *scene)
{
    return ajwt_refresher_next_at(&scene->refresher, scene->source,
                                  scene->pool);
}

static int is_due(const test_scene *scene)
{
    return next_at(scene) <= support_clock;
}

/* --- by time --- */

/* At that second the issuer has this; NOT_DUE: nobody asks it. */
#define NOT_DUE AJWT_REASON_COUNT

typedef struct event {
    int at_s;
    content offered;
    int max_age_s;
    ajwt_reason reason;
    int serving;      /* after it */
    int fetched_at_s; /* of what serves; -1: nothing does */
} event;

/* Times leave room for the jitter: 10 % of a refresh, and half of a retry. */
static const event a_long_life[] = {
    {0, SET_1, -1, AJWT_ACCEPTED, 1, 0},
    {0, SET_2, -1, NOT_DUE, 1, 0},
    {2900, SET_2, -1, NOT_DUE, 1, 0},
    /* the same again */
    {3600, SET_1, -1, AJWT_ACCEPTED, 1, 3600},
    {3600 + 2900, SET_1, -1, NOT_DUE, 1, 3600},
    /* an outage: 10 s (within the cool-down), 20, 40, 80, 160, 320 */
    {7200, NOTHING, -1, AJWT_FETCH_FAILED, 1, 3600},
    {7212, SET_2, -1, NOT_DUE, 1, 3600},
    {7229, SET_2, -1, NOT_DUE, 1, 3600},
    {7230, GARBAGE, -1, AJWT_KEYSET_INVALID, 1, 3600},
    {7259, SET_2, -1, NOT_DUE, 1, 3600},
    {7260, EMPTY, -1, AJWT_KEYSET_INVALID, 1, 3600},
    {7289, SET_2, -1, NOT_DUE, 1, 3600},
    {7300, NO_KEYS, -1, AJWT_KEYSET_UNUSABLE, 1, 3600},
    {7339, SET_2, -1, NOT_DUE, 1, 3600},
    {7380, SECRETS, -1, AJWT_KEYSET_UNUSABLE, 1, 3600},
    {7459, SET_2, -1, NOT_DUE, 1, 3600},
    {7540, DUPLICATE, -1, AJWT_DUPLICATE_MEMBER, 1, 3600},
    {7699, SET_2, -1, NOT_DUE, 1, 3600},
    {7860, TOO_MANY, -1, AJWT_OVER_LIMIT, 1, 3600},
    {8179, SET_2, -1, NOT_DUE, 1, 3600},
    /* it is over */
    {8500, SET_2, -1, AJWT_ACCEPTED, 2, 8500},
    {8500 + 2900, SET_1, -1, NOT_DUE, 2, 8500},
    {8500 + 3600, SET_1, -1, AJWT_ACCEPTED, 1, 8500 + 3600},
};

static const event a_bad_start[] = {
    {0, NOTHING, -1, AJWT_FETCH_FAILED, 0, -1},
    {0, SET_1, -1, NOT_DUE, 0, -1},
    {1, GARBAGE, -1, AJWT_KEYSET_INVALID, 0, -1},
    {1, SET_1, -1, NOT_DUE, 0, -1},
    {3, NO_KEYS, -1, AJWT_KEYSET_UNUSABLE, 0, -1},
    {4, SET_1, -1, NOT_DUE, 0, -1},
    {7, SET_1, -1, AJWT_ACCEPTED, 1, 7},
};

static const event cache_control[] = {
    {0, SET_1, 600, AJWT_ACCEPTED, 1, 0},
    {480, SET_2, -1, NOT_DUE, 1, 0},
    {600, SET_2, 7200, AJWT_ACCEPTED, 2, 600},
    {600 + 5800, SET_1, -1, NOT_DUE, 2, 600},
    {600 + 7200, SET_1, 1, AJWT_ACCEPTED, 1, 7800},
    {7800 + 240, SET_2, 1, NOT_DUE, 1, 7800},
    {7800 + 300, SET_2, 999999999, AJWT_ACCEPTED, 2, 8100},
    {8100 + 69000, SET_1, -1, NOT_DUE, 2, 8100},
    {8100 + 86400, SET_1, -1, AJWT_ACCEPTED, 1, 8100 + 86400},
};

/* What is said of an attempt, against what was there before it */
static void check_result(const char *what, const event *e,
                         const test_scene *scene,
                         const ajwt_refresh_result *result, int was_serving)
{
    const apr_time_t wanted_at =
        e->fetched_at_s < 0 ? 0
                            : SUPPORT_NOW + apr_time_from_sec(e->fetched_at_s);

    support_expect_reason(what, result->reason, e->reason);
    support_expect(what, result->is_changed == (was_serving != e->serving));
    support_expect(what, result->fetched_at == wanted_at);
    support_expect(what,
                   scene->issuer->deadline ==
                       support_clock + apr_time_from_sec(schedule.timeout_s));
    if (e->reason == AJWT_ACCEPTED)
        support_expect(what, result->document && !result->detail);
}

static void play_event(const char *what, const event *e, test_scene *scene)
{
    const int due = e->reason != NOT_DUE;
    const int was_serving = serving(scene);
    const unsigned before = generation(scene), were_attempts = attempts(scene);
    ajwt_refresh_result result;

    set_clock(e->at_s);
    offer(scene, e->offered, e->max_age_s);
    scene->issuer->asked = "";
    support_expect(what, is_due(scene) == due);
    support_expect(what, renew(&result, scene) == due);
    support_expect_text(what, scene->issuer->asked, due ? URL " " : "");
    if (due)
        check_result(what, e, scene, &result, was_serving);
    support_expect(what, serving(scene) == e->serving);
    support_expect(what, (generation(scene) != before) ==
                             (was_serving != e->serving));
    support_expect(what, attempts(scene) == were_attempts + (unsigned)due);
}

static void play(const char *name, const event *events, unsigned count,
                 apr_pool_t *pool)
{
    test_scene *scene = set_scene(pool);
    unsigned i;

    for (i = 0; i < count; i++)
        play_event(apr_psprintf(pool, "%s, second %d", name, events[i].at_s),
                   &events[i], scene);
}

static void test_by_time(void **state)
{
    play("a long life", a_long_life, SUPPORT_COUNT(a_long_life), *state);
    play("a bad start", a_bad_start, SUPPORT_COUNT(a_bad_start), *state);
    play("Cache-Control", cache_control, SUPPORT_COUNT(cache_control), *state);
}

static void test_what_is_wrong_with_a_set_is_told(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    const ajwt_keyset *keyset;

    offer(scene, SECRETS, -1);
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_KEYSET_UNUSABLE);
    keyset = result.document;
    assert_non_null(keyset);
    assert_int_equal(keyset->notes->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(keyset->notes, 0, ajwt_key_note).reason,
                     AJWT_KEY_SYMMETRIC);
    set_clock(60);
    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    assert_string_equal(result.detail, URL ": refused");
}

static ajwt_failure failure_of(const test_scene *scene)
{
    ajwt_slot_state *locked;
    ajwt_failure failure;

    assert_int_equal(
        ajwt_shm_slots_lock(&locked, scene->refresher.shared, scene->source),
        APR_SUCCESS);
    failure = locked->failure;
    ajwt_shm_slots_unlock(scene->refresher.shared);
    return failure;
}

static void test_the_last_failure_is_kept(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_failure failure = failure_of(scene);
    ajwt_refresh_result result;

    assert_int_equal(failure.reason, AJWT_ACCEPTED);
    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    set_clock(60);
    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    failure = failure_of(scene);
    assert_int_equal(failure.reason, AJWT_FETCH_FAILED);
    assert_string_equal(failure.detail, URL ": refused");
    assert_true(failure.at == SUPPORT_NOW);
    set_clock(60 + 3600);
    offer(scene, GARBAGE, -1);
    assert_true(renew(&result, scene));
    failure = failure_of(scene);
    assert_int_equal(failure.reason, AJWT_KEYSET_INVALID);
    assert_string_equal(failure.detail,
                        "it is HTML or XML, such as a login or error page: "
                        "write the URL of the key set itself");
    assert_true(failure.at == support_clock);
}

static ajwt_reason say_much(ajwt_http_response *response,
                            const ajwt_fetcher *fetcher,
                            const ajwt_http_request *request, apr_pool_t *pool)
{
    (void)fetcher, (void)request;
    memset(response, 0, sizeof *response);
    response->detail = support_repeat("x", 2 * AJWT_MAX_DETAIL_BYTES, pool);
    return AJWT_FETCH_FAILED;
}

static void test_long_words_are_cut(void **state)
{
    test_scene *scene = set_scene(*state);
    const ajwt_fetcher fetcher = {.get = say_much};
    ajwt_refresh_result result;

    scene->refresher.fetcher = &fetcher;
    assert_true(ajwt_refresher_run(&result, &scene->refresher, scene->source,
                                   scene->pool));
    assert_string_equal(failure_of(scene).detail,
                        support_repeat("x", AJWT_MAX_DETAIL_BYTES, *state));
}

static void test_what_is_asked_for_is_due(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    set_clock(31);
    offer(scene, SET_2, -1);
    assert_false(is_due(scene));
    ajwt_shm_slots_request(scene->refresher.shared, scene->source);
    assert_true(is_due(scene));
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 2);
    /* once in a cool-down */
    ajwt_shm_slots_request(scene->refresher.shared, scene->source);
    assert_false(is_due(scene));
    assert_false(renew(&result, scene));
    /* and what was asked for then is forgotten */
    set_clock(31 + 31);
    assert_false(is_due(scene));
}

static void test_a_discovered_key_set(void **state)
{
    static const support_answer answers[] = {
        {SUPPORT_ISSUER "/.well-known/openid-configuration",
         "{\"issuer\":\"" SUPPORT_ISSUER "\",\"jwks_uri\":\"" URL "\"}",
         AJWT_ACCEPTED, 200, 86400},
        {URL, NULL, AJWT_FETCH_STATUS, 500, -1},
        {0}};
    const support_answer fixed[] = {
        answers[0],
        {URL, text_of(SET_1, *state), AJWT_ACCEPTED, 200, 600},
        {0}};
    ajwt_sources *sources = ajwt_sources_make(*state);
    const char *error;
    ajwt_source *source =
        ajwt_source_from_discovery(&error, SUPPORT_ISSUER, NULL, *state);
    test_scene *scene;
    ajwt_refresh_result result;

    ajwt_sources_add(sources, source);
    scene = set_scene_of(source, sources, *state);
    scene->issuer->answers = answers;
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_FETCH_STATUS);
    assert_int_equal(serving(scene), 0);
    set_clock(60);
    scene->issuer->answers = fixed;
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    assert_int_equal(serving(scene), 1);
    set_clock(60 + 600);
    assert_true(is_due(scene));
}

/* --- beside others --- */

static void test_another_is_at_it(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_slot_state *locked;
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    assert_int_equal(
        ajwt_shm_slots_lock(&locked, scene->refresher.shared, scene->source),
        APR_SUCCESS);
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, support_clock);
    ajwt_shm_slots_unlock(scene->refresher.shared);
    set_clock(9);
    assert_false(is_due(scene));
    assert_false(renew(&result, scene));
    assert_string_equal(scene->issuer->asked, "");
    assert_int_equal(attempts(scene), 0);
    /* and was never heard of again */
    set_clock(30);
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 1);
}

/* Something that happens while a document is on its way */
typedef struct test_interruption {
    ajwt_fetcher fetcher; /* first, so that it is found again */
    test_scene *scene;
    content brings;
    void (*meanwhile)(test_scene *scene);
} test_interruption;

static ajwt_reason get_interrupted(ajwt_http_response *response,
                                   const ajwt_fetcher *fetcher,
                                   const ajwt_http_request *request,
                                   apr_pool_t *pool)
{
    const test_interruption *interruption = (const test_interruption *)fetcher;

    (void)request;
    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    interruption->meanwhile(interruption->scene);
    response->body =
        ajwt_bytes_from_string(text_of(interruption->brings, pool));
    return response->body.data ? AJWT_ACCEPTED : AJWT_FETCH_FAILED;
}

static int renew_interrupted(ajwt_refresh_result *result, test_scene *scene,
                             content brings,
                             void (*meanwhile)(test_scene *scene))
{
    const test_interruption interruption = {
        {get_interrupted, NULL, NULL}, scene, brings, meanwhile};
    ajwt_refresher refresher = scene->refresher;

    refresher.fetcher = &interruption.fetcher;
    return ajwt_refresher_run(result, &refresher, scene->source, scene->pool);
}

static void try_to_renew(test_scene *scene)
{
    ajwt_refresh_result result;

    offer(scene, SET_2, -1);
    assert_false(renew(&result, scene));
}

/* G6 */
static void test_a_fetch_holds_a_lease_and_no_lock(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    assert_true(renew_interrupted(&result, scene, SET_1, try_to_renew));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    assert_int_equal(serving(scene), 1);
    assert_string_equal(scene->issuer->asked, "");
}

/* The process was stopped for a while, or its machine was. */
static void renew_after_the_lease(test_scene *scene)
{
    ajwt_refresh_result result;

    set_clock(3600);
    offer(scene, SET_2, -1);
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 2);
}

/* G6 */
static void test_whoever_comes_too_late_publishes_nothing(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    int ended = renew_interrupted(&result, scene, SET_1, renew_after_the_lease);

    support_expect("the newer set serves", serving(scene) == 2);
    support_expect("nothing else is told",
                   !ended || result.reason != AJWT_ACCEPTED);
}

static void test_a_failure_that_comes_too_late_changes_nothing(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_slot_state *locked;
    ajwt_refresh_result result;

    renew_interrupted(&result, scene, NOTHING, renew_after_the_lease);
    assert_int_equal(
        ajwt_shm_slots_lock(&locked, scene->refresher.shared, scene->source),
        APR_SUCCESS);
    assert_int_equal(locked->refresh.failures, 0);
    assert_true(locked->refresh.due_at >
                support_clock + apr_time_from_sec(2900));
    ajwt_shm_slots_unlock(scene->refresher.shared);
}

/* --- files --- */

typedef struct file_scene {
    const char *folder, *path;
    test_scene *scene;
} file_scene;

/* As httpd's parent has read it with the configuration: nothing is published */
static file_scene set_file_scene(apr_pool_t *pool)
{
    ajwt_sources *sources = ajwt_sources_make(pool);
    file_scene set = {support_folder(pool), NULL, NULL};
    const char *error;
    ajwt_source *source;

    set.path =
        support_write_text(set.folder, "keys", text_of(SET_1, pool), pool);
    source = ajwt_source_from_file(&error, set.path, pool);
    assert_non_null(source);
    ajwt_sources_add(sources, source);
    set.scene = set_scene_of(source, sources, pool);
    ajwt_shm_slots_begin_file(set.scene->refresher.shared, source,
                              support_clock);
    return set;
}

static void expect_unchanged(const char *what, const file_scene *file)
{
    ajwt_refresh_result result;

    support_expect(what,
                   next_at(file->scene) ==
                       support_clock + apr_time_from_msec(AJWT_FILE_CHECK_MS));
    support_expect(what, !renew(&result, file->scene));
}

/* Reads it; then, as nothing changed since, does not. */
static void expect_file(const char *what, const file_scene *file,
                        ajwt_reason reason, int number)
{
    ajwt_refresh_result result = {AJWT_INTERNAL};

    support_expect(what, is_due(file->scene));
    support_expect(what, renew(&result, file->scene));
    support_expect_reason(what, result.reason, reason);
    support_expect(what, serving(file->scene) == number);
    expect_unchanged(what, file);
    support_expect(what, serving(file->scene) == number);
}

/* All within one second: a file needs no cool-down and no back-off. */
static void test_a_file_is_read_when_it_changes(void **state)
{
    static const struct {
        const char *what;
        content content;
        ajwt_reason reason;
        int serving;
    } cases[] = {
        {"another set", SET_2, AJWT_ACCEPTED, 2},
        {"garbage", GARBAGE, AJWT_KEYSET_INVALID, 2},
        {"other garbage", DUPLICATE, AJWT_DUPLICATE_MEMBER, 2},
        {"no keys", NO_KEYS, AJWT_KEYSET_UNUSABLE, 2},
        {"empty", EMPTY, AJWT_KEYSET_INVALID, 2},
        {"fixed", SET_2, AJWT_ACCEPTED, 2},
        {"the first again", SET_1, AJWT_ACCEPTED, 1},
    };
    const file_scene file = set_file_scene(*state);
    unsigned i;

    expect_unchanged("as it was with the configuration", &file);
    assert_int_equal(generation(file.scene), 0);
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        support_write_text(file.folder, "keys",
                           text_of(cases[i].content, *state), *state);
        expect_file(cases[i].what, &file, cases[i].reason, cases[i].serving);
    }
    assert_string_equal(file.scene->issuer->asked, "");
}

static void test_a_file_is_not_read_for_its_age(void **state)
{
    const file_scene file = set_file_scene(*state);

    set_clock(10 * 365 * 86400);
    expect_unchanged("ten years later", &file);
    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    expect_file("another set", &file, AJWT_ACCEPTED, 2);
    set_clock(0);
    expect_unchanged("the clock went back", &file);
}

static void test_a_file_that_goes_and_comes(void **state)
{
    const file_scene file = set_file_scene(*state);

    assert_int_equal(apr_file_remove(file.path, *state), APR_SUCCESS);
    expect_file("missing", &file, AJWT_FILE_UNREADABLE, 0);
    support_write_text(file.folder, "keys", text_of(SET_1, *state), *state);
    expect_file("there again", &file, AJWT_ACCEPTED, 1);
    assert_int_equal(apr_file_remove(file.path, *state), APR_SUCCESS);
    expect_file("missing again", &file, AJWT_FILE_UNREADABLE, 1);
    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    expect_file("back", &file, AJWT_ACCEPTED, 2);
    support_write_text(file.folder, "keys",
                       support_repeat(" ", AJWT_MAX_DOCUMENT_BYTES + 1, *state),
                       *state);
    expect_file("too large", &file, AJWT_FILE_UNREADABLE, 2);
    assert_int_equal(apr_file_remove(file.path, *state), APR_SUCCESS);
    assert_int_equal(apr_dir_make(file.path, APR_FPROT_OS_DEFAULT, *state),
                     APR_SUCCESS);
    expect_file("a folder", &file, AJWT_FILE_UNREADABLE, 2);
}

static void test_a_file_may_hold_secrets_and_pem(void **state)
{
    const file_scene file = set_file_scene(*state);
    ajwt_refresh_result result;

    support_write_text(file.folder, "keys", text_of(SECRETS, *state), *state);
    assert_true(renew(&result, file.scene));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    support_write_text(file.folder, "keys", support_public_pem("P-256", *state),
                       *state);
    assert_true(renew(&result, file.scene));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
}

static void test_another_reads_the_file(void **state)
{
    const file_scene file = set_file_scene(*state);
    ajwt_shm_slots *shared = file.scene->refresher.shared;
    ajwt_slot_state *locked;
    ajwt_refresh_result result;

    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    assert_int_equal(ajwt_shm_slots_lock(&locked, shared, file.scene->source),
                     APR_SUCCESS);
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, support_clock);
    ajwt_shm_slots_unlock(shared);
    assert_false(renew(&result, file.scene));
    set_clock(10);
    assert_true(renew(&result, file.scene));
    assert_int_equal(serving(file.scene), 2);
}

/* --- a new process that fetches --- */

static int resume(const test_scene *scene)
{
    return ajwt_refresher_resume(&scene->refresher, scene->source, 0,
                                 scene->pool);
}

/* As a process does that is killed before its attempt has ended */
static void begin_and_die(test_scene *scene)
{
    ajwt_slot_state *locked;

    assert_int_equal(
        ajwt_shm_slots_lock(&locked, scene->refresher.shared, scene->source),
        APR_SUCCESS);
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, support_clock);
    ajwt_shm_slots_unlock(scene->refresher.shared);
}

/* G6 */
static void test_a_new_process_ends_the_lease_of_one_that_died(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    begin_and_die(scene);
    set_clock(1);
    assert_false(is_due(scene));
    assert_true(resume(scene));
    assert_true(is_due(scene));
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 1);
    /* the same when there was a set before */
    set_clock(3600);
    begin_and_die(scene);
    offer(scene, SET_2, -1);
    assert_true(resume(scene));
    assert_int_equal(serving(scene), 1);
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 2);
}

static void test_without_a_lease_a_new_process_changes_nothing(void **state)
{
    test_scene *scene = set_scene(*state);
    apr_time_t before;
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    before = next_at(scene);
    set_clock(1);
    assert_true(resume(scene));
    assert_true(next_at(scene) == before);
    assert_int_equal(serving(scene), 1);
    /* nor when the last attempt has failed */
    set_clock(3600);
    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    before = next_at(scene);
    assert_true(resume(scene));
    assert_true(next_at(scene) == before);
}

/* What it had begun comes too late to be published. */
static void resume_meanwhile(test_scene *scene)
{
    assert_true(resume(scene));
}

static void test_an_attempt_of_an_older_process_does_not_publish(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    assert_false(renew_interrupted(&result, scene, SET_1, resume_meanwhile));
    assert_int_equal(serving(scene), 0);
    assert_int_equal(attempts(scene), 0);
    assert_true(is_due(scene));
}

static void test_a_file_that_a_new_process_cannot_see(void **state)
{
    const file_scene file = set_file_scene(*state);

    assert_true(resume(file.scene));
    assert_int_equal(apr_file_remove(file.path, *state), APR_SUCCESS);
    assert_int_equal(apr_dir_remove(file.folder, *state), APR_SUCCESS);
    assert_true(is_due(file.scene)); /* which would fail, and be logged */
    assert_false(resume(file.scene));
    expect_unchanged("hidden", &file);
    assert_int_equal(generation(file.scene), 0);
}

/* Someone replaces it, not at one stroke: it is watched on. */
static void test_a_file_that_is_missing_when_a_process_starts(void **state)
{
    const file_scene file = set_file_scene(*state);

    assert_int_equal(apr_file_remove(file.path, *state), APR_SUCCESS);
    assert_true(resume(file.scene));
    expect_file("missing", &file, AJWT_FILE_UNREADABLE, 0);
    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    expect_file("there again", &file, AJWT_ACCEPTED, 2);
}

static void test_a_file_that_changed_while_no_process_looked(void **state)
{
    const file_scene file = set_file_scene(*state);

    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    assert_true(resume(file.scene));
    expect_file("changed", &file, AJWT_ACCEPTED, 2);
}

/* The reader of a file died, too. */
static void test_a_new_process_ends_the_lease_of_a_file(void **state)
{
    const file_scene file = set_file_scene(*state);

    support_write_text(file.folder, "keys", text_of(SET_2, *state), *state);
    begin_and_die(file.scene);
    assert_true(resume(file.scene));
    expect_file("changed", &file, AJWT_ACCEPTED, 2);
}

/* --- the clock --- */

/* G7 */
static void test_a_clock_that_went_back_puts_nothing_off(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    set_clock(-7200);
    assert_true(is_due(scene));
    assert_true(renew(&result, scene));
}

/* --- what has not changed --- */

static void test_a_set_that_has_not_changed_gets_young_again(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    unsigned before;

    offer(scene, SET_1, -1);
    scene->answers[0].etag = "\"1\"";
    assert_true(renew(&result, scene));
    before = generation(scene);
    set_clock(3600);
    offer(scene, SET_2, 7200); /* which nobody sees, as the ETag is the same */
    assert_true(renew(&result, scene));
    assert_string_equal(scene->issuer->etag, "\"1\"");
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    assert_false(result.is_changed);
    assert_true(result.fetched_at == support_clock);
    assert_int_equal(serving(scene), 1);
    assert_int_equal(generation(scene), before);
    assert_int_equal(attempts(scene), 2);
    set_clock(3600 + 5800); /* its Cache-Control counts */
    assert_false(renew(&result, scene));
    scene->answers[0].etag = "\"2\"";
    set_clock(3600 + 7200);
    assert_true(renew(&result, scene));
    assert_int_equal(serving(scene), 2);
}

/* An ETag is of the set that serves, not of one that was refused. */
static void test_a_bad_sets_etag_is_forgotten(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    set_clock(3600);
    offer(scene, GARBAGE, -1);
    scene->answers[0].etag = "\"bad\"";
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_KEYSET_INVALID);
    set_clock(3700);
    assert_true(renew(&result, scene));
    assert_null(scene->issuer->etag);
    assert_int_equal(result.reason, AJWT_KEYSET_INVALID);
}

/* --- what an administrator is told of an outage --- */

static void test_an_outage_is_told_when_it_begins_and_hourly(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    int told = 0, second;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    offer(scene, NOTHING, -1);
    for (second = 3600; second < 3600 + 4 * 3600; second += 10) {
        set_clock(second);
        if (renew(&result, scene))
            told += result.is_warning_due;
    }
    assert_in_range(told, 3, 4);
    offer(scene, SET_1, -1);
    set_clock(6 * 3600);
    assert_true(renew(&result, scene));
    assert_in_range(result.failures, 20, 40);
    offer(scene, NOTHING, -1);
    set_clock(7 * 3600);
    assert_true(renew(&result, scene));
    assert_true(result.is_warning_due);
}

/* Whoever read that nobody answers must hear that the answer is wrong. */
static void test_another_failure_is_news(void **state)
{
    static const struct {
        content offered;
        int is_warning_due;
    } failures[] = {{NOTHING, 1}, {NOTHING, 0}, {GARBAGE, 1}, {GARBAGE, 0}};
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    unsigned i;

    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    for (i = 0; i < SUPPORT_COUNT(failures); i++) {
        set_clock(3600 + 300 * (int)i);
        offer(scene, failures[i].offered, -1);
        assert_true(renew(&result, scene));
        assert_int_equal(result.is_warning_due, failures[i].is_warning_due);
    }
}

static void test_without_any_keys_a_failure_is_news_hourly(void **state)
{
    static const struct {
        int at_s;
        content offered;
        int is_warning_due;
    } failures[] = {{0, NOTHING, 1},    {60, NOTHING, 0},   {3540, NOTHING, 0},
                    {3600, NOTHING, 1}, {3660, NOTHING, 0}, {3720, GARBAGE, 1},
                    {3780, GARBAGE, 0}};
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(failures); i++) {
        set_clock(failures[i].at_s);
        offer(scene, failures[i].offered, -1);
        assert_true(renew(&result, scene));
        support_expect(apr_psprintf(*state, "after %d s", failures[i].at_s),
                       result.is_warning_due == failures[i].is_warning_due);
    }
}

static void test_after_a_restart_a_failure_is_news(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;
    int is_restart;

    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    for (is_restart = 0; is_restart < 2; is_restart++) {
        set_clock(60 * (is_restart + 1));
        assert_true(ajwt_refresher_resume(&scene->refresher, scene->source,
                                          is_restart, *state));
        assert_true(renew(&result, scene));
        assert_int_equal(result.is_warning_due, is_restart);
    }
}

/* --- requests that were answered 503 --- */

static int may_warn(const test_scene *scene)
{
    return ajwt_shm_slots_may_warn(scene->refresher.shared, scene->source,
                                   support_clock);
}

static void test_the_first_set_ends_an_outage_that_was_logged(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    assert_false(result.ends_outage);
    assert_true(may_warn(scene));
    set_clock(60);
    assert_true(renew(&result, scene));
    assert_false(result.ends_outage);
    assert_false(may_warn(scene));
    set_clock(200);
    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    assert_true(result.ends_outage);
    /* once, and the next outage is logged at once */
    set_clock(3800);
    assert_true(renew(&result, scene));
    assert_false(result.ends_outage);
    assert_true(may_warn(scene));
}

static void test_keys_that_were_never_missed_end_no_outage(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, NOTHING, -1);
    assert_true(renew(&result, scene));
    set_clock(60);
    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    assert_false(result.ends_outage);
}

/* Keys that are too old are used again when the issuer confirms them. */
static void test_a_confirmed_set_ends_an_outage(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    offer(scene, SET_1, -1);
    scene->answers[0].etag = "\"1\"";
    assert_true(renew(&result, scene));
    set_clock(86400 + 1);
    assert_true(may_warn(scene));
    assert_true(renew(&result, scene));
    assert_false(result.is_changed);
    assert_true(result.ends_outage);
}

/* --- what outlives a stop --- */

/* The same source under a server that was started again at that second */
static test_scene *start_again(const test_scene *before, int at_s)
{
    test_scene *after = set_scene(before->pool);

    after->refresher.state_dir = before->refresher.state_dir;
    set_clock(at_s);
    return after;
}

static test_scene *set_saving_scene(apr_pool_t *pool)
{
    test_scene *scene = set_scene(pool);

    scene->refresher.state_dir = support_folder(pool);
    return scene;
}

static ajwt_reason restore(const char **detail, const test_scene *scene)
{
    return ajwt_refresher_restore(detail, &scene->refresher, scene->source,
                                  scene->pool);
}

static void renew_well(test_scene *scene, content offered, int at_s)
{
    ajwt_refresh_result result;

    set_clock(at_s);
    offer(scene, offered, -1);
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    assert_int_equal(result.saved, AJWT_ACCEPTED);
}

static apr_time_t fetched_at(const test_scene *scene)
{
    return ajwt_shm_slots_fetched_at(scene->refresher.shared, scene->source);
}

static void test_a_saved_set_serves_with_its_age(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;
    ajwt_refresh_result result;

    renew_well(scene, SET_1, 0);
    again = start_again(scene, 86399);
    assert_int_equal(restore(&detail, again), AJWT_ACCEPTED);
    assert_null(detail);
    assert_int_equal(serving(again), 1);
    assert_true(fetched_at(again) == SUPPORT_NOW);
    /* and it is tried at once to have a newer one */
    offer(again, NOTHING, -1);
    assert_true(renew(&result, again));
    assert_int_equal(serving(again), 1);
}

static void test_an_unchanged_set_is_saved_with_its_new_age(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;

    scene->answers[0].etag = "\"1\"";
    renew_well(scene, SET_1, 0);
    renew_well(scene, SET_1, 80000);
    again = start_again(scene, 86400);
    assert_int_equal(restore(&detail, again), AJWT_ACCEPTED);
    assert_true(fetched_at(again) == SUPPORT_NOW + apr_time_from_sec(80000));
    /* its ETag was saved too */
    again->answers[0].etag = "\"1\"";
    renew_well(again, SET_2, 86400);
    assert_int_equal(serving(again), 1);
}

static void test_a_saved_set_that_is_too_old(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;

    renew_well(scene, SET_1, 0);
    again = start_again(scene, 86401);
    assert_int_equal(restore(&detail, again), AJWT_STATE_UNUSABLE);
    assert_non_null(strstr(detail, "AuthJWTStale"));
    assert_int_equal(serving(again), 0);
}

/* G7 */
static void test_a_saved_set_from_the_future(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;

    renew_well(scene, SET_1, 1000);
    again = start_again(scene, 0);
    assert_int_equal(restore(&detail, again), AJWT_STATE_UNUSABLE);
    assert_non_null(strstr(detail, "future"));
    assert_int_equal(serving(again), 0);
}

/* B4, G3: Whoever could write the file gets no more than an issuer would. */
static void test_a_saved_set_is_checked_like_a_fetched_one(void **state)
{
    static const content bad[] = {GARBAGE, NO_KEYS, SECRETS, DUPLICATE,
                                  TOO_MANY};
    test_scene *scene = set_saving_scene(*state);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(bad); i++) {
        const ajwt_saved saved = {
            .text = ajwt_bytes_from_string(text_of(bad[i], *state)),
            .fetched_at = SUPPORT_NOW};
        test_scene *again = start_again(scene, 1);
        const char *detail;

        assert_int_equal(ajwt_statedir_write(&saved, &detail,
                                             scene->refresher.state_dir,
                                             scene->source, *state),
                         AJWT_ACCEPTED);
        assert_int_not_equal(restore(&detail, again), AJWT_ACCEPTED);
        assert_int_equal(serving(again), 0);
    }
}

static void test_what_serves_is_not_replaced_by_what_was_saved(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;

    renew_well(scene, SET_1, 0);
    again = start_again(scene, 10);
    again->refresher.state_dir = NULL;
    renew_well(again, SET_2, 10);
    again->refresher.state_dir = scene->refresher.state_dir;
    assert_int_equal(restore(&detail, again), AJWT_ACCEPTED);
    assert_int_equal(serving(again), 2);
}

static void test_a_failure_saves_nothing(void **state)
{
    test_scene *scene = set_saving_scene(*state), *again;
    const char *detail;
    ajwt_refresh_result result;

    renew_well(scene, SET_1, 0);
    set_clock(3600);
    offer(scene, NO_KEYS, -1);
    assert_true(renew(&result, scene));
    again = start_again(scene, 3700);
    assert_int_equal(restore(&detail, again), AJWT_ACCEPTED);
    assert_int_equal(serving(again), 1);
    assert_true(fetched_at(again) == SUPPORT_NOW);
}

static void test_a_set_that_cannot_be_saved_serves_all_the_same(void **state)
{
    test_scene *scene = set_scene(*state);
    ajwt_refresh_result result;

    scene->refresher.state_dir = "/proc/self/no-such-folder";
    offer(scene, SET_1, -1);
    assert_true(renew(&result, scene));
    assert_int_equal(result.reason, AJWT_ACCEPTED);
    assert_int_equal(result.saved, AJWT_STATE_UNWRITABLE);
    assert_non_null(result.saved_detail);
    assert_int_equal(serving(scene), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_a_new_process_ends_the_lease_of_one_that_died),
        SUPPORT_TEST(test_without_a_lease_a_new_process_changes_nothing),
        SUPPORT_TEST(test_an_attempt_of_an_older_process_does_not_publish),
        SUPPORT_TEST(test_a_file_that_a_new_process_cannot_see),
        SUPPORT_TEST(test_a_file_that_is_missing_when_a_process_starts),
        SUPPORT_TEST(test_a_file_that_changed_while_no_process_looked),
        SUPPORT_TEST(test_a_new_process_ends_the_lease_of_a_file),
        SUPPORT_TEST(test_a_clock_that_went_back_puts_nothing_off),
        SUPPORT_TEST(test_a_set_that_has_not_changed_gets_young_again),
        SUPPORT_TEST(test_a_bad_sets_etag_is_forgotten),
        SUPPORT_TEST(test_an_outage_is_told_when_it_begins_and_hourly),
        SUPPORT_TEST(test_another_failure_is_news),
        SUPPORT_TEST(test_without_any_keys_a_failure_is_news_hourly),
        SUPPORT_TEST(test_after_a_restart_a_failure_is_news),
        SUPPORT_TEST(test_the_first_set_ends_an_outage_that_was_logged),
        SUPPORT_TEST(test_keys_that_were_never_missed_end_no_outage),
        SUPPORT_TEST(test_a_confirmed_set_ends_an_outage),
        SUPPORT_TEST(test_a_saved_set_serves_with_its_age),
        SUPPORT_TEST(test_an_unchanged_set_is_saved_with_its_new_age),
        SUPPORT_TEST(test_a_saved_set_that_is_too_old),
        SUPPORT_TEST(test_a_saved_set_from_the_future),
        SUPPORT_TEST(test_a_saved_set_is_checked_like_a_fetched_one),
        SUPPORT_TEST(test_what_serves_is_not_replaced_by_what_was_saved),
        SUPPORT_TEST(test_a_failure_saves_nothing),
        SUPPORT_TEST(test_a_set_that_cannot_be_saved_serves_all_the_same),
        SUPPORT_TEST(test_by_time),
        SUPPORT_TEST(test_what_is_wrong_with_a_set_is_told),
        SUPPORT_TEST(test_the_last_failure_is_kept),
        SUPPORT_TEST(test_long_words_are_cut),
        SUPPORT_TEST(test_what_is_asked_for_is_due),
        SUPPORT_TEST(test_a_discovered_key_set),
        SUPPORT_TEST(test_another_is_at_it),
        SUPPORT_TEST(test_a_fetch_holds_a_lease_and_no_lock),
        SUPPORT_TEST(test_whoever_comes_too_late_publishes_nothing),
        SUPPORT_TEST(test_a_failure_that_comes_too_late_changes_nothing),
        SUPPORT_TEST(test_a_file_is_read_when_it_changes),
        SUPPORT_TEST(test_a_file_is_not_read_for_its_age),
        SUPPORT_TEST(test_a_file_that_goes_and_comes),
        SUPPORT_TEST(test_a_file_may_hold_secrets_and_pem),
        SUPPORT_TEST(test_another_reads_the_file),
    };

    alarm(MAX_SECONDS);
    return SUPPORT_RUN(tests);
}
