/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what is a token to be checked: what do these options say?
 *
 * Each option stands for a directive, has its syntax and its default, and is
 * read by the same rooms of the floors below as the directive; so is what
 * httpd's own dump says.
 */
#ifndef AJWT_CLI_OPTIONS_H
#define AJWT_CLI_OPTIONS_H

#include "cli/command.h"
#include "config/trust.h"
#include "net/http_fetch.h"

/* clang-format off */
/* ROW(id, option, directive, default, help) */
#define AJWT_TRUST_OPTIONS(ROW) \
 ROW(ISSUER,    "issuer",          "AuthJWTIssuer",         NULL,  "\"ISSUER [OPTION=VALUE ...]\"  or as plain words; again") \
 ROW(AUDIENCE,  "audience",        "AuthJWTAudience",       NULL,  "\"VALUE ...\"") \
 ROW(ALGS,      "algorithms",      "AuthJWTAlgorithms",     "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA", "\"NAME ...\"") \
 ROW(LEEWAY,    "leeway",          "AuthJWTLeeway",         "60",  "SECONDS      default: 60") \
 ROW(LIFETIME,  "max-lifetime",    "AuthJWTMaxLifetime",    "0",   "SECONDS      default: any") \
 ROW(TYPES,     "token-type",      "AuthJWTTokenType",      "JWT at+jwt -", "\"TYPE ...\"   default: JWT at+jwt -") \
 ROW(REQUIRED,  "required-claims", "AuthJWTRequiredClaims", "exp", "\"NAME ...\"   default: exp; or none") \
 ROW(USER,      "user",            "AuthJWTUser",           "sub", "\"CLAIM ...\"  default: sub") \
 ROW(REQUIRE,   "require",         "Require",               NULL,  "LINE         what stands behind Require; again")
#define AJWT_FETCH_OPTIONS(ROW) \
 ROW(TIMEOUT,   "timeout",         "AuthJWTFetchTimeout",   "5",   "SECONDS      of a whole fetch; default: 5") \
 ROW(PROXY,     "fetch-proxy",     "AuthJWTFetchProxy",     NULL,  "URL          HTTP proxy") \
 ROW(CA,        "fetch-ca",        "AuthJWTFetchCA",        NULL,  "PATH         CA certificates; default: the system's")
/* clang-format on */

enum {
    AJWT_BEFORE_OPTIONS = AJWT_OPTION_FIRST - 1,
#define AJWT_OPTION_ID(id, option, directive, def, help) AJWT_OPTION_##id,
    AJWT_TRUST_OPTIONS(AJWT_OPTION_ID) AJWT_FETCH_OPTIONS(AJWT_OPTION_ID)
#undef AJWT_OPTION_ID
        AJWT_OPTION_NEXT
};

/* A row for a command's own table */
#define AJWT_OPTION_ROW(id, option, directive, def, help) \
    {option, AJWT_OPTION_##id, 1, help},

typedef struct ajwt_options {
    apr_pool_t *pool;
    const char *folder; /* whence paths go; NULL: where we are */
    ajwt_sources *sources;
    ajwt_issuers *issuers; /* NULL: none yet */
    ajwt_trust trust;
    const apr_array_header_t *user; /* for core/user_name */
    const char *user_words;         /* the same, as it was written */
    apr_array_header_t *require;    /* const char *: lines, and <Require...> */
    apr_array_header_t *aliases;    /* const char *: <AuthzProviderAlias...> */
    apr_array_header_t *token_sources; /* const char *: AuthJWTTokenSource of a
                                          section; NULL: no section is known */
    int is_basic;                      /* the section has AuthType Basic */
    ajwt_fetcher fetcher;
    int timeout_s;
} ajwt_options;

/** With the defaults. */
ajwt_options *ajwt_options_make(apr_pool_t *pool);

/** Whether option is one of these; it is read, or the process ends. */
int ajwt_options_parse(ajwt_options *options, int option, const char *argument);

/** The same of what stands behind a directive; others are left alone. */
void ajwt_options_parse_directive(ajwt_options *options, const char *directive,
                                  const char *line);

/** The words that are left: ISSUER [OPTION=VALUE ...]; or none. */
void ajwt_options_parse_args(ajwt_options *options, apr_getopt_t *line);

/** The words of a line, as httpd parts them: const char *. */
apr_array_header_t *ajwt_options_split(const char *line, apr_pool_t *pool);

/** Whether one of these lines (const char *) is of that name and has word. */
int ajwt_options_has(const apr_array_header_t *lines, const char *name,
                     const char *word, apr_pool_t *pool);

#endif
