/*
 * Which claims does a backend find in request headers, and how is a client kept
 * from writing them?
 */
#ifndef AJWT_HTTPD_HEADER_H
#define AJWT_HTTPD_HEADER_H

#include "httpd/words.h"

/** AuthJWTHeader NAME PATH, added to headers.  NULL, or an error in words. */
const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in);

#endif
