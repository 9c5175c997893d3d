/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/log_line.h"

#include <apr_strings.h>

#include "core/limits.h"

int ajwt_log_level(ajwt_level level)
{
    switch (level) {
    case AJWT_LEVEL_ERROR:
        return APLOG_ERR;
    case AJWT_LEVEL_WARN:
        return APLOG_WARNING;
    case AJWT_LEVEL_INFO:
        return APLOG_INFO;
    case AJWT_LEVEL_DEBUG:
        return APLOG_DEBUG;
    }
    return APLOG_ERR;
}

const char *ajwt_log_quote(ajwt_bytes value, apr_pool_t *pool)
{
    apr_size_t len =
        value.len < AJWT_MAX_LOGGED_BYTES ? value.len : AJWT_MAX_LOGGED_BYTES;
    const char *text = apr_pstrmemdup(pool, (const char *)value.data, len);

    return apr_pstrcat(pool, "\"", ap_escape_logitem(pool, text), "\"", NULL);
}

const char *ajwt_log_quote_member(const char *name, ajwt_bytes value,
                                  apr_pool_t *pool)
{
    return value.data ? apr_pstrcat(pool, ", ", name, " ",
                                    ajwt_log_quote(value, pool), NULL)
                      : "";
}
