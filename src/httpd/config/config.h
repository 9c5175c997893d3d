/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did the administrator configure?
 *
 * Everything is parsed, checked and compiled while the configuration is read:
 * what is wrong is found by `httpd -t`, and a request only follows pointers.
 */
#ifndef AJWT_HTTPD_CONFIG_CONFIG_H
#define AJWT_HTTPD_CONFIG_CONFIG_H

#include "config/directives.h"
#include "config/header_rule.h"
#include "config/issuer.h"
#include "config/token_source.h"
#include "config/trust.h"
#include "core/export.h"
#include "core/query.h"
#include "httpd/config/resource.h"
#include "httpd/module.h"
#include "keys/refresh_schedule.h"
#include "keys/source.h"
#include "net/http_fetch.h"

/* The name of the provider of mod_auth_basic's */
#define AJWT_PROVIDER "jwt"

/* Whether a request may go on without an accepted token */
typedef enum ajwt_optional {
    AJWT_OPTIONAL_OFF,
    AJWT_OPTIONAL_ON,    /* without a token */
    AJWT_OPTIONAL_REPORT /* with a bad one as well, which is logged */
} ajwt_optional;

/* What a section says; NULL: nothing */
typedef struct ajwt_section {
#define AJWT_SECTION_FIELD(directive, where, type, field, def, syntax) \
    type *field;
    AJWT_SECTION_DIRECTIVES(AJWT_SECTION_FIELD)
#undef AJWT_SECTION_FIELD
    int *is_provider; /* AuthBasicProvider names ours, or an alias of it */
} ajwt_section;

/* An AuthJWTAlgorithms line that names HS*, to be checked with its section */
typedef struct ajwt_hmac_line {
    const ajwt_section *section;
    const ap_directive_t *directive;
} ajwt_hmac_line;

/* One name after `query:`, and where it is written */
typedef struct ajwt_query_line {
    const server_rec *server;
    const char *name;
} ajwt_query_line;

/* What the server says about keys */
typedef struct ajwt_settings {
    ajwt_sources *sources;       /* all that any section names */
    apr_array_header_t *issuers; /* const ajwt_issuer *: each with each of its
                                    sources, once */
    ajwt_refresh_schedule schedule;
    ajwt_fetcher fetcher;
    const char *state_dir; /* NULL: none */
    int verdict_cache;     /* entries; 0: off */
    ajwt_section *defaults;
    int has_headers;                     /* any section has AuthJWTHeader */
    apr_array_header_t *hmac_lines;      /* ajwt_hmac_line */
    apr_array_header_t *resources;       /* ajwt_resource * */
    apr_array_header_t *documents;       /* ajwt_resource_document */
    apr_array_header_t *query_lines;     /* ajwt_query_line */
    const ajwt_query_names *query_names; /* all of them; NULL: none */
} ajwt_settings;

/** Before any directive is read, on every pass.  NULL, or an error. */
const char *ajwt_config_begin(apr_pool_t *pconf);

/** After all of them, on every pass: what only shows when seen together. */
const char *ajwt_config_end(apr_pool_t *pool, const server_rec *servers);

/** What was read; valid until the next ajwt_config_begin. */
const ajwt_settings *ajwt_config_settings(void);

/** What holds for a request: its sections, and the defaults. */
void ajwt_config_get(ajwt_section *section, const request_rec *r);

/** What holds in a section, as far as that is known without a request. */
void ajwt_config_at(ajwt_section *section, const ajwt_section *inner,
                    const server_rec *server);

/** The part of it that says what a token must be like. */
void ajwt_config_trust(ajwt_trust *trust, const ajwt_section *section);

void *ajwt_config_create(apr_pool_t *pool, char *where);
void *ajwt_config_merge(apr_pool_t *pool, void *outer, void *inner);
extern const command_rec ajwt_config_commands[];

#endif
