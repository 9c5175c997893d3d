/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which value in these claims does a PATH mean?
 */
#ifndef AJWT_CORE_CLAIM_PATH_H
#define AJWT_CORE_CLAIM_PATH_H

#include <apr_pools.h>
#include <jansson.h>

/**
 * A PATH, parsed: a member of exactly that name first, else dots walk into
 * objects; one that begins with "/" is a JSON Pointer (RFC 6901).
 */
typedef struct ajwt_claim_path {
    const char *text;      /* as the administrator wrote it */
    const char **segments; /* ended by NULL */
    int is_pointer;
} ajwt_claim_path;

/** NULL, and *error in words, when text is no PATH. */
const ajwt_claim_path *ajwt_claim_path_parse(const char **error,
                                             const char *text,
                                             apr_pool_t *pool);

/** NULL when nothing is there. */
const json_t *ajwt_claim_path_find(const ajwt_claim_path *path,
                                   const json_t *object);

#endif
