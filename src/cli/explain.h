/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt explain: checks a token step by step, with the reason of a refusal and
 * the fix.
 */
#ifndef AJWT_CLI_EXPLAIN_H
#define AJWT_CLI_EXPLAIN_H

#include "cli/command.h"

extern const ajwt_command ajwt_explain;

#endif
