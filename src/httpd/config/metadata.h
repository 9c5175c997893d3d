/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of AuthJWTResource lines (config/resource_metadata), printed
 * once, after the configuration was read.
 */
#ifndef AJWT_HTTPD_CONFIG_METADATA_H
#define AJWT_HTTPD_CONFIG_METADATA_H

#include "config/section.h"
#include "httpd/module.h"

/* Where an AuthJWTResource line is */
typedef struct ajwt_metadata_line {
    const ajwt_resource *resource;
    const ajwt_section *section;
    int is_of_server; /* it is in no section */
    const server_rec *server;
    const ap_directive_t *directive;
} ajwt_metadata_line;

/* What one server answers for one line */
typedef struct ajwt_metadata_document {
    const ajwt_metadata_line *line;
    const server_rec *server;
    const char *text;
} ajwt_metadata_document;

/**
 * Prints what each server answers for lines (const ajwt_metadata_line *);
 * documents: ajwt_metadata_document.  NULL, or an error in words.
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
