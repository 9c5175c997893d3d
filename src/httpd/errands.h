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

/** Has it done soon, unless it is being done.  Not once it was closed. */
void ajwt_errands_send(const ajwt_source *source);

/** From now on who fetches or waits gives up. */
void ajwt_errands_stop(void);
int ajwt_errands_are_stopping(void);

/** Waits for those that are under way; after ajwt_errands_stop not for long. */
void ajwt_errands_close(void);

#endif
