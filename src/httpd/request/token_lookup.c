/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/token_lookup.h"

#include "core/claims.h"
#include "core/json.h"
#include "httpd/process/child.h"

/*
 * Looks for a token that this process accepted before; a new one may be added
 * later.
 */
static void find_cached(ajwt_auth_state *auth, ajwt_bytes compact,
                        request_rec *r)
{
    const ajwt_caches *caches = &ajwt_child_get()->caches;
    ajwt_token_cache *const cache =
        caches->tokens; /* NULL when the child ends */

    auth->has_mac = auth->may_be_cached = 0;
    auth->cached = NULL;
    if (!cache || !ajwt_token_has_form(compact) ||
        ajwt_mac_compute(&auth->mac, caches->mac_key, compact) != AJWT_ACCEPTED)
        return;
    auth->has_mac = 1;
    auth->cached =
        ajwt_token_cache_find(cache, &auth->mac, r->request_time, r->pool);
    auth->may_be_cached = !auth->cached;
}

/* Claims are personal data: their texts must not remain in freed memory. */
static apr_status_t wipe_claims(void *data)
{
    const ajwt_auth_state *auth = data;

    if (auth->cached)
        return APR_SUCCESS;
    if (auth->variables)
        ajwt_export_list_wipe(auth->variables);
    ajwt_json_wipe(auth->token.claims);
    return APR_SUCCESS;
}

static ajwt_reason parse_or_find(ajwt_auth_state *auth, ajwt_bytes compact,
                                 request_rec *r)
{
    ajwt_reason reason;

    find_cached(auth, compact, r);
    if (auth->cached)
        return ajwt_token_parse_again(&auth->token, &auth->cached->token,
                                      compact, r->pool);
    reason = ajwt_token_parse(&auth->token, compact, r->pool);
    if (auth->may_be_cached)
        apr_pool_cleanup_register(r->pool, auth, wipe_claims,
                                  apr_pool_cleanup_null);
    return reason;
}

/*
 * Several providers of Basic may verify the same token.  It is parsed once,
 * because wipe_claims wipes only one tree of claims.
 */
ajwt_reason ajwt_token_lookup_parse(ajwt_auth_state *auth, ajwt_bytes compact,
                                    request_rec *r)
{
    if (auth->compact.data && ajwt_bytes_equal(auth->compact, compact))
        return auth->parse_reason;
    if (auth->may_be_cached)
        apr_pool_cleanup_run(r->pool, auth, wipe_claims);
    auth->parse_reason = parse_or_find(auth, compact, r);
    auth->compact = compact;
    return auth->parse_reason;
}

const ajwt_known_signatures *ajwt_token_lookup_signatures(
    ajwt_signature_lookup *lookup, const ajwt_auth_state *auth, int source,
    unsigned generation)
{
    if (!auth->has_mac)
        return NULL;
    ajwt_signature_lookup_make(lookup, ajwt_child_get()->caches.signatures,
                               auth->mac, (apr_uint32_t)source, generation);
    return &lookup->known;
}

/*
 * The configuration of a .htaccess file is freed with the request, so its
 * variables are not cached.
 */
static const ajwt_export_list *make_variables(const ajwt_auth_state *auth,
                                              const ajwt_section *section,
                                              apr_pool_t *pool)
{
    return section->export_rules->is_lasting
               ? ajwt_export_make_all(auth->token.claims, section->export_rules,
                                      section->export_prefix,
                                      *section->export_format, pool)
               : NULL;
}

void ajwt_token_lookup_add(ajwt_auth_state *auth, const ajwt_section *section,
                           const request_rec *r)
{
    ajwt_token_cache *const cache = ajwt_child_get()->caches.tokens;
    ajwt_token_cache_candidate candidate = {
        &auth->mac, &auth->token, NULL, ajwt_claims_until(auth->token.claims)};

    if (!auth->may_be_cached || !cache)
        return;
    auth->may_be_cached = 0;
    auth->variables = make_variables(auth, section, r->pool);
    candidate.variables = auth->variables;
    auth->cached =
        ajwt_token_cache_add(cache, &candidate, r->request_time, r->pool);
    if (auth->cached && auth->variables) {
        ajwt_export_list_wipe(auth->variables); /* the cache entry has a copy */
        auth->variables = NULL;
    }
}
