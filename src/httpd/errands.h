/*
 * Who fetches, without holding anybody up?
 *
 * Threads of the child, made when there is something to do and gone when there
 * is not: one slow issuer does not delay another.
 */
#ifndef AJWT_HTTPD_ERRANDS_H
#define AJWT_HTTPD_ERRANDS_H

#include "httpd/module.h"
#include "keys/source.h"

/* What is done about one source; pool lasts as long as that */
typedef void ajwt_errand_fn(const ajwt_source *source, apr_pool_t *pool);

/** In child_init, before there are threads. */
apr_status_t ajwt_errands_open(const ajwt_sources *sources, ajwt_errand_fn *fn,
                               apr_pool_t *pchild);

/** Has it done soon, unless it is being done. */
void ajwt_errands_send(const ajwt_source *source);

/** Whether who fetches or waits should give up, since the child ends. */
int ajwt_errands_are_stopping(void);

#endif
