/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does a client learn whose tokens this place takes?  (RFC 9728)
 *
 * A document in JSON at a well-known place, for everybody; each challenge names
 * it.  It is printed once, when the configuration has been read.
 */
#ifndef AJWT_HTTPD_CONFIG_RESOURCE_H
#define AJWT_HTTPD_CONFIG_RESOURCE_H

#include "config/issuer.h"
#include "httpd/module.h"

/* An AuthJWTResource line */
typedef struct ajwt_resource {
    const char *identifier;           /* as clients know it: a URL */
    const char *path;                 /* where the document is */
    const char *url;                  /* the same with scheme and host */
    const apr_array_header_t *scopes; /* const char *; NULL: not told */
    const char *documentation;        /* a URL; NULL: none */
    const struct ajwt_section *section;
    int is_of_server; /* it stands in no section */
    const server_rec *server;
    const ap_directive_t *directive;
} ajwt_resource;

/* What one server answers for one line */
typedef struct ajwt_resource_document {
    const ajwt_resource *resource;
    const server_rec *server;
    const char *text;
} ajwt_resource_document;

/** AuthJWTResource.  NULL, or an error in words. */
const char *ajwt_resource_parse(ajwt_resource **resource,
                                const ajwt_args *args);

/**
 * Prints what each server answers for resources (ajwt_resource *), after the
 * last line was read; documents: ajwt_resource_document.  NULL, or an error in
 * words.
 */
const char *ajwt_resource_print(apr_array_header_t *documents,
                                const apr_array_header_t *resources,
                                const server_rec *servers);

/**
 * quick_handler, before any walk and any access phase: answers a request for a
 * document.
 */
int ajwt_resource_answer(request_rec *r, int is_lookup);

#endif
