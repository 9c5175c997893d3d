/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The challenge with the scheme Bearer: the value of WWW-Authenticate (RFC 6750
 * 3).
 *
 * httpd/request/challenge chooses the parameters and sets the header.
 */
#ifndef AJWT_CORE_CHALLENGE_H
#define AJWT_CORE_CHALLENGE_H

#include <apr_pools.h>

#include "core/reason.h"

/* Parameters of a challenge in addition to the reason; NULL: omitted */
typedef struct ajwt_challenge {
    const char *realm; /* quotes and backslashes already escaped */
    const char *scope;
    const char *acr_values, *max_age; /* RFC 9470 3 */
    const char *resource_metadata;    /* RFC 9728 5.1: a URL */
} ajwt_challenge;

/** The value of WWW-Authenticate. */
const char *ajwt_challenge_print(ajwt_reason reason,
                                 const ajwt_challenge *challenge,
                                 apr_pool_t *pool);

/** Whether text is a scope-token of RFC 6749 3.3. */
int ajwt_challenge_is_scope_token(const char *text);

#endif
