/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of this token, step by step?
 *
 * The steps are those that the server takes, in its order; the first that
 * refuses gives the result.  What does not rest on it is checked all the same,
 * so that one look shows all that is wrong.
 */
#ifndef AJWT_CLI_TRACE_H
#define AJWT_CLI_TRACE_H

#include "cli/options.h"
#include "cli/term.h"

typedef struct ajwt_finding {
    const char *about;
    ajwt_mark mark;
    ajwt_reason reason;   /* of AJWT_FAILED */
    const char *actual;   /* in words; NULL: nothing to show */
    const char *expected; /* the same */
} ajwt_finding;

typedef struct ajwt_trace {
    apr_pool_t *pool;
    const ajwt_options *options;
    apr_time_t now;
    ajwt_trust trust;             /* of the options */
    ajwt_token token;             /* as far as it could be read */
    apr_array_header_t *findings; /* ajwt_finding */
    ajwt_reason result;
    const char *user; /* NULL: none */
    int is_open;      /* Require lines decide that only httpd can check */
} ajwt_trace;

/** text: a token, or an Authorization line.  The process ends when a Require
 * line is wrong. */
void ajwt_trace_run(ajwt_trace *trace, const char *text);

#endif
