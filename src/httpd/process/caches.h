/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two caches of AuthJWTVerdictCache: verified signatures, shared by all
 * processes, and accepted tokens, one cache in each process.
 *
 * Both belong to one configuration: a restart begins with empty caches.
 */
#ifndef AJWT_HTTPD_PROCESS_CACHES_H
#define AJWT_HTTPD_PROCESS_CACHES_H

#include "cache/signature_cache.h"
#include "cache/token_cache.h"
#include "httpd/module.h"

typedef struct ajwt_caches {
    int entries;                 /* 0: off */
    const ajwt_mac_key *mac_key; /* key of the MACs of tokens */
    const ajwt_signature_cache *signatures;
    ajwt_token_cache *tokens; /* NULL: off, or the child has ended */
} ajwt_caches;

/** Call in post_config. lookups: counts hits and misses of signatures. */
apr_status_t ajwt_caches_create(ajwt_caches *caches, int entries,
                                ajwt_lookup_counters *lookups,
                                apr_pool_t *pconf);

/** Call in child_init. */
void ajwt_caches_open_tokens(ajwt_caches *caches, apr_pool_t *pchild);

#endif
