/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the administrator read?  The only writer of log lines about tokens
 * and keys.
 *
 * No token, no payload and no signature, at any level: of a token only iss, kid
 * and alg, quoted and cut.
 */
#ifndef AJWT_HTTPD_PROCESS_LOG_H
#define AJWT_HTTPD_PROCESS_LOG_H

#include "core/export.h"
#include "config/issuer.h"
#include "httpd/request/auth_state.h"
#include "keys/refresher.h"

/**
 * One line for a refusal: the first of each reason in an hour at warn at least,
 * NO_TOKEN excepted, further ones at info.  detail: which rule, or what to
 * write; or NULL.
 */
void ajwt_log_refusal(request_rec *r, const ajwt_auth_state *auth,
                      ajwt_reason reason, const char *detail);

/** One for what AuthJWTOptional report lets through, at level warn at least. */
void ajwt_log_report(request_rec *r, const ajwt_auth_state *auth,
                     ajwt_reason reason, const char *detail);

/** A claim that did not become a variable. */
void ajwt_log_not_exported(request_rec *r,
                           const ajwt_export_variable *variable);

/** A claim that was not put into a header, and why. */
void ajwt_log_not_sent(request_rec *r, const char *claim, const char *header,
                       const char *why);

/** At the start: the version, and where the keys of each come from.  issuers:
 * const ajwt_issuer
 * *
 */
void ajwt_log_issuers(server_rec *s, const apr_array_header_t *issuers);

/** At the start: the keys of each file, and what is odd about them. */
void ajwt_log_files(server_rec *s, const ajwt_sources *sources,
                    apr_pool_t *pool);

/** For `httpd -t`: what is odd about the keys of each file, at level warn. */
void ajwt_log_checked_files(server_rec *s, const ajwt_sources *sources,
                            apr_pool_t *pool);

/** Shared memory of a source was damaged, and dropped. */
void ajwt_log_damage(server_rec *s, const ajwt_source *source);

/** What became of a set that was to be saved, or had been. */
void ajwt_log_state(server_rec *s, const ajwt_source *source,
                    ajwt_reason reason, const char *detail);

/** How an attempt to renew a key set ended, and what is odd about the set. */
void ajwt_log_renewal(server_rec *s, const ajwt_source *source,
                      const ajwt_refresh_result *renewal, apr_pool_t *pool);

#endif
