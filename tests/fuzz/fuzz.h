/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do all fuzz targets share?
 *
 * A target says what must hold whatever bytes it is given, not only that
 * nothing crashes.  With clang's libFuzzer (`make -f Makefile.apxs fuzz`) it
 * finds inputs of its own; with replay.c it goes through those that were
 * found, in tests/fuzz/corpus, as one of the tests.  Keys are tests/unit's.
 */
#ifndef AJWT_TESTS_FUZZ_H
#define AJWT_TESTS_FUZZ_H

#include "../unit/support.h"

/** What lasts, made once; a target need not have it. */
__attribute__((weak)) void fuzz_open(void);

/** One input.  pool goes when it returns. */
void fuzz_one(ajwt_bytes input, apr_pool_t *pool);

/** Ends the process, and says which input it was. */
#define FUZZ_CHECK(condition)                             \
    do {                                                  \
        if (!(condition))                                 \
            fuzz_fail(__FILE__, __LINE__, "" #condition); \
    } while (0)

void fuzz_fail(const char *file, int line, const char *what)
    __attribute__((noreturn));

/** Takes the first line from input, which keeps what stands behind it. */
ajwt_bytes fuzz_line(ajwt_bytes *input);

/** A copy that ends where the bytes do, or at their first NUL. */
const char *fuzz_string(ajwt_bytes bytes, apr_pool_t *pool);

/** The words of a line: const char *, which spaces separate. */
apr_array_header_t *fuzz_words(ajwt_bytes line, apr_pool_t *pool);

/** A JSON object as a token has it; NULL when it is none. */
const json_t *fuzz_claims(ajwt_bytes text, apr_pool_t *pool);

/** Whether no other text stands for the same bytes: RFC 7515 2. */
int fuzz_is_base64url(ajwt_bytes text);

/** Whether it may be the value of a header: RFC 9110 5.5. */
int fuzz_is_header_value(const char *value);

/** Whether it is Bearer and its parameters, all quoted: RFC 9110 11.6.1. */
int fuzz_is_challenge(const char *challenge);

/** Whether one of the reasons in the list, which AJWT_REASON_COUNT ends. */
int fuzz_is_among(ajwt_reason reason, ...);

#endif
