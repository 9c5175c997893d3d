/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <pthread.h>

#include "cache/token_cache.h"
#include "core/json.h"
#include "core/limits.h"

#define ENTRIES 16
#define THREADS 4
#define ROUNDS  3000
#define TOKENS  64
#define NEVER   UINT32_MAX
#define LARGE   "[[1],[2],[3],[4],[5],[6],[7],[8],[9],[[[[[[[[[0]]]]]]]]]]"

static ajwt_mac name(int number)
{
    /* all of them in few places, so that they drive each other out */
    const ajwt_mac made = {
        {(apr_uint64_t)(number % 2 + 2), (apr_uint64_t)(number + 1)}};

    return made;
}

static apr_pool_t *make_user(void)
{
    apr_pool_t *user;

    assert_int_equal(apr_pool_create_unmanaged_ex(&user, NULL, NULL),
                     APR_SUCCESS);
    return user;
}

/* What a request has parsed: sub names the user, x is what it is made large by
 */
static ajwt_token parse(int number, const char *x, apr_pool_t *user)
{
    const char *claims =
        apr_psprintf(user, "{\"sub\":\"user %d\",\"x\":%s}", number, x);
    ajwt_bytes header = SUPPORT_BYTES("{\"alg\":\"ES256\",\"kid\":\"k\"}");
    ajwt_token token = {{NULL, 0}};

    assert_int_equal(
        ajwt_json_parse(&token.header, header, AJWT_HEADER_INVALID, user),
        AJWT_ACCEPTED);
    assert_int_equal(ajwt_json_parse(&token.claims,
                                     ajwt_bytes_from_string(claims),
                                     AJWT_PAYLOAD_INVALID, user),
                     AJWT_ACCEPTED);
    token.kid = ajwt_json_member(token.header, "kid");
    token.signing_input = ajwt_bytes_from_string(
        support_repeat("x", (int)(strlen(claims) + header.len) * 4 / 3, user));
    return token;
}

static const ajwt_cached_token *keep_until(ajwt_token_cache *cached, int number,
                                           const char *x, apr_uint32_t until_s,
                                           apr_time_t now, apr_pool_t *user)
{
    const ajwt_mac mac = name(number);
    const ajwt_token token = parse(number, x, user);
    const ajwt_token_cache_candidate offer = {&mac, &token, NULL, until_s};

    return ajwt_token_cache_add(cached, &offer, now, user);
}

static const ajwt_cached_token *keep(ajwt_token_cache *cached, int number,
                                     apr_time_t now, apr_pool_t *user)
{
    return keep_until(cached, number, "1", NEVER, now, user);
}

static const ajwt_cached_token *find(ajwt_token_cache *cached, int number,
                                     apr_time_t now, apr_pool_t *user)
{
    const ajwt_mac mac = name(number);

    return ajwt_token_cache_find(cached, &mac, now, user);
}

static int is_of(const ajwt_cached_token *token, int number, apr_pool_t *user)
{
    return strcmp(
               json_string_value(json_object_get(token->token.claims, "sub")),
               apr_psprintf(user, "user %d", number)) == 0;
}

static void finds_what_was_kept(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *first = make_user(), *second = make_user();
    const ajwt_cached_token *found;

    support_expect("not yet", !find(cached, 1, SUPPORT_NOW, first));
    keep(cached, 1, SUPPORT_NOW, first);
    found = find(cached, 1, SUPPORT_NOW, second);
    support_expect("there", found && is_of(found, 1, second));
    apr_pool_destroy(first);
    support_expect("still there", is_of(found, 1, second));
    apr_pool_destroy(second);
}

/* It still belongs to its request: ASan reports if nothing frees it. */
static void what_is_not_kept_stays_with_its_request(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    const ajwt_mac mac = name(1);
    const ajwt_token token = parse(1, "1", user);
    const ajwt_token_cache_candidate offer = {&mac, &token, NULL,
                                              SUPPORT_NOW_S};

    support_expect("over",
                   !ajwt_token_cache_add(cached, &offer, SUPPORT_NOW, user));
    support_expect("not there", !find(cached, 1, SUPPORT_NOW, user));
    support_expect_text("still whole",
                        json_string_value(json_object_get(token.claims, "sub")),
                        "user 1");
    assert_int_equal(ajwt_token_cache_used(cached), 0);
    apr_pool_destroy(user);
}

static void evict_all(ajwt_token_cache *cached, apr_time_t now)
{
    int i;

    for (i = TOKENS; i < 100 * TOKENS; i++) {
        apr_pool_t *user = make_user();

        keep(cached, i, now, user);
        apr_pool_destroy(user);
    }
}

/* Its request has ended. */
static void keep_alone(ajwt_token_cache *cached, int number, const char *x,
                       apr_uint32_t until_s, apr_time_t now)
{
    apr_pool_t *user = make_user();

    keep_until(cached, number, x, until_s, now, user);
    apr_pool_destroy(user);
}

static int is_there(ajwt_token_cache *cached, int number, apr_time_t now)
{
    apr_pool_t *user = make_user();
    int found = find(cached, number, now, user) != NULL;

    apr_pool_destroy(user);
    return found;
}

/* An array of arrays: of 7 KB it takes 300 */
static const char *large(int elements, apr_pool_t *pool)
{
    return apr_pstrcat(pool, "[", support_repeat("[1],", elements - 1, pool),
                       "[1]]", NULL);
}

/* --- memory --- */

static void counts_what_a_token_takes(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(1024, *state);
    apr_size_t small;

    assert_int_equal(ajwt_token_cache_used(cached), 0);
    keep_alone(cached, 1, "1", NEVER, SUPPORT_NOW);
    small = ajwt_token_cache_used(cached);
    assert_true(small > sizeof(ajwt_cached_token) && small < 2048);
    keep_alone(cached, 2, large(100, *state), NEVER, SUPPORT_NOW);
    assert_true(ajwt_token_cache_used(cached) > small + 100 * 100);
    /* the same again takes the place of the first */
    keep_alone(cached, 2, large(100, *state), NEVER, SUPPORT_NOW);
    keep_alone(cached, 2, "1", NEVER, SUPPORT_NOW);
    assert_int_equal(ajwt_token_cache_used(cached), 2 * small);
}

/* G8 */
static void memory_is_bounded_in_bytes(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    const char *x = large(40, *state);
    int i, kept = 0;

    assert_true(ajwt_token_cache_limit(cached) <
                ENTRIES * AJWT_CACHED_TOKENS_BYTES);
    for (i = 0; i < 200; i++) {
        keep_alone(cached, i, x, NEVER, SUPPORT_NOW + i);
        kept += is_there(cached, i, SUPPORT_NOW - apr_time_from_sec(600));
        assert_true(ajwt_token_cache_used(cached) <=
                    ajwt_token_cache_limit(cached));
    }
    assert_true(kept > 150); /* a flood evicts its own */
    assert_true(ajwt_token_cache_used(cached) >
                ajwt_token_cache_limit(cached) / 2);
}

/* G8: It would evict all others. */
static void a_token_that_is_too_large_is_not_kept(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);

    keep_alone(cached, 1, "1", NEVER, SUPPORT_NOW);
    keep_alone(cached, 2, large(1000, *state), NEVER, SUPPORT_NOW);
    support_expect("large", !is_there(cached, 2, SUPPORT_NOW));
    support_expect("small", is_there(cached, 1, SUPPORT_NOW));
}

/* Looked up again and again, while others come that are used once */
static void a_flood_does_not_evict_what_is_in_use(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(64, *state);
    const char *x = large(40, *state);
    int i;

    keep_alone(cached, 1, x, NEVER, SUPPORT_NOW);
    for (i = 2; i < 500; i++) {
        assert_true(is_there(cached, 1, SUPPORT_NOW));
        keep_alone(cached, 2 * i, x, NEVER, SUPPORT_NOW);
    }
    support_expect("in use", is_there(cached, 1, SUPPORT_NOW));
}

/* G8: Freed, not only no longer found: looking for another one is enough. */
static void a_token_ends_with_its_exp(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_time_t now = SUPPORT_NOW;
    int i;

    for (i = 0; i < 10; i++)
        keep_alone(cached, i, "1", SUPPORT_NOW_S + 60, now);
    keep_alone(cached, 10, "1", NEVER, now);
    support_expect("before", is_there(cached, 1, now));
    for (i = 0; i <= AJWT_CACHED_TOKENS_SWEEP_S; i++)
        is_there(cached, 99, now + apr_time_from_sec(60 + i));
    support_expect("one is left", ajwt_token_cache_used(cached) > 0 &&
                                      ajwt_token_cache_used(cached) < 2048);
    support_expect("the other one",
                   is_there(cached, 10, now + apr_time_from_sec(120)));
}

static void after_a_quiet_time_one_look_ends_all(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(256, *state);
    apr_pool_t *user = make_user();
    json_t *sub;
    int i;

    is_there(cached, 99, SUPPORT_NOW);
    sub = json_incref(json_object_get(
        keep_until(cached, 1, "1", SUPPORT_NOW_S + 60, SUPPORT_NOW, user)
            ->token.claims,
        "sub"));
    apr_pool_destroy(user);
    for (i = 2; i < 30; i++)
        keep_alone(cached, i, "1", SUPPORT_NOW_S + 60, SUPPORT_NOW);
    support_expect_text("before", json_string_value(sub), "user 1");
    is_there(cached, 99, SUPPORT_NOW + apr_time_from_sec(3600));
    support_expect_text("wiped", json_string_value(sub), "");
    assert_int_equal(ajwt_token_cache_used(cached), 0);
    json_decref(sub);
}

static void an_expired_token_that_is_in_use_stays(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    const ajwt_cached_token *kept =
        keep_until(cached, 1, "1", SUPPORT_NOW_S + 60, SUPPORT_NOW, user);

    is_there(cached, 99, SUPPORT_NOW + apr_time_from_sec(3600));
    support_expect("as it was", is_of(kept, 1, user));
    apr_pool_destroy(user);
    is_there(cached, 99, SUPPORT_NOW + apr_time_from_sec(7200));
    assert_int_equal(ajwt_token_cache_used(cached), 0);
}

/* --- variables --- */

static void keeps_a_copy_of_the_variables(void **state)
{
    static ajwt_export_rules rules;
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    const ajwt_mac mac = name(1);
    const ajwt_token token = parse(1, "[\"a\",\"b\"]", user);
    const ajwt_export_variable *variable;
    const ajwt_cached_token *found;
    ajwt_token_cache_candidate offer = {&mac, &token, NULL, NEVER};

    rules.all = rules.is_lasting = 1;
    rules.items = apr_array_make(*state, 1, sizeof(ajwt_export_item));
    offer.variables = ajwt_export_make_all(token.claims, &rules, "P_",
                                           AJWT_EXPORT_LIST, user);
    assert_non_null(ajwt_token_cache_add(cached, &offer, SUPPORT_NOW, user));
    ajwt_export_list_wipe(offer.variables);
    apr_pool_destroy(user);
    user = make_user();
    found = find(cached, 1, SUPPORT_NOW, user);
    assert_true(
        ajwt_export_list_fit(found->variables, &rules, "P_", AJWT_EXPORT_LIST));
    assert_int_equal(found->variables->list->nelts, 2);
    variable = &APR_ARRAY_IDX(found->variables->list, 0, ajwt_export_variable);
    support_expect_text("name", variable->name, "P_sub");
    support_expect_text("its own text", variable->value, "user 1");
    variable = &APR_ARRAY_IDX(found->variables->list, 1, ajwt_export_variable);
    support_expect_text("made", variable->value, "a,b");
    apr_pool_destroy(user);
}

/* --- eviction, and threads --- */

static void what_is_in_use_stays(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    const ajwt_cached_token *found;

    found = keep(cached, 1, SUPPORT_NOW, user);
    evict_all(cached, SUPPORT_NOW + apr_time_from_sec(86400));
    support_expect("as it was", is_of(found, 1, user));
    apr_pool_destroy(user);
}

/* Somebody else holds the string, and looks at what is left in it. */
static void what_makes_room_is_wiped(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    json_t *sub;

    sub = json_incref(json_object_get(
        keep(cached, 1, SUPPORT_NOW, user)->token.claims, "sub"));
    apr_pool_destroy(user);
    support_expect_text("before", json_string_value(sub), "user 1");
    evict_all(cached, SUPPORT_NOW + apr_time_from_sec(86400));
    support_expect_text("after", json_string_value(sub), "");
    json_decref(sub);
}

/* Threads that evict each other's tokens, for their number, their size and
 * their time: none gets another's. */
static void *work(void *data)
{
    ajwt_token_cache *cached = data;
    apr_uintptr_t wrong = 0;
    unsigned seed = (unsigned)(apr_uintptr_t)pthread_self();
    int round;

    for (round = 0; round < ROUNDS; round++) {
        const apr_time_t now = SUPPORT_NOW + apr_time_from_sec(round / 64);
        apr_pool_t *user = make_user();
        int number = (int)((seed = seed * 1103515245 + 12345) >> 16) % TOKENS;
        const ajwt_cached_token *found = find(cached, number, now, user);

        if (!found)
            found = keep_until(cached, number, number % 8 ? "1" : LARGE,
                               number % 4 ? NEVER
                                          : SUPPORT_NOW_S + 1 +
                                                (apr_uint32_t)round / 64,
                               now, user);
        wrong += found && !is_of(found, number, user);
        apr_pool_destroy(user);
    }
    return (void *)wrong;
}

static void threads_need_no_lock(void **state)
{
    ajwt_token_cache *cached = ajwt_token_cache_open(ENTRIES, *state);
    pthread_t threads[THREADS];
    apr_time_t after_all;
    void *wrong;
    int i;

    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, cached), 0);
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        support_expect("each its own", wrong == NULL);
    }
    assert_true(ajwt_token_cache_used(cached) <=
                ajwt_token_cache_limit(cached));
    after_all = SUPPORT_NOW + apr_time_from_sec(86400);
    evict_all(cached, after_all);
    assert_true(ajwt_token_cache_used(cached) <=
                ajwt_token_cache_limit(cached));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(finds_what_was_kept),
        SUPPORT_TEST(what_is_not_kept_stays_with_its_request),
        SUPPORT_TEST(counts_what_a_token_takes),
        SUPPORT_TEST(memory_is_bounded_in_bytes),
        SUPPORT_TEST(a_token_that_is_too_large_is_not_kept),
        SUPPORT_TEST(a_flood_does_not_evict_what_is_in_use),
        SUPPORT_TEST(a_token_ends_with_its_exp),
        SUPPORT_TEST(after_a_quiet_time_one_look_ends_all),
        SUPPORT_TEST(an_expired_token_that_is_in_use_stays),
        SUPPORT_TEST(keeps_a_copy_of_the_variables),
        SUPPORT_TEST(what_is_in_use_stays),
        SUPPORT_TEST(what_makes_room_is_wiped),
        SUPPORT_TEST(threads_need_no_lock),
    };

    return SUPPORT_RUN(tests);
}
