/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt explain
 */
#ifndef AJWT_CLI_EXPLAIN_H
#define AJWT_CLI_EXPLAIN_H

#include "cli/command.h"

extern const ajwt_command ajwt_explain;

#endif
