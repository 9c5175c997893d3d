/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/token_cache.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/limits.h"

/* Belongs to the place of the set cache with the same index */
typedef struct ajwt_token_cache_entry {
    atomic_int users; /* negative: a writer has exclusive access */
    ajwt_cached_token *token;
} seen_place;

#define TAKEN (-0x40000000)

struct ajwt_token_cache {
    ajwt_set_cache cache;
    seen_place *places;
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

static int take(seen_place *place)
{
    int none = 0;

    return atomic_compare_exchange_strong(&place->users, &none, TAKEN);
}

/* Ends the exclusive access; the place then has this many users. */
static void give_back(seen_place *place, int users)
{
    atomic_fetch_sub(&place->users, TAKEN - users);
}

static apr_status_t let_go(void *data)
{
    const ajwt_cached_token *token = data;

    atomic_fetch_sub(&token->place->users, 1);
    return APR_SUCCESS;
}

/* Claims are personal data: their texts must not remain in freed memory. */
static void destroy(ajwt_token_cache *cached, ajwt_cached_token *token)
{
    if (!token)
        return;
    atomic_fetch_sub(&cached->bytes, token->bytes);
    if (token->variables)
        ajwt_export_list_wipe(token->variables);
    ajwt_json_free(token->token.header);
    ajwt_json_free(token->token.claims);
    free(token);
}

/* Frees the token of a place unless it is in use. */
static void evict(ajwt_token_cache *cached, int index)
{
    seen_place *place = &cached->places[index];
    ajwt_cached_token *token;

    if (!take(place))
        return;
    token = place->token;
    place->token = NULL;
    ajwt_set_cache_clear(&cached->cache, index);
    give_back(place, 0);
    destroy(cached, token);
}

/* --- The cache as a whole */

/* A token that a request still uses is not freed before the process ends. */
static apr_status_t close_seen(void *data)
{
    ajwt_token_cache *cached = data;
    int i;

    for (i = 0; i < cached->cache.count; i++) {
        if (take(&cached->places[i]))
            destroy(cached, cached->places[i].token);
    }
    return APR_SUCCESS;
}

ajwt_token_cache *ajwt_token_cache_open(int entries, apr_pool_t *pool)
{
    const apr_size_t count = (apr_size_t)ajwt_set_cache_count(entries);
    ajwt_token_cache *cached = apr_pcalloc(pool, sizeof *cached);

    ajwt_set_cache_open(&cached->cache,
                        apr_pcalloc(pool, count * sizeof(ajwt_set_cache_entry)),
                        entries);
    cached->places = apr_pcalloc(pool, count * sizeof *cached->places);
    cached->max_bytes =
        (apr_size_t)entries * AJWT_CACHED_TOKENS_BYTES -
        count * (sizeof(ajwt_set_cache_entry) + sizeof *cached->places);
    apr_pool_cleanup_register(pool, cached, close_seen, apr_pool_cleanup_null);
    return cached;
}

apr_size_t ajwt_token_cache_used(const ajwt_token_cache *cached)
{
    return atomic_load(&cached->bytes);
}

apr_size_t ajwt_token_cache_limit(const ajwt_token_cache *cached)
{
    return cached->max_bytes;
}

/* Advances a position by a number of places; returns its old value. */
static int turn(const ajwt_token_cache *cached, _Atomic apr_uint32_t *hand,
                int steps)
{
    return (int)(atomic_fetch_add(hand, (apr_uint32_t)steps) %
                 (apr_uint32_t)cached->cache.count);
}

/*
 * The number of places that a sweep visits: all within
 * AJWT_CACHED_TOKENS_SWEEP_S seconds, or all at once after an idle time.
 */
static int places_to_sweep(const ajwt_token_cache *cached, apr_uint32_t seconds)
{
    return seconds < AJWT_CACHED_TOKENS_SWEEP_S
               ? cached->cache.count / AJWT_CACHED_TOKENS_SWEEP_S *
                         (int)seconds +
                     1
               : cached->cache.count;
}

/* Runs in one thread once a second; otherwise it costs one comparison. */
static void end_expired(ajwt_token_cache *cached, apr_time_t now)
{
    const apr_uint32_t now_s = (apr_uint32_t)apr_time_sec(now);
    apr_uint32_t before_s =
        atomic_load_explicit(&cached->swept_s, memory_order_relaxed);
    int index, steps;

    if (before_s == now_s ||
        !atomic_compare_exchange_strong(&cached->swept_s, &before_s, now_s))
        return;
    steps = places_to_sweep(cached, now_s - before_s);
    for (index = turn(cached, &cached->sweep_at, steps); steps > 0; steps--) {
        if (ajwt_set_cache_has_expired(&cached->cache, index, now))
            evict(cached, index);
        index = (index + 1) % cached->cache.count;
    }
}

const ajwt_cached_token *ajwt_token_cache_find(ajwt_token_cache *cached,
                                               const ajwt_mac *mac,
                                               apr_time_t now, apr_pool_t *user)
{
    int index = ajwt_set_cache_find(&cached->cache, mac, now);
    seen_place *place;

    end_expired(cached, now);
    if (index < 0)
        return NULL;
    place = &cached->places[index];
    if (atomic_fetch_add(&place->users, 1) < 0 ||
        !ajwt_set_cache_is_at(&cached->cache, index, mac)) {
        atomic_fetch_sub(&place->users, 1);
        return NULL;
    }
    apr_pool_cleanup_register(user, place->token, let_go,
                              apr_pool_cleanup_null);
    return place->token;
}

/* --- Adding a token */

/* base64url encodes three bytes of header and payload in four characters */
static apr_size_t text_bytes(const ajwt_token *token)
{
    return token->signing_input.len / 4 * 3;
}

static apr_size_t block_bytes(const ajwt_token_cache_candidate *offer)
{
    return sizeof(ajwt_cached_token) +
           (offer->variables ? ajwt_export_list_bytes(offer->variables) : 0);
}

static apr_size_t bytes_of(const ajwt_token_cache_candidate *offer)
{
    return block_bytes(offer) + text_bytes(offer->token) +
           ajwt_json_bytes(offer->token->header) +
           ajwt_json_bytes(offer->token->claims);
}

static int is_full(const ajwt_token_cache *cached)
{
    return atomic_load(&cached->bytes) > cached->max_bytes;
}

/*
 * Counts the bytes first, so that two threads cannot both take the last ones.
 * Tokens in use are not evicted: a flood of new tokens evicts tokens of the
 * same flood.
 */
static int reserve(ajwt_token_cache *cached, apr_size_t bytes, apr_time_t now)
{
    int index, i;

    if (bytes > cached->max_bytes / AJWT_CACHED_TOKENS_MAX_PARTS)
        return 0;
    atomic_fetch_add(&cached->bytes, bytes);
    for (i = 0; i < AJWT_CACHED_TOKENS_LOOK && is_full(cached); i++) {
        index = turn(cached, &cached->evict_at, 1);
        if (ajwt_set_cache_has_expired(&cached->cache, index, now) ||
            ajwt_set_cache_is_idle(&cached->cache, index, now))
            evict(cached, index);
    }
    if (!is_full(cached))
        return 1;
    atomic_fetch_sub(&cached->bytes, bytes);
    return 0;
}

static ajwt_cached_token *make_token(const ajwt_token_cache_candidate *offer,
                                     apr_size_t bytes)
{
    ajwt_cached_token *token = malloc(block_bytes(offer));

    if (!token)
        return NULL;
    token->token = *offer->token;
    token->token.signing_input = ajwt_bytes_from_string(NULL);
    token->token.signature = ajwt_bytes_from_string(NULL);
    token->variables = offer->variables
                           ? ajwt_export_list_copy(token + 1, offer->variables)
                           : NULL;
    token->bytes = bytes;
    return token;
}

/* Returns NULL if another thread has the place, or memory is exhausted. */
static ajwt_cached_token *put(ajwt_token_cache *cached,
                              const ajwt_token_cache_candidate *offer,
                              apr_size_t bytes, apr_time_t now)
{
    int index = ajwt_set_cache_choose(&cached->cache, offer->mac, now);
    seen_place *place = &cached->places[index];
    ajwt_cached_token *token, *older;

    if (!take(place))
        return NULL;
    token = make_token(offer, bytes);
    if (!token) {
        give_back(place, 0);
        return NULL;
    }
    older = place->token;
    place->token = token;
    token->place = place;
    ajwt_set_cache_put(&cached->cache, index, offer->mac, offer->until_s);
    give_back(place, 1); /* one user: the request that adds it */
    destroy(cached, older);
    return token;
}

const ajwt_cached_token *ajwt_token_cache_add(
    ajwt_token_cache *cached, const ajwt_token_cache_candidate *offer,
    apr_time_t now, apr_pool_t *user)
{
    const apr_size_t bytes = bytes_of(offer);
    ajwt_cached_token *token;

    if (offer->until_s <= apr_time_sec(now) || !reserve(cached, bytes, now))
        return NULL;
    token = put(cached, offer, bytes, now);
    if (!token) {
        atomic_fetch_sub(&cached->bytes, bytes);
        return NULL;
    }
    ajwt_json_take(token->token.header, user);
    ajwt_json_take(token->token.claims, user);
    apr_pool_cleanup_register(user, token, let_go, apr_pool_cleanup_null);
    return token;
}
