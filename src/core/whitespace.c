/* SPDX-License-Identifier: Apache-2.0 */
#include "core/whitespace.h"

/*
 * Without the ASCII control characters, which are refused anywhere in a value
 */
static const char *const characters[] = {
    " ",
    "\xc2\x85",     /* U+0085 */
    "\xc2\xa0",     /* U+00A0 */
    "\xe1\x9a\x80", /* U+1680 */
    "\xe1\xa0\x8e", /* U+180E */
    "\xe2\x80\x80", /* U+2000 to U+200B */
    "\xe2\x80\x81",
    "\xe2\x80\x82",
    "\xe2\x80\x83",
    "\xe2\x80\x84",
    "\xe2\x80\x85",
    "\xe2\x80\x86",
    "\xe2\x80\x87",
    "\xe2\x80\x88",
    "\xe2\x80\x89",
    "\xe2\x80\x8a",
    "\xe2\x80\x8b",
    "\xe2\x80\xa8", /* U+2028 */
    "\xe2\x80\xa9", /* U+2029 */
    "\xe2\x80\xaf", /* U+202F */
    "\xe2\x81\x9f", /* U+205F */
    "\xe3\x80\x80", /* U+3000 */
    "\xef\xbb\xbf", /* U+FEFF */
};

static int is_visible_ascii(unsigned char byte)
{
    return byte > ' ' && byte < 0x80;
}

/*
 * A UTF-8 sequence never matches inside another one, so bytes can be compared.
 */
int ajwt_whitespace_is_at_end(ajwt_bytes text)
{
    apr_size_t i;

    if (text.len == 0 || (is_visible_ascii(text.data[0]) &&
                          is_visible_ascii(text.data[text.len - 1])))
        return 0;
    for (i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        const apr_size_t len = strlen(characters[i]);

        if (text.len >= len &&
            (memcmp(text.data, characters[i], len) == 0 ||
             memcmp(text.data + text.len - len, characters[i], len) == 0))
            return 1;
    }
    return 0;
}
