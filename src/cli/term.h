/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text output of ajwt on a terminal.
 *
 * It uses marks and colours if the terminal has them, prints times as a date
 * and a relative time, and escapes control characters of untrusted text.
 */
#ifndef AJWT_CLI_TERM_H
#define AJWT_CLI_TERM_H

#include <apr_pools.h>
#include <jansson.h>

/* Result of a step */
typedef enum ajwt_mark {
    AJWT_MARK_PASSED,
    AJWT_MARK_FAILED,
    AJWT_MARK_SKIPPED
} ajwt_mark;

/** Detects what standard output can display. */
void ajwt_term_open(void);

/** Returns a mark; all marks have the same width. */
const char *ajwt_term_mark(ajwt_mark mark, apr_pool_t *pool);

/** Returns text in bold, in the colour of the mark. */
const char *ajwt_term_strong(ajwt_mark mark, const char *text,
                             apr_pool_t *pool);

/** Returns untrusted text with control and invisible characters as \uXXXX. */
const char *ajwt_term_safe(const char *text, apr_pool_t *pool);

/** Returns a JSON value, printed and escaped in the same way. */
const char *ajwt_term_json(const json_t *value, apr_pool_t *pool);

/**
 * Returns "2026-01-31 12:00:00 UTC, 3 minutes ago"; NULL: not a date up to
 * 9999.
 */
const char *ajwt_term_time(double seconds, double now_s, apr_pool_t *pool);

/** Breaks text at 80 columns, with indent from the second line on. */
const char *ajwt_term_wrap(const char *text, int indent, apr_pool_t *pool);

#endif
