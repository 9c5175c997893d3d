/* SPDX-License-Identifier: Apache-2.0 */
/* Claim paths (PATH in the documentation), and lookup of their values. */
#ifndef AJWT_CORE_CLAIM_PATH_H
#define AJWT_CORE_CLAIM_PATH_H

#include <apr_pools.h>
#include <jansson.h>

/**
 * A parsed PATH. A member with exactly this name is preferred; otherwise dots
 * separate the names of nested objects. A PATH that begins with "/" is a JSON
 * Pointer (RFC 6901).
 */
typedef struct ajwt_claim_path {
    const char *text;      /* as the administrator wrote it */
    const char **segments; /* ended by NULL */
    int is_pointer;
} ajwt_claim_path;

/** Returns NULL and a message in *error if text is not a valid PATH. */
const ajwt_claim_path *ajwt_claim_path_parse(const char **error,
                                             const char *text,
                                             apr_pool_t *pool);

/** Returns NULL if there is no such value. */
const json_t *ajwt_claim_path_find(const ajwt_claim_path *path,
                                   const json_t *object);

#endif
