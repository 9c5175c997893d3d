/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which keys does this PEM file hold?
 *
 * Public keys and certificates, in the order of the file.  A block that is not
 * understood is left out with its reason, as a JWK is.
 */
#ifndef AJWT_CORE_PEM_H
#define AJWT_CORE_PEM_H

#include <apr_tables.h>

#include "core/key.h"

/* One block: a key, or why it is none */
typedef struct ajwt_pem_block {
    ajwt_key key;
    ajwt_reason reason;
    X509 *certificate; /* the one that it holds, or NULL; the pool's */
} ajwt_pem_block;

/**
 * blocks: of ajwt_pem_block.  Refuses with KEYSET_INVALID (no PEM, or a broken
 * block), OVER_LIMIT, INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_pem_read(apr_array_header_t **blocks,
                                        ajwt_bytes text, apr_pool_t *pool);

#endif
