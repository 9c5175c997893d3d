/*
 * How does a client learn who issues tokens for this resource?  (RFC 9728)
 */
#ifndef AJWT_HTTPD_RESOURCE_H
#define AJWT_HTTPD_RESOURCE_H

#include "httpd/words.h"

typedef struct ajwt_resource ajwt_resource;

/** AuthJWTResource.  NULL, or an error in words. */
const char *ajwt_resource_parse(const ajwt_resource **resource,
                                const ajwt_words *in);

#endif
