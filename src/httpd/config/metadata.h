/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of AuthJWTResource lines (config/resource_metadata), printed
 * once, after the configuration was read.
 */
#ifndef AJWT_HTTPD_CONFIG_METADATA_H
#define AJWT_HTTPD_CONFIG_METADATA_H

#include "config/section.h"
#include "httpd/module.h"

/* An AuthJWTResource line and its place */
typedef struct ajwt_metadata_line {
    const ajwt_resource *resource;
    const ajwt_section *section;
    int is_of_server; /* it is outside any section */
    const server_rec *server;
    const ap_directive_t *directive;
} ajwt_metadata_line;

/* The document that one server serves for one line */
typedef struct ajwt_metadata_document {
    const ajwt_metadata_line *line;
    const server_rec *server;
    const char *text;
} ajwt_metadata_document;

/**
 * Prints the document of each server for lines (const ajwt_metadata_line *)
 * into documents (ajwt_metadata_document).  Returns NULL or an error message.
 */
const char *ajwt_metadata_print(apr_array_header_t *documents,
                                const apr_array_header_t *lines,
                                const ajwt_section *defaults,
                                const server_rec *servers);

/** The document at a path; NULL: none. */
const ajwt_metadata_document *ajwt_metadata_find(
    const apr_array_header_t *documents, const server_rec *server,
    const char *path);

#endif
