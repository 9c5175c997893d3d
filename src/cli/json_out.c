/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_out.h"

#include <apr_escape.h>

json_t *ajwt_json_out_reason(ajwt_reason reason)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    return reason == AJWT_ACCEPTED
               ? json_null()
               : json_pack("{s:s, s:s, s:s, s:s, s:i}", "tag", row->tag, "name",
                           row->name, "text", row->text, "fix", row->fix,
                           "status", row->status);
}

json_t *ajwt_json_out_text(const char *text, apr_pool_t *pool)
{
    json_t *packed = text ? json_string(text) : json_null();

    return packed ? packed : json_string(apr_pescape_echo(pool, text, 0));
}

json_t *ajwt_json_out_value(const json_t *value)
{
    return value ? json_incref((json_t *)value) : json_null();
}
