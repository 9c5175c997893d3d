/*
 * Which memory and which mutex do old and new children share?
 *
 * Both live in the process pool and survive restarts; nothing of this module's
 * code or data does.
 */
#ifndef AJWT_HTTPD_SEGMENT_H
#define AJWT_HTTPD_SEGMENT_H

#include "core/counters.h"
#include "httpd/module.h"
#include "keys/shared.h"

/** In pre_config, on every pass: makes the mutex known to httpd's Mutex. */
apr_status_t ajwt_segment_pre_config(apr_pool_t *pconf);

/**
 * In post_config: the segment that was there, if it has room for these sources
 * and the layout that is known here; else a new one.
 */
apr_status_t ajwt_segment_open(ajwt_shared **shared,
                               const ajwt_sources *sources, apr_pool_t *pconf,
                               server_rec *s);

/** In child_init: the mutex as this child has it. */
apr_status_t ajwt_segment_child_init(ajwt_shared *shared, apr_pool_t *pchild);

/** In post_config: counters that earlier configurations may have begun. */
apr_status_t ajwt_segment_open_counters(server_rec *s);

/** Those, of all children and also of earlier ones. */
ajwt_counters *ajwt_segment_counters(void);

#endif
