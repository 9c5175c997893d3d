/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what was taken for a JSON object within all bounds, with nothing lost,
 * and does it print as what it is?
 */
#include "fuzz.h"

#include <math.h>

#include "core/json.h"
#include "core/limits.h"

static apr_size_t largest(apr_size_t a, apr_size_t b)
{
    return a > b ? a : b;
}

static apr_size_t depth(const json_t *value)
{
    apr_size_t i, deepest = 0;
    const char *name;
    json_t *child;

    json_object_foreach((json_t *)value, name, child)
    {
        FUZZ_CHECK(name);
        deepest = largest(deepest, depth(child));
    }
    json_array_foreach(value, i, child)
    {
        deepest = largest(deepest, depth(child));
    }
    return deepest + (json_is_object(value) || json_is_array(value));
}

/* In all; no object may have more than its share. */
static apr_size_t count_members(const json_t *value)
{
    apr_size_t i, count = json_object_size(value);
    const char *name;
    json_t *child;

    FUZZ_CHECK(count <= AJWT_MAX_JSON_MEMBERS);
    json_object_foreach((json_t *)value, name, child)
    {
        count += count_members(child);
        FUZZ_CHECK(json_object_get(value, name) == child);
    }
    json_array_foreach(value, i, child)
    {
        count += count_members(child);
    }
    return count;
}

/* Each member has one outside strings; a duplicate that was dropped shows. */
static apr_size_t count_colons(ajwt_bytes text)
{
    apr_size_t i, count = 0;
    int in_string = 0;

    for (i = 0; i < text.len; i++) {
        if (in_string && text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            in_string = !in_string;
        else
            count += !in_string && text.data[i] == ':';
    }
    return count;
}

/* DEL is none to JSON. */
static int has_control(ajwt_bytes text)
{
    apr_size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20)
            return 1;
    }
    return 0;
}

static void check_print(const json_t *value, apr_pool_t *pool)
{
    const char *text = ajwt_json_print(value, pool);
    const json_t *again;

    FUZZ_CHECK(text && !has_control(ajwt_bytes_from_string(text)));
    FUZZ_CHECK(ajwt_json_parse(&again, ajwt_bytes_from_string(text),
                               AJWT_PAYLOAD_INVALID, pool) == AJWT_ACCEPTED);
    FUZZ_CHECK(json_equal(value, again) == ajwt_json_is_exact(value));
    FUZZ_CHECK(ajwt_json_is_exact(again));
}

/* What is beyond any double was refused, and no such number is left in it. */
static void check_numbers(const json_t *value)
{
    const char *name;
    json_t *child;
    apr_size_t i;

    FUZZ_CHECK(!json_is_real(value) || isfinite(json_real_value(value)));
    FUZZ_CHECK(!json_is_integer(value) || ajwt_json_is_exact(value));
    json_object_foreach((json_t *)value, name, child)
    {
        check_numbers(child);
        FUZZ_CHECK(ajwt_json_is_exact(child) || !ajwt_json_is_exact(value));
    }
    json_array_foreach(value, i, child)
    {
        check_numbers(child);
        FUZZ_CHECK(ajwt_json_is_exact(child) || !ajwt_json_is_exact(value));
    }
}

static void check_text(const json_t *value, apr_pool_t *pool)
{
    ajwt_bytes text = ajwt_json_text(value, pool);

    FUZZ_CHECK(text.data);
    if (!json_is_string(value)) {
        FUZZ_CHECK(!ajwt_json_string(value).data);
        FUZZ_CHECK(!ajwt_json_is_text(value));
        FUZZ_CHECK(!has_control(text));
        return;
    }
    FUZZ_CHECK(ajwt_bytes_equal(text, ajwt_json_string(value)));
    FUZZ_CHECK(ajwt_json_is_text(value) ==
               (strlen(json_string_value(value)) == text.len));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const json_t *object;
    json_t *child;
    const char *name;
    ajwt_reason reason;

    if (!input.data)
        return;
    reason = ajwt_json_parse(&object, input, AJWT_PAYLOAD_INVALID, pool);
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == (object != NULL));
    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_PAYLOAD_INVALID,
                             AJWT_DUPLICATE_MEMBER, AJWT_OVER_LIMIT,
                             AJWT_NUMBER_RANGE, AJWT_REASON_COUNT));
    if (reason != AJWT_ACCEPTED)
        return;
    FUZZ_CHECK(json_is_object(object));
    FUZZ_CHECK(depth(object) <= AJWT_MAX_JSON_DEPTH);
    FUZZ_CHECK(count_members(object) == count_colons(input));
    check_print(object, pool);
    check_numbers(object);
    json_object_foreach((json_t *)object, name, child)
    {
        check_text(child, pool);
    }
}
