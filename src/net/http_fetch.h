/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this URL answer?  One bounded GET.
 *
 * Behind a function pointer, so that tests inject outages.  https is verified
 * against the system's CAs or the administrator's; TLS 1.2 or newer; no
 * redirect is followed; no proxy of the environment is heeded.
 */
#ifndef AJWT_NET_HTTP_FETCH_H
#define AJWT_NET_HTTP_FETCH_H

#include <apr_pools.h>
#include <apr_time.h>

#include "core/bytes.h"
#include "core/reason.h"

typedef struct ajwt_http_request {
    const char *url;
    int is_foreign;      /* a document named it: see net/address */
    const char *etag;    /* If-None-Match (RFC 9110 13.1.2); NULL: none */
    apr_time_t deadline; /* of the whole transfer */
} ajwt_http_request;

typedef struct ajwt_http_response {
    long status;
    ajwt_bytes body;    /* at most AJWT_MAX_DOCUMENT_BYTES; absent: 304 */
    int max_age_s;      /* Cache-Control, less Age; -1: not said */
    int retry_after_s;  /* Retry-After; 0: not said */
    const char *etag;   /* NULL: none, or none that is worth keeping */
    const char *detail; /* what went wrong, in words; NULL: nothing did */
} ajwt_http_response;

typedef struct ajwt_fetcher ajwt_fetcher;

struct ajwt_fetcher {
    /**
     * Refuses with FETCH_FAILED (no answer before the deadline),
     * FETCH_TOO_LARGE, FETCH_STATUS (anything but a plain 200, or a 304 where
     * an ETag was sent; response->status says what).
     */
    ajwt_reason (*get)(ajwt_http_response *response,
                       const ajwt_fetcher *fetcher,
                       const ajwt_http_request *request, apr_pool_t *pool);
    const char *proxy;   /* URL; NULL: none */
    const char *ca_path; /* NULL: the system's */
};

/** Once in each process that fetches, before it has threads. */
apr_status_t ajwt_http_fetch_open(void);

/** get, by libcurl. */
AJWT_MUST_USE ajwt_reason ajwt_http_fetch_get(ajwt_http_response *response,
                                              const ajwt_fetcher *fetcher,
                                              const ajwt_http_request *request,
                                              apr_pool_t *pool);

#endif
