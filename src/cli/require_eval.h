/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates Require lines for the claims of a token.
 *
 * core/require checks each line; lines are combined as the manual of
 * mod_authz_core describes: one suffices, except in <RequireAll> and
 * <RequireNone>.
 */
#ifndef AJWT_CLI_REQUIRE_EVAL_H
#define AJWT_CLI_REQUIRE_EVAL_H

#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>

#include "core/reason.h"

/* Result of one line */
typedef struct ajwt_rule_answer {
    const char *line;
    ajwt_reason reason; /* ACCEPTED: the line does not deny access */
    int is_known; /* 0: only httpd can evaluate it; reason is ACCEPTED then */
    int counts;   /* 0: httpd would not have evaluated it */
    const char *actual;   /* the claims that it checks; NULL: none */
    const char *expected; /* its arguments; NULL: none */
} ajwt_rule_answer;

/* The Require lines to check, and the user they are checked for */
typedef struct ajwt_require_eval_case {
    const apr_array_header_t *lines;   /* const char *: Require lines, blocks */
    const apr_array_header_t *aliases; /* const char *: <AuthzProviderAlias> */
    const json_t *claims;
    const char *user; /* NULL: none */
    apr_time_t now;
} ajwt_require_eval_case;

/**
 * Adds the results to answers (ajwt_rule_answer), in the order of the lines.
 * Refuses with the reason of the first line that denies access. *is_open: with
 * ACCEPTED, rules that only httpd can evaluate decide.  Returns NULL, or an
 * error message if a line is invalid.
 */
const char *ajwt_require_eval(ajwt_reason *reason, int *is_open,
                              apr_array_header_t *answers,
                              const ajwt_require_eval_case *checked);

#endif
