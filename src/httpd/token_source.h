/*
 * Where in a request is the token?  (RFC 6750 2)
 */
#ifndef AJWT_HTTPD_TOKEN_SOURCE_H
#define AJWT_HTTPD_TOKEN_SOURCE_H

#include "httpd/words.h"

/** AuthJWTTokenSource.  NULL, or an error in words. */
const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_words *in);

#endif
