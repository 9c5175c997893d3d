/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/caches.h"

#include <ap_mpm.h>
#include <apr_shm.h>
#include <http_main.h>

#include "core/limits.h"

static apr_status_t create_signatures(ajwt_caches *caches,
                                      ajwt_lookup_counters *lookups,
                                      apr_pool_t *pconf)
{
    const apr_size_t size = ajwt_signature_cache_size(caches->entries);
    apr_shm_t *shm;
    apr_status_t status = apr_shm_create(&shm, size, NULL, pconf);

    if (status != APR_SUCCESS)
        return status;
    memset(apr_shm_baseaddr_get(shm), 0, size);
    caches->signatures = ajwt_signature_cache_open(
        apr_shm_baseaddr_get(shm), caches->entries, lookups, pconf);
    return APR_SUCCESS;
}

apr_status_t ajwt_caches_create(ajwt_caches *caches, int entries,
                                ajwt_lookup_counters *lookups,
                                apr_pool_t *pconf)
{
    memset(caches, 0, sizeof *caches);
    if (!entries)
        return APR_SUCCESS;
    if (ajwt_mac_key_make(&caches->mac_key, pconf) != AJWT_ACCEPTED) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, ap_server_conf,
                     "AuthJWTVerdictCache is off: this OpenSSL has no GMAC");
        return APR_SUCCESS;
    }
    caches->entries = entries;
    return create_signatures(caches, lookups, pconf);
}

/*
 * Limits the tokens of each process: parsed tokens are large, and prefork has
 * hundreds of processes.
 */
static int count_tokens(int entries)
{
    int processes = 1, count;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &processes);
    count = AJWT_CACHED_TOKENS_PER_ENTRY * entries /
            (processes > 0 ? processes : 1);
    if (count < AJWT_MIN_CACHE_ENTRIES)
        return AJWT_MIN_CACHE_ENTRIES;
    return count < entries ? count : entries;
}

void ajwt_caches_open_tokens(ajwt_caches *caches, apr_pool_t *pchild)
{
    if (caches->entries)
        caches->tokens =
            ajwt_token_cache_open(count_tokens(caches->entries), pchild);
}
