/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table of the directives, one row each: the command table, defaults, merging,
 * the options of ajwt and the checks of the documentation are generated from
 * it.
 *
 *   ROW(name, context, type, field, KIND, default, syntax, option, help)
 *
 * context: TRUST (server config, virtual host, directory) or RULE (.htaccess as
 *   well).  A user who can write .htaccess files must not choose whom to trust.
 * type *field: in ajwt_section; NULL where a section does not set it.
 * KIND: how the arguments are parsed, see config/section.c
 *   FLAG                      On or Off: int
 *   NUMBER(units, min, max)   int
 *   CHOICE(names)             the index of a name: int or enum
 *   LIST(parse)               array of const char *
 *   SPECIAL(set)              a function for this directive
 * default: as an administrator writes it; NULL: none.
 * option, help: of ajwt; NULL: it has none.
 */
#ifndef AJWT_CONFIG_DIRECTIVES_H
#define AJWT_CONFIG_DIRECTIVES_H

/* clang-format off */

/* Of a section */
#define AJWT_SECTION_DIRECTIVES(ROW) \
 ROW(AuthJWTIssuer,         TRUST, ajwt_issuers,            issuers,        SPECIAL(set_issuers),                          NULL,         "ISSUER [metadata=URL | jwks=URL | keys=PATH | secret=PATH] [algs=A,B] [audience=A,B] [audience-claim=NAME] [tenants=GUID,GUID | tenants=*]", "issuer", "\"ISSUER [OPTION=VALUE ...]\"  or plain arguments; repeatable") \
 ROW(AuthJWTAudience,       TRUST, apr_array_header_t,      audiences,      LIST(ajwt_args_audiences),                     NULL,         "VALUE ... | *",        "audience",        "\"VALUE ...\"") \
 ROW(AuthJWTAlgorithms,     TRUST, ajwt_alg_set,            algs,           SPECIAL(set_algs),                             "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA", "NAME ...", "algorithms", "\"NAME ...\"") \
 ROW(AuthJWTLeeway,         TRUST, int,                     leeway_s,       NUMBER("seconds", 0, AJWT_MAX_LEEWAY_S),       "60",         "SECONDS",              "leeway",          "SECONDS      default: 60") \
 ROW(AuthJWTMaxLifetime,    TRUST, int,                     max_lifetime_s, NUMBER("seconds", 0, AJWT_MAX_DIRECTIVE_S),    "0",          "SECONDS",              "max-lifetime",    "SECONDS      default: any") \
 ROW(AuthJWTTokenType,      TRUST, apr_array_header_t,      types,          LIST(ajwt_args_types),                         "JWT at+jwt -", "TYPE ...",           "token-type",      "\"TYPE ...\"   default: JWT at+jwt -") \
 ROW(AuthJWTRequiredClaims, TRUST, apr_array_header_t,      required,       LIST(ajwt_args_claims),                        "exp",        "NAME ... | none",      "required-claims", "\"NAME ...\"   default: exp; or none") \
 ROW(AuthJWTTokenSource,    TRUST, apr_array_header_t,      token_sources,  SPECIAL(set_token_sources),                    "header",     "header | header:NAME | cookie:NAME | query:NAME ...", NULL, NULL) \
 ROW(AuthJWTForwardToken,   RULE,  int,                     forwards_token, FLAG,                                          "On",         "On | Off",             NULL, NULL) \
 ROW(AuthJWTOptional,       TRUST, ajwt_optional,           optional,       CHOICE(ajwt_optional_names),                   "Off",        "Off | On | report",    NULL, NULL) \
 ROW(AuthJWTPreflight,      TRUST, int,                     preflight,      FLAG,                                          "Off",        "On | Off",             NULL, NULL) \
 ROW(AuthJWTResource,       TRUST, ajwt_resource,           resource,       SPECIAL(set_resource),                         NULL,         "IDENTIFIER [scopes=A,B] [documentation=URL]", NULL, NULL) \
 ROW(AuthJWTUser,           RULE,  const apr_array_header_t, user,          SPECIAL(set_user),                             "sub",        "CLAIM | {CLAIM}... | =TEXT ...", "user",  "\"CLAIM ...\"  default: sub") \
 ROW(AuthJWTExport,         RULE,  const ajwt_export_rules, export_rules,   SPECIAL(set_export_rules),                     "all",        "all | none | PATH[=NAME] ...", NULL, NULL) \
 ROW(AuthJWTExportPrefix,   RULE,  const char,              export_prefix,  SPECIAL(set_export_prefix),                    "JWT_CLAIM_", "PREFIX",               NULL, NULL) \
 ROW(AuthJWTExportFormat,   RULE,  ajwt_export_format,      export_format,  CHOICE(ajwt_export_format_names),              "list",       "list | json",          NULL, NULL) \
 ROW(AuthJWTHeader,         TRUST, apr_array_header_t,      headers,        SPECIAL(set_headers),                          NULL,         "NAME PATH",            NULL, NULL)

/*
 * Of the whole server: ROW(name, field, KIND, default, syntax, option, help);
 * field: in ajwt_settings, not a pointer.
 */
#define AJWT_SERVER_DIRECTIVES(ROW) \
 ROW(AuthJWTRefresh,      schedule.refresh_s,  NUMBER("seconds", 1, AJWT_MAX_DIRECTIVE_S),     "3600",  "SECONDS",       NULL, NULL) \
 ROW(AuthJWTStale,        schedule.stale_s,    NUMBER("seconds", 1, AJWT_MAX_DIRECTIVE_S),     "86400", "SECONDS",       NULL, NULL) \
 ROW(AuthJWTCooldown,     schedule.cooldown_s, NUMBER("seconds", 1, AJWT_MAX_DIRECTIVE_S),     "30",    "SECONDS",       NULL, NULL) \
 ROW(AuthJWTFetchTimeout, schedule.timeout_s,  NUMBER("seconds", 1, AJWT_MAX_FETCH_TIMEOUT_S), "5",     "SECONDS",       "timeout",     "SECONDS      limit for a whole fetch; default: 5") \
 ROW(AuthJWTFetchProxy,   fetcher.proxy,       SPECIAL(set_proxy),                             NULL,    "URL",           "fetch-proxy", "URL          HTTP proxy") \
 ROW(AuthJWTFetchCA,      fetcher.ca_path,     SPECIAL(set_ca_path),                           NULL,    "PATH",          "fetch-ca",    "PATH         CA certificates; default: the system's") \
 ROW(AuthJWTStateDir,     state_dir,           SPECIAL(set_state_dir),                         NULL,    "PATH",          NULL, NULL) \
 ROW(AuthJWTVerdictCache, verdict_cache,       SPECIAL(set_verdict_cache),                     "4096",  "ENTRIES | off", NULL, NULL)

/* clang-format on */

#endif
