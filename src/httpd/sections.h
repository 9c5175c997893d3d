/*
 * Which sections are there, and what holds in each?
 *
 * Answered from the configuration as it was read, before any request: a
 * section's own lines, those of its virtual host and of the server, and those
 * of the sections that lie around it.  A line replaces all of its name further
 * out, as httpd/config merges them.
 */
#ifndef AJWT_HTTPD_SECTIONS_H
#define AJWT_HTTPD_SECTIONS_H

#include "httpd/module.h"

typedef struct ajwt_config_section {
    const ap_directive_t *node; /* <Location ...>; NULL: the server itself */
    const ap_directive_t *host; /* <VirtualHost ...>; NULL: any */
    const struct ajwt_config_section *outer; /* that it is nested in, or NULL */
    const char *path; /* a <Location>'s or <Directory>'s; NULL: no plain one */
    /* whose lines hold, from outside in: const ap_directive_t *, NULL for the
       server itself */
    apr_array_header_t *layers;
} ajwt_config_section;

/** All of tree: an array of ajwt_config_section *. */
const apr_array_header_t *ajwt_sections_find(const ap_directive_t *tree,
                                             apr_pool_t *pool);

/** The lines of that name which hold there: const ap_directive_t *. */
const apr_array_header_t *ajwt_sections_lines(
    const ajwt_config_section *section, const char *name, apr_pool_t *pool);

/** Whether tokens are asked for there: AuthType Bearer, or Basic with ours. */
int ajwt_sections_asks(const ajwt_config_section *section, apr_pool_t *pool);

/** The first of the lines that stand in a layer. */
const ap_directive_t *ajwt_sections_first(const ap_directive_t *layer);

/** Whether a line is of that name. */
int ajwt_sections_is(const ap_directive_t *line, const char *name);

/** The words of a line: const char *. */
apr_array_header_t *ajwt_sections_words(const ap_directive_t *line,
                                        apr_pool_t *pool);

#endif
