/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/limits.h"
#include "keys/keyring.h"

#define A            "https://a.example/jwks"
#define B            "https://b.example/jwks"

#define PUBLICATIONS 2000

/* A thread that waits for what never comes would keep the program for ever. */
#define MAX_SECONDS 120

/* What "at once" is on a busy machine, and less than any time-out here */
#define SOON apr_time_from_sec(10)

/* As a request does that has just checked by the keys of now */
static int await_now(ajwt_keyring *keyring, const ajwt_source *source,
                     const char *kid)
{
    const ajwt_bytes missing = ajwt_bytes_from_string(kid);
    ajwt_pinned pinned;

    ajwt_keyring_acquire(&pinned, keyring, source);
    ajwt_keyring_release(&pinned);
    return ajwt_keyring_await(keyring, source, pinned.generation,
                              kid ? &missing : NULL);
}

static const ajwt_refresh_schedule schedule = {3600, 86400, 30, 30};

/* --- one process's keys --- */

typedef struct test_scene {
    support_segment segment;
    ajwt_shm_slots *shared;
    ajwt_keyring *keyring;
    const ajwt_source *source;
    support_client *client;
} test_scene;

static ajwt_keyring *open_with(const support_client *client,
                               const ajwt_sources *sources,
                               ajwt_shm_slots *shared,
                               const ajwt_refresh_schedule *times,
                               apr_pool_t *pool)
{
    ajwt_keyring *keyring;

    assert_int_equal(ajwt_keyring_open(&keyring, sources, shared, times,
                                       &client->client, pool),
                     APR_SUCCESS);
    return keyring;
}

static ajwt_keyring *open_keyring(const ajwt_sources *sources,
                                  ajwt_shm_slots *shared,
                                  const ajwt_refresh_schedule *times,
                                  apr_pool_t *pool)
{
    return open_with(support_make_client(pool), sources, shared, times, pool);
}

/* -1: no keys */
static int acquired_number(ajwt_keyring *keyring, const ajwt_source *source)
{
    ajwt_pinned pinned;
    int number;

    ajwt_keyring_acquire(&pinned, keyring, source);
    number = support_number_of(pinned.keyset);
    ajwt_keyring_release(&pinned);
    return number;
}

static int number_of(const test_scene *scene)
{
    return acquired_number(scene->keyring, scene->source);
}

/* text NULL: nothing was published yet; else one request has parsed it */
static test_scene set_scene(const char *text, apr_pool_t *pool)
{
    const ajwt_sources *sources = support_sources(pool, A, NULL);
    test_scene set = {support_make_segment(pool), NULL, NULL,
                      ajwt_sources_get(sources, 0), support_make_client(pool)};

    set.shared = support_bind(&set.segment, sources, pool);
    if (text)
        support_publish(set.shared, set.source, text);
    set.keyring = open_with(set.client, sources, set.shared, &schedule, pool);
    (void)number_of(&set);
    return set;
}

static void publish(const test_scene *scene, int number, apr_pool_t *pool)
{
    support_publish(scene->shared, scene->source,
                    support_numbered_jwks(number, pool));
}

static void update(const test_scene *scene)
{
    ajwt_keyring_update(scene->keyring, scene->source);
}

static void test_nothing_was_published(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    ajwt_pinned pinned;

    ajwt_keyring_acquire(&pinned, scene.keyring, scene.source);
    assert_null(pinned.keyset);
    ajwt_keyring_release(&pinned);
    update(&scene);
    assert_int_equal(number_of(&scene), -1);
    assert_false(
        ajwt_keyring_is_stale(scene.keyring, scene.source, SUPPORT_NOW));
}

static void test_what_is_there_at_the_start(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(7, *state), *state);

    assert_int_equal(number_of(&scene), 7);
}

static void test_a_new_set_is_seen_by_the_next_request(void **state)
{
    const test_scene scene = set_scene(NULL, *state);

    assert_int_equal(number_of(&scene), -1);
    publish(&scene, 1, *state);
    assert_int_equal(number_of(&scene), 1);
    publish(&scene, 2, *state);
    update(&scene);
    update(&scene);
    assert_int_equal(number_of(&scene), 2);
}

static void test_each_source_has_its_own_set(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    const ajwt_source *a = ajwt_sources_get(sources, 0);
    const ajwt_source *b = ajwt_sources_get(sources, 1);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    ajwt_keyring *keyring = open_keyring(sources, shared, &schedule, *state);

    support_publish(shared, b, support_numbered_jwks(2, *state));
    ajwt_keyring_update(keyring, a);
    ajwt_keyring_update(keyring, b);
    assert_int_equal(acquired_number(keyring, a), -1);
    assert_int_equal(acquired_number(keyring, b), 2);
    support_publish(shared, a, support_numbered_jwks(1, *state));
    ajwt_keyring_update(keyring, a);
    assert_int_equal(acquired_number(keyring, a), 1);
    assert_int_equal(acquired_number(keyring, b), 2);
}

static void test_an_unusable_generation_gives_no_keys(void **state)
{
    static const char *const texts[] = {"garbage", "{\"keys\":[]}", "{}"};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(texts); i++) {
        const test_scene scene =
            set_scene(support_numbered_jwks(1, *state), *state);

        support_publish(scene.shared, scene.source, texts[i]);
        update(&scene);
        support_expect(texts[i], number_of(&scene) == -1);
        publish(&scene, 2, *state);
        update(&scene);
        support_expect(texts[i], number_of(&scene) == 2);
    }
}

/* A fetched set must hold no secret, even if somebody published one. */
static void test_the_origin_counts(void **state)
{
    const char *jwks = support_jwks(*state, "oct", NULL);
    const char *path =
        support_write_text(support_folder(*state), "keys", jwks, *state);
    const support_segment segment = support_make_segment(*state);
    ajwt_sources *sources = support_sources(*state, A, NULL);
    const char *error;
    const ajwt_source *a = ajwt_sources_get(sources, 0), *file;
    ajwt_pinned from_a, from_file;
    ajwt_shm_slots *shared;
    ajwt_keyring *keyring;

    file =
        ajwt_sources_add(sources, ajwt_source_from_file(&error, path, *state));
    shared = support_bind(&segment, sources, *state);
    support_publish(shared, a, jwks);
    support_publish(shared, file, jwks);
    keyring = open_keyring(sources, shared, &schedule, *state);
    ajwt_keyring_acquire(&from_a, keyring, a);
    ajwt_keyring_acquire(&from_file, keyring, file);
    assert_null(from_a.keyset);
    assert_non_null(from_file.keyset);
    assert_int_equal(from_file.keyset->keys->nelts, 1);
    ajwt_keyring_release(&from_file);
    ajwt_keyring_release(&from_a);
}

typedef struct file_scene {
    const ajwt_source *source;
    ajwt_shm_slots *shared;
    ajwt_keyring *keyring;
} file_scene;

/* A file of the configuration, as httpd's parent read it */
static file_scene set_file_scene(const char *text, apr_pool_t *pool)
{
    const char *path =
        support_write_text(support_folder(pool), "keys", text, pool);
    const support_segment segment = support_make_segment(pool);
    ajwt_sources *sources = ajwt_sources_make(pool);
    file_scene set;
    const char *error;

    set.source =
        ajwt_sources_add(sources, ajwt_source_from_file(&error, path, pool));
    set.shared = support_bind(&segment, sources, pool);
    ajwt_shm_slots_begin_file(set.shared, set.source, apr_time_now());
    set.keyring = open_keyring(sources, set.shared, &schedule, pool);
    return set;
}

static void test_keys_of_the_configuration_are_used_until_others_come(
    void **state)
{
    const file_scene file =
        set_file_scene(support_numbered_jwks(1, *state), *state);

    assert_int_equal(acquired_number(file.keyring, file.source), 1);
    ajwt_keyring_update(file.keyring, file.source);
    assert_int_equal(acquired_number(file.keyring, file.source), 1);
    support_publish(file.shared, file.source, support_numbered_jwks(2, *state));
    assert_int_equal(acquired_number(file.keyring, file.source), 2);
    assert_int_equal(support_number_of(file.source->keyset), 1);
}

/* What the configuration owns goes with the configuration, not before. */
static void test_keys_of_the_configuration_are_not_freed(void **state)
{
    const file_scene file =
        set_file_scene(support_numbered_jwks(1, *state), *state);
    ajwt_pinned pinned;

    ajwt_keyring_acquire(&pinned, file.keyring, file.source);
    support_publish(file.shared, file.source, support_numbered_jwks(2, *state));
    ajwt_keyring_update(file.keyring, file.source);
    assert_int_equal(support_number_of(pinned.keyset), 1);
    ajwt_keyring_release(&pinned);
    ajwt_keyring_update(file.keyring, file.source);
    ajwt_keyring_update(file.keyring, file.source);
    assert_int_equal(support_number_of(file.source->keyset), 1);
}

static void test_secrets(void **state)
{
    const support_key *key = support_key_named("oct");
    const char *path =
        support_write(support_folder(*state), "secret", key->secret, *state);
    ajwt_sources *sources = ajwt_sources_make(*state);
    ajwt_keyring *keyring;
    const ajwt_source *source;
    const char *error;
    ajwt_pinned pinned;

    source = ajwt_sources_add(sources,
                              ajwt_source_from_secret(&error, path, *state));
    /* with nothing but secrets there is no segment */
    keyring = open_keyring(sources, NULL, &schedule, *state);
    ajwt_keyring_update(keyring, source);
    ajwt_keyring_acquire(&pinned, keyring, source);
    assert_non_null(pinned.keyset);
    assert_int_equal(pinned.keyset->keys->nelts, 1);
    assert_true(ajwt_bytes_equal(
        APR_ARRAY_IDX(pinned.keyset->keys, 0, ajwt_key).secret, key->secret));
    ajwt_keyring_release(&pinned);
    assert_false(ajwt_keyring_is_stale(keyring, source, apr_time_now()));
    assert_false(await_now(keyring, source, NULL));
    assert_false(await_now(keyring, source, "unknown"));
    assert_int_equal(ajwt_keyring_retry_after(keyring, source, apr_time_now()),
                     1);
}

/* --- what is freed, and when --- */

/* OpenSSL's keys in use: each snapshot holds those of its set. */
static atomic_long public_keys;

/* A thread that parses waits while the gate is closed. */
static atomic_int is_gate_closed, is_at_gate;

static void *malloc_at_gate(size_t size)
{
    while (atomic_load(&is_gate_closed)) {
        atomic_store(&is_at_gate, 1);
        apr_sleep(1000);
    }
    return malloc(size);
}

static void count_new(void *key, void *unused, CRYPTO_EX_DATA *data, int index,
                      long argument, void *pointer)
{
    (void)key, (void)unused, (void)data, (void)index, (void)argument;
    (void)pointer;
    atomic_fetch_add(&public_keys, 1);
}

static void count_free(void *key, void *unused, CRYPTO_EX_DATA *data, int index,
                       long argument, void *pointer)
{
    (void)key, (void)unused, (void)data, (void)index, (void)argument;
    (void)pointer;
    atomic_fetch_sub(&public_keys, 1);
}

/* Those of one set more, which is the same for each numbered set */
static long keys_of_a_set(apr_pool_t *pool)
{
    const char *jwks = support_numbered_jwks(1, pool);
    long before = atomic_load(&public_keys);

    support_parse_keys(jwks, pool);
    assert_true(atomic_load(&public_keys) > before);
    return atomic_load(&public_keys) - before;
}

/* Sets that are parsed now, besides those at `before` */
static long sets_since(long before, long each)
{
    assert_int_equal((atomic_load(&public_keys) - before) % each, 0);
    return (atomic_load(&public_keys) - before) / each;
}

/* G5, G8 */
static void test_a_replaced_set_is_freed(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    const char *texts[] = {support_numbered_jwks(2, *state),
                           support_numbered_jwks(3, *state),
                           support_numbered_jwks(4, *state)};
    const long each = keys_of_a_set(*state), before = atomic_load(&public_keys);
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(texts); i++) {
        support_publish(scene.shared, scene.source, texts[i]);
        update(&scene);
        support_expect(texts[i], sets_since(before, each) == 0);
    }
}

static void test_a_set_in_use_is_not_freed(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    const char *second = support_numbered_jwks(2, *state);
    const char *third = support_numbered_jwks(3, *state);
    const long each = keys_of_a_set(*state), before = atomic_load(&public_keys);
    ajwt_pinned first, later;

    ajwt_keyring_acquire(&first, scene.keyring, scene.source);
    support_publish(scene.shared, scene.source, second);
    update(&scene);
    update(&scene);
    ajwt_keyring_acquire(&later, scene.keyring, scene.source);
    support_publish(scene.shared, scene.source, third);
    update(&scene);
    update(&scene);
    assert_int_equal(support_number_of(first.keyset), 1);
    assert_int_equal(support_number_of(later.keyset), 2);
    assert_int_equal(number_of(&scene), 3);
    assert_int_equal(sets_since(before, each), 2);

    ajwt_keyring_release(&first);
    assert_null(first.keyset);
    update(&scene);
    update(&scene);
    assert_int_equal(support_number_of(later.keyset), 2);
    assert_int_equal(sets_since(before, each), 1);
    ajwt_keyring_release(&later);
    update(&scene);
    update(&scene);
    assert_int_equal(sets_since(before, each), 0);
    assert_int_equal(number_of(&scene), 3);
}

/* G8 */
static void test_all_goes_with_the_pool(void **state)
{
    const char *first = support_numbered_jwks(1, *state);
    const char *second = support_numbered_jwks(2, *state);
    const char *third = support_numbered_jwks(3, *state);
    const long before = atomic_load(&public_keys);
    apr_pool_t *pool;
    ajwt_pinned pinned;
    test_scene scene;

    apr_pool_create(&pool, *state);
    scene = set_scene(first, pool);
    ajwt_keyring_acquire(&pinned, scene.keyring, scene.source);
    support_publish(scene.shared, scene.source, second);
    update(&scene);
    support_publish(scene.shared, scene.source, third);
    update(&scene);
    ajwt_keyring_release(&pinned);
    apr_pool_destroy(pool);
    assert_int_equal(atomic_load(&public_keys), before);
}

/* --- threads --- */

typedef struct test_crowd {
    test_scene scene;
    atomic_int latest; /* published, or about to be */
    atomic_int is_over;
    atomic_int wrong;
    atomic_int newer; /* sets that a reader had not seen before */
} test_crowd;

/* Whole, published already, and never older than the one before */
static void *read_keys(void *data)
{
    test_crowd *crowd = data;
    int last = 0;

    while (!atomic_load(&crowd->is_over)) {
        ajwt_pinned pinned;
        int number, again;

        ajwt_keyring_acquire(&pinned, crowd->scene.keyring,
                             crowd->scene.source);
        number = support_number_of(pinned.keyset);
        again = support_number_of(pinned.keyset);
        ajwt_keyring_release(&pinned);
        if (number != again || number < last ||
            number > atomic_load(&crowd->latest))
            atomic_fetch_add(&crowd->wrong, 1);
        atomic_fetch_add(&crowd->newer, number > last);
        last = number;
    }
    return NULL;
}

/* As requests do that found no key, beside the thread that updates */
static void *await_keys(void *data)
{
    test_crowd *crowd = data;

    while (!atomic_load(&crowd->is_over))
        await_now(crowd->scene.keyring, crowd->scene.source, "unknown");
    return NULL;
}

static void *update_keys(void *data)
{
    test_crowd *crowd = data;

    while (!atomic_load(&crowd->is_over))
        update(&crowd->scene);
    return NULL;
}

/* After a long outage: the cool-down keeps requests from waiting. */
static void begin_and_fail(const test_scene *scene)
{
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    locked->refresh.failures = 20;
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, apr_time_now());
    ajwt_refresh_schedule_fail(&locked->refresh, &schedule, 0, 0,
                               apr_time_now());
    ajwt_shm_slots_unlock(scene->shared);
}

static void publish_all(test_crowd *crowd, const char *const *texts)
{
    int i;

    for (i = 1; i <= PUBLICATIONS; i++) {
        atomic_store(&crowd->latest, i);
        support_publish(crowd->scene.shared, crowd->scene.source, texts[i]);
        update(&crowd->scene);
    }
}

static void run_crowd(test_crowd *all, const char *const *texts,
                      void *(*const *others)(void *), int count)
{
    pthread_t threads[8];
    int i;

    for (i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, others[i], all), 0);
    publish_all(all, texts);
    atomic_store(&all->is_over, 1);
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static const char *const *make_texts(apr_pool_t *pool)
{
    const char **texts = apr_palloc(pool, (PUBLICATIONS + 1) * sizeof *texts);
    apr_pool_t *scratch;
    int i;

    for (i = 0; i <= PUBLICATIONS; i++) {
        apr_pool_create(&scratch, pool);
        texts[i] = apr_pstrdup(pool, support_numbered_jwks(i, scratch));
        apr_pool_destroy(scratch);
    }
    return texts;
}

static void test_readers_beside_a_publisher(void **state)
{
    void *(*const others[])(void *) = {read_keys, read_keys, read_keys,
                                       update_keys};
    const char *const *texts = make_texts(*state);
    test_crowd all = {set_scene(texts[0], *state)};
    const long each = keys_of_a_set(*state), before = atomic_load(&public_keys);

    run_crowd(&all, texts, others, SUPPORT_COUNT(others));
    assert_int_equal(atomic_load(&all.wrong), 0);
    assert_true(atomic_load(&all.newer) > 0);
    assert_int_equal(number_of(&all.scene), PUBLICATIONS);
    update(&all.scene);
    update(&all.scene);
    assert_int_equal(sets_since(before, each), 0);
}

static void test_waiters_beside_a_publisher(void **state)
{
    void *(*const others[])(void *) = {read_keys, await_keys, await_keys};
    const char *const *texts = make_texts(*state);
    test_crowd all = {set_scene(texts[0], *state)};
    const long each = keys_of_a_set(*state), before = atomic_load(&public_keys);

    begin_and_fail(&all.scene);
    run_crowd(&all, texts, others, SUPPORT_COUNT(others));
    assert_int_equal(atomic_load(&all.wrong), 0);
    assert_int_equal(number_of(&all.scene), PUBLICATIONS);
    update(&all.scene);
    update(&all.scene);
    assert_int_equal(sets_since(before, each), 0);
}

/* A request in a thread of its own */
typedef struct request {
    const test_scene *scene;
    int number; /* of the set that it used */
} request;

static void *run_request(void *data)
{
    request *run = data;

    run->number = number_of(run->scene);
    return NULL;
}

static void wait_at_gate(void)
{
    const apr_time_t deadline = apr_time_now() + SOON;

    while (!atomic_load(&is_at_gate) && apr_time_now() < deadline)
        apr_sleep(1000);
    assert_true(atomic_load(&is_at_gate));
}

static void test_others_use_the_older_set_while_one_request_parses(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    const char *newer = support_numbered_jwks(2, *state);
    request first = {&scene, 0};
    pthread_t thread;
    int during;

    assert_int_equal(number_of(&scene), 1);
    support_publish(scene.shared, scene.source, newer);
    atomic_store(&is_at_gate, 0);
    atomic_store(&is_gate_closed, 1);
    assert_int_equal(pthread_create(&thread, NULL, run_request, &first), 0);
    wait_at_gate();
    during = number_of(&scene);
    atomic_store(&is_gate_closed, 0);
    pthread_join(thread, NULL);
    assert_int_equal(during, 1);
    assert_int_equal(first.number, 2);
    assert_int_equal(number_of(&scene), 2);
}

/* A file has changed, and the key is in the set that another request parses. */
static void *await_newer(void *data)
{
    const file_scene *file = data;
    const ajwt_bytes kid = SUPPORT_BYTES("2-0");

    /* 0: the generation of the configuration's keys */
    return ajwt_keyring_await(file->keyring, file->source, 0, &kid) &&
                   acquired_number(file->keyring, file->source) == 2
               ? data
               : NULL;
}

static void *acquire_once(void *data)
{
    const file_scene *file = data;

    return acquired_number(file->keyring, file->source) == 2 ? data : NULL;
}

static void test_a_key_that_is_new_in_a_file_is_found_while_it_is_parsed(
    void **state)
{
    file_scene file = set_file_scene(support_numbered_jwks(1, *state), *state);
    const char *newer = support_numbered_jwks(2, *state);
    pthread_t parser, other;
    void *parsed, *found;
    int during;

    support_publish(file.shared, file.source, newer);
    atomic_store(&is_at_gate, 0);
    atomic_store(&is_gate_closed, 1);
    assert_int_equal(pthread_create(&parser, NULL, acquire_once, &file), 0);
    wait_at_gate();
    during = acquired_number(file.keyring, file.source);
    assert_int_equal(pthread_create(&other, NULL, await_newer, &file), 0);
    atomic_store(&is_gate_closed, 0);
    pthread_join(parser, &parsed);
    pthread_join(other, &found);
    assert_int_equal(during, 1);
    assert_non_null(parsed);
    assert_non_null(found);
}

/* --- waiting --- */

static void begin_attempt(const test_scene *scene)
{
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, apr_time_now());
    ajwt_shm_slots_unlock(scene->shared);
}

/* text NULL: it failed */
static void end_attempt(const test_scene *scene, const char *text)
{
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, scene->shared, scene->source),
                     APR_SUCCESS);
    if (text) {
        ajwt_shm_slots_publish(scene->shared, scene->source,
                               ajwt_bytes_from_string(text));
        ajwt_refresh_schedule_succeed(&locked->refresh, &schedule, -1, 0,
                                      apr_time_now());
    }
    else {
        ajwt_refresh_schedule_fail(&locked->refresh, &schedule, 0, 0,
                                   apr_time_now());
    }
    ajwt_shm_slots_end_attempt(scene->shared, scene->source);
    ajwt_shm_slots_unlock(scene->shared);
}

static void expect_no_wait(const char *what, const test_scene *scene,
                           const char *kid)
{
    apr_time_t began = apr_time_now();

    support_expect(what, !await_now(scene->keyring, scene->source, kid));
    support_expect(what, apr_time_now() - began < SOON);
}

/* G1 */
static void test_nobody_waits_while_it_cools(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    const test_scene loaded =
        set_scene(support_numbered_jwks(1, *state), *state);

    begin_and_fail(&scene);
    expect_no_wait("never loaded", &scene, NULL);
    expect_no_wait("unknown kid", &scene, "unknown");
    begin_attempt(&loaded);
    end_attempt(&loaded, support_numbered_jwks(1, *state));
    expect_no_wait("unknown kid of a set that was loaded", &loaded, "unknown");
    expect_no_wait("too old a set", &loaded, NULL);
}

/* A flood of unknown kids does not so much as touch the mutex. */
static void test_while_it_cools_nobody_takes_the_mutex(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    const apr_time_t began = apr_time_now();
    ajwt_slot_state *locked;

    begin_and_fail(&scene);
    assert_int_equal(ajwt_shm_slots_lock(&locked, scene.shared, scene.source),
                     APR_SUCCESS);
    expect_no_wait("unknown kid", &scene, "unknown");
    assert_in_range(
        ajwt_keyring_retry_after(scene.keyring, scene.source, apr_time_now()),
        2, schedule.cooldown_s);
    assert_true(apr_time_now() - began <
                apr_time_from_msec(AJWT_MAX_LOCK_MS / 2));
    ajwt_shm_slots_unlock(scene.shared);
}

static void test_nobody_waits_for_a_newer_set_that_is_there(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    apr_time_t began = apr_time_now();
    const ajwt_bytes kid = SUPPORT_BYTES("unknown");
    ajwt_pinned pinned;

    ajwt_keyring_acquire(&pinned, scene.keyring, scene.source);
    ajwt_keyring_release(&pinned);
    begin_attempt(&scene);
    end_attempt(&scene, support_numbered_jwks(2, *state));
    assert_true(ajwt_keyring_await(scene.keyring, scene.source,
                                   pinned.generation, &kid));
    assert_true(apr_time_now() - began < SOON);
    assert_int_equal(atomic_load(&scene.client->wakes), 0);
    assert_int_equal(number_of(&scene), 2);
}

static void test_a_file_is_not_waited_for(void **state)
{
    const file_scene file =
        set_file_scene(support_numbered_jwks(1, *state), *state);

    assert_false(await_now(file.keyring, file.source, NULL));
    assert_false(await_now(file.keyring, file.source, "unknown"));
    assert_false(ajwt_keyring_is_stale(
        file.keyring, file.source,
        apr_time_now() + apr_time_from_sec(10 * 365 * 86400)));
}

/* One who waits */
typedef struct waiter {
    const test_scene *scene;
    const char *kid;
    int result;
    int number; /* of what it sees then */
    atomic_int *ended;
    pthread_t thread;
} waiter;

static void *wait_for_keys(void *data)
{
    waiter *who = data;

    who->result = await_now(who->scene->keyring, who->scene->source, who->kid);
    who->number = number_of(who->scene);
    atomic_fetch_add(who->ended, 1);
    return NULL;
}

static void start_waiters(waiter *waiters, int count, const test_scene *scene,
                          const char *kid, atomic_int *ended)
{
    int i;

    for (i = 0; i < count; i++) {
        const waiter who = {scene, kid, -1, -1, ended, 0};

        waiters[i] = who;
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_for_keys,
                                        &waiters[i]),
                         0);
    }
}

static void join_waiters(waiter *waiters, int count)
{
    int i;

    for (i = 0; i < count; i++)
        pthread_join(waiters[i].thread, NULL);
}

static int comes_true(int (*holds)(const void *), const void *scene)
{
    apr_time_t deadline = apr_time_now() + SOON;

    while (!holds(scene) && apr_time_now() < deadline)
        apr_sleep(1000);
    return holds(scene);
}

static int is_woken(const void *scene)
{
    return atomic_load(&((const test_scene *)scene)->client->wakes) > 0;
}

/* As the fetcher process does when it is woken */
static void begin_what_is_wanted(const test_scene *scene)
{
    assert_true(comes_true(is_woken, scene));
    assert_true(ajwt_shm_slots_take_request(scene->shared, scene->source));
    begin_attempt(scene);
}

/* The whole of a first request: it wakes the fetcher, waits, and goes on. */
static void test_a_request_waits_for_the_first_set(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    const char *jwks = support_numbered_jwks(1, *state);
    atomic_int ended = 0;
    waiter waiters[3];
    int i;

    start_waiters(waiters, 3, &scene, NULL, &ended);
    begin_what_is_wanted(&scene);
    assert_int_equal(atomic_load(&ended), 0);
    end_attempt(&scene, jwks);
    join_waiters(waiters, 3);
    for (i = 0; i < 3; i++)
        assert_int_equal(waiters[i].number, 1);
    /* each woke it once */
    assert_in_range(atomic_load(&scene.client->wakes), 1, 3);
}

/* The same keys are an answer too: they are not too old any more. */
static void test_a_set_that_is_confirmed_ends_the_wait(void **state)
{
    const char *jwks = support_numbered_jwks(1, *state);
    const test_scene scene = set_scene(jwks, *state);
    atomic_int ended = 0;
    waiter who;

    start_waiters(&who, 1, &scene, NULL, &ended);
    begin_what_is_wanted(&scene);
    end_attempt(&scene, jwks);
    join_waiters(&who, 1);
    assert_int_equal(who.result, 1);
    assert_int_equal(who.number, 1);
}

static int have_ended(const void *ended)
{
    return atomic_load((const atomic_int *)ended) >= 1;
}

static void test_an_attempt_that_fails_ends_the_wait(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    apr_time_t began = apr_time_now();
    atomic_int ended = 0;
    waiter who;

    start_waiters(&who, 1, &scene, NULL, &ended);
    begin_what_is_wanted(&scene);
    end_attempt(&scene, NULL);
    join_waiters(&who, 1);
    assert_int_equal(who.number, -1);
    assert_true(apr_time_now() - began < SOON);
}

static void test_nobody_fetches(void **state)
{
    static const ajwt_refresh_schedule short_one = {3600, 86400, 30, 1};
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    ajwt_keyring *keyring = open_keyring(sources, shared, &short_one, *state);
    apr_time_t began = apr_time_now(), took;

    assert_false(await_now(keyring, ajwt_sources_get(sources, 0), NULL));
    took = apr_time_now() - began;
    assert_true(took >= apr_time_from_sec(1));
    assert_true(took < SOON);
}

/* How long a time-out is, a test that waits for it would tell. */
static void test_a_fetcher_that_is_gone_is_not_waited_for(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    atomic_int ended = 0;
    waiter who;

    atomic_store(&scene.client->is_gone, 1);
    expect_no_wait("gone before", &scene, NULL);
    assert_int_equal(atomic_load(&scene.client->wakes), 1);
    atomic_store(&scene.client->is_gone, 0);
    atomic_store(&scene.client->wakes, 0);
    start_waiters(&who, 1, &scene, "unknown", &ended);
    begin_what_is_wanted(&scene);
    assert_int_equal(atomic_load(&ended), 0);
    atomic_store(&scene.client->is_gone, 1);
    join_waiters(&who, 1);
    assert_int_equal(who.result, 0);
    /* and its place is free again */
    assert_int_equal(ajwt_waiters_take(scene.client->client.waiters, 1,
                                       apr_time_now() + 1, apr_time_now()),
                     0);
}

/* A flood of unknown kids must not keep all threads of a server waiting. */
#define CROWD (2 * AJWT_MAX_WAITERS)

static int are_refused(const void *ended)
{
    return atomic_load((const atomic_int *)ended) >= CROWD - AJWT_MAX_WAITERS;
}

/* G1 */
static void test_a_few_wait_for_an_unknown_kid(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    const char *jwks = support_numbered_jwks(2, *state);
    atomic_int ended = 0;
    waiter waiters[CROWD];
    int i, waited = 0;

    begin_attempt(&scene);
    start_waiters(waiters, CROWD, &scene, "unknown", &ended);
    assert_true(comes_true(are_refused, &ended));
    assert_int_equal(atomic_load(&ended), CROWD - AJWT_MAX_WAITERS);
    end_attempt(&scene, jwks);
    join_waiters(waiters, CROWD);
    for (i = 0; i < CROWD; i++) {
        waited += waiters[i].result;
        support_expect("who waited sees the new set",
                       waiters[i].number == (waiters[i].result ? 2 : 1));
    }
    assert_int_equal(waited, AJWT_MAX_WAITERS);
    /* and there is room again */
    atomic_store(&ended, 0);
    publish(&scene, 3, *state);
    start_waiters(waiters, 1, &scene, "unknown", &ended);
    assert_true(comes_true(have_ended, &ended));
    join_waiters(waiters, 1);
    assert_int_equal(waiters[0].number, 3);
}

/* How many are to end before anything has come */
typedef struct refused {
    const atomic_int *ended;
    int count;
} refused;

static int are_all_refused(const void *data)
{
    const refused *who = data;

    return atomic_load(who->ended) >= who->count;
}

/* kid NULL: there is no set */
static void expect_places(const test_scene *scene, const char *kid, int places)
{
    const char *what = kid ? kid : "the first set";
    atomic_int ended = 0;
    const refused others = {&ended, CROWD - places};
    waiter waiters[CROWD];
    int i, waited = 0;

    begin_attempt(scene);
    start_waiters(waiters, CROWD, scene, kid, &ended);
    support_expect(what, comes_true(are_all_refused, &others));
    end_attempt(scene, NULL);
    join_waiters(waiters, CROWD);
    for (i = 0; i < CROWD; i++)
        waited += waiters[i].result;
    support_expect(what, waited == places);
}

/* G1: A client with a dead key leaves room for those with a new one. */
static void test_fewer_wait_for_what_was_waited_for_in_vain(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);

    expect_places(&scene, "dead", AJWT_MAX_WAITERS);
    expect_places(&scene, "dead", AJWT_MAX_WAITERS / 2);
    expect_places(&scene, "new", AJWT_MAX_WAITERS);
    expect_places(&scene, "dead", AJWT_MAX_WAITERS / 2);
}

/* A server whose issuer is down still answers for other sections. */
static void test_a_few_wait_for_the_first_set(void **state)
{
    const test_scene scene = set_scene(NULL, *state);

    expect_places(&scene, NULL, AJWT_MAX_WAITERS);
    expect_places(&scene, NULL, AJWT_MAX_WAITERS);
}

static void test_a_small_server_has_fewer_places(void **state)
{
    const test_scene scene = set_scene(NULL, *state);

    scene.client->client.waiter_limit = 3;
    expect_places(&scene, NULL, 3);
    expect_places(&scene, "dead", 3);
    expect_places(&scene, "dead", 1);
    scene.client->client.waiter_limit = 1;
    expect_places(&scene, NULL, 1);
    expect_places(&scene, "dead", 0);
    expect_places(&scene, "new", 1);
}

/* Places are the server's, not a source's. */
static void test_sources_share_the_places(void **state)
{
    const support_segment segment = support_make_segment(*state);
    const ajwt_sources *sources = support_sources(*state, A, B, NULL);
    ajwt_shm_slots *shared = support_bind(&segment, sources, *state);
    support_client *client = support_make_client(*state);
    ajwt_keyring *keyring =
        open_with(client, sources, shared, &schedule, *state);
    const test_scene a = {segment, shared, keyring,
                          ajwt_sources_get(sources, 0), client};
    const test_scene b = {segment, shared, keyring,
                          ajwt_sources_get(sources, 1), client};
    atomic_int ended = 0;
    waiter who;

    client->client.waiter_limit = 1;
    start_waiters(&who, 1, &a, NULL, &ended);
    begin_what_is_wanted(&a);
    expect_no_wait("another source", &b, NULL);
    assert_int_equal(atomic_load(&ended), 0);
    assert_int_equal(atomic_load(&client->wakes), 1);
    end_attempt(&a, NULL);
    join_waiters(&who, 1);
}

/* --- times --- */

/* G3 */
static void test_stale(void **state)
{
    const test_scene scene =
        set_scene(support_numbered_jwks(1, *state), *state);
    const apr_time_t now = apr_time_now();

    begin_attempt(&scene);
    end_attempt(&scene, support_numbered_jwks(1, *state));
    assert_false(ajwt_keyring_is_stale(scene.keyring, scene.source, now));
    assert_false(
        ajwt_keyring_is_stale(scene.keyring, scene.source,
                              now + apr_time_from_sec(schedule.stale_s - 1)));
    assert_true(
        ajwt_keyring_is_stale(scene.keyring, scene.source,
                              now + apr_time_from_sec(schedule.stale_s + 60)));
    /* an attempt that fails makes it no younger */
    begin_attempt(&scene);
    end_attempt(&scene, NULL);
    assert_true(
        ajwt_keyring_is_stale(scene.keyring, scene.source,
                              now + apr_time_from_sec(schedule.stale_s + 60)));
}

/* A back-off binds the background alone: a request may ask before. */
static void test_retry_after(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    const apr_time_t now = apr_time_now();
    ajwt_slot_state *locked;
    ajwt_refresh_state *refresh;

    assert_int_equal(ajwt_keyring_retry_after(scene.keyring, scene.source, now),
                     1);
    assert_int_equal(ajwt_shm_slots_lock(&locked, scene.shared, scene.source),
                     APR_SUCCESS);
    refresh = &locked->refresh;
    refresh->due_at = now + apr_time_from_sec(600);
    ajwt_shm_slots_unlock(scene.shared);
    assert_int_equal(ajwt_keyring_retry_after(scene.keyring, scene.source, now),
                     1);
}

/* The first back-off is shorter than the cool-down, and helps nobody. */
static void test_retry_after_the_cooldown(void **state)
{
    const test_scene scene = set_scene(NULL, *state);
    const apr_time_t now = apr_time_now();
    ajwt_slot_state *locked;

    assert_int_equal(ajwt_shm_slots_lock(&locked, scene.shared, scene.source),
                     APR_SUCCESS);
    locked->refresh.failures = 20;
    ajwt_refresh_schedule_begin(&locked->refresh, &schedule, now);
    ajwt_refresh_schedule_fail(&locked->refresh, &schedule, 0, 0,
                               now + apr_time_from_sec(1));
    ajwt_shm_slots_unlock(scene.shared);
    assert_in_range(ajwt_keyring_retry_after(scene.keyring, scene.source,
                                             now + apr_time_from_sec(1)),
                    schedule.cooldown_s - 1, schedule.cooldown_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_nothing_was_published),
        SUPPORT_TEST(test_what_is_there_at_the_start),
        SUPPORT_TEST(test_a_new_set_is_seen_by_the_next_request),
        SUPPORT_TEST(test_each_source_has_its_own_set),
        SUPPORT_TEST(test_an_unusable_generation_gives_no_keys),
        SUPPORT_TEST(test_the_origin_counts),
        SUPPORT_TEST(test_keys_of_the_configuration_are_used_until_others_come),
        SUPPORT_TEST(test_keys_of_the_configuration_are_not_freed),
        SUPPORT_TEST(test_secrets),
        SUPPORT_TEST(test_a_replaced_set_is_freed),
        SUPPORT_TEST(test_a_set_in_use_is_not_freed),
        SUPPORT_TEST(test_all_goes_with_the_pool),
        SUPPORT_TEST(test_readers_beside_a_publisher),
        SUPPORT_TEST(test_waiters_beside_a_publisher),
        SUPPORT_TEST(test_others_use_the_older_set_while_one_request_parses),
        SUPPORT_TEST(
            test_a_key_that_is_new_in_a_file_is_found_while_it_is_parsed),
        SUPPORT_TEST(test_nobody_waits_while_it_cools),
        SUPPORT_TEST(test_while_it_cools_nobody_takes_the_mutex),
        SUPPORT_TEST(test_nobody_waits_for_a_newer_set_that_is_there),
        SUPPORT_TEST(test_a_file_is_not_waited_for),
        SUPPORT_TEST(test_a_request_waits_for_the_first_set),
        SUPPORT_TEST(test_a_set_that_is_confirmed_ends_the_wait),
        SUPPORT_TEST(test_an_attempt_that_fails_ends_the_wait),
        SUPPORT_TEST(test_nobody_fetches),
        SUPPORT_TEST(test_a_fetcher_that_is_gone_is_not_waited_for),
        SUPPORT_TEST(test_a_few_wait_for_an_unknown_kid),
        SUPPORT_TEST(test_fewer_wait_for_what_was_waited_for_in_vain),
        SUPPORT_TEST(test_a_few_wait_for_the_first_set),
        SUPPORT_TEST(test_a_small_server_has_fewer_places),
        SUPPORT_TEST(test_sources_share_the_places),
        SUPPORT_TEST(test_stale),
        SUPPORT_TEST(test_retry_after),
        SUPPORT_TEST(test_retry_after_the_cooldown),
    };

    alarm(MAX_SECONDS);
    json_set_alloc_funcs(malloc_at_gate, free);
    if (CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_EVP_PKEY, 0, NULL, count_new,
                                NULL, count_free) < 0)
        return 1;
    return SUPPORT_RUN(tests);
}
