/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AuthJWTHeader: claims in request headers for a backend.
 *
 * httpd/request/sanitize removes fields with such names from client requests.
 */
#ifndef AJWT_CONFIG_HEADER_RULE_H
#define AJWT_CONFIG_HEADER_RULE_H

#include "config/args.h"
#include "config/token_source.h"
#include "core/claim_path.h"

typedef struct ajwt_header_rule {
    const char *name;
    const ajwt_claim_path *path;
} ajwt_header_rule;

/**
 * Parses AuthJWTHeader NAME PATH and adds it to headers, an array of
 * ajwt_header_rule, which is created with the first one. Returns NULL, or an
 * error message.
 */
const char *ajwt_header_rule_parse(apr_array_header_t **headers,
                                   const ajwt_args *args);

/**
 * NULL, or an error message if a section takes tokens from a header that it
 * also removes: because of AuthJWTHeader, or of AuthJWTExportPrefix. Each
 * argument except args may be NULL.
 */
const char *ajwt_header_rule_check(const apr_array_header_t *headers,
                                   const apr_array_header_t *token_sources,
                                   const char *prefix, const ajwt_args *args);

/**
 * NULL, or an error message with the common request header that a prefix would
 * remove.
 */
const char *ajwt_header_rule_check_prefix(const char *prefix,
                                          const ajwt_args *args);

/** Returns the rule for a name, with case and separators ignored, or NULL. */
const ajwt_header_rule *ajwt_header_rule_find(const apr_array_header_t *headers,
                                              const char *name);

#endif
