/* SPDX-License-Identifier: Apache-2.0 */
#include "core/cookie.h"

#include <string.h>

#include <apr_strings.h>

/* The value of a cookie, or NULL if it has another name */
static const char *find_cookie_value(const char *cookie, const char *name)
{
    const apr_size_t name_len = strlen(name);

    cookie += strspn(cookie, " \t");
    return strncmp(cookie, name, name_len) == 0 && cookie[name_len] == '='
               ? cookie + name_len + 1
               : NULL;
}

static void add_value(apr_array_header_t *values, const char *value)
{
    int i;

    for (i = 0; i < values->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(values, i, const char *), value) == 0)
            return;
    }
    APR_ARRAY_PUSH(values, const char *) = value;
}

const char *ajwt_cookie_remove(const char *field, const char *name,
                               apr_array_header_t *values, apr_pool_t *pool)
{
    char *kept = apr_palloc(pool, strlen(field) + 1), *out = kept;
    const char *cookie = field;
    char separator = '\0';
    int is_found = 0;

    for (;;) {
        const apr_size_t len = strcspn(cookie, ";,");
        const char *value = find_cookie_value(cookie, name);

        if (value) {
            is_found = 1;
            add_value(values,
                      apr_pstrmemdup(pool, value,
                                     len - (apr_size_t)(value - cookie)));
        }
        else {
            if (out > kept)
                *out++ = separator;
            memcpy(out, cookie, len);
            out += len;
        }
        separator = cookie[len];
        if (!separator)
            break;
        cookie += len + 1;
    }
    if (!is_found)
        return field;
    *out = '\0';
    kept += strspn(kept, " \t");
    return *kept ? kept : NULL;
}
