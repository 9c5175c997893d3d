/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines about the token of a request.
 *
 * They contain no token, payload or signature at any level: only iss, kid and
 * alg of a token, quoted and cut.
 */
#ifndef AJWT_HTTPD_REQUEST_REQUEST_LOG_H
#define AJWT_HTTPD_REQUEST_REQUEST_LOG_H

#include "core/export.h"
#include "httpd/request/auth_state.h"

/**
 * Logs a refusal: the first of each reason in an hour at warn at least (except
 * NO_TOKEN), further ones at info. detail: which rule, or what to write; or
 * NULL.
 */
void ajwt_request_log_refusal(request_rec *r, const ajwt_auth_state *auth,
                              ajwt_reason reason, const char *detail);

/**
 * Logs, at level warn at least, a request that AuthJWTOptional report lets
 * through.
 */
void ajwt_request_log_report(request_rec *r, const ajwt_auth_state *auth,
                             ajwt_reason reason, const char *detail);

/** Logs a claim that was not exported as a variable. */
void ajwt_request_log_not_exported(request_rec *r,
                                   const ajwt_export_variable *variable);

/** Logs a claim that was not sent in a header, with the cause. */
void ajwt_request_log_not_sent(request_rec *r, const char *claim,
                               const char *header, const char *why);

#endif
