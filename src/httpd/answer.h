/*
 * What is a client told?  The only writer of the challenge.
 */
#ifndef AJWT_HTTPD_ANSWER_H
#define AJWT_HTTPD_ANSWER_H

#include "httpd/verdict.h"

/**
 * Refuses r for that reason: log line, challenge or Retry-After, JWT_REASON.
 * scope: what a challenge asks for, or NULL; mend: for the log, or NULL.
 * Returns the HTTP status.
 */
int ajwt_answer_refuse(request_rec *r, const ajwt_verdict *verdict,
                       ajwt_reason reason, const char *scope, const char *mend);

/** The challenge without an error, for a user whom httpd's own rules refuse. */
int ajwt_answer_note_auth_failure(request_rec *r, const char *auth_type);

/**
 * fixups, of a request that an error document answers: JWT_REASON again, and no
 * challenge should the document make a success of it.
 */
int ajwt_answer_fixups(request_rec *r);

/** Registers what ajwt_answer_fixups needs. */
void ajwt_answer_register(void);

#endif
