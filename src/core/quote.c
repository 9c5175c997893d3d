/* SPDX-License-Identifier: Apache-2.0 */
#include "core/quote.h"

#include <apr_strings.h>

#include "core/json.h"
#include "core/limits.h"

static int is_plain(unsigned char byte)
{
    return byte >= 0x20 && byte < 0x7f && !strchr("\"%\\", byte);
}

const char *ajwt_quote_text(ajwt_bytes text, apr_pool_t *pool)
{
    const apr_size_t most =
        text.len < AJWT_MAX_LOGGED_BYTES ? text.len : AJWT_MAX_LOGGED_BYTES;
    char *quoted = apr_palloc(pool, most * 3 + sizeof "\"...\""), *out = quoted;
    apr_size_t i;

    *out++ = '"';
    for (i = 0; i < most; i++) {
        if (is_plain(text.data[i]))
            *out++ = (char)text.data[i];
        else
            out += apr_snprintf(out, 4, "%%%02X", text.data[i]);
    }
    apr_cpystrn(out, most < text.len ? "...\"" : "\"", sizeof "...\"");
    return quoted;
}

const char *ajwt_quote_json(const json_t *value, apr_pool_t *pool)
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
