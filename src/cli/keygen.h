/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ajwt keygen: generates a key; writes its private key to a file and its public
 * key as a JWK Set.
 */
#ifndef AJWT_CLI_KEYGEN_H
#define AJWT_CLI_KEYGEN_H

#include "cli/command.h"

extern const ajwt_command ajwt_keygen;

#endif
