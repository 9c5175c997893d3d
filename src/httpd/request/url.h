/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes tokens in the query string from the URL of a request, from logs and
 * from the status page.
 *
 * httpd shows URLs in access logs, in the error log (Referer) and on the status
 * page, also for requests that it answers before it knows their section.  For
 * those requests, every parameter that any `query:` of the virtual host names
 * is removed.
 */
#ifndef AJWT_HTTPD_REQUEST_URL_H
#define AJWT_HTTPD_REQUEST_URL_H

#include "core/query.h"
#include "httpd/module.h"

/**
 * Removes the parameters of that name from r, and adds their values to values
 * (const char *).  Applications, backends and logs do not get them then.
 */
void ajwt_url_remove(request_rec *r, const char *name,
                     apr_array_header_t *values);

/**
 * post_read_request, before any module can copy or log the request: cleans
 * Referer and the request line on the status page.
 */
int ajwt_url_post_read_request(request_rec *r);

/** log_transaction, before all loggers: cleans what they log. */
int ajwt_url_log_transaction(request_rec *r);

#endif
