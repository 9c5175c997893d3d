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
#include "core/token.h"
#include "core/export.h"

typedef struct ajwt_seen ajwt_seen;

/* One token.  Read-only. */
typedef struct ajwt_seen_token {
    ajwt_token token; /* signing_input and signature are not kept */
    const ajwt_variables *variables; /* NULL: none */
    struct ajwt_seen_place *place;
    apr_size_t bytes; /* about what all of it takes */
} ajwt_seen_token;

/** A cache with places for that many tokens, until pool is destroyed. */
ajwt_seen *ajwt_seen_open(int entries, apr_pool_t *pool);

/** About how many bytes all tokens take now, and may take at most. */
apr_size_t ajwt_seen_used(const ajwt_seen *seen);
apr_size_t ajwt_seen_limit(const ajwt_seen *seen);

/**
 * The one of that fingerprint, which stays as it is until user is cleared; or
 * NULL.
 */
const ajwt_seen_token *ajwt_seen_find(ajwt_seen *seen,
                                      const ajwt_fingerprint *fingerprint,
                                      apr_time_t now, apr_pool_t *user);

/* A token to keep */
typedef struct ajwt_seen_offer {
    const ajwt_fingerprint *fingerprint;
    const ajwt_token *token;         /* parsed in user */
    const ajwt_variables *variables; /* NULL: none */
    apr_uint32_t until_s;            /* as in cache/set_cache */
} ajwt_seen_offer;

/**
 * Keeps a token if there is room, and then takes header and claims from user.
 * Returns it, as ajwt_seen_find would; or NULL: then nothing has changed.
 */
const ajwt_seen_token *ajwt_seen_keep(ajwt_seen *seen,
                                      const ajwt_seen_offer *offer,
                                      apr_time_t now, apr_pool_t *user);

#endif
