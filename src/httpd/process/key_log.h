/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines about issuers, key sets and their sources.
 */
#ifndef AJWT_HTTPD_PROCESS_KEY_LOG_H
#define AJWT_HTTPD_PROCESS_KEY_LOG_H

#include "config/issuer.h"
#include "httpd/module.h"
#include "keys/refresher.h"

/** At the start: the version, and where the keys of each issuer come from.
 * issuers: const ajwt_issuer * */
void ajwt_key_log_issuers(server_rec *s, const apr_array_header_t *issuers);

/** At the start: the keys of each file, and what is odd about them. */
void ajwt_key_log_files(server_rec *s, const ajwt_sources *sources,
                        apr_pool_t *pool);

/** For `httpd -t`: what is odd about the keys of each file, at level warn. */
void ajwt_key_log_checked_files(server_rec *s, const ajwt_sources *sources,
                                apr_pool_t *pool);

/** Shared memory of a source was damaged, and dropped. */
void ajwt_key_log_damage(server_rec *s, const ajwt_source *source);

/** What became of a set that was to be saved, or had been. */
void ajwt_key_log_state(server_rec *s, const ajwt_source *source,
                        ajwt_reason reason, const char *detail);

/** How an attempt to renew a key set ended, and what is odd about the set. */
void ajwt_key_log_result(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *renewal, apr_pool_t *pool);

#endif
