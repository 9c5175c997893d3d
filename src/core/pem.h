/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader for PEM files with public keys and certificates.
 *
 * Blocks are returned in the order of the file. A block that cannot be used is
 * reported with a reason, as a JWK is.
 */
#ifndef AJWT_CORE_PEM_H
#define AJWT_CORE_PEM_H

#include <apr_tables.h>

#include "core/key.h"

/* One block: a key, or why it cannot be used */
typedef struct ajwt_pem_block {
    ajwt_key key;
    ajwt_reason reason;
    X509 *certificate; /* that of the block, or NULL; owned by the pool */
} ajwt_pem_block;

/**
 * blocks: array of ajwt_pem_block. Refuses with KEYSET_INVALID (no PEM, or a
 * broken block), OVER_LIMIT, INTERNAL.
 */
AJWT_MUST_USE ajwt_reason ajwt_pem_read(apr_array_header_t **blocks,
                                        ajwt_bytes text, apr_pool_t *pool);

#endif
