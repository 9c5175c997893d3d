/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is a client told?  The only writer of the challenge.
 */
#ifndef AJWT_HTTPD_REQUEST_CHALLENGE_H
#define AJWT_HTTPD_REQUEST_CHALLENGE_H

#include "core/bearer.h"
#include "httpd/request/auth_state.h"

/** Counts a request that an accepted token opened. */
void ajwt_challenge_accept(void);

/**
 * Refuses r for that reason: log line, challenge or Retry-After, JWT_REASON.
 * asked: what a challenge asks for besides, or NULL; detail: for the log, or
 * NULL.  Returns the HTTP status.
 */
int ajwt_challenge_refuse(request_rec *r, const ajwt_auth_state *auth,
                          ajwt_reason reason, const ajwt_challenge *asked,
                          const char *detail);

/**
 * The same under `AuthJWTOptional report`: log line, counter and JWT_REASON
 * alone, and what httpd has written into the challenge is taken back.
 */
void ajwt_challenge_report(request_rec *r, const ajwt_auth_state *auth,
                           ajwt_reason reason, const char *detail);

/** The challenge without an error, for a user whom httpd's own rules refuse. */
int ajwt_challenge_note_auth_failure(request_rec *r, const char *auth_type);

/**
 * fixups: what has to be seen to when the answer's headers are known.  In a
 * request that an error document answers JWT_REASON is set again.
 */
int ajwt_challenge_fixups(request_rec *r);

/**
 * insert_error_filter: what a sub-request was refused for, where that is what r
 * is answered.
 */
void ajwt_challenge_error(request_rec *r);

/** Registers what ajwt_challenge_fixups needs. */
void ajwt_challenge_register(void);

#endif
