/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds values that are allowed but probably match no real token: commas
 * between values, placeholders of an example, the URL of a document as issuer.
 */
#ifndef AJWT_HTTPD_ADMIN_HINT_H
#define AJWT_HTTPD_ADMIN_HINT_H

#include "httpd/module.h"

typedef struct ajwt_hint {
    const ap_directive_t *line;
    const char *text; /* the cause and the fix */
} ajwt_hint;

/**
 * Returns hints (ajwt_hint) for the lines of tree and of the sections in it.
 */
apr_array_header_t *ajwt_hint_find(const ap_directive_t *tree,
                                   apr_pool_t *pool);

#endif
