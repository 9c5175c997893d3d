/* SPDX-License-Identifier: Apache-2.0 */
#include "core/warning.h"

#include "core/limits.h"

int ajwt_warning_is_due(apr_time_t last, apr_time_t now)
{
    const apr_time_t interval = apr_time_from_sec(AJWT_WARN_EVERY_S);

    /* last may be any number: it is from memory that children can write */
    return last <= 0 || now - last >= interval || now - last <= -interval;
}
