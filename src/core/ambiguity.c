/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ambiguity.h"

#include <apr_strings.h>

#include "core/limits.h"
#include "core/quote.h"

/* The number of keys in the list that can verify alg; equal keys count once. */
static int count_originals(const apr_array_header_t *list, const ajwt_alg *alg,
                           apr_pool_t *pool)
{
    apr_hash_t *cached = apr_hash_make(pool);
    int i;

    for (i = 0; i < list->nelts; i++) {
        const ajwt_key *key = APR_ARRAY_IDX(list, i, const ajwt_key *);

        if (key->algs & alg->algs)
            apr_hash_set(cached, &key->original, sizeof key->original, key);
    }
    return (int)apr_hash_count(cached);
}

/* description: text that describes the keys of the list */
static const char *check_candidates(const apr_array_header_t *list,
                                    const char *description, apr_pool_t *pool)
{
    const ajwt_alg *alg;
    int i, count;

    if (list->nelts <= AJWT_MAX_CANDIDATE_KEYS)
        return NULL;
    for (i = 0; (alg = ajwt_alg_at(i)) != NULL; i++) {
        count = count_originals(list, alg, pool);
        if (count > AJWT_MAX_CANDIDATE_KEYS)
            return apr_psprintf(pool,
                                "%d keys %s can verify %s, and such tokens are "
                                "refused, because at most %d keys are tried",
                                count, description, alg->name,
                                AJWT_MAX_CANDIDATE_KEYS);
    }
    return NULL;
}

const char *ajwt_ambiguity_find(const apr_array_header_t *unnamed,
                                apr_hash_t *by_kid, apr_pool_t *pool)
{
    apr_hash_index_t *entry;
    const char *found = check_candidates(unnamed, "without kid", pool);

    for (entry = apr_hash_first(pool, by_kid); entry && !found;
         entry = apr_hash_next(entry)) {
        const ajwt_bytes kid = {apr_hash_this_key(entry),
                                (apr_size_t)apr_hash_this_key_len(entry)};
        const apr_array_header_t *list = apr_hash_this_val(entry);

        if (list->nelts > AJWT_MAX_CANDIDATE_KEYS)
            found =
                check_candidates(list,
                                 apr_pstrcat(pool, "with kid ",
                                             ajwt_quote_text(kid, pool), NULL),
                                 pool);
    }
    return found;
}
