/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes tokens in the query string from the URL of a request, from logs and
 * from the status page.
 *
 * httpd shows URLs in access logs, in the error log (Referer) and on the status
 * page, also of requests that it answers before it knows their section.  For
 * those, the names are all that the virtual host has after `query:`.
 */
#ifndef AJWT_HTTPD_REQUEST_URL_H
#define AJWT_HTTPD_REQUEST_URL_H

#include "core/query.h"
#include "httpd/module.h"

/**
 * Removes the parameters of that name from r, and adds their values to values
 * (const char *).  Afterwards applications, backends and logs do not see them.
 */
void ajwt_url_remove(request_rec *r, const char *name,
                     apr_array_header_t *values);

/**
 * post_read_request, before anything can copy or log it: cleans Referer, and
 * what the status page shows.
 */
int ajwt_url_post_read_request(request_rec *r);

/** log_transaction, before all loggers: cleans what they show. */
int ajwt_url_log_transaction(request_rec *r);

#endif
