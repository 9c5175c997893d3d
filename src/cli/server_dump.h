/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the settings of a section from a server's configuration.
 *
 * It runs `httpd -t -D DUMP_AUTH_JWT`, so the settings are those that httpd has
 * read.
 */
#ifndef AJWT_CLI_SERVER_DUMP_H
#define AJWT_CLI_SERVER_DUMP_H

#include "cli/options.h"

typedef struct ajwt_server {
    const char *program; /* NULL: tries the usual names */
    const char *config;  /* NULL: the program's default */
    const char *location;
    const char
        *host; /* name of a virtual host; NULL: any, if there is only one */
    const char *optional; /* AuthJWTOptional of the section; NULL: Off */
    const apr_array_header_t
        *openings; /* const char *: which requests need no token, and hints */
} ajwt_server;

/**
 * Reads the section into options, and returns its place.  An error ends the
 * process.
 */
const char *ajwt_server_dump_read(ajwt_options *options, ajwt_server *server);

#endif
