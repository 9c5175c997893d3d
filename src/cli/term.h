/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is something told to people?
 *
 * Marks and colours where the terminal has them; times as dates and as how long
 * ago; and nothing that a terminal would obey, whoever wrote it.
 */
#ifndef AJWT_CLI_TERM_H
#define AJWT_CLI_TERM_H

#include <apr_pools.h>
#include <jansson.h>

/* What became of a step */
typedef enum ajwt_mark { AJWT_HELD, AJWT_FAILED, AJWT_LEFT_OUT } ajwt_mark;

/** Finds out what standard output can show. */
void ajwt_term_open(void);

/** All of one width. */
const char *ajwt_term_mark(ajwt_mark mark, apr_pool_t *pool);

/** In bold, and in the colour of the mark. */
const char *ajwt_term_strong(ajwt_mark mark, const char *text,
                             apr_pool_t *pool);

/** A text that others may have written, with \uXXXX for what is not harmless.
 */
const char *ajwt_term_safe(const char *text, apr_pool_t *pool);

/** The same of a JSON value. */
const char *ajwt_term_json(const json_t *value, apr_pool_t *pool);

/** 2026-01-31 12:00:00 UTC, 3 minutes ago; NULL: not a date until 9999 */
const char *ajwt_term_time(double seconds, double now_s, apr_pool_t *pool);

/** text, broken before width and indented from the second line on. */
const char *ajwt_term_wrap(const char *text, int indent, apr_pool_t *pool);

#endif
