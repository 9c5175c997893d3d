/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the token in the input of `ajwt explain`: a token alone, a header line,
 * or a URL, read as the section would read it from a request.
 */
#ifndef AJWT_CLI_PRESENTED_H
#define AJWT_CLI_PRESENTED_H

#include "cli/options.h"

typedef struct ajwt_presented {
    ajwt_bytes token;
    ajwt_reason reason; /* ACCEPTED: a token was found, of any form */
    const char *detail; /* why the section finds no token in it, or NULL */
    const char *fix;    /* for detail, or NULL */
    int is_password;    /* from a Basic field */
} ajwt_presented;

void ajwt_presented_find(ajwt_presented *found, const ajwt_options *options,
                         const char *text, apr_pool_t *pool);

/** Returns the length of the name in `Name: value`; 0: not a header line. */
apr_size_t ajwt_presented_name_len(const char *text);

/** Whether text is a URL, or a path with a query string. */
int ajwt_presented_is_url(const char *text);

#endif
