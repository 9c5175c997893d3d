/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AuthJWTHeader: claims in request headers, for a backend.
 *
 * httpd/request/sanitize removes what a client sends under such a name.
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
 * AuthJWTHeader NAME PATH, added to headers, an array of ajwt_header_rule that
 * is made for the first.  NULL, or an error in words.
 */
const char *ajwt_header_rule_parse(apr_array_header_t **headers,
                                   const ajwt_args *args);

/**
 * NULL, or what is wrong when a section takes tokens from a header that it also
 * removes: as one of AuthJWTHeader, or as one with AuthJWTExportPrefix.  Any of
 * them may be NULL.
 */
const char *ajwt_header_rule_check(const apr_array_header_t *headers,
                                   const apr_array_header_t *token_sources,
                                   const char *prefix, const ajwt_args *args);

/** NULL, or the header of ordinary requests that a prefix would remove. */
const char *ajwt_header_rule_check_prefix(const char *prefix,
                                          const ajwt_args *args);

/** That of a name, in whatever spelling, or NULL. */
const ajwt_header_rule *ajwt_header_rule_find(const apr_array_header_t *headers,
                                              const char *name);

#endif
