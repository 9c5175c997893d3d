/* SPDX-License-Identifier: Apache-2.0 */
#include "core/reason.h"

static const ajwt_reason_row rows[] = {
#define AJWT_REASON_ROW(name, tag, level, status, error, text, fix) \
    {#name, tag, AJWT_LEVEL_##level, status, error, text, fix},
    AJWT_REASONS(AJWT_REASON_ROW)
#undef AJWT_REASON_ROW
};

const ajwt_reason_row *ajwt_reason_describe(ajwt_reason reason)
{
    return (unsigned)reason < AJWT_REASON_COUNT ? &rows[reason]
                                                : &rows[AJWT_INTERNAL];
}
