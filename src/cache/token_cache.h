/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token cache: accepted tokens that this process does not need to parse again.
 *
 * It keeps the parsed token and the variables made from it, but no result of a
 * check. Threads find and add tokens without a lock. The key is the MAC of a
 * token, so its bytes are not stored. Memory is limited in bytes. A token is
 * wiped and freed when it expires, or to make room.
 */
#ifndef AJWT_CACHE_TOKEN_CACHE_H
#define AJWT_CACHE_TOKEN_CACHE_H

#include "cache/set_cache.h"
#include "core/export.h"
#include "core/token.h"

typedef struct ajwt_token_cache ajwt_token_cache;

/* A cached token; read-only */
typedef struct ajwt_cached_token {
    ajwt_token token; /* not kept: signing_input and signature */
    const ajwt_export_list *variables; /* NULL: none */
    struct ajwt_token_cache_entry *place;
    apr_size_t bytes; /* estimated size of all of it */
} ajwt_cached_token;

/** A cache with places for this many tokens, until pool is destroyed. */
ajwt_token_cache *ajwt_token_cache_open(int entries, apr_pool_t *pool);

/** Estimated size of all tokens now, and its limit, in bytes. */
apr_size_t ajwt_token_cache_used(const ajwt_token_cache *cache);
apr_size_t ajwt_token_cache_limit(const ajwt_token_cache *cache);

/**
 * Returns the token with this MAC, or NULL. It does not change until user is
 * cleared.
 */
const ajwt_cached_token *ajwt_token_cache_find(ajwt_token_cache *cache,
                                               const ajwt_mac *mac,
                                               apr_time_t now,
                                               apr_pool_t *user);

/* A token to add */
typedef struct ajwt_token_cache_candidate {
    const ajwt_mac *mac;
    const ajwt_token *token;           /* parsed in user */
    const ajwt_export_list *variables; /* NULL: none */
    apr_uint32_t until_s;              /* as in cache/set_cache */
} ajwt_token_cache_candidate;

/**
 * Adds a token if there is room, and then takes ownership of header and claims
 * from user. Returns it, as ajwt_token_cache_find does; or NULL, and then
 * nothing has changed.
 */
const ajwt_cached_token *ajwt_token_cache_add(
    ajwt_token_cache *cache, const ajwt_token_cache_candidate *candidate,
    apr_time_t now, apr_pool_t *user);

#endif
