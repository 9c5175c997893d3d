/*
 * How does a client learn whose tokens this place takes?  (RFC 9728)
 *
 * A document in JSON at a well-known place, for everybody; each challenge names
 * it.  It is printed once, when the configuration has been read.
 */
#ifndef AJWT_HTTPD_RESOURCE_H
#define AJWT_HTTPD_RESOURCE_H

#include "httpd/issuer.h"
#include "httpd/words.h"

typedef struct ajwt_resource {
    const char *identifier;           /* as clients know it: a URL */
    const char *path;                 /* where the document is */
    const char *url;                  /* the same with scheme and host */
    const apr_array_header_t *scopes; /* const char *; NULL: not told */
    const char *documentation;        /* a URL; NULL: none */
    const char *document;             /* the answer, once it is printed */
    const struct ajwt_section *section;
    const server_rec *server; /* where the line stands */
    const ap_directive_t *directive;
} ajwt_resource;

/** AuthJWTResource.  NULL, or an error in words. */
const char *ajwt_resource_parse(ajwt_resource **resource, const ajwt_words *in);

/**
 * Prints the documents of all resources (ajwt_resource *), after the last line
 * was read.  NULL, or an error in words.
 */
const char *ajwt_resource_finish(const apr_array_header_t *resources,
                                 apr_pool_t *pool);

/**
 * quick_handler, before any walk and any access phase: answers a request for a
 * document.
 */
int ajwt_resource_answer(request_rec *r, int is_lookup);

#endif
