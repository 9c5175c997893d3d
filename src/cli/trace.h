/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies a token step by step, and records each result.
 *
 * The steps are those of the server, in its order; the first refusal is the
 * result.  Later steps that do not depend on a failed one are checked too, so
 * that one run shows all problems.
 */
#ifndef AJWT_CLI_TRACE_H
#define AJWT_CLI_TRACE_H

#include "cli/options.h"
#include "cli/term.h"

typedef struct ajwt_finding {
    const char *name; /* of the step, or the Require line */
    ajwt_mark mark;
    ajwt_reason reason;   /* if mark is AJWT_MARK_FAILED */
    const char *actual;   /* actual value, as text; NULL: none */
    const char *expected; /* expected value, as text; NULL: none */
    const char *fix;      /* if mark is AJWT_MARK_FAILED */
} ajwt_finding;

typedef struct ajwt_trace {
    apr_pool_t *pool;
    const ajwt_options *options;
    apr_time_t now;
    ajwt_trust trust;             /* of the options */
    ajwt_token token;             /* the members that could be parsed */
    apr_array_header_t *findings; /* ajwt_finding */
    ajwt_reason result;
    const char *user; /* NULL: none */
    int is_open;      /* Require lines that only httpd can evaluate decide */
} ajwt_trace;

/**
 * text: a token, a header line or a URL.  An invalid Require line ends the
 * process.
 */
void ajwt_trace_run(ajwt_trace *trace, const char *text);

#endif
