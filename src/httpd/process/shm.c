/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/shm.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_main.h>
#include <util_mutex.h>

#define MUTEX_TYPE "auth-jwt"

/* The number is the version of the layout of retained and shared data. */
#define RETAINED_KEY "mod_auth_jwt-5"

/* The segment of a URL source, in a list that only the parent uses */
typedef struct kept_segment {
    struct kept_segment *next;
    apr_pool_t *pool; /* of this struct and of the segment */
    const char *name; /* of the source */
    apr_shm_t *shm;
    int is_used; /* the configuration that is being opened has this source */
} kept_segment;

/* Persists across restarts; no pointer in it points into this module. */
typedef struct retained {
    apr_global_mutex_t *mutex;
    apr_shm_t *control;
    apr_shm_t *counters;
    kept_segment *segments;
    ajwt_wake_socket wake_socket;
} retained;

static retained *get_retained(void)
{
    retained *kept = ap_retained_data_get(RETAINED_KEY);

    if (kept)
        return kept;
    kept = ap_retained_data_create(RETAINED_KEY, sizeof *kept);
    kept->wake_socket.reader = kept->wake_socket.writer = -1;
    return kept;
}

apr_status_t ajwt_shm_pre_config(apr_pool_t *pconf)
{
    return ap_mutex_register(pconf, MUTEX_TYPE, NULL, APR_LOCK_DEFAULT, 0);
}

static apr_status_t open_mutex(retained *kept, server_rec *s)
{
    if (kept->mutex)
        return APR_SUCCESS;
    return ap_global_mutex_create(&kept->mutex, NULL, MUTEX_TYPE, NULL, s,
                                  s->process->pool, 0);
}

static apr_status_t open_control(retained *kept, server_rec *s)
{
    if (kept->control)
        return APR_SUCCESS;
    return apr_shm_create(&kept->control, sizeof(ajwt_control), NULL,
                          s->process->pool);
}

static apr_status_t set_close_on_exec(int socket_fd)
{
    return fcntl(socket_fd, F_SETFD, FD_CLOEXEC) < 0 ? apr_get_os_error()
                                                     : APR_SUCCESS;
}

/*
 * One pipe for the lifetime of the server: children of an older configuration
 * wake the fetcher of the newer one.
 */
static apr_status_t open_wake_socket(retained *kept)
{
    int sockets[2];
    apr_status_t status;

    if (kept->wake_socket.reader >= 0)
        return APR_SUCCESS;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) != 0)
        return apr_get_os_error();
    status = set_close_on_exec(sockets[0]);
    if (status == APR_SUCCESS)
        status = set_close_on_exec(sockets[1]);
    kept->wake_socket.reader = sockets[0];
    kept->wake_socket.writer = sockets[1];
    return status;
}

/* --- Segments of sources */

static kept_segment *find_segment(const retained *kept, const char *name)
{
    kept_segment *found = kept->segments;

    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    return found;
}

static apr_status_t add_segment(kept_segment **added, retained *kept,
                                const char *name, server_rec *s)
{
    apr_pool_t *pool;
    apr_status_t status;

    apr_pool_create(&pool, s->process->pool);
    apr_pool_tag(pool, "auth_jwt segment");
    *added = apr_pcalloc(pool, sizeof **added);
    (*added)->pool = pool;
    (*added)->name = apr_pstrdup(pool, name);
    status = apr_shm_create(&(*added)->shm, ajwt_shm_slots_segment_size(), NULL,
                            pool);
    if (status != APR_SUCCESS) {
        apr_pool_destroy(pool);
        return status;
    }
    (*added)->next = kept->segments;
    kept->segments = *added;
    return APR_SUCCESS;
}

/* Old children keep these segments mapped until they end. */
static void release_unused_segments(retained *kept)
{
    kept_segment **link = &kept->segments;

    while (*link) {
        kept_segment *segment = *link;

        if (segment->is_used) {
            segment->is_used = 0;
            link = &segment->next;
        }
        else {
            *link = segment->next;
            apr_pool_destroy(segment->pool);
        }
    }
}

static apr_status_t open_url_segment(ajwt_shm_slots *shared, retained *kept,
                                     const ajwt_source *source, server_rec *s)
{
    kept_segment *segment = find_segment(kept, source->name);
    apr_status_t status = APR_SUCCESS;

    if (!segment)
        status = add_segment(&segment, kept, source->name, s);
    if (status != APR_SUCCESS)
        return status;
    segment->is_used = 1;
    ajwt_shm_slots_set_segment(shared, source,
                               apr_shm_baseaddr_get(segment->shm));
    ajwt_shm_slots_restart_warnings(shared, source);
    return APR_SUCCESS;
}

/*
 * Creates a new segment: this configuration has read the file again, so older
 * content is not used.
 */
static apr_status_t open_file_segment(ajwt_shm_slots *shared,
                                      const ajwt_source *source,
                                      apr_pool_t *pconf)
{
    apr_shm_t *shm;
    apr_status_t status =
        apr_shm_create(&shm, ajwt_shm_slots_segment_size(), NULL, pconf);

    if (status != APR_SUCCESS)
        return status;
    ajwt_shm_slots_set_segment(shared, source, apr_shm_baseaddr_get(shm));
    ajwt_shm_slots_begin_file(shared, source, apr_time_now());
    return APR_SUCCESS;
}

static apr_status_t open_segments(ajwt_shm_slots *shared, retained *kept,
                                  const ajwt_sources *sources,
                                  apr_pool_t *pconf, server_rec *s)
{
    apr_status_t status = APR_SUCCESS;
    int i;

    for (i = 0; i < sources->list->nelts && status == APR_SUCCESS; i++) {
        const ajwt_source *source = ajwt_sources_get(sources, i);

        if (ajwt_source_is_remote(source))
            status = open_url_segment(shared, kept, source, s);
        else if (ajwt_source_is_shared(source))
            status = open_file_segment(shared, source, pconf);
    }
    if (status == APR_SUCCESS)
        release_unused_segments(kept);
    return status;
}

apr_status_t ajwt_shm_open(ajwt_shm_slots **shared, const ajwt_sources *sources,
                           apr_pool_t *pconf, server_rec *s)
{
    retained *kept = get_retained();
    apr_status_t status = open_mutex(kept, s);

    if (status == APR_SUCCESS)
        status = open_control(kept, s);
    if (status == APR_SUCCESS)
        status = open_wake_socket(kept);
    if (status != APR_SUCCESS)
        return status;
    *shared = ajwt_shm_slots_make(sources, &ajwt_shm_control()->head,
                                  kept->mutex, pconf);
    return open_segments(*shared, kept, sources, pconf, s);
}

ajwt_control *ajwt_shm_control(void)
{
    return apr_shm_baseaddr_get(get_retained()->control);
}

const ajwt_wake_socket *ajwt_shm_wake_socket(void)
{
    return &get_retained()->wake_socket;
}

/*
 * A segment of an older module with fewer reasons stays mapped, because old
 * children still count in it.
 */
apr_status_t ajwt_shm_open_counters(ajwt_counters **counters, server_rec *s)
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
        *counters = ajwt_counters_bind(apr_shm_baseaddr_get(kept->counters),
                                       apr_time_now());
    return status;
}

apr_status_t ajwt_shm_open_warnings(ajwt_warnings **warnings, apr_pool_t *pconf)
{
    apr_shm_t *shm;
    apr_status_t status = apr_shm_create(&shm, sizeof **warnings, NULL, pconf);

    if (status != APR_SUCCESS)
        return status;
    *warnings = apr_shm_baseaddr_get(shm);
    memset(*warnings, 0, sizeof **warnings);
    return APR_SUCCESS;
}

apr_status_t ajwt_shm_child_init(ajwt_shm_slots *shared, apr_pool_t *pchild)
{
    apr_global_mutex_t *mutex = get_retained()->mutex;
    apr_status_t status = apr_global_mutex_child_init(
        &mutex, apr_global_mutex_lockfile(mutex), pchild);

    if (status == APR_SUCCESS)
        ajwt_shm_slots_set_mutex(shared, mutex);
    return status;
}
