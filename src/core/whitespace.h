/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection of white space that programs may trim from a text.
 *
 * This covers all that the trim functions of common languages remove: Unicode's
 * White_Space property, and three characters that are white space in some
 * languages or older versions of Unicode (U+180E, U+200B, U+FEFF).
 */
#ifndef AJWT_CORE_WHITESPACE_H
#define AJWT_CORE_WHITESPACE_H

#include "core/bytes.h"

/** Whether a UTF-8 text begins or ends with such a character. */
int ajwt_whitespace_is_at_end(ajwt_bytes text);

#endif
