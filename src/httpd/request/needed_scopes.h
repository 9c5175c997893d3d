/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collects the scopes that a challenge names (RFC 6750 3, RFC 9728, MCP): all
 * that the operation needs, whatever the token has, so that one new login
 * suffices.
 *
 * mod_authz_core is asked once more about the request, as if no user were
 * known, and each `Require jwt-scope` that it comes to is collected.
 */
#ifndef AJWT_HTTPD_REQUEST_NEEDED_SCOPES_H
#define AJWT_HTTPD_REQUEST_NEEDED_SCOPES_H

#include <mod_auth.h>

#include "core/require.h"
#include "httpd/module.h"

typedef struct ajwt_needed_scopes {
    const char *text; /* separated by blanks; NULL: none are needed */
    int is_lacking;   /* the accepted token lacks at least one of them */
} ajwt_needed_scopes;

/** Costs a pass over the Require lines, if any section has a jwt-scope. */
void ajwt_needed_scopes_find(ajwt_needed_scopes *found, request_rec *r);

/** A Require jwt-scope was read. */
void ajwt_needed_scopes_expect(void);

/** Whether they are being collected for r: providers must not decide now. */
int ajwt_needed_scopes_is_collecting(const request_rec *r);

/** While they are collected: the user of r, whom r->user does not show then. */
char *ajwt_needed_scopes_user(const request_rec *r);

/**
 * The result of a provider while scopes are collected.  use: the line of a
 * jwt-scope that is not negated, or NULL if unknown.  require: NULL for other
 * rules.
 */
authz_status ajwt_needed_scopes_collect(request_rec *r,
                                        const ajwt_require *require,
                                        const ap_directive_t *use);

#endif
