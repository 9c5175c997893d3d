#include "support.h"

#include <pthread.h>

#include "core/seen.h"

#define ENTRIES 16
#define THREADS 4
#define ROUNDS  3000
#define TOKENS  64
#define NEVER   UINT32_MAX

static ajwt_fingerprint name(int number)
{
    /* all of them in few places, so that they drive each other out */
    const ajwt_fingerprint made = {
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

static ajwt_seen_token *begin(int number, apr_pool_t *user)
{
    ajwt_seen_token *token = ajwt_seen_begin(user);

    token->token.claims = support_own(
        json_pack("{s:s}", "sub", apr_psprintf(user, "user %d", number)),
        token->pool);
    return token;
}

static void keep(ajwt_seen *seen, int number, apr_time_t now, apr_pool_t *user)
{
    const ajwt_fingerprint fingerprint = name(number);

    ajwt_seen_keep(seen, begin(number, user), &fingerprint, now, NEVER);
}

static const ajwt_seen_token *find(ajwt_seen *seen, int number, apr_time_t now,
                                   apr_pool_t *user)
{
    const ajwt_fingerprint fingerprint = name(number);

    return ajwt_seen_find(seen, &fingerprint, now, user);
}

static int is_of(const ajwt_seen_token *token, int number, apr_pool_t *user)
{
    return strcmp(
               json_string_value(json_object_get(token->token.claims, "sub")),
               apr_psprintf(user, "user %d", number)) == 0;
}

static void finds_what_was_kept(void **state)
{
    ajwt_seen *seen = ajwt_seen_open(ENTRIES, *state);
    apr_pool_t *first = make_user(), *second = make_user();
    const ajwt_seen_token *found;

    support_expect("not yet", !find(seen, 1, SUPPORT_NOW, first));
    keep(seen, 1, SUPPORT_NOW, first);
    found = find(seen, 1, SUPPORT_NOW, second);
    support_expect("there", found && is_of(found, 1, second));
    apr_pool_destroy(first);
    support_expect("still there", is_of(found, 1, second));
    apr_pool_destroy(second);
}

/* It goes with its request: ASan says so if it does not. */
static void forgets_what_was_not_kept(void **state)
{
    ajwt_seen *seen = ajwt_seen_open(ENTRIES, *state);
    apr_pool_t *user = make_user();

    begin(1, user);
    apr_pool_destroy(user);
    support_expect("gone", !find(seen, 1, SUPPORT_NOW, *state));
}

static void evict_all(ajwt_seen *seen, apr_time_t now)
{
    int i;

    for (i = TOKENS; i < 100 * TOKENS; i++) {
        apr_pool_t *user = make_user();

        keep(seen, i, now, user);
        apr_pool_destroy(user);
    }
}

static void what_is_in_use_stays(void **state)
{
    ajwt_seen *seen = ajwt_seen_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    const ajwt_seen_token *found;

    keep(seen, 1, SUPPORT_NOW, user);
    found = find(seen, 1, SUPPORT_NOW, user);
    evict_all(seen, SUPPORT_NOW + apr_time_from_sec(86400));
    support_expect("as it was", is_of(found, 1, user));
    apr_pool_destroy(user);
}

/* Somebody else holds the string, and looks at what is left in it. */
static void what_makes_room_is_wiped(void **state)
{
    ajwt_seen *seen = ajwt_seen_open(ENTRIES, *state);
    apr_pool_t *user = make_user();
    json_t *sub;

    keep(seen, 1, SUPPORT_NOW, user);
    sub = json_incref(
        json_object_get(find(seen, 1, SUPPORT_NOW, user)->token.claims, "sub"));
    apr_pool_destroy(user);
    support_expect_text("before", json_string_value(sub), "user 1");
    evict_all(seen, SUPPORT_NOW + apr_time_from_sec(86400));
    support_expect_text("after", json_string_value(sub), "");
    json_decref(sub);
}

/* Threads that drive out each other's tokens: none gets another's. */
static void *work(void *data)
{
    ajwt_seen *seen = data;
    apr_uintptr_t wrong = 0;
    unsigned seed = (unsigned)(apr_uintptr_t)pthread_self();
    int round;

    for (round = 0; round < ROUNDS; round++) {
        apr_pool_t *user = make_user();
        int number = (int)((seed = seed * 1103515245 + 12345) >> 16) % TOKENS;
        const ajwt_seen_token *found = find(seen, number, SUPPORT_NOW, user);

        if (found)
            wrong += !is_of(found, number, user);
        else
            keep(seen, number, SUPPORT_NOW, user);
        apr_pool_destroy(user);
    }
    return (void *)wrong;
}

static void threads_need_no_lock(void **state)
{
    ajwt_seen *seen = ajwt_seen_open(ENTRIES, *state);
    pthread_t threads[THREADS];
    void *wrong;
    int i;

    for (i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, seen), 0);
    for (i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        support_expect("each its own", wrong == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(finds_what_was_kept),
        SUPPORT_TEST(forgets_what_was_not_kept),
        SUPPORT_TEST(what_is_in_use_stays),
        SUPPORT_TEST(what_makes_room_is_wiped),
        SUPPORT_TEST(threads_need_no_lock),
    };

    return SUPPORT_RUN(tests);
}
