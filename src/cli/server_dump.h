/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a server say that it trusts in a section?
 *
 * httpd is asked itself, by `httpd -t -D DUMP_AUTH_JWT`, so that what holds is
 * what it has read.
 */
#ifndef AJWT_CLI_SERVER_DUMP_H
#define AJWT_CLI_SERVER_DUMP_H

#include "cli/options.h"

typedef struct ajwt_server {
    const char *program; /* NULL: one of the usual names */
    const char *config;  /* NULL: its own */
    const char *location;
    const char *host; /* a virtual host's name; NULL: any, if there is one */
    const char *optional; /* AuthJWTOptional, as it was found; NULL: Off */
    const apr_array_header_t
        *openings; /* const char *: what needs no token, and hints */
} ajwt_server;

/** Reads the section into setting; where it stands.  Or the process ends. */
const char *ajwt_server_dump_read(ajwt_options *options, ajwt_server *server);

#endif
