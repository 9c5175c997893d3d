/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt keygen: a new key, its private half in a file, its public half as a
 * JWK Set.
 */
#ifndef AJWT_CLI_KEYGEN_H
#define AJWT_CLI_KEYGEN_H

#include "cli/command.h"

extern const ajwt_command ajwt_keygen;

#endif
