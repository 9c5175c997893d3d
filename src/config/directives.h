/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which directives are there?  One row each: it drives the command table, the
 * default and the merge.
 *
 * A value is what its setter (httpd/config/config.c) makes of the words; NULL
 * says that a section does not set it.  The default is written as an
 * administrator would write it, and read by the same setter.
 */
#ifndef AJWT_CONFIG_DIRECTIVES_H
#define AJWT_CONFIG_DIRECTIVES_H

/* Whoever may write a .htaccess must not choose whom to trust. */
#define AJWT_TRUST (RSRC_CONF | ACCESS_CONF)
#define AJWT_RULE  (RSRC_CONF | ACCESS_CONF | OR_AUTHCFG)

/* clang-format off */

/* Of a section.  DIR(directive, where, type, field, default, syntax) */
#define AJWT_SECTION_DIRECTIVES(DIR) \
 DIR(AuthJWTIssuer,         AJWT_TRUST, ajwt_issuers,            issuers,       NULL,       "ISSUER [metadata=URL | jwks=URL | keys=PATH | secret=PATH] [algs=A,B] [audience=A,B] [audience-claim=NAME] [tenants=GUID,GUID | tenants=*]") \
 DIR(AuthJWTAudience,       AJWT_TRUST, apr_array_header_t,      audiences,     NULL,       "VALUE ... | *") \
 DIR(AuthJWTAlgorithms,     AJWT_TRUST, ajwt_alg_set,            algs,          "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA", "NAME ...") \
 DIR(AuthJWTLeeway,         AJWT_TRUST, int,                     leeway_s,      "60",       "SECONDS") \
 DIR(AuthJWTMaxLifetime,    AJWT_TRUST, int,                     max_lifetime_s, "0",       "SECONDS") \
 DIR(AuthJWTTokenType,      AJWT_TRUST, apr_array_header_t,      types,         "JWT at+jwt -", "TYPE ...") \
 DIR(AuthJWTRequiredClaims, AJWT_TRUST, apr_array_header_t,      required,      "exp",      "NAME ... | none") \
 DIR(AuthJWTTokenSource,    AJWT_TRUST, apr_array_header_t,      token_sources, "header",   "header | header:NAME | cookie:NAME | query:NAME ...") \
 DIR(AuthJWTForwardToken,   AJWT_RULE,  int,                     forwards_token, "On",      "On | Off") \
 DIR(AuthJWTOptional,       AJWT_TRUST, ajwt_optional,           optional,      "Off",      "Off | On | report") \
 DIR(AuthJWTPreflight,      AJWT_TRUST, int,                     preflight,     "Off",      "On | Off") \
 DIR(AuthJWTResource,       AJWT_TRUST, ajwt_resource,     resource,      NULL,       "IDENTIFIER [scopes=A,B] [documentation=URL]") \
 DIR(AuthJWTUser,           AJWT_RULE,  const apr_array_header_t, user,         "sub",      "CLAIM | {CLAIM}... | =TEXT ...") \
 DIR(AuthJWTExport,         AJWT_RULE,  const ajwt_export_rules, export_rules,  "all",      "all | none | PATH[=NAME] ...") \
 DIR(AuthJWTExportPrefix,   AJWT_RULE,  const char,              export_prefix, "JWT_CLAIM_", "PREFIX") \
 DIR(AuthJWTExportFormat,   AJWT_RULE,  ajwt_export_format,      export_format, "list",     "list | json") \
 DIR(AuthJWTHeader,         AJWT_TRUST, apr_array_header_t,      headers,       NULL,       "NAME PATH")

/* Of the whole server.  SRV(directive, field, default, syntax) */
#define AJWT_SERVER_DIRECTIVES(SRV) \
 SRV(AuthJWTRefresh,      refresh_s,  "3600",  "SECONDS") \
 SRV(AuthJWTStale,        stale_s,    "86400", "SECONDS") \
 SRV(AuthJWTCooldown,     cooldown_s, "30",    "SECONDS") \
 SRV(AuthJWTFetchTimeout, timeout_s,  "5",     "SECONDS") \
 SRV(AuthJWTFetchProxy,   proxy,      NULL,    "URL") \
 SRV(AuthJWTFetchCA,      ca_path,    NULL,    "PATH") \
 SRV(AuthJWTStateDir,     state_dir,  NULL,    "PATH") \
 SRV(AuthJWTVerdictCache, verdict_cache, "4096", "ENTRIES | off")

/* clang-format on */

#endif
