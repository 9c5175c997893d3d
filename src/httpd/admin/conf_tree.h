/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sections of the configuration, and which of them apply together.
 *
 * It reads the configuration tree, without a request: the lines of a section
 * itself, of its virtual host, of the server, and of the sections around it.  A
 * line replaces all lines of the same name further out, as httpd/config/config
 * merges them.
 */
#ifndef AJWT_HTTPD_ADMIN_CONF_TREE_H
#define AJWT_HTTPD_ADMIN_CONF_TREE_H

#include "httpd/admin/conf_section.h"

/* The sections of a configuration, and what finds them quickly */
typedef struct ajwt_conf_tree {
    const apr_array_header_t *sections; /* const ajwt_conf_section *; the main
                                           server is the first */
    const struct ajwt_conf_index *index;
    int allows_htaccess; /* a .htaccess file anywhere may have an AuthType */
    apr_hash_t *regexes; /* compiled patterns of lines */
} ajwt_conf_tree;

/** Reads the sections of a configuration. */
const ajwt_conf_tree *ajwt_conf_tree_read(const ap_directive_t *first,
                                          apr_pool_t *pool);

/**
 * Returns the lines of that name in section itself: const ap_directive_t *.
 */
const apr_array_header_t *ajwt_conf_tree_own_lines(
    const ajwt_conf_section *section, const char *name, apr_pool_t *pool);

/**
 * Returns the lines of that name that are in effect in section: const
 * ap_directive_t *.
 */
const apr_array_header_t *ajwt_conf_tree_lines(const ajwt_conf_section *section,
                                               const char *name,
                                               apr_pool_t *pool);

/** Returns the last of these lines, or NULL. */
const ap_directive_t *ajwt_conf_tree_line(const ajwt_conf_section *section,
                                          const char *name, apr_pool_t *pool);

/**
 * Returns the sections that httpd merges after section for some of its
 * requests, but not for all: const ajwt_conf_section *.  Sections nested in
 * section's outermost section are not included.
 */
const apr_array_header_t *ajwt_conf_tree_later(const ajwt_conf_section *section,
                                               const ajwt_conf_tree *tree,
                                               apr_pool_t *pool);

/**
 * Returns the sections that may apply to a request together with section:
 * const ajwt_conf_section *.  Some of them may not.
 */
const apr_array_header_t *ajwt_conf_tree_near(const ajwt_conf_section *section,
                                              const ajwt_conf_tree *tree,
                                              apr_pool_t *pool);

/** Returns a compiled regular expression, or NULL if it is invalid. */
const ap_regex_t *ajwt_conf_tree_regex(const ajwt_conf_tree *tree,
                                       const char *pattern);

/** Whether httpd merges `one` after `other`. */
int ajwt_conf_tree_comes_later(const ajwt_conf_section *one,
                               const ajwt_conf_section *other);

/**
 * Whether section applies to a request with that path (of a URL, or of a file).
 */
int ajwt_conf_tree_has_path(const ajwt_conf_section *section, const char *path);

/** Whether both can be part of one virtual host. */
int ajwt_conf_tree_share_host(const ajwt_conf_section *one,
                              const ajwt_conf_section *other);

/**
 * Whether section requires tokens by its AuthType: Bearer, or Basic with
 * provider jwt.
 */
int ajwt_conf_tree_requires_token(const ajwt_conf_section *section,
                                  apr_pool_t *pool);

/** Whether a <Location> of the same host requires tokens at path. */
int ajwt_conf_tree_requires_token_at(const ajwt_conf_section *section,
                                     const ajwt_conf_tree *tree,
                                     const char *path, apr_pool_t *pool);

/**
 * Returns a section's tag with the tags around it: `<If "..."> in <Location
 * "/a">`.
 */
const char *ajwt_conf_tree_title(const ajwt_conf_section *section,
                                 apr_pool_t *pool);

/** Returns the first line in a section itself. */
const ap_directive_t *ajwt_conf_tree_first(const ajwt_conf_section *section);

/** Whether a line has that name. */
int ajwt_conf_tree_is(const ap_directive_t *line, const char *name);

/** Returns the arguments of a line or a tag: const char *. */
apr_array_header_t *ajwt_conf_tree_words(const ap_directive_t *line,
                                         apr_pool_t *pool);

/** Returns the text of a line or a tag. */
const char *ajwt_conf_tree_text(const ap_directive_t *line, apr_pool_t *pool);

/** Returns a regular expression that matches exactly this text. */
const char *ajwt_conf_tree_quote(const char *text, apr_pool_t *pool);

/** Returns the place of a line: FILE:LINE. */
const char *ajwt_conf_tree_place(const ap_directive_t *line, apr_pool_t *pool);

/** Returns the place of a section: FILE:LINE, or a text for the server. */
const char *ajwt_conf_tree_section_place(const ajwt_conf_section *section,
                                         apr_pool_t *pool);

/** Whether a line is about access in httpd itself: Require, Satisfy, Order. */
int ajwt_conf_tree_is_access_rule(const ap_directive_t *line);

#endif
