/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/caches.h"

#include <ap_mpm.h>
#include <apr_shm.h>
#include <http_main.h>

#include "core/claims.h"
#include "core/json.h"
#include "core/limits.h"

/* Of the configuration: set by post_config, inherited by children */
static int room; /* entries; 0: off */
static const ajwt_mac_key *mac_key;
static const ajwt_signature_cache *signatures;

/* Of the child */
static ajwt_token_cache *cached;

static apr_status_t make_signatures(ajwt_hits *hits, apr_pool_t *pconf)
{
    const apr_size_t size = ajwt_signature_cache_size(room);
    apr_shm_t *shm;
    apr_status_t status = apr_shm_create(&shm, size, NULL, pconf);

    if (status != APR_SUCCESS)
        return status;
    memset(apr_shm_baseaddr_get(shm), 0, size);
    signatures = ajwt_signature_cache_open(apr_shm_baseaddr_get(shm), room,
                                           mac_key, hits, pconf);
    return APR_SUCCESS;
}

apr_status_t ajwt_caches_prepare(int entries, ajwt_hits *hits,
                                 apr_pool_t *pconf)
{
    room = entries;
    signatures = NULL;
    if (room && ajwt_mac_key_make(&mac_key, pconf) != AJWT_ACCEPTED) {
        room = 0;
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                     "AuthJWTVerdictCache is off: OpenSSL has no SipHash here");
    }
    return room ? make_signatures(hits, pconf) : APR_SUCCESS;
}

/* Parsed tokens are large, and prefork has hundreds of processes. */
static int count_seen(void)
{
    int processes = 1, count;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &processes);
    count =
        AJWT_CACHED_TOKENS_PER_ENTRY * room / (processes > 0 ? processes : 1);
    if (count < AJWT_MIN_CACHE_ENTRIES)
        return AJWT_MIN_CACHE_ENTRIES;
    return count < room ? count : room;
}

void ajwt_caches_open(apr_pool_t *pchild)
{
    if (room)
        cached = ajwt_token_cache_open(count_seen(), pchild);
}

void ajwt_caches_close(void)
{
    cached = NULL;
}

/* Looks up a token that this process accepted before; a new one may be kept. */
static void look_for(ajwt_auth_state *auth, ajwt_bytes compact, request_rec *r)
{
    ajwt_token_cache *const cache = cached; /* the child may end meanwhile */

    auth->has_mac = auth->may_be_kept = 0;
    auth->cached = NULL;
    if (!cache || !ajwt_token_has_form(compact) ||
        ajwt_mac_compute(&auth->mac, mac_key, compact) != AJWT_ACCEPTED)
        return;
    auth->has_mac = 1;
    auth->cached =
        ajwt_token_cache_find(cache, &auth->mac, r->request_time, r->pool);
    auth->may_be_kept = !auth->cached;
}

/* Claims are personal data: their texts do not stay in free memory. */
static apr_status_t wipe(void *data)
{
    const ajwt_auth_state *auth = data;

    if (auth->cached)
        return APR_SUCCESS;
    if (auth->variables)
        ajwt_export_list_wipe(auth->variables);
    ajwt_json_wipe(auth->token.claims);
    return APR_SUCCESS;
}

static ajwt_reason parse(ajwt_auth_state *auth, ajwt_bytes compact,
                         request_rec *r)
{
    ajwt_reason reason;

    look_for(auth, compact, r);
    if (auth->cached)
        return ajwt_token_parse_again(&auth->token, &auth->cached->token,
                                      compact, r->pool);
    reason = ajwt_token_parse(&auth->token, compact, r->pool);
    if (auth->may_be_kept)
        apr_pool_cleanup_register(r->pool, auth, wipe, apr_pool_cleanup_null);
    return reason;
}

/* Several providers of Basic may be asked about one token.  It is parsed once,
 * because `wipe` knows only one tree of claims. */
ajwt_reason ajwt_caches_parse(ajwt_auth_state *auth, ajwt_bytes compact,
                              request_rec *r)
{
    if (auth->compact.data && ajwt_bytes_equal(auth->compact, compact))
        return auth->parsed;
    if (auth->may_be_kept)
        apr_pool_cleanup_run(r->pool, auth, wipe);
    auth->parsed = parse(auth, compact, r);
    auth->compact = compact;
    return auth->parsed;
}

const ajwt_signature_lookup *ajwt_caches_signature(
    ajwt_signature_lookup *lookup, const ajwt_auth_state *auth, int source,
    unsigned generation)
{
    if (!auth->has_mac)
        return NULL;
    lookup->cache = signatures;
    lookup->token = auth->mac;
    lookup->source = (apr_uint32_t)source;
    lookup->generation = generation;
    return lookup;
}

/* Configuration of .htaccess ends with the request. */
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

void ajwt_caches_add(ajwt_auth_state *auth, const ajwt_section *section,
                     const request_rec *r)
{
    ajwt_token_cache *const cache = cached;
    ajwt_token_cache_candidate offer = {&auth->mac, &auth->token, NULL,
                                        ajwt_claims_until(auth->token.claims)};

    if (!auth->may_be_kept || !cache)
        return;
    auth->may_be_kept = 0;
    auth->variables = make_variables(auth, section, r->pool);
    offer.variables = auth->variables;
    auth->cached =
        ajwt_token_cache_add(cache, &offer, r->request_time, r->pool);
    if (auth->cached && auth->variables) {
        ajwt_export_list_wipe(auth->variables); /* it has a copy */
        auth->variables = NULL;
    }
}
