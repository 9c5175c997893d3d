/* SPDX-License-Identifier: Apache-2.0 */
/* A section of the configuration, as httpd/admin/conf_tree reads it. */
#ifndef AJWT_HTTPD_ADMIN_CONF_SECTION_H
#define AJWT_HTTPD_ADMIN_CONF_SECTION_H

#include <apr_hash.h>

#include "httpd/module.h"

/* In the order in which httpd merges them */
typedef enum ajwt_section_kind {
    AJWT_OF_SERVER, /* the server itself, or a <VirtualHost> */
    AJWT_OF_DIRECTORY,
    AJWT_OF_DIRECTORY_PATTERN,
    AJWT_OF_FILES,
    AJWT_OF_LOCATION,
    AJWT_OF_CONDITION, /* <If>, <ElseIf>, <Else> */
    AJWT_SECTION_KINDS
} ajwt_section_kind;

typedef struct ajwt_conf_section {
    const ap_directive_t *node; /* <Location ...>; NULL: the server */
    const ap_directive_t *host; /* <VirtualHost ...>; NULL: any */
    const struct ajwt_conf_section
        *outer; /* section around this one, or NULL */
    ajwt_section_kind kind;
    int number;          /* its position in the configuration */
    const char *name;    /* the path or pattern in its tag, or NULL */
    const char *path;    /* name, if it is a plain absolute path, or NULL */
    ap_regex_t *pattern; /* name, if it is a regular expression, or NULL */
    const char *literal; /* pattern: what each match begins with, or "" */
    int has_every_path;  /* it applies to every path */
    apr_array_header_t *nested; /* sections in it: const ajwt_conf_section * */
    apr_hash_t *lines;          /* of a server: its own lines, by the name in
                                   lower case: apr_array_header_t * */
    /*
     * Sections that apply wherever this one does, including itself, outermost
     * first: const ajwt_conf_section *
     */
    apr_array_header_t *layers;
} ajwt_conf_section;

#endif
