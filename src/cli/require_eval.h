/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would these Require lines let such claims in?
 *
 * core/require checks each; how several go together is mod_authz_core's
 * manual: alternatives, but for <RequireAll> and <RequireNone>.
 */
#ifndef AJWT_CLI_REQUIRE_EVAL_H
#define AJWT_CLI_REQUIRE_EVAL_H

#include <apr_tables.h>
#include <apr_time.h>
#include <jansson.h>

#include "core/reason.h"

/* What one line says */
typedef struct ajwt_rule_answer {
    const char *line;
    ajwt_reason reason;   /* ACCEPTED: it does not stand against it */
    int is_known;         /* 0: only httpd can say; then reason is ACCEPTED */
    int counts;           /* 0: httpd would not have asked it */
    const char *actual;   /* the claims that it is about; NULL: none */
    const char *expected; /* its words, NULL: none */
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
 * answers: ajwt_rule_answer, in the order of the lines.  Refuses with the
 * reason of the first line that speaks against; *is_open: with ACCEPTED: lines
 * of httpd's own decide.  NULL, or an error in words, when a line is wrong.
 */
const char *ajwt_require_eval(ajwt_reason *reason, int *is_open,
                              apr_array_header_t *answers,
                              const ajwt_require_eval_case *checked);

#endif
