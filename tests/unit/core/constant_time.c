/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does comparing a secret take the same way whatever it is?
 *
 * Under memcheck, to which the secret is memory that nobody has set: it says
 * when a jump depends on it.  `constant_time equal` compares as the public is
 * compared, and must be noticed; see tests/check/check_constant_time.py.
 */
#include <stdio.h>
#include <stdlib.h>

#include <valgrind/memcheck.h>

#include "core/bytes.h"

static unsigned char expected[64], given[64];

int main(int argc, char **argv)
{
    const int is_public = argc > 1 && strcmp(argv[1], "equal") == 0;
    const ajwt_bytes tag = {expected, sizeof expected};
    const ajwt_bytes signature = {given, sizeof given};
    int equal;

    given[sizeof given / 2] = 1;
    (void)VALGRIND_MAKE_MEM_UNDEFINED(expected, sizeof expected);
    equal = is_public ? ajwt_bytes_equal(tag, signature)
                      : ajwt_bytes_equal_secret(tag, signature);
    /* what comes out of it is told anyway */
    (void)VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
    return equal ? EXIT_FAILURE : EXIT_SUCCESS;
}
