/* SPDX-License-Identifier: Apache-2.0 */
#include "core/query.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_strings.h>

static const char *decode_name(const char *text, apr_size_t len,
                               apr_pool_t *pool)
{
    char *decoded = apr_palloc(pool, len + 1);

    return apr_unescape_url(decoded, text, (apr_ssize_t)len, NULL, NULL, 1,
                            NULL) == APR_SUCCESS
               ? decoded
               : apr_pstrmemdup(pool, text, len);
}

static int has_one_of_names(const char *parameter, apr_size_t name_len,
                            const ajwt_query_names *names, apr_pool_t *pool)
{
    int i;

    if (memchr(parameter, '%', name_len) || memchr(parameter, '+', name_len)) {
        parameter = decode_name(parameter, name_len, pool);
        name_len = strlen(parameter);
    }
    for (i = 0; i < names->count; i++) {
        if (strlen(names->name[i]) == name_len &&
            memcmp(names->name[i], parameter, name_len) == 0)
            return 1;
    }
    return 0;
}

static void add_value(apr_array_header_t *values, const char *parameter,
                      apr_size_t name_len, apr_size_t len, apr_pool_t *pool)
{
    apr_size_t skip = name_len + (name_len < len);

    APR_ARRAY_PUSH(values, const char *) =
        decode_name(parameter + skip, len - skip, pool);
}

const char *ajwt_query_remove(const char *query, const ajwt_query_names *names,
                              apr_array_header_t *values, apr_pool_t *pool)
{
    char *kept = apr_palloc(pool, strlen(query) + 2), *out = kept;
    const char *parameter = query;
    int is_found = 0;

    while (*parameter) {
        const apr_size_t len = strcspn(parameter, "&");
        const apr_size_t name_len = strcspn(parameter, "=&");

        if (has_one_of_names(parameter, name_len, names, pool)) {
            is_found = 1;
            if (values)
                add_value(values, parameter, name_len, len, pool);
        }
        else {
            memcpy(out, parameter, len);
            out += len;
            *out++ = '&';
        }
        parameter += len + (parameter[len] == '&');
    }
    if (!is_found)
        return query;
    *(out > kept ? out - 1 : out) = '\0';
    return kept;
}

/*
 * A malformed request line may contain spaces in its query, so the query ends
 * at the last text that can be an HTTP version.
 */
static const char *find_query_end(const char *query)
{
    const char *end = query + strlen(query), *version = query;

    while ((version = strstr(version, " HTTP/")) != NULL) {
        end = version;
        version++;
    }
    return end;
}

const char *ajwt_query_remove_in(const char *text,
                                 const ajwt_query_names *names,
                                 apr_pool_t *pool)
{
    const char *mark = text ? strchr(text, '?') : NULL;
    const char *end, *query, *kept;

    if (!mark)
        return text;
    end = find_query_end(mark + 1);
    query = apr_pstrmemdup(pool, mark + 1, (apr_size_t)(end - mark - 1));
    kept = ajwt_query_remove(query, names, NULL, pool);
    if (kept == query)
        return text;
    return apr_pstrcat(pool,
                       apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                       *kept ? "?" : "", kept, end, NULL);
}
