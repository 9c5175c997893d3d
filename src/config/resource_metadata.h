/* SPDX-License-Identifier: Apache-2.0 */
/* AuthJWTResource: protected-resource metadata (RFC 9728). */
#ifndef AJWT_CONFIG_RESOURCE_METADATA_H
#define AJWT_CONFIG_RESOURCE_METADATA_H

#include "config/issuer.h"

#define AJWT_RESOURCE_WELL_KNOWN "/.well-known/oauth-protected-resource"

/* One AuthJWTResource line */
typedef struct ajwt_resource {
    const char *identifier;           /* the URL that clients use */
    const char *path;                 /* of the document */
    const char *url;                  /* the same with scheme and host */
    const apr_array_header_t *scopes; /* const char *; NULL: not set */
    const char *documentation;        /* a URL; NULL: none */
} ajwt_resource;

/**
 * *resource is NULL before the first line. Returns NULL, or an error message.
 */
const char *ajwt_resource_parse(ajwt_resource **resource,
                                const ajwt_args *args);

/** Returns the document as JSON (RFC 9728 2). */
const char *ajwt_resource_print(const ajwt_resource *resource,
                                const ajwt_issuers *issuers,
                                const apr_array_header_t *token_sources,
                                apr_pool_t *pool);

#endif
