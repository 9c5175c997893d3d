/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is this document, of which no key can be used?
 *
 * In words for the administrator, with the command or the line that helps.  All
 * of it is printable ASCII but for the path.
 */
#ifndef AJWT_CORE_DOCUMENT_H
#define AJWT_CORE_DOCUMENT_H

#include "core/keyset.h"

typedef struct ajwt_document {
    ajwt_bytes text;
    const char *path;          /* of the file; NULL: it was fetched */
    const ajwt_keyset *keyset; /* what ajwt_keyset_parse made of it, or NULL */
} ajwt_document;

/** Only for what ajwt_keyset_parse refused.  Never holds a value of a key. */
const char *ajwt_document_explain(const ajwt_document *document,
                                  apr_pool_t *pool);

#endif
