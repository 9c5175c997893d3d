/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <malloc.h>
#include <stdio.h>

#include <apr_general.h>

#include "core/signature.h"

static apr_pool_t *root;
static int failures;

int support_open_pools(void **state)
{
    (void)state;
    return apr_initialize() == APR_SUCCESS &&
                   apr_pool_create(&root, NULL) == APR_SUCCESS
               ? 0
               : -1;
}

int support_open(void **state)
{
    if (support_open_pools(state) != 0)
        return -1;
    return ajwt_signature_open(root) == AJWT_ACCEPTED ? 0 : -1;
}

int support_close(void **state)
{
    (void)state;
    apr_pool_destroy(root);
    apr_terminate();
    return 0;
}

int support_make_pool(void **state)
{
    apr_pool_t *pool;

    failures = 0;
    if (apr_pool_create(&pool, root) != APR_SUCCESS)
        return -1;
    *state = pool;
    return 0;
}

int support_free_pool(void **state)
{
    apr_pool_destroy(*state);
    return failures ? -1 : 0;
}

apr_pool_t *support_root(void)
{
    return root;
}

void support_expect(const char *what, int holds)
{
    if (holds)
        return;
    failures++;
    print_error("%s: does not hold\n", what);
}

void support_expect_text(const char *what, const char *got, const char *wanted)
{
    if (got && wanted ? strcmp(got, wanted) == 0 : got == wanted)
        return;
    failures++;
    print_error("%s: got %s, wanted %s\n", what, got ? got : "nothing",
                wanted ? wanted : "nothing");
}

void support_expect_reason(const char *what, ajwt_reason got,
                           ajwt_reason wanted)
{
    support_expect_text(what, ajwt_reason_describe(got)->name,
                        ajwt_reason_describe(wanted)->name);
}

apr_array_header_t *support_words(apr_pool_t *pool, ...)
{
    apr_array_header_t *words = apr_array_make(pool, 4, sizeof(const char *));
    const char *word;
    va_list list;

    va_start(list, pool);
    while ((word = va_arg(list, const char *)))
        APR_ARRAY_PUSH(words, const char *) = word;
    va_end(list);
    return words;
}

apr_array_header_t *support_split(const char *words, apr_pool_t *pool)
{
    apr_array_header_t *split = apr_array_make(pool, 4, sizeof(const char *));
    char *rest = apr_pstrdup(pool, words), *last, *word;

    for (word = apr_strtok(rest, " ", &last); word;
         word = apr_strtok(NULL, " ", &last))
        APR_ARRAY_PUSH(split, const char *) = word;
    return split;
}

const char *support_join(const apr_array_header_t *words, apr_pool_t *pool)
{
    return words ? apr_array_pstrcat(pool, words, '|') : NULL;
}

const char *support_repeat(const char *text, int times, apr_pool_t *pool)
{
    apr_size_t len = strlen(text);
    char *repeated = apr_palloc(pool, len * (apr_size_t)times + 1);
    char *end = repeated;

    while (times-- > 0) {
        memcpy(end, text, len);
        end += len;
    }
    *end = '\0';
    return repeated;
}

static apr_status_t free_json(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

json_t *support_own(json_t *value, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, value, free_json, apr_pool_cleanup_null);
    return value;
}

json_t *support_json(const char *text, apr_pool_t *pool)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

    if (!value)
        fail_msg("the test's own JSON is wrong: %s: %s", error.text, text);
    return support_own(value, pool);
}

const char *support_print(const json_t *value, apr_pool_t *pool)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *copy = apr_pstrdup(pool, text);

    free(text);
    return copy;
}

ajwt_policy support_policy(apr_pool_t *pool)
{
    ajwt_policy policy = {0};

    policy.issuer = SUPPORT_ISSUER;
    policy.algs = SUPPORT_ALGS_DEFAULT;
    policy.types = support_words(pool, "JWT", "at+jwt", "-", NULL);
    policy.audiences = support_words(pool, SUPPORT_AUDIENCE, NULL);
    policy.audience_claim = "aud";
    policy.required = support_words(pool, "exp", NULL);
    policy.leeway_s = 60;
    return policy;
}

size_t support_in_use(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    return mallinfo2().uordblks;
#else
    return 0;
#endif
}
