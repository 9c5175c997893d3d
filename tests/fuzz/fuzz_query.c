/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a token in a query string removed from all texts that contain it, and
 * nothing else with it?
 *
 * First line: the parameter's name; then the query string, up to the first
 * byte that no request line can hold.
 *
 * The reference is a second implementation, which splits, decodes and joins.
 */
#include "fuzz.h"

#include "core/query.h"

static int hex(char digit)
{
    const char *digits = "0123456789abcdef", *at;

    at = digit ? strchr(digits, digit | 0x20) : NULL;
    return at && (digit >= 'A' || digit <= '9') ? (int)(at - digits) : -1;
}

/* Decoded where that can be */
static const char *decoded(const char *text, apr_size_t len, apr_pool_t *pool)
{
    const char *input = apr_pstrmemdup(pool, text, len);
    char *copy = apr_palloc(pool, len + 1), *out = copy;

    for (; *input; input++) {
        *out = *input == '+' ? ' ' : *input;
        if (*input == '%') {
            if (hex(input[1]) < 0 || hex(input[2]) < 0)
                return apr_pstrmemdup(pool, text, len);
            *out = (char)(hex(input[1]) << 4 | hex(input[2]));
            input += 2;
        }
        if (!*out++)
            return apr_pstrmemdup(pool, text, len);
    }
    *out = '\0';
    return copy;
}

/* One parameter of a query string */
typedef struct parameter {
    const char *text; /* as it came */
    const char *name, *value;
} parameter;

/* An array of parameter: what stands between ampersands, less a last one that
 * is empty */
static apr_array_header_t *split(const char *query, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(parameter));

    while (*query) {
        parameter *one = apr_array_push(all);
        const char *end = query + strcspn(query, "&"), *mark;

        one->text = apr_pstrmemdup(pool, query, (apr_size_t)(end - query));
        mark = one->text + strcspn(one->text, "=");
        one->name = decoded(one->text, (apr_size_t)(mark - one->text), pool);
        one->value = *mark ? decoded(mark + 1, strlen(mark + 1), pool) : "";
        query = *end ? end + 1 : end;
    }
    return all;
}

/* All but those of the name, in their order; the values of those. */
static const char *expect_rest(apr_array_header_t *values,
                               const apr_array_header_t *all, const char *name,
                               apr_pool_t *pool)
{
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const char *));
    int i;

    for (i = 0; i < all->nelts; i++) {
        const parameter *one = &APR_ARRAY_IDX(all, i, parameter);

        if (strcmp(one->name, name) == 0)
            APR_ARRAY_PUSH(values, const char *) = one->value;
        else
            APR_ARRAY_PUSH(kept, const char *) = one->text;
    }
    return apr_array_pstrcat(pool, kept, '&');
}

static void check_values(const apr_array_header_t *values,
                         const apr_array_header_t *expected)
{
    int i;

    FUZZ_CHECK(values->nelts == expected->nelts);
    for (i = 0; i < values->nelts; i++)
        FUZZ_CHECK(strcmp(APR_ARRAY_IDX(values, i, const char *),
                          APR_ARRAY_IDX(expected, i, const char *)) == 0);
}

/* before, the query if there is one, behind */
static const char *embed(const char *before, const char *query,
                         const char *behind, int is_cut, apr_pool_t *pool)
{
    return apr_pstrcat(pool, before, *query || !is_cut ? "?" : "", query,
                       behind, NULL);
}

static void check_text(const char *before, const char *query, const char *rest,
                       const char *behind, const ajwt_query_names *names,
                       apr_pool_t *pool)
{
    const char *text = embed(before, query, behind, 0, pool);
    const char *got = ajwt_query_remove_in(text, names, pool);

    if (strcmp(query, rest) == 0)
        FUZZ_CHECK(got == text || strcmp(got, text) == 0);
    else
        FUZZ_CHECK(strcmp(got, embed(before, rest, behind, 1, pool)) == 0);
}

static void check(const char *name, const char *query, apr_pool_t *pool)
{
    const ajwt_query_names names = {&name, 1};
    apr_array_header_t *values = apr_array_make(pool, 2, sizeof(const char *));
    apr_array_header_t *expected =
        apr_array_make(pool, 2, sizeof(const char *));
    const char *wanted = expect_rest(expected, split(query, pool), name, pool);
    const char *rest = ajwt_query_remove(query, &names, values, pool);

    check_values(values, expected);
    if (!expected->nelts) {
        FUZZ_CHECK(rest == query);
        wanted = query;
    }
    FUZZ_CHECK(strcmp(rest, wanted) == 0);
    FUZZ_CHECK(ajwt_query_remove(rest, &names, NULL, pool) == rest);
    check_text("/x", query, wanted, "", &names, pool);
    check_text("proxy:http://b.example/x", query, wanted, "", &names, pool);
    check_text("GET /x", query, wanted, " HTTP/1.1", &names, pool);
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *name = fuzz_string(fuzz_line(&input), pool);
    char *query = apr_pstrdup(pool, fuzz_string(input, pool)), *end = query;

    while ((unsigned char)*end > ' ' && *end != 0x7f)
        end++;
    *end = '\0';
    if (*name && !strpbrk(name, "&=%+"))
        check(name, query, pool);
}
