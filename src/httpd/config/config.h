/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's configuration in httpd: directives, sections, merging.
 *
 * config/section parses the arguments; this module registers the directives and
 * keeps where they are.
 */
#ifndef AJWT_HTTPD_CONFIG_CONFIG_H
#define AJWT_HTTPD_CONFIG_CONFIG_H

#include "config/section.h"
#include "core/query.h"
#include "httpd/module.h"

/* The name of the provider for AuthBasicProvider */
#define AJWT_PROVIDER "jwt"

/**
 * Begins a pass over the configuration, before any directive is read.  Returns
 * NULL or an error.
 */
const char *ajwt_config_begin(apr_pool_t *pconf);

/**
 * Ends a pass, after all directives were read: checks that need all of them.
 */
const char *ajwt_config_end(apr_pool_t *pool, const server_rec *servers);

/** The server-wide settings; valid until the next ajwt_config_begin. */
const ajwt_settings *ajwt_config_settings(void);

/** The documents of AuthJWTResource: ajwt_metadata_document. */
const apr_array_header_t *ajwt_config_documents(void);

/** The parameter names after `query:` in any section; NULL: none. */
const ajwt_query_names *ajwt_config_query_names(void);

/** Gets the settings of a request: its sections and the defaults. */
void ajwt_config_get(ajwt_section *section, const request_rec *r);

/**
 * Gets the settings of a section, as far as they are known without a request.
 */
void ajwt_config_at(ajwt_section *section, const ajwt_section *inner,
                    const server_rec *server);

void *ajwt_config_create(apr_pool_t *pool, char *where);
void *ajwt_config_merge(apr_pool_t *pool, void *outer, void *inner);
extern const command_rec ajwt_config_commands[];

#endif
