/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines about issuers, key sets and their sources.
 */
#ifndef AJWT_HTTPD_PROCESS_KEY_LOG_H
#define AJWT_HTTPD_PROCESS_KEY_LOG_H

#include "config/issuer.h"
#include "httpd/module.h"
#include "keys/refresher.h"

/**
 * Logs at start: the version, and the source of each issuer's keys. issuers:
 * const ajwt_issuer *
 */
void ajwt_key_log_issuers(server_rec *s, const apr_array_header_t *issuers);

/** Logs at start: the number of keys in each file, and problems with them. */
void ajwt_key_log_files(server_rec *s, const ajwt_sources *sources,
                        apr_pool_t *pool);

/** Logs problems with the keys of each file at level warn, for `httpd -t`. */
void ajwt_key_log_checked_files(server_rec *s, const ajwt_sources *sources,
                                apr_pool_t *pool);

/** Logs that the shared memory of a source was damaged and cleared. */
void ajwt_key_log_damage(server_rec *s, const ajwt_source *source);

/**
 * Logs why a key set was not saved to AuthJWTStateDir or not restored from it.
 */
void ajwt_key_log_state(server_rec *s, const ajwt_source *source,
                        ajwt_reason reason, const char *detail);

/**
 * Logs the result of an attempt to renew a key set, and problems with the set.
 * unsaved_at: when it was last logged as a warning that this set cannot be
 * saved; 0: never, or it was saved since.
 */
void ajwt_key_log_result(server_rec *s, const ajwt_source *source,
                         const ajwt_refresh_result *result,
                         apr_time_t *unsaved_at, apr_pool_t *pool);

#endif
