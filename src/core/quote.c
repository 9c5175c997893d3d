/* SPDX-License-Identifier: Apache-2.0 */
#include "core/quote.h"

#include <apr_strings.h>

#include "core/limits.h"

static int is_printable(unsigned char byte)
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
        if (is_printable(text.data[i]))
            *out++ = (char)text.data[i];
        else
            out += apr_snprintf(out, 4, "%%%02X", text.data[i]);
    }
    apr_cpystrn(out, most < text.len ? "...\"" : "\"", sizeof "...\"");
    return quoted;
}
