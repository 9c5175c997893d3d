/* SPDX-License-Identifier: Apache-2.0 */
/* How often a condition that lasts is logged at level warn. */
#ifndef AJWT_CORE_WARNING_H
#define AJWT_CORE_WARNING_H

#include <apr_time.h>

/**
 * Whether a warning is due; last: the time of the one before; 0 or less: none.
 * `now` may be a little earlier than last, if another thread read the clock
 * before this one. A warning further in the future means that the clock was set
 * back.
 */
int ajwt_warning_is_due(apr_time_t last, apr_time_t now);

#endif
