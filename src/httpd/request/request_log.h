/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines about the token of a request.
 *
 * No token, no payload and no signature, at any level: of a token only iss, kid
 * and alg, quoted and cut.
 */
#ifndef AJWT_HTTPD_REQUEST_REQUEST_LOG_H
#define AJWT_HTTPD_REQUEST_REQUEST_LOG_H

#include "core/export.h"
#include "httpd/request/auth_state.h"

/**
 * One line for a refusal: the first of each reason in an hour at warn at least,
 * NO_TOKEN excepted, further ones at info.  detail: which rule, or what to
 * write; or NULL.
 */
void ajwt_request_log_refusal(request_rec *r, const ajwt_auth_state *auth,
                              ajwt_reason reason, const char *detail);

/** One for what AuthJWTOptional report lets through, at level warn at least. */
void ajwt_request_log_report(request_rec *r, const ajwt_auth_state *auth,
                             ajwt_reason reason, const char *detail);

/** A claim that did not become a variable. */
void ajwt_request_log_not_exported(request_rec *r,
                                   const ajwt_export_variable *variable);

/** A claim that was not put into a header, and why. */
void ajwt_request_log_not_sent(request_rec *r, const char *claim,
                               const char *header, const char *why);

#endif
