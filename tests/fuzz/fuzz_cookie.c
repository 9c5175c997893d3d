/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a cookie removed from a field, in whatever place, and nothing else?
 *
 * First line: the cookie's name; then the field.
 */
#include "fuzz.h"

#include "core/cookie.h"

/* The pieces of a field that have the name (is_named) or have not, each ended
 * by a separator */
static const char *pieces(const char *field, const char *name, int is_named,
                          apr_pool_t *pool)
{
    char *last, *text = apr_pstrdup(pool, field), *piece;
    const char *found = "", *beginning = apr_pstrcat(pool, name, "=", NULL);

    for (piece = apr_strtok(text, ";,", &last); piece;
         piece = apr_strtok(NULL, ";,", &last)) {
        const char *start = piece + strspn(piece, " \t");

        if (*start &&
            (strncmp(start, beginning, strlen(beginning)) == 0) == is_named)
            found = apr_pstrcat(pool, found, start, ";", NULL);
    }
    return found;
}

static void check(const char *name, const char *field, apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 2, sizeof(const char *));
    const char *rest = ajwt_cookie_remove(field, name, values, pool);
    const char *named = pieces(field, name, 1, pool);
    int i;

    FUZZ_CHECK((rest == field) == (values->nelts == 0));
    FUZZ_CHECK((values->nelts == 0) == !*named);
    if (rest) {
        FUZZ_CHECK(!*pieces(rest, name, 1, pool));
        FUZZ_CHECK(strcmp(pieces(rest, name, 0, pool),
                          pieces(field, name, 0, pool)) == 0);
    }
    else
        FUZZ_CHECK(!*pieces(field, name, 0, pool));
    for (i = 0; i < values->nelts; i++)
        FUZZ_CHECK(
            strstr(named, apr_pstrcat(pool, name, "=",
                                      APR_ARRAY_IDX(values, i, const char *),
                                      ";", NULL)) != NULL);
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *name = fuzz_string(fuzz_line(&input), pool);
    const char *field = fuzz_string(input, pool);

    if (*name && !strpbrk(name, "=;, \t"))
        check(name, field, pool);
}
