/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include <apr_strings.h>

#include "core/limits.h"
#include "core/quote.h"

/*
 * Returns the position after the closing quote: the first quote with an even
 * number of backslashes before it.
 */
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
 * jansson parses recursively, and the threads of a server may have small
 * stacks. So the depth is checked before parsing, by counting brackets outside
 * strings.
 */
static int is_shallow(ajwt_bytes text)
{
    const unsigned char *c = text.data, *end = c + text.len;
    int depth = 0;

    while (c < end && depth <= AJWT_MAX_JSON_DEPTH) {
        unsigned char byte = *c++;

        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
        if (byte == '"')
            c = skip_string(c, end);
    }
    return depth <= AJWT_MAX_JSON_DEPTH;
}

/* Recursive: call it only after is_shallow has limited the depth. */
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

/* DBL_MAX, which replaces an integer beyond 64 bits */
#define BEYOND "1.7976931348623157e308"

/* Whether the number fits a double, with rounding */
static int fits_double(const unsigned char *digits, apr_size_t len)
{
    char copy[DBL_MAX_10_EXP + 2];

    if (len >= sizeof copy)
        return 0;
    memcpy(copy, digits, len);
    copy[len] = '\0';
    return isfinite(strtod(copy, NULL));
}

/* Every byte after the sign must be a digit; otherwise it is not an integer. */
static int is_beyond_64_bits(const unsigned char *number, apr_size_t len)
{
    const int is_negative = *number == '-';
    const unsigned char *digits = number + is_negative;
    const char *last =
        is_negative ? "9223372036854775808" : "9223372036854775807";
    const apr_size_t most = strlen(last);
    apr_size_t i;

    len -= (apr_size_t)is_negative;
    for (i = 0; i < len; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            return 0;
    }
    return len >= most && *digits != '0' &&
           (len > most || memcmp(digits, last, most) > 0) &&
           fits_double(digits, len);
}

static const unsigned char *skip_number(const unsigned char *start,
                                        const unsigned char *end)
{
    while (start < end && *start && strchr("+-.eE0123456789", *start))
        start++;
    return start;
}

/*
 * Replaces each integer beyond 64 bits by BEYOND. jansson can read either all
 * integers or none of them as reals.
 */
static ajwt_bytes replace_wide_integers(ajwt_bytes text, apr_pool_t *pool)
{
    const unsigned char *c = text.data, *end = c + text.len, *next;
    /* BEYOND has 22 bytes, and the integer that it replaces at least 19 */
    unsigned char *start = apr_palloc(pool, text.len * 2), *out = start;
    ajwt_bytes replaced;

    for (; c < end; c = next) {
        apr_size_t len;

        next = *c == '"' ? skip_string(c + 1, end) : skip_number(c, end);
        next += next == c;
        len = (apr_size_t)(next - c);
        if (*c != '"' && is_beyond_64_bits(c, len)) {
            if (*c == '-')
                *out++ = '-';
            memcpy(out, BEYOND, sizeof BEYOND - 1);
            out += sizeof BEYOND - 1;
            continue;
        }
        memcpy(out, c, len);
        out += len;
    }
    replaced.data = start;
    replaced.len = (apr_size_t)(out - start);
    return replaced;
}

static json_t *load_text(json_error_t *error, ajwt_bytes text)
{
    return json_loadb((const char *)text.data, text.len,
                      JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, error);
}

/* Parses a second time only if a number is out of range. */
static json_t *load_any_number(json_error_t *error, ajwt_bytes text,
                               apr_pool_t *pool)
{
    json_t *value = load_text(error, text);
    ajwt_bytes replaced;

    if (value || json_error_code(error) != json_error_numeric_overflow)
        return value;
    replaced = replace_wide_integers(text, pool);
    value = load_text(error, replaced);
    ajwt_bytes_wipe(replaced);
    return value;
}

static ajwt_reason choose_reason(const json_error_t *error, ajwt_reason invalid)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return AJWT_DUPLICATE_MEMBER;
    case json_error_numeric_overflow:
        return AJWT_NUMBER_RANGE;
    default:
        return invalid;
    }
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
    /* RFC 8259 allows no NUL; jansson treats it as white space */
    if (memchr(text.data, '\0', text.len))
        return invalid;
    if (!is_shallow(text))
        return AJWT_OVER_LIMIT;
    value = load_any_number(&error, text, pool);
    if (!value)
        return choose_reason(&error, invalid);
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
 * Sizes of jansson's structures on a 64-bit machine, as malloc rounds them up.
 * A string keeps the memory of its escaped text, which may be six times as long
 * as the string.
 */
#define STRING_BYTES 80 /* without the text */
#define NUMBER_BYTES 32
#define ARRAY_BYTES  64
#define OBJECT_BYTES 96
#define MEMBER_BYTES 80 /* without the name */
#define SLOT_BYTES   8  /* per array element */
#define BUCKET_BYTES 16 /* per bucket of an object's hash table */
#define LEAST_SLOTS  8  /* initial size of arrays and tables, then doubled */

static apr_size_t round_up_slots(apr_size_t count)
{
    apr_size_t slots = LEAST_SLOTS;

    while (slots < count)
        slots *= 2;
    return slots;
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
        bytes =
            ARRAY_BYTES + SLOT_BYTES * round_up_slots(json_array_size(value));
    if (json_is_object(value))
        bytes = OBJECT_BYTES +
                BUCKET_BYTES * round_up_slots(json_object_size(value));
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

int ajwt_json_is_exact(const json_t *value)
{
    const char *name;
    json_t *child;
    apr_size_t i;

    if (json_is_real(value))
        return fabs(json_real_value(value)) < DBL_MAX;
    json_object_foreach((json_t *)value, name, child)
    {
        if (!ajwt_json_is_exact(child))
            return 0;
    }
    json_array_foreach(value, i, child)
    {
        if (!ajwt_json_is_exact(child))
            return 0;
    }
    return 1;
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

static const char *dump_json(const json_t *value, size_t digits,
                             apr_pool_t *pool)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                       JSON_REAL_PRECISION(digits));
    const char *copy = apr_pstrdup(pool, text);

    free(text);
    return copy;
}

static int is_equal_when_parsed(const char *text, const json_t *value)
{
    json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    int equal = again && json_equal(again, value);

    json_decref(again);
    return equal;
}

/* Copies value and replaces each integer beyond 64 bits by a text. */
static json_t *copy_readable(const json_t *value)
{
    const char *name;
    json_t *copy, *child;
    apr_size_t i;

    if (ajwt_json_is_exact(value))
        return json_deep_copy(value);
    if (json_is_real(value))
        return json_string("an integer beyond 64 bits");
    copy = json_is_array(value) ? json_array() : json_object();
    json_object_foreach((json_t *)value, name, child)
    {
        json_object_set_new(copy, name, copy_readable(child));
    }
    json_array_foreach(value, i, child)
    {
        json_array_append_new(copy, copy_readable(child));
    }
    return copy;
}

static const char *print_readable(const json_t *value, apr_pool_t *pool)
{
    json_t *copy = copy_readable(value);
    const char *text = copy ? ajwt_json_print(copy, pool) : NULL;

    json_decref(copy);
    return text;
}

const char *ajwt_json_print(const json_t *value, apr_pool_t *pool)
{
    const char *text;
    size_t digits;

    if (json_is_integer(value))
        return apr_psprintf(pool, "%" APR_INT64_T_FMT,
                            (apr_int64_t)json_integer_value(value));
    if (!ajwt_json_is_exact(value))
        return print_readable(value, pool);
    for (digits = 15; digits < 17; digits++) {
        text = dump_json(value, digits, pool);
        if (text && is_equal_when_parsed(text, value))
            return text;
    }
    return dump_json(value, digits, pool);
}

ajwt_bytes ajwt_json_text(const json_t *value, apr_pool_t *pool)
{
    if (json_is_string(value))
        return ajwt_json_string(value);
    return ajwt_bytes_from_string(ajwt_json_print(value, pool));
}

ajwt_bytes ajwt_json_name(const json_t *value, apr_pool_t *pool)
{
    return json_is_integer(value) ? ajwt_json_text(value, pool)
                                  : ajwt_json_string(value);
}

const char *ajwt_json_quote(const json_t *value, apr_pool_t *pool)
{
    if (!value)
        return "nothing";
    if (json_is_array(value))
        return "an array";
    if (json_is_object(value))
        return "an object";
    if (json_is_string(value))
        return ajwt_quote_text(ajwt_json_string(value), pool);
    if (!ajwt_json_is_exact(value))
        return "an integer beyond 64 bits";
    return ajwt_json_print(value, pool);
}

/* jansson's message ends with `near '"NAME"'` unless the name is too long. */
static const char *find_member_name(const json_error_t *error, apr_pool_t *pool)
{
    static const char near[] = " near '\"";
    const char *start = strstr(error->text, near);
    ajwt_bytes name = {NULL, 0};

    if (!start || json_error_code(error) != json_error_duplicate_key)
        return NULL;
    name.data = (const unsigned char *)start + sizeof near - 1;
    name.len = strcspn((const char *)name.data, "\"");
    return ajwt_quote_text(name, pool);
}

static const char *explain_parse_error(const json_error_t *error,
                                       apr_pool_t *pool)
{
    const char *name = find_member_name(error, pool);

    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return name ? apr_pstrcat(pool, "the member ", name, " appears twice",
                                  NULL)
                    : "a member appears twice";
    case json_error_numeric_overflow:
        return "a number is too large";
    case json_error_premature_end_of_input:
        return "it ends too early";
    case json_error_invalid_utf8:
        return "it is not UTF-8";
    case json_error_end_of_input_expected:
        return "there is more text after the end of the JSON";
    default:
        return "it is not JSON";
    }
}

const char *ajwt_json_locate(ajwt_bytes text, apr_pool_t *pool)
{
    json_error_t error;
    json_t *value = load_any_number(&error, text, pool);

    if (value) {
        json_decref(value);
        return NULL;
    }
    return apr_psprintf(pool, "%s (line %d, column %d)",
                        explain_parse_error(&error, pool), error.line,
                        error.column);
}
