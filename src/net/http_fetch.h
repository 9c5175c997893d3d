/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP client for key documents: one GET with limits on time and size.
 *
 * It is called through a function pointer, so that tests can simulate outages.
 * https is verified against the system's CAs or those of the administrator,
 * with TLS 1.2 or newer. Redirects are not followed. Proxy environment
 * variables are ignored.
 */
#ifndef AJWT_NET_HTTP_FETCH_H
#define AJWT_NET_HTTP_FETCH_H

#include <apr_pools.h>
#include <apr_time.h>

#include "core/bytes.h"
#include "core/reason.h"

typedef struct ajwt_http_request {
    const char *url;
    int is_foreign;      /* the URL comes from a document: see net/address */
    const char *etag;    /* If-None-Match (RFC 9110 13.1.2); NULL: none */
    apr_time_t deadline; /* for the whole transfer */
} ajwt_http_request;

typedef struct ajwt_http_response {
    long status;
    ajwt_bytes body;    /* at most AJWT_MAX_DOCUMENT_BYTES; absent: 304 */
    int max_age_s;      /* Cache-Control minus Age; -1: absent */
    int retry_after_s;  /* Retry-After; 0: absent */
    const char *etag;   /* NULL: none, or malformed */
    const char *detail; /* the error; NULL: none */
} ajwt_http_response;

typedef struct ajwt_fetcher ajwt_fetcher;

struct ajwt_fetcher {
    /**
     * Refuses with FETCH_FAILED (no response before the deadline),
     * FETCH_TOO_LARGE, FETCH_STATUS (not an unencoded, non-empty 200, nor a 304
     * after an ETag was sent; see response->status).
     */
    ajwt_reason (*get)(ajwt_http_response *response,
                       const ajwt_fetcher *fetcher,
                       const ajwt_http_request *request, apr_pool_t *pool);
    const char *proxy;   /* URL; NULL: none */
    const char *ca_path; /* NULL: the system's */
};

/**
 * Must be called once in each process that fetches, before it starts threads.
 */
apr_status_t ajwt_http_fetch_open(void);

/** Implements get with libcurl. */
AJWT_MUST_USE ajwt_reason ajwt_http_fetch_get(ajwt_http_response *response,
                                              const ajwt_fetcher *fetcher,
                                              const ajwt_http_request *request,
                                              apr_pool_t *pool);

#endif
