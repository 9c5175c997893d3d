/* SPDX-License-Identifier: Apache-2.0 */
#include "core/claim_path.h"

#include <apr_strings.h>

/*
 * RFC 6901 4: ~1 is a slash and ~0 a tilde; a tilde must not be followed by any
 * other character.
 */
static int unescape_pointer(char *segment)
{
    char *out = segment;

    for (; *segment; segment++) {
        *out = *segment;
        if (*segment == '~') {
            segment++;
            if (*segment != '0' && *segment != '1')
                return 0;
            *out = *segment == '1' ? '/' : '~';
        }
        out++;
    }
    *out = '\0';
    return 1;
}

/* Replaces each separator in text by a NUL. */
static const char **split_text(char *text, char separator, apr_pool_t *pool)
{
    const char **segments;
    apr_size_t count = 1, i;
    char *c;

    for (c = text; *c; c++)
        count += *c == separator;
    segments = apr_palloc(pool, (count + 1) * sizeof *segments);
    for (i = 0, c = text; i < count; i++) {
        segments[i] = c;
        while (*c && *c != separator)
            c++;
        *c++ = '\0';
    }
    segments[count] = NULL;
    return segments;
}

const ajwt_claim_path *ajwt_claim_path_parse(const char **error,
                                             const char *text, apr_pool_t *pool)
{
    ajwt_claim_path *path = apr_pcalloc(pool, sizeof *path);
    int i;

    *error = NULL;
    if (!*text) {
        *error = "a claim name is empty";
        return NULL;
    }
    path->text = apr_pstrdup(pool, text);
    path->is_pointer = *text == '/';
    path->segments = split_text(apr_pstrdup(pool, text + path->is_pointer),
                                path->is_pointer ? '/' : '.', pool);
    for (i = 0; path->is_pointer && path->segments[i]; i++) {
        if (!unescape_pointer((char *)path->segments[i])) {
            *error = "in a JSON Pointer, write ~0 for ~ and ~1 for /";
            return NULL;
        }
    }
    return path;
}

/* RFC 6901 4: digits without a leading zero */
static const json_t *find_element(const json_t *array, const char *digits)
{
    apr_size_t length = strlen(digits);

    if (length == 0 || length > 9 || strspn(digits, "0123456789") != length ||
        (digits[0] == '0' && length > 1))
        return NULL;
    return json_array_get(array, (size_t)apr_atoi64(digits));
}

const json_t *ajwt_claim_path_find(const ajwt_claim_path *path,
                                   const json_t *object)
{
    const json_t *value = json_object_get(object, path->text);
    const char **segment;

    if (value)
        return value;
    for (value = object, segment = path->segments; value && *segment;
         segment++) {
        if (path->is_pointer && json_is_array(value))
            value = find_element(value, *segment);
        else
            value = json_object_get(value, *segment);
    }
    return value;
}
