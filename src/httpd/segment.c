#include "httpd/segment.h"

#include <apr_shm.h>
#include <util_mutex.h>

#include "core/limits.h"

#define MUTEX_TYPE   "auth-jwt"
#define RETAINED_KEY "mod_auth_jwt-2" /* counts the layouts of retained */

/* Survives restarts; nothing in here points into this module. */
typedef struct retained {
    apr_pool_t *pool; /* of the segment */
    apr_shm_t *shm;
    apr_global_mutex_t *mutex;
    apr_shm_t *counters;
} retained;

/* Set by post_config, inherited by children */
static ajwt_counters *counters;

static retained *get_retained(void)
{
    retained *kept = ap_retained_data_get(RETAINED_KEY);

    return kept ? kept : ap_retained_data_create(RETAINED_KEY, sizeof *kept);
}

apr_status_t ajwt_segment_pre_config(apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0);
}

static apr_status_t get_mutex(retained *kept, server_rec *s)
{
    if (kept->mutex)
        return APR_SUCCESS;
    return ap_global_mutex_create(&kept->mutex, NULL, MUTEX_TYPE, NULL, s,
                                  s->process->pool, 0);
}

static ajwt_shared *bind_segment(const retained *kept,
                                 const ajwt_sources *sources, apr_pool_t *pconf)
{
    return ajwt_shared_bind(apr_shm_baseaddr_get(kept->shm),
                            apr_shm_size_get(kept->shm), sources, kept->mutex,
                            pconf);
}

/*
 * A new segment, in a pool of its own below the process's, with what the older
 * one knew.  Old children keep the old one mapped as long as they live; here it
 * goes away.
 */
static apr_status_t replace_segment(ajwt_shared **shared, retained *kept,
                                    const ajwt_sources *sources,
                                    apr_pool_t *pconf, server_rec *s)
{
    const int slots = ajwt_shared_count(sources) + AJWT_SPARE_SLOTS;
    const apr_size_t size = ajwt_shared_size(slots);
    retained older = *kept;
    apr_status_t status;

    apr_pool_create(&kept->pool, s->process->pool);
    apr_pool_tag(kept->pool, "auth_jwt segment");
    status = apr_shm_create(&kept->shm, size, NULL, kept->pool);
    if (status != APR_SUCCESS) {
        apr_pool_destroy(kept->pool);
        *kept = older;
        return status;
    }
    ajwt_shared_format(apr_shm_baseaddr_get(kept->shm), size, slots);
    *shared = bind_segment(kept, sources, pconf);
    if (older.pool) {
        if (*shared)
            ajwt_shared_adopt(*shared, sources, apr_shm_baseaddr_get(older.shm),
                              apr_shm_size_get(older.shm));
        apr_pool_destroy(older.pool);
    }
    return *shared ? APR_SUCCESS : APR_EGENERAL;
}

apr_status_t ajwt_segment_open(ajwt_shared **shared,
                               const ajwt_sources *sources, apr_pool_t *pconf,
                               server_rec *s)
{
    retained *kept = get_retained();
    apr_status_t status = get_mutex(kept, s);

    if (status != APR_SUCCESS)
        return status;
    *shared = kept->shm ? bind_segment(kept, sources, pconf) : NULL;
    return *shared ? APR_SUCCESS
                   : replace_segment(shared, kept, sources, pconf, s);
}

/* Of a module with fewer reasons it stays mapped, since old children add. */
apr_status_t ajwt_segment_open_counters(server_rec *s)
{
    retained *kept = get_retained();
    apr_status_t status = APR_SUCCESS;

    if (!kept->counters ||
        apr_shm_size_get(kept->counters) < sizeof(ajwt_counters)) {
        status = apr_shm_create(&kept->counters, sizeof(ajwt_counters), NULL,
                                s->process->pool);
        if (status != APR_SUCCESS)
            kept->counters = NULL;
    }
    if (kept->counters)
        counters = ajwt_counters_bind(apr_shm_baseaddr_get(kept->counters),
                                      apr_time_now());
    return status;
}

ajwt_counters *ajwt_segment_counters(void)
{
    return counters;
}

apr_status_t ajwt_segment_child_init(ajwt_shared *shared, apr_pool_t *pchild)
{
    const retained *kept = ap_retained_data_get(RETAINED_KEY);
    apr_global_mutex_t *mutex = kept->mutex;
    apr_status_t status = apr_global_mutex_child_init(
        &mutex, apr_global_mutex_lockfile(mutex), pchild);

    if (status == APR_SUCCESS)
        ajwt_shared_set_mutex(shared, mutex);
    return status;
}
