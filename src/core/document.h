/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explanations for key documents from which no key can be used.
 *
 * The messages are for the administrator and include the command or the
 * configuration that fixes the problem. They are printable ASCII except for the
 * path.
 */
#ifndef AJWT_CORE_DOCUMENT_H
#define AJWT_CORE_DOCUMENT_H

#include "core/keyset.h"

typedef struct ajwt_document {
    ajwt_bytes text;
    const char *path;          /* of the file; NULL: fetched */
    const ajwt_keyset *keyset; /* result of ajwt_keyset_parse, or NULL */
} ajwt_document;

/**
 * Only for documents that ajwt_keyset_parse refused. The message never contains
 * a value of a key.
 */
const char *ajwt_document_explain(const ajwt_document *document,
                                  apr_pool_t *pool);

#endif
