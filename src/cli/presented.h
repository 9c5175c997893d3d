/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the token in what was given to `ajwt explain`: a token alone, a header
 * line, or a URL, read as the section would read it from a request.
 */
#ifndef AJWT_CLI_PRESENTED_H
#define AJWT_CLI_PRESENTED_H

#include "cli/options.h"

typedef struct ajwt_presented {
    ajwt_bytes token;
    ajwt_reason reason; /* ACCEPTED: there is a token, of whatever form */
    const char *detail; /* why the section finds none there, or NULL */
    int is_password;    /* of a Basic field */
} ajwt_presented;

void ajwt_presented_find(ajwt_presented *found, const ajwt_options *options,
                         const char *text, apr_pool_t *pool);

/** The length of the name in `Name: value`; 0: it is no header line. */
apr_size_t ajwt_presented_name_len(const char *text);

/** Whether it is a URL, or a path with a query string. */
int ajwt_presented_is_url(const char *text);

#endif
