/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "core/limits.h"

/* Behind the quote that closes a string: one with an even number of
 * backslashes before it. */
static const unsigned char *skip_string(const unsigned char *start,
                                        const unsigned char *end)
{
    const unsigned char *quote = start, *slash;

    while ((quote = memchr(quote, '"', (apr_size_t)(end - quote)))) {
        for (slash = quote; slash > start && slash[-1] == '\\';)
            slash--;
        if ((quote++ - slash) % 2 == 0)
            return quote;
    }
    return end;
}

/*
 * jansson parses by recursion, and a server's threads may have small stacks:
 * so the depth is counted before, outside strings, without understanding more.
 */
static int is_shallow(ajwt_bytes text)
{
    const unsigned char *c = text.data, *end = c + text.len;
    int depth = 0;

    while (c < end && depth <= AJWT_MAX_JSON_DEPTH) {
        unsigned char octet = *c++;

        depth += octet == '{' || octet == '[';
        depth -= octet == '}' || octet == ']';
        if (octet == '"')
            c = skip_string(c, end);
    }
    return depth <= AJWT_MAX_JSON_DEPTH;
}

/* Not for hostile depth: is_shallow comes first. */
static int has_few_members(const json_t *value)
{
    const char *name;
    json_t *child;
    apr_size_t i;

    if (json_object_size(value) > AJWT_MAX_JSON_MEMBERS)
        return 0;
    json_object_foreach((json_t *)value, name, child)
    {
        if (!has_few_members(child))
            return 0;
    }
    json_array_foreach(value, i, child)
    {
        if (!has_few_members(child))
            return 0;
    }
    return 1;
}

static apr_status_t free_json(void *value)
{
    json_decref(value);
    return APR_SUCCESS;
}

ajwt_reason ajwt_json_parse(const json_t **object, ajwt_bytes text,
                            ajwt_reason invalid, apr_pool_t *pool)
{
    json_error_t error;
    json_t *value;

    *object = NULL;
    /* RFC 8259 has no place for a NUL; jansson takes one for white space */
    if (memchr(text.data, '\0', text.len))
        return invalid;
    if (!is_shallow(text))
        return AJWT_OVER_LIMIT;
    value = json_loadb((const char *)text.data, text.len,
                       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value)
        return json_error_code(&error) == json_error_duplicate_key
                   ? AJWT_DUPLICATE_MEMBER
                   : invalid;
    apr_pool_cleanup_register(pool, value, free_json, apr_pool_cleanup_null);
    if (!json_is_object(value))
        return invalid;
    if (!has_few_members(value))
        return AJWT_OVER_LIMIT;
    *object = value;
    return AJWT_ACCEPTED;
}

void ajwt_json_take(const json_t *value, apr_pool_t *pool)
{
    apr_pool_cleanup_kill(pool, value, free_json);
}

void ajwt_json_free(const json_t *value)
{
    ajwt_json_wipe(value);
    json_decref((json_t *)value);
}

/*
 * Of jansson's structures on a machine of 64 bits, as malloc rounds them up.
 * Strings keep the room of their escaped text, which may be six times as long.
 */
#define STRING_BYTES 80 /* without the text */
#define NUMBER_BYTES 32
#define ARRAY_BYTES  64
#define OBJECT_BYTES 96
#define MEMBER_BYTES 80 /* without the name */
#define SLOT_BYTES   8  /* of an array */
#define BUCKET_BYTES 16 /* of an object's hash table */
#define LEAST_SLOTS  8  /* arrays and tables begin so and double */

static apr_size_t doubled(apr_size_t count)
{
    apr_size_t room = LEAST_SLOTS;

    while (room < count)
        room *= 2;
    return room;
}

/* Recursive: the parser has limited the depth. */
apr_size_t ajwt_json_bytes(const json_t *value)
{
    apr_size_t i, bytes = 0;
    const char *name;
    json_t *child;

    if (json_is_string(value))
        return STRING_BYTES;
    if (json_is_number(value))
        return NUMBER_BYTES;
    if (json_is_array(value))
        bytes = ARRAY_BYTES + SLOT_BYTES * doubled(json_array_size(value));
    if (json_is_object(value))
        bytes = OBJECT_BYTES + BUCKET_BYTES * doubled(json_object_size(value));
    json_object_foreach((json_t *)value, name, child)
    {
        bytes += MEMBER_BYTES + ajwt_json_bytes(child);
    }
    json_array_foreach(value, i, child)
    {
        bytes += ajwt_json_bytes(child);
    }
    return bytes;
}

void ajwt_json_wipe(const json_t *value)
{
    const char *name;
    json_t *child;
    apr_size_t i;

    ajwt_bytes_wipe(ajwt_json_string(value));
    json_object_foreach((json_t *)value, name, child)
    {
        ajwt_json_wipe(child);
    }
    json_array_foreach(value, i, child)
    {
        ajwt_json_wipe(child);
    }
}

ajwt_bytes ajwt_json_string(const json_t *value)
{
    ajwt_bytes bytes = {NULL, 0};

    if (json_is_string(value)) {
        bytes.data = (const unsigned char *)json_string_value(value);
        bytes.len = json_string_length(value);
    }
    return bytes;
}

ajwt_bytes ajwt_json_member(const json_t *object, const char *name)
{
    return ajwt_json_string(json_object_get(object, name));
}

int ajwt_json_is_text(const json_t *value)
{
    ajwt_bytes bytes = ajwt_json_string(value);

    return bytes.data && !memchr(bytes.data, '\0', bytes.len);
}

static const char *dump(const json_t *value, size_t digits, apr_pool_t *pool)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                       JSON_REAL_PRECISION(digits));
    const char *copy = apr_pstrdup(pool, text);

    free(text);
    return copy;
}

static int reads_back(const char *text, const json_t *value)
{
    json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    int equal = again && json_equal(again, value);

    json_decref(again);
    return equal;
}

const char *ajwt_json_print(const json_t *value, apr_pool_t *pool)
{
    const char *text;
    size_t digits;

    if (json_is_integer(value))
        return apr_psprintf(pool, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(value));
    for (digits = 15; digits < 17; digits++) {
        text = dump(value, digits, pool);
        if (text && reads_back(text, value))
            return text;
    }
    return dump(value, digits, pool);
}

ajwt_bytes ajwt_json_text(const json_t *value, apr_pool_t *pool)
{
    if (json_is_string(value))
        return ajwt_json_string(value);
    return ajwt_bytes_from_string(ajwt_json_print(value, pool));
}
