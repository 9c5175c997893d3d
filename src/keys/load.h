/*
 * What is the text of this source's key set, now?
 *
 * A file is read; a URL is fetched; a discovery document is fetched, judged
 * (OIDC Discovery 4.3, RFC 8414 3.3) and followed to its jwks_uri.
 */
#ifndef AJWT_KEYS_LOAD_H
#define AJWT_KEYS_LOAD_H

#include "keys/fetch.h"
#include "keys/source.h"

/**
 * In response->body; status and max_age_s are of the last GET.
 * Refuses with FILE_UNREADABLE, FETCH_FAILED, FETCH_STATUS, FETCH_TOO_LARGE,
 * METADATA_INVALID, METADATA_ISSUER, METADATA_JWKS_URI, INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_load(ajwt_response *response,
                                    const ajwt_source *source,
                                    const ajwt_fetcher *fetcher,
                                    apr_time_t deadline, apr_pool_t *pool);

#endif
