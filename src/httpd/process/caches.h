/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered from one request to the next?  (AuthJWTVerdictCache)
 *
 * Signatures found good, by all processes (cache/signature_cache), and tokens
 * that were accepted, by each (cache/token_cache).  Both belong to one
 * configuration: a restart begins anew.  Where it is off everything works, and
 * costs more.
 */
#ifndef AJWT_HTTPD_PROCESS_CACHES_H
#define AJWT_HTTPD_PROCESS_CACHES_H

#include "cache/signature_cache.h"
#include "httpd/config/config.h"
#include "httpd/module.h"
#include "httpd/request/auth_state.h"

/** In post_config. */
apr_status_t ajwt_caches_prepare(int entries, ajwt_hits *hits,
                                 apr_pool_t *pconf);

/** In child_init. */
void ajwt_caches_open(apr_pool_t *pchild);

/** When the child ends. */
void ajwt_caches_close(void);

/**
 * Parses compact into verdict->token, or finds it among those that were
 * accepted before.  Refuses as ajwt_token_parse does.
 */
AJWT_MUST_USE ajwt_reason ajwt_caches_parse(ajwt_auth_state *auth,
                                            ajwt_bytes compact, request_rec *r);

/**
 * What is to be proven of result's token by a generation of a source's keys.
 * NULL when nothing is remembered; else proof.
 */
const ajwt_signature_lookup *ajwt_caches_signature(
    ajwt_signature_lookup *lookup, const ajwt_auth_state *auth, int source,
    unsigned generation);

/** Call when section has accepted result's token, before variables are set. */
void ajwt_caches_add(ajwt_auth_state *auth, const ajwt_section *section,
                     const request_rec *r);

#endif
