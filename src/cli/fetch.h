/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt fetch: shows the documents and keys of an issuer as the server uses
 * them.
 */
#ifndef AJWT_CLI_FETCH_H
#define AJWT_CLI_FETCH_H

#include "cli/command.h"

extern const ajwt_command ajwt_fetch;

#endif
