/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Challenges and refusals: status, WWW-Authenticate, Retry-After and
 * JWT_REASON.  No other module writes the challenge.
 */
#ifndef AJWT_HTTPD_REQUEST_CHALLENGE_H
#define AJWT_HTTPD_REQUEST_CHALLENGE_H

#include "core/challenge.h"
#include "httpd/request/auth_state.h"

/** Counts a request that was accepted because of its token. */
void ajwt_challenge_count_accepted(void);

/**
 * Refuses r for that reason: log line, challenge or Retry-After, JWT_REASON.
 * extra: further parameters of the challenge, or NULL; detail: for the log, or
 * NULL.  Returns the HTTP status.
 */
int ajwt_challenge_refuse(request_rec *r, const ajwt_auth_state *auth,
                          ajwt_reason reason, const ajwt_challenge *extra,
                          const char *detail);

/**
 * The same under `AuthJWTOptional report`: writes only the log line, the
 * counter and JWT_REASON, and removes the challenge that httpd has set.
 */
void ajwt_challenge_report(request_rec *r, const ajwt_auth_state *auth,
                           ajwt_reason reason, const char *detail);

/**
 * note_auth_failure: sets the challenge without an error, for a user whom
 * httpd's own rules refuse.
 */
int ajwt_challenge_note_auth_failure(request_rec *r, const char *auth_type);

/**
 * fixups: sets JWT_REASON and the challenge again in an error document, and
 * adds a filter that removes the challenge if the status is 2xx.
 */
int ajwt_challenge_fixups(request_rec *r);

/**
 * insert_error_filter: sets JWT_REASON and the challenge again if r is refused
 * because one of its sub-requests was.
 */
void ajwt_challenge_error(request_rec *r);

/** Registers the output filter that ajwt_challenge_fixups adds. */
void ajwt_challenge_register(void);

#endif
