/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered from one request to the next?  (AuthJWTVerdictCache)
 *
 * Signatures found good, by all processes (cache/signature_cache), and tokens that were
 * accepted, by each (cache/token_cache).  Both belong to one configuration: a restart
 * begins anew.  Where it is off everything works, and costs more.
 */
#ifndef AJWT_HTTPD_PROCESS_CACHES_H
#define AJWT_HTTPD_PROCESS_CACHES_H

#include "cache/signature_cache.h"
#include "httpd/config/config.h"
#include "httpd/module.h"
#include "httpd/request/auth_state.h"

/** In post_config. */
apr_status_t ajwt_memory_prepare(int entries, ajwt_hits *hits,
                                 apr_pool_t *pconf);

/** In child_init. */
void ajwt_memory_begin(apr_pool_t *pchild);

/** When the child ends. */
void ajwt_memory_end(void);

/**
 * Parses compact into verdict->token, or finds it among those that were
 * accepted before.  Refuses as ajwt_token_parse does.
 */
AJWT_MUST_USE ajwt_reason ajwt_memory_parse(ajwt_verdict *verdict,
                                            ajwt_bytes compact, request_rec *r);

/**
 * What is to be proven of verdict's token by a generation of a source's keys.
 * NULL when nothing is remembered; else proof.
 */
const ajwt_proof *ajwt_memory_proof(ajwt_proof *proof,
                                    const ajwt_verdict *verdict, int source,
                                    unsigned generation);

/** Call when section has accepted verdict's token, before variables are set. */
void ajwt_memory_keep(ajwt_verdict *verdict, const ajwt_section *section,
                      const request_rec *r);

#endif
