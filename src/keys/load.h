/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is the text of this source's key set, now?
 *
 * A file is read; a URL is fetched; a discovery document is fetched, checked
 * (OIDC Discovery 4.3, RFC 8414 3.3) and followed to its jwks_uri.
 */
#ifndef AJWT_KEYS_LOAD_H
#define AJWT_KEYS_LOAD_H

#include "core/limits.h"
#include "keys/source.h"
#include "net/http_fetch.h"

/* Which answer a set came with (RFC 9110 8.8).  No pointers. */
typedef struct ajwt_validator {
    char url[AJWT_MAX_URL_BYTES + 1];
    char etag[AJWT_MAX_ETAG_BYTES + 1]; /* "": none */
} ajwt_validator;

/**
 * In response->body; status and max_age_s are of the last GET.  known is of
 * the set that serves; where it holds good still, status is 304 and there is
 * no body.  It becomes that of the answer.
 * Refuses with FILE_UNREADABLE, FETCH_FAILED, FETCH_STATUS, FETCH_TOO_LARGE,
 * METADATA_INVALID, METADATA_ISSUER, METADATA_JWKS_URI, INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_load(ajwt_http_response *response,
                                    ajwt_validator *known,
                                    const ajwt_source *source,
                                    const ajwt_fetcher *fetcher,
                                    apr_time_t deadline, apr_pool_t *pool);

#endif
