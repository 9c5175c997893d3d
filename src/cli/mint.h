/* SPDX-License-Identifier: Apache-2.0 */
/* ajwt mint: signs a token, for tests. */
#ifndef AJWT_CLI_MINT_H
#define AJWT_CLI_MINT_H

#include "cli/command.h"

extern const ajwt_command ajwt_mint;

#endif
