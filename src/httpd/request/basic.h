/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens as passwords, for clients that only support Basic: `AuthBasicProvider
 * jwt` under `AuthType Basic`.
 *
 * The user name that a client sends is removed from the request at once.  The
 * token's user replaces it in REMOTE_USER and in the Authorization field that
 * is forwarded.
 */
#ifndef AJWT_HTTPD_REQUEST_BASIC_H
#define AJWT_HTTPD_REQUEST_BASIC_H

#include "httpd/request/auth_state.h"
#include "httpd/request/input.h"

/** Registers the provider. */
void ajwt_basic_register(apr_pool_t *pool);

/**
 * Removes the user name beside a token from r and from its copies in variables,
 * or the whole field if tokens are not forwarded.  input keeps what the client
 * sent.
 */
void ajwt_basic_take(ajwt_input *input, request_rec *r, apr_table_t *variables);

/**
 * After authentication: writes user before the token in r's Authorization
 * field.  Removes the field if user cannot be written, or if forwards is 0.
 */
void ajwt_basic_forward(request_rec *r, const char *user, int forwards);

/**
 * After authentication by a module other than mod_auth_basic, which has put the
 * token into Authorization: forwards the token or removes it.
 */
void ajwt_basic_clean_authorization(request_rec *r,
                                    const ajwt_auth_state *auth);

/**
 * check_authn, before mod_auth_basic's: logs why the provider refused, and
 * answers 503 if there are no keys to verify with, which a provider cannot do.
 */
int ajwt_basic_check(request_rec *r);

#endif
