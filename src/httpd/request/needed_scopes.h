/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the scopes that a challenge names (RFC 6750 3, RFC 9728, MCP): all
 * that the operation needs, including those that the token has, so that one new
 * login suffices.
 *
 * It runs mod_authz_core's hook once more for the request, with r->user unset,
 * and collects each `Require jwt-scope` that mod_authz_core evaluates.
 */
#ifndef AJWT_HTTPD_REQUEST_NEEDED_SCOPES_H
#define AJWT_HTTPD_REQUEST_NEEDED_SCOPES_H

#include <mod_auth.h>

#include "core/require.h"
#include "httpd/module.h"

typedef struct ajwt_needed_scopes {
    const char *text; /* separated by spaces; NULL: none are needed */
    int is_lacking;   /* the accepted token lacks at least one of them */
} ajwt_needed_scopes;

/** Evaluates the Require lines once more, if any section has a jwt-scope. */
void ajwt_needed_scopes_find(ajwt_needed_scopes *found, request_rec *r);

/** Notes that the configuration has a Require jwt-scope. */
void ajwt_needed_scopes_expect(void);

/** Whether scopes are being collected for r: providers must not decide then. */
int ajwt_needed_scopes_is_collecting(const request_rec *r);

/** While scopes are collected: the user of r, because r->user is NULL then. */
char *ajwt_needed_scopes_user(const request_rec *r);

/**
 * Returns the result of a provider while scopes are collected. use: the line of
 * a jwt-scope that is not negated, or NULL if unknown. require: NULL for other
 * rules.
 */
authz_status ajwt_needed_scopes_collect(request_rec *r,
                                        const ajwt_require *require,
                                        const ap_directive_t *use);

#endif
