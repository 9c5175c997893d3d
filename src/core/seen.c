#include "core/seen.h"

#include "core/json.h"

/* Beside the cache's place of the same index */
typedef struct ajwt_seen_place {
    atomic_int users; /* below 0: it is being given to another token */
    ajwt_seen_token *token;
} seen_place;

#define BEING_GIVEN (-0x40000000)

struct ajwt_seen {
    ajwt_cache cache;
    seen_place *places;
};

/* Claims are people's: what texts they have does not stay in free memory. */
static void destroy(ajwt_seen_token *token)
{
    if (token->variables)
        ajwt_variables_wipe(token->variables);
    ajwt_json_wipe(token->token.claims);
    apr_pool_destroy(token->pool);
}

/* One that a request still uses is left to the end of the process. */
static apr_status_t close_seen(void *data)
{
    ajwt_seen *seen = data;
    int i;

    for (i = 0; i < seen->cache.count; i++) {
        seen_place *place = &seen->places[i];
        int nobody = 0;

        if (atomic_compare_exchange_strong(&place->users, &nobody,
                                           BEING_GIVEN) &&
            place->token)
            destroy(place->token);
    }
    return APR_SUCCESS;
}

ajwt_seen *ajwt_seen_open(int entries, apr_pool_t *pool)
{
    const apr_size_t count = (apr_size_t)ajwt_cache_count(entries);
    ajwt_seen *seen = apr_palloc(pool, sizeof *seen);

    ajwt_cache_open(&seen->cache,
                    apr_pcalloc(pool, count * sizeof(ajwt_cache_place)),
                    entries);
    seen->places = apr_pcalloc(pool, count * sizeof *seen->places);
    apr_pool_cleanup_register(pool, seen, close_seen, apr_pool_cleanup_null);
    return seen;
}

static apr_status_t let_go(void *data)
{
    ajwt_seen_token *token = data;

    if (token->place)
        atomic_fetch_sub(&token->place->users, 1);
    else
        destroy(token);
    return APR_SUCCESS;
}

/* Whoever has counted itself in, and was not below 0, has it as it is. */
const ajwt_seen_token *ajwt_seen_find(ajwt_seen *seen,
                                      const ajwt_fingerprint *fingerprint,
                                      apr_time_t now, apr_pool_t *user)
{
    int index = ajwt_cache_find(&seen->cache, fingerprint, now);
    seen_place *place;

    if (index < 0)
        return NULL;
    place = &seen->places[index];
    if (atomic_fetch_add(&place->users, 1) < 0 ||
        !ajwt_cache_is_at(&seen->cache, index, fingerprint)) {
        atomic_fetch_sub(&place->users, 1);
        return NULL;
    }
    apr_pool_cleanup_register(user, place->token, let_go,
                              apr_pool_cleanup_null);
    return place->token;
}

/* Its pool has no parent: it may outlive this request, and any thread's. */
ajwt_seen_token *ajwt_seen_begin(apr_pool_t *user)
{
    ajwt_seen_token *token;
    apr_pool_t *pool;

    if (apr_pool_create_unmanaged_ex(&pool, NULL, NULL) != APR_SUCCESS)
        return NULL;
    token = apr_pcalloc(pool, sizeof *token);
    token->pool = pool;
    apr_pool_cleanup_register(user, token, let_go, apr_pool_cleanup_null);
    return token;
}

void ajwt_seen_keep(ajwt_seen *seen, ajwt_seen_token *token,
                    const ajwt_fingerprint *fingerprint, apr_time_t now,
                    apr_uint32_t until_s)
{
    int index = ajwt_cache_choose(&seen->cache, fingerprint, now), nobody = 0;
    seen_place *place = &seen->places[index];
    ajwt_seen_token *older;

    if (!atomic_compare_exchange_strong(&place->users, &nobody, BEING_GIVEN))
        return;
    older = place->token;
    place->token = token;
    token->place = place;
    ajwt_cache_put(&seen->cache, index, fingerprint, until_s);
    atomic_fetch_sub(&place->users, BEING_GIVEN - 1); /* one: its own request */
    if (older)
        destroy(older);
}
