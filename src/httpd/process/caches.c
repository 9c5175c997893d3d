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
static const ajwt_mac_key *fingerprinter;
static const ajwt_signature_cache *proofs;

/* Of the child */
static ajwt_token_cache *seen;

static apr_status_t make_proofs(ajwt_hits *hits, apr_pool_t *pconf)
{
    const apr_size_t size = ajwt_signature_cache_size(room);
    apr_shm_t *shm;
    apr_status_t status = apr_shm_create(&shm, size, NULL, pconf);

    if (status != APR_SUCCESS)
        return status;
    memset(apr_shm_baseaddr_get(shm), 0, size);
    proofs = ajwt_signature_cache_open(apr_shm_baseaddr_get(shm), room, fingerprinter,
                              hits, pconf);
    return APR_SUCCESS;
}

apr_status_t ajwt_caches_prepare(int entries, ajwt_hits *hits,
                                 apr_pool_t *pconf)
{
    room = entries;
    proofs = NULL;
    if (room &&
        ajwt_mac_key_make(&fingerprinter, pconf) != AJWT_ACCEPTED) {
        room = 0;
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                     "AuthJWTVerdictCache is off: OpenSSL has no SipHash here");
    }
    return room ? make_proofs(hits, pconf) : APR_SUCCESS;
}

/* Parsed tokens are large, and prefork has hundreds of processes. */
static int count_seen(void)
{
    int processes = 1, count;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &processes);
    count = AJWT_CACHED_TOKENS_PER_ENTRY * room / (processes > 0 ? processes : 1);
    if (count < AJWT_MIN_CACHE_ENTRIES)
        return AJWT_MIN_CACHE_ENTRIES;
    return count < room ? count : room;
}

void ajwt_caches_open(apr_pool_t *pchild)
{
    if (room)
        seen = ajwt_token_cache_open(count_seen(), pchild);
}

void ajwt_caches_close(void)
{
    seen = NULL;
}

/* Looks up a token that this process accepted before; a new one may be kept. */
static void look_for(ajwt_auth_state *verdict, ajwt_bytes compact, request_rec *r)
{
    ajwt_token_cache *const cache = seen; /* the child may end meanwhile */

    verdict->has_fingerprint = verdict->may_be_kept = 0;
    verdict->seen = NULL;
    if (!cache || !ajwt_token_has_form(compact) ||
        ajwt_mac_compute(&verdict->fingerprint, fingerprinter, compact) !=
            AJWT_ACCEPTED)
        return;
    verdict->has_fingerprint = 1;
    verdict->seen =
        ajwt_token_cache_find(cache, &verdict->fingerprint, r->request_time, r->pool);
    verdict->may_be_kept = !verdict->seen;
}

/* Claims are personal data: their texts do not stay in free memory. */
static apr_status_t wipe(void *data)
{
    const ajwt_auth_state *verdict = data;

    if (verdict->seen)
        return APR_SUCCESS;
    if (verdict->variables)
        ajwt_export_list_wipe(verdict->variables);
    ajwt_json_wipe(verdict->token.claims);
    return APR_SUCCESS;
}

static ajwt_reason parse(ajwt_auth_state *verdict, ajwt_bytes compact,
                         request_rec *r)
{
    ajwt_reason reason;

    look_for(verdict, compact, r);
    if (verdict->seen)
        return ajwt_token_parse_again(&verdict->token, &verdict->seen->token,
                                      compact, r->pool);
    reason = ajwt_token_parse(&verdict->token, compact, r->pool);
    if (verdict->may_be_kept)
        apr_pool_cleanup_register(r->pool, verdict, wipe,
                                  apr_pool_cleanup_null);
    return reason;
}

/* Several providers of Basic may be asked about one token.  It is parsed once,
 * because `wipe` knows only one tree of claims. */
ajwt_reason ajwt_caches_parse(ajwt_auth_state *verdict, ajwt_bytes compact,
                              request_rec *r)
{
    if (verdict->compact.data && ajwt_bytes_equal(verdict->compact, compact))
        return verdict->parsed;
    if (verdict->may_be_kept)
        apr_pool_cleanup_run(r->pool, verdict, wipe);
    verdict->parsed = parse(verdict, compact, r);
    verdict->compact = compact;
    return verdict->parsed;
}

const ajwt_signature_lookup *ajwt_caches_signature(ajwt_signature_lookup *proof,
                                    const ajwt_auth_state *verdict, int source,
                                    unsigned generation)
{
    if (!verdict->has_fingerprint)
        return NULL;
    proof->cache = proofs;
    proof->token = verdict->fingerprint;
    proof->source = (apr_uint32_t)source;
    proof->generation = generation;
    return proof;
}

/* Configuration of .htaccess ends with the request. */
static const ajwt_export_list *make_variables(const ajwt_auth_state *verdict,
                                            const ajwt_section *section,
                                            apr_pool_t *pool)
{
    return section->export_rules->is_lasting
               ? ajwt_export_make_all(
                     verdict->token.claims, section->export_rules,
                     section->export_prefix, *section->export_format, pool)
               : NULL;
}

void ajwt_caches_add(ajwt_auth_state *verdict, const ajwt_section *section,
                      const request_rec *r)
{
    ajwt_token_cache *const cache = seen;
    ajwt_token_cache_candidate offer = {&verdict->fingerprint, &verdict->token, NULL,
                             ajwt_claims_until(verdict->token.claims)};

    if (!verdict->may_be_kept || !cache)
        return;
    verdict->may_be_kept = 0;
    verdict->variables = make_variables(verdict, section, r->pool);
    offer.variables = verdict->variables;
    verdict->seen = ajwt_token_cache_add(cache, &offer, r->request_time, r->pool);
    if (verdict->seen && verdict->variables) {
        ajwt_export_list_wipe(verdict->variables); /* it has a copy */
        verdict->variables = NULL;
    }
}
