/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of a section and of the server, parsed from directives.
 *
 * Everything is parsed and checked while the configuration is read, so that
 * `httpd -t` reports errors and a request only follows pointers. httpd reads
 * directives from its configuration files, ajwt from its options.
 */
#ifndef AJWT_CONFIG_SECTION_H
#define AJWT_CONFIG_SECTION_H

#include "config/directives.h"
#include "config/issuer.h"
#include "config/resource_metadata.h"
#include "config/trust.h"
#include "core/export.h"
#include "keys/refresh_schedule.h"
#include "keys/source.h"
#include "net/http_fetch.h"

/* Whether a request may proceed without an accepted token */
typedef enum ajwt_optional {
    AJWT_OPTIONAL_OFF,
    AJWT_OPTIONAL_ON,    /* without a token */
    AJWT_OPTIONAL_REPORT /* also with a refused token, which is logged */
} ajwt_optional;

/* A field is NULL if the section does not set it. */
typedef struct ajwt_section {
#define AJWT_SECTION_FIELD(name, context, type, field, ...) type *field;
    AJWT_SECTION_DIRECTIVES(AJWT_SECTION_FIELD)
#undef AJWT_SECTION_FIELD
    int *is_provider; /* AuthBasicProvider names this module's provider, or
                         an alias of it */
} ajwt_section;

typedef struct ajwt_settings {
    ajwt_sources *sources;       /* of all sections */
    apr_array_header_t *issuers; /* const ajwt_issuer *: each pair of an
                                    issuer name and a source once */
    apr_hash_t *issuers_by_name; /* the same */
    apr_hash_t *issuer_lines;    /* const ajwt_issuer *, by the arguments of
                                    an AuthJWTIssuer line */
    apr_pool_t *scratch;         /* for the arguments of a line to look up */
    ajwt_refresh_schedule schedule;
    ajwt_fetcher fetcher;
    const char *state_dir; /* NULL: none */
    int verdict_cache;     /* entries; 0: off */
    int has_headers;       /* any section has AuthJWTHeader */
} ajwt_settings;

/* What a directive sets */
typedef struct ajwt_config_target {
    ajwt_section *section;
    ajwt_settings *settings;
    int is_temporary; /* for a .htaccess: valid until the end of the request */
} ajwt_config_target;

/* Indexes of the rows of AJWT_SECTION_DIRECTIVES and AJWT_SERVER_DIRECTIVES */
typedef enum ajwt_directive_id {
#define AJWT_DIRECTIVE_ID(name, ...) AJWT_ID_##name,
    AJWT_SECTION_DIRECTIVES(AJWT_DIRECTIVE_ID)
        AJWT_SERVER_DIRECTIVES(AJWT_DIRECTIVE_ID) AJWT_DIRECTIVE_COUNT
#undef AJWT_DIRECTIVE_ID
} ajwt_directive_id;

typedef enum ajwt_context {
    AJWT_CONTEXT_TRUST,
    AJWT_CONTEXT_RULE,
    AJWT_CONTEXT_SERVER
} ajwt_context;

typedef struct ajwt_directive {
    ajwt_directive_id id;
    const char *name;
    ajwt_context context;
    const char *def;           /* NULL: none */
    const char *option, *help; /* of ajwt; NULL: none */
} ajwt_directive;

/* Indexed by ajwt_directive_id */
extern const ajwt_directive ajwt_directives[];

/**
 * Parses the arguments of one directive into target. Returns NULL, or an error
 * message.
 */
const char *ajwt_directive_set(const ajwt_directive *directive,
                               const ajwt_config_target *target,
                               const ajwt_args *args);

/** Sets every default. Returns NULL, or an error message. */
const char *ajwt_directive_set_defaults(const ajwt_config_target *target,
                                        apr_pool_t *pool);

/** Initializes settings without values and without defaults. */
void ajwt_settings_init(ajwt_settings *settings, apr_pool_t *pool);

/** Merges two sections; inner takes precedence. */
void ajwt_section_merge(ajwt_section *merged, const ajwt_section *outer,
                        const ajwt_section *inner);

/** The part of a merged section that determines whether a token is accepted. */
void ajwt_section_trust(ajwt_trust *trust, const ajwt_section *section);

/** Whether one of its issuers has secret=. */
int ajwt_section_has_secret(const ajwt_section *section);

#endif
