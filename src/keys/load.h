/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loader for the key set of a source.
 *
 * A file is read, and a URL is fetched. A discovery document is fetched and
 * checked (OIDC Discovery 4.3, RFC 8414 3.3), then its jwks_uri is fetched.
 */
#ifndef AJWT_KEYS_LOAD_H
#define AJWT_KEYS_LOAD_H

#include "core/limits.h"
#include "keys/source.h"
#include "net/http_fetch.h"

/*
 * Identifies the response that a set came with (RFC 9110 8.8). No pointers: it
 * is stored in shared memory.
 */
typedef struct ajwt_validator {
    char url[AJWT_MAX_URL_BYTES + 1];
    char etag[AJWT_MAX_ETAG_BYTES + 1]; /* "": none */
} ajwt_validator;

/**
 * Loads the text into response->body; status and max_age_s are those of the
 * last GET. known is the validator of the current set; if that is still valid,
 * status is 304 and there is no body. known becomes the validator of the
 * response.
 *
 * Refuses with FILE_UNREADABLE, FETCH_FAILED, FETCH_STATUS, FETCH_TOO_LARGE,
 * METADATA_INVALID, METADATA_ISSUER, METADATA_JWKS_URI, INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_load(ajwt_http_response *response,
                                    ajwt_validator *known,
                                    const ajwt_source *source,
                                    const ajwt_fetcher *fetcher,
                                    apr_time_t deadline, apr_pool_t *pool);

#endif
