/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token cache: accepted tokens that this process need not parse again.
 *
 * Keeps the parsed token and the variables made of it, but no result of a
 * check.  Threads find and keep tokens without a lock.  A token is found by
 * its fingerprint alone, so its bytes are not kept.  Memory is bounded in
 * bytes.  A token is wiped and freed when it expires, or to make room.
 */
#ifndef AJWT_CACHE_TOKEN_CACHE_H
#define AJWT_CACHE_TOKEN_CACHE_H

#include "cache/set_cache.h"
#include "core/export.h"
#include "core/token.h"

typedef struct ajwt_token_cache ajwt_token_cache;

/* One token.  Read-only. */
typedef struct ajwt_cached_token {
    ajwt_token token; /* signing_input and signature are not kept */
    const ajwt_export_list *variables; /* NULL: none */
    struct ajwt_token_cache_entry *place;
    apr_size_t bytes; /* about what all of it takes */
} ajwt_cached_token;

/** A cache with places for that many tokens, until pool is destroyed. */
ajwt_token_cache *ajwt_token_cache_open(int entries, apr_pool_t *pool);

/** About how many bytes all tokens take now, and may take at most. */
apr_size_t ajwt_token_cache_used(const ajwt_token_cache *cached);
apr_size_t ajwt_token_cache_limit(const ajwt_token_cache *cached);

/**
 * The one of that fingerprint, which stays as it is until user is cleared; or
 * NULL.
 */
const ajwt_cached_token *ajwt_token_cache_find(ajwt_token_cache *cached,
                                               const ajwt_mac *mac,
                                               apr_time_t now,
                                               apr_pool_t *user);

/* A token to keep */
typedef struct ajwt_token_cache_candidate {
    const ajwt_mac *mac;
    const ajwt_token *token;           /* parsed in user */
    const ajwt_export_list *variables; /* NULL: none */
    apr_uint32_t until_s;              /* as in cache/set_cache */
} ajwt_token_cache_candidate;

/**
 * Keeps a token if there is room, and then takes header and claims from user.
 * Returns it, as ajwt_token_cache_find would; or NULL: then nothing has
 * changed.
 */
const ajwt_cached_token *ajwt_token_cache_add(
    ajwt_token_cache *cached, const ajwt_token_cache_candidate *offer,
    apr_time_t now, apr_pool_t *user);

#endif
