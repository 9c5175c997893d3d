/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/token_cache.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/limits.h"

/* Belongs to the place of the set cache with the same index */
typedef struct ajwt_token_cache_entry {
    atomic_int users; /* negative: a writer has exclusive access */
    ajwt_cached_token *token;
} cached_place;

#define TAKEN (-0x40000000)

struct ajwt_token_cache {
    ajwt_set_cache cache;
    cached_place *places;
    apr_size_t max_bytes;
    atomic_size_t bytes;           /* of all tokens */
    _Atomic apr_uint32_t swept_s;  /* time of the last sweep */
    _Atomic apr_uint32_t sweep_at; /* the place where the next sweep begins */
    _Atomic apr_uint32_t evict_at; /* the place where the next eviction
                                      begins */
};

/*
 * --- Places. A reader that incremented a non-negative count holds a reference;
 * writers take a place only at 0.
 */

static int take_place(cached_place *place)
{
    int none = 0;

    return atomic_compare_exchange_strong(&place->users, &none, TAKEN);
}

/* Ends the exclusive access; the place then has this many users. */
static void release_place(cached_place *place, int users)
{
    atomic_fetch_sub(&place->users, TAKEN - users);
}

static apr_status_t release_token(void *data)
{
    const ajwt_cached_token *token = data;

    atomic_fetch_sub(&token->place->users, 1);
    return APR_SUCCESS;
}

/* Claims are personal data: their texts must not remain in freed memory. */
static void free_token(ajwt_token_cache *cache, ajwt_cached_token *token)
{
    if (!token)
        return;
    atomic_fetch_sub(&cache->bytes, token->bytes);
    if (token->variables)
        ajwt_export_list_wipe(token->variables);
    ajwt_json_free(token->token.header);
    ajwt_json_free(token->token.claims);
    free(token);
}

/* Frees the token of a place unless it is in use. */
static void evict_token(ajwt_token_cache *cache, int index)
{
    cached_place *place = &cache->places[index];
    ajwt_cached_token *token;

    if (!take_place(place))
        return;
    token = place->token;
    place->token = NULL;
    ajwt_set_cache_clear(&cache->cache, index);
    release_place(place, 0);
    free_token(cache, token);
}

/* --- The cache as a whole */

/* A token that a request still uses is not freed before the process ends. */
static apr_status_t free_tokens(void *data)
{
    ajwt_token_cache *cache = data;
    int i;

    for (i = 0; i < cache->cache.count; i++) {
        if (take_place(&cache->places[i]))
            free_token(cache, cache->places[i].token);
    }
    return APR_SUCCESS;
}

ajwt_token_cache *ajwt_token_cache_open(int entries, apr_pool_t *pool)
{
    const apr_size_t count = (apr_size_t)ajwt_set_cache_count(entries);
    ajwt_token_cache *cache = apr_pcalloc(pool, sizeof *cache);

    ajwt_set_cache_open(&cache->cache,
                        apr_pcalloc(pool, count * sizeof(ajwt_set_cache_entry)),
                        entries);
    cache->places = apr_pcalloc(pool, count * sizeof *cache->places);
    cache->max_bytes =
        (apr_size_t)entries * AJWT_CACHED_TOKENS_BYTES -
        count * (sizeof(ajwt_set_cache_entry) + sizeof *cache->places);
    apr_pool_cleanup_register(pool, cache, free_tokens, apr_pool_cleanup_null);
    return cache;
}

apr_size_t ajwt_token_cache_used(const ajwt_token_cache *cache)
{
    return atomic_load(&cache->bytes);
}

apr_size_t ajwt_token_cache_limit(const ajwt_token_cache *cache)
{
    return cache->max_bytes;
}

/* Advances a position by a number of places; returns its old value. */
static int advance_position(const ajwt_token_cache *cache,
                            _Atomic apr_uint32_t *position, int steps)
{
    return (int)(atomic_fetch_add(position, (apr_uint32_t)steps) %
                 (apr_uint32_t)cache->cache.count);
}

/*
 * The number of places that a sweep visits: all within
 * AJWT_CACHED_TOKENS_SWEEP_S seconds, or all at once after an idle time.
 */
static int places_to_sweep(const ajwt_token_cache *cache, apr_uint32_t seconds)
{
    return seconds < AJWT_CACHED_TOKENS_SWEEP_S
               ? cache->cache.count / AJWT_CACHED_TOKENS_SWEEP_S *
                         (int)seconds +
                     1
               : cache->cache.count;
}

/* Runs in one thread once a second; otherwise it costs one comparison. */
static void evict_expired(ajwt_token_cache *cache, apr_time_t now)
{
    const apr_uint32_t now_s = (apr_uint32_t)apr_time_sec(now);
    apr_uint32_t before_s =
        atomic_load_explicit(&cache->swept_s, memory_order_relaxed);
    int index, steps;

    if (before_s == now_s ||
        !atomic_compare_exchange_strong(&cache->swept_s, &before_s, now_s))
        return;
    steps = places_to_sweep(cache, now_s - before_s);
    for (index = advance_position(cache, &cache->sweep_at, steps); steps > 0;
         steps--) {
        if (ajwt_set_cache_has_expired(&cache->cache, index, now))
            evict_token(cache, index);
        index = (index + 1) % cache->cache.count;
    }
}

const ajwt_cached_token *ajwt_token_cache_find(ajwt_token_cache *cache,
                                               const ajwt_mac *mac,
                                               apr_time_t now, apr_pool_t *user)
{
    int index = ajwt_set_cache_find(&cache->cache, mac, now);
    cached_place *place;

    evict_expired(cache, now);
    if (index < 0)
        return NULL;
    place = &cache->places[index];
    if (atomic_fetch_add(&place->users, 1) < 0 ||
        !ajwt_set_cache_is_at(&cache->cache, index, mac)) {
        atomic_fetch_sub(&place->users, 1);
        return NULL;
    }
    apr_pool_cleanup_register(user, place->token, release_token,
                              apr_pool_cleanup_null);
    return place->token;
}

/* --- Adding a token */

/* base64url encodes three bytes of header and payload in four characters */
static apr_size_t count_text_bytes(const ajwt_token *token)
{
    return token->signing_input.len / 4 * 3;
}

static apr_size_t count_block_bytes(const ajwt_token_cache_candidate *candidate)
{
    return sizeof(ajwt_cached_token) +
           (candidate->variables ? ajwt_export_list_bytes(candidate->variables)
                                 : 0);
}

static apr_size_t count_bytes(const ajwt_token_cache_candidate *candidate)
{
    return count_block_bytes(candidate) + count_text_bytes(candidate->token) +
           ajwt_json_bytes(candidate->token->header) +
           ajwt_json_bytes(candidate->token->claims);
}

static int is_full(const ajwt_token_cache *cache)
{
    return atomic_load(&cache->bytes) > cache->max_bytes;
}

/*
 * Counts the bytes first, so that two threads cannot both take the last ones.
 * Tokens in use are not evicted: a flood of new tokens evicts tokens of the
 * same flood.
 */
static int reserve_bytes(ajwt_token_cache *cache, apr_size_t bytes,
                         apr_time_t now)
{
    int index, i;

    if (bytes > cache->max_bytes / AJWT_CACHED_TOKENS_MAX_PARTS)
        return 0;
    atomic_fetch_add(&cache->bytes, bytes);
    for (i = 0; i < AJWT_CACHED_TOKENS_LOOK && is_full(cache); i++) {
        index = advance_position(cache, &cache->evict_at, 1);
        if (ajwt_set_cache_has_expired(&cache->cache, index, now) ||
            ajwt_set_cache_is_idle(&cache->cache, index, now))
            evict_token(cache, index);
    }
    if (!is_full(cache))
        return 1;
    atomic_fetch_sub(&cache->bytes, bytes);
    return 0;
}

static ajwt_cached_token *make_token(
    const ajwt_token_cache_candidate *candidate, apr_size_t bytes)
{
    ajwt_cached_token *token = malloc(count_block_bytes(candidate));

    if (!token)
        return NULL;
    token->token = *candidate->token;
    token->token.signing_input = ajwt_bytes_from_string(NULL);
    token->token.signature = ajwt_bytes_from_string(NULL);
    token->variables =
        candidate->variables
            ? ajwt_export_list_copy(token + 1, candidate->variables)
            : NULL;
    token->bytes = bytes;
    return token;
}

/* Returns NULL if another thread has the place, or memory is exhausted. */
static ajwt_cached_token *store_token(
    ajwt_token_cache *cache, const ajwt_token_cache_candidate *candidate,
    apr_size_t bytes, apr_time_t now)
{
    int index = ajwt_set_cache_choose(&cache->cache, candidate->mac, now);
    cached_place *place = &cache->places[index];
    ajwt_cached_token *token, *older;

    if (!take_place(place))
        return NULL;
    token = make_token(candidate, bytes);
    if (!token) {
        release_place(place, 0);
        return NULL;
    }
    older = place->token;
    place->token = token;
    token->place = place;
    ajwt_set_cache_put(&cache->cache, index, candidate->mac,
                       candidate->until_s);
    release_place(place, 1); /* one user: the request that adds it */
    free_token(cache, older);
    return token;
}

const ajwt_cached_token *ajwt_token_cache_add(
    ajwt_token_cache *cache, const ajwt_token_cache_candidate *candidate,
    apr_time_t now, apr_pool_t *user)
{
    const apr_size_t bytes = count_bytes(candidate);
    ajwt_cached_token *token;

    if (candidate->until_s <= apr_time_sec(now) ||
        !reserve_bytes(cache, bytes, now))
        return NULL;
    token = store_token(cache, candidate, bytes, now);
    if (!token) {
        atomic_fetch_sub(&cache->bytes, bytes);
        return NULL;
    }
    ajwt_json_take(token->token.header, user);
    ajwt_json_take(token->token.claims, user);
    apr_pool_cleanup_register(user, token, release_token,
                              apr_pool_cleanup_null);
    return token;
}
