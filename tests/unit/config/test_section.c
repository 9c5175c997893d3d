/* SPDX-License-Identifier: Apache-2.0 */
#include "support_source.h"

#include "config/header_rule.h"
#include "config/section.h"
#include "config/token_source.h"

#define JWKS "jwks=https://keys.example/jwks"

/* A section and a server that directives are parsed into */
typedef struct parsed {
    ajwt_section section;
    ajwt_settings settings;
    ajwt_config_target target;
} parsed;

static parsed *make_parsed(apr_pool_t *pool)
{
    parsed *made = apr_pcalloc(pool, sizeof *made);

    ajwt_settings_init(&made->settings, pool);
    made->target.section = &made->section;
    made->target.settings = &made->settings;
    return made;
}

static const char *set(parsed *config, ajwt_directive_id id, const char *words,
                       apr_pool_t *pool)
{
    const ajwt_directive *directive = &ajwt_directives[id];
    const ajwt_args args = support_line(directive->name, words, pool);

    return ajwt_directive_set(directive, &config->target, &args);
}

/* --- The value of each directive as text; NULL: not set */

static const char *print_number(const int *value, apr_pool_t *pool)
{
    return value ? apr_itoa(pool, *value) : NULL;
}

static const char *print_issuers(const ajwt_issuers *issuers, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    int i;

    for (i = 0; issuers && i < issuers->list->nelts; i++)
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(issuers->list, i, const ajwt_issuer *)->name;
    return issuers ? support_join(names, pool) : NULL;
}

static const char *print_sources(const apr_array_header_t *sources,
                                 apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    int i;

    for (i = 0; sources && i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);

        APR_ARRAY_PUSH(names, const char *) = apr_psprintf(
            pool, "%d:%s", source->place, source->name ? source->name : "");
    }
    return sources ? support_join(names, pool) : NULL;
}

static const char *print_export(const ajwt_export_rules *rules,
                                apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    int i;

    if (!rules || rules->all)
        return rules ? "all" : NULL;
    for (i = 0; i < rules->items->nelts; i++)
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(rules->items, i, ajwt_export_item).name;
    return support_join(names, pool);
}

static const char *print_headers(const apr_array_header_t *headers,
                                 apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    int i;

    for (i = 0; headers && i < headers->nelts; i++) {
        const ajwt_header_rule *header =
            &APR_ARRAY_IDX(headers, i, ajwt_header_rule);

        APR_ARRAY_PUSH(names, const char *) =
            apr_pstrcat(pool, header->name, "=", header->path->text, NULL);
    }
    return headers ? support_join(names, pool) : NULL;
}

static const char *print_value(const ajwt_section *section,
                               const ajwt_settings *settings,
                               ajwt_directive_id id, apr_pool_t *pool)
{
    switch (id) {
    case AJWT_ID_AuthJWTIssuer:
        return print_issuers(section->issuers, pool);
    case AJWT_ID_AuthJWTAudience:
        return support_join(section->audiences, pool);
    case AJWT_ID_AuthJWTAlgorithms:
        return section->algs ? ajwt_args_print_algs(*section->algs, ' ', pool)
                             : NULL;
    case AJWT_ID_AuthJWTLeeway:
        return print_number(section->leeway_s, pool);
    case AJWT_ID_AuthJWTMaxLifetime:
        return print_number(section->max_lifetime_s, pool);
    case AJWT_ID_AuthJWTTokenType:
        return support_join(section->types, pool);
    case AJWT_ID_AuthJWTRequiredClaims:
        return support_join(section->required, pool);
    case AJWT_ID_AuthJWTTokenSource:
        return print_sources(section->token_sources, pool);
    case AJWT_ID_AuthJWTForwardToken:
        return print_number(section->forwards_token, pool);
    case AJWT_ID_AuthJWTOptional:
        return section->optional ? apr_itoa(pool, (int)*section->optional)
                                 : NULL;
    case AJWT_ID_AuthJWTPreflight:
        return print_number(section->preflight, pool);
    case AJWT_ID_AuthJWTResource:
        return section->resource ? section->resource->identifier : NULL;
    case AJWT_ID_AuthJWTUser:
        return section->user ? apr_itoa(pool, section->user->nelts) : NULL;
    case AJWT_ID_AuthJWTExport:
        return print_export(section->export_rules, pool);
    case AJWT_ID_AuthJWTExportPrefix:
        return section->export_prefix;
    case AJWT_ID_AuthJWTExportFormat:
        return section->export_format
                   ? apr_itoa(pool, (int)*section->export_format)
                   : NULL;
    case AJWT_ID_AuthJWTHeader:
        return print_headers(section->headers, pool);
    case AJWT_ID_AuthJWTRefresh:
        return print_number(&settings->schedule.refresh_s, pool);
    case AJWT_ID_AuthJWTStale:
        return print_number(&settings->schedule.stale_s, pool);
    case AJWT_ID_AuthJWTCooldown:
        return print_number(&settings->schedule.cooldown_s, pool);
    case AJWT_ID_AuthJWTFetchTimeout:
        return print_number(&settings->schedule.timeout_s, pool);
    case AJWT_ID_AuthJWTFetchProxy:
        return settings->fetcher.proxy;
    case AJWT_ID_AuthJWTFetchCA:
        return settings->fetcher.ca_path;
    case AJWT_ID_AuthJWTStateDir:
        return settings->state_dir;
    case AJWT_ID_AuthJWTVerdictCache:
        return print_number(&settings->verdict_cache, pool);
    case AJWT_DIRECTIVE_COUNT:
        break;
    }
    return NULL;
}

/* --- Parsing */

typedef struct row_case {
    ajwt_directive_id id;
    const char *words;
    const char *value; /* as print_value returns it; NULL: refused */
    const char *error; /* NULL, or a part of the message */
} row_case;

#define ACCEPTED(name, words, value)       \
    {                                      \
        AJWT_ID_##name, words, value, NULL \
    }
#define REFUSED(name, words, error)        \
    {                                      \
        AJWT_ID_##name, words, NULL, error \
    }

static const row_case rows[] = {
    ACCEPTED(AuthJWTIssuer, "a " JWKS, "a"),
    REFUSED(AuthJWTIssuer, "a b=c", "'b=c'"),
    REFUSED(AuthJWTIssuer, "a keys=/nonexistent/keys", "/nonexistent/keys"),

    ACCEPTED(AuthJWTAudience, "a b", "a|b"),
    ACCEPTED(AuthJWTAudience, "*", "*"),
    REFUSED(AuthJWTAudience, "", "audience"),
    REFUSED(AuthJWTAudience, "a *", "*"),

    ACCEPTED(AuthJWTAlgorithms, "ES256 RS256", "RS256 ES256"),
    REFUSED(AuthJWTAlgorithms, "", SUPPORT_ALGS_NAMED),
    REFUSED(AuthJWTAlgorithms, "RS257", "'RS257'"),
    REFUSED(AuthJWTAlgorithms, "none", "'none'"),
    REFUSED(AuthJWTAlgorithms, "RS256,ES256", "'RS256,ES256'"),

    ACCEPTED(AuthJWTLeeway, "0", "0"),
    ACCEPTED(AuthJWTLeeway, "300", "300"),
    REFUSED(AuthJWTLeeway, "", "seconds"),
    REFUSED(AuthJWTLeeway, "301", "from 0 to 300"),
    REFUSED(AuthJWTLeeway, "-1", "'-1'"),
    REFUSED(AuthJWTLeeway, "1m", "'1m'"),
    REFUSED(AuthJWTLeeway, "1 2", "seconds"),

    ACCEPTED(AuthJWTMaxLifetime, "0", "0"),
    ACCEPTED(AuthJWTMaxLifetime, "315360000", "315360000"),
    REFUSED(AuthJWTMaxLifetime, "315360001", "from 0 to 315360000"),

    ACCEPTED(AuthJWTTokenType, "at+jwt -", "at+jwt|-"),
    REFUSED(AuthJWTTokenType, "", "type"),

    ACCEPTED(AuthJWTRequiredClaims, "exp sub", "exp|sub"),
    ACCEPTED(AuthJWTRequiredClaims, "None", ""),
    REFUSED(AuthJWTRequiredClaims, "", "none"),
    REFUSED(AuthJWTRequiredClaims, "exp none", "none"),

    ACCEPTED(AuthJWTTokenSource, "header cookie:Token query:t",
             "0:|2:Token|3:t"),
    REFUSED(AuthJWTTokenSource, "", "header"),
    REFUSED(AuthJWTTokenSource, "body:t", "'body:t'"),
    REFUSED(AuthJWTTokenSource, "header:X-Jwt header:x_jwt", "header:x_jwt"),

    ACCEPTED(AuthJWTForwardToken, "off", "0"),
    ACCEPTED(AuthJWTForwardToken, "ON", "1"),
    REFUSED(AuthJWTForwardToken, "", "On or Off"),
    REFUSED(AuthJWTForwardToken, "yes", "On or Off"),

    ACCEPTED(AuthJWTOptional, "off", "0"),
    ACCEPTED(AuthJWTOptional, "On", "1"),
    ACCEPTED(AuthJWTOptional, "REPORT", "2"),
    REFUSED(AuthJWTOptional, "", "Off, On or report"),
    REFUSED(AuthJWTOptional, "On report", "Off, On or report"),

    ACCEPTED(AuthJWTPreflight, "On", "1"),
    REFUSED(AuthJWTPreflight, "1", "On or Off"),

    ACCEPTED(AuthJWTResource, "https://api.example/orders scopes=a,b",
             "https://api.example/orders"),
    REFUSED(AuthJWTResource, "https://api.example/?q", "?q"),

    ACCEPTED(AuthJWTUser, "preferred_username sub", "2"),
    REFUSED(AuthJWTUser, "{sub", ""),

    ACCEPTED(AuthJWTExport, "all", "all"),
    ACCEPTED(AuthJWTExport, "none", ""),
    ACCEPTED(AuthJWTExport, "sub email=MAIL", "sub|MAIL"),
    REFUSED(AuthJWTExport, "", "all"),

    ACCEPTED(AuthJWTExportPrefix, "OIDC_CLAIM_", "OIDC_CLAIM_"),
    REFUSED(AuthJWTExportPrefix, "", "prefix"),
    REFUSED(AuthJWTExportPrefix, "a b", "prefix"),
    REFUSED(AuthJWTExportPrefix, "Sec-", "'Sec-'"),

    ACCEPTED(AuthJWTExportFormat, "json", "1"),
    REFUSED(AuthJWTExportFormat, "xml", "list or json"),

    ACCEPTED(AuthJWTHeader, "X-User sub", "X-User=sub"),
    REFUSED(AuthJWTHeader, "X-User", "X-User sub"),
    REFUSED(AuthJWTHeader, "Content-Length sub", "Content-Length"),

    ACCEPTED(AuthJWTRefresh, "1", "1"),
    REFUSED(AuthJWTRefresh, "0", "from 1 to 315360000"),
    ACCEPTED(AuthJWTStale, "1", "1"),
    REFUSED(AuthJWTStale, "0", "from 1 to 315360000"),
    ACCEPTED(AuthJWTCooldown, "1", "1"),
    REFUSED(AuthJWTCooldown, "0", "from 1 to 315360000"),
    ACCEPTED(AuthJWTFetchTimeout, "60", "60"),
    REFUSED(AuthJWTFetchTimeout, "61", "from 1 to 60"),

    ACCEPTED(AuthJWTFetchProxy, "http://proxy.example:3128",
             "http://proxy.example:3128"),
    REFUSED(AuthJWTFetchProxy, "", "URL"),
    REFUSED(AuthJWTFetchProxy, "socks5://proxy.example",
            "'socks5://proxy.example'"),

    REFUSED(AuthJWTFetchCA, "", "path"),
    REFUSED(AuthJWTFetchCA, "/nonexistent/ca.pem", "/nonexistent/ca.pem"),

    ACCEPTED(AuthJWTStateDir, "/nonexistent", "/nonexistent"),
    REFUSED(AuthJWTStateDir, "", "path"),
    REFUSED(AuthJWTStateDir, "a b", "path"),

    ACCEPTED(AuthJWTVerdictCache, "OFF", "0"),
    ACCEPTED(AuthJWTVerdictCache, "16", "16"),
    REFUSED(AuthJWTVerdictCache, "15", "from 16 to 1048576"),
    REFUSED(AuthJWTVerdictCache, "", "entries"),
};

static void check_error(const char *what, const char *error,
                        const row_case *row)
{
    const char *name = ajwt_directives[row->id].name;
    const apr_size_t len = strlen(name);

    support_expect(what, error != NULL);
    if (!error)
        return;
    support_expect(
        apr_pstrcat(support_root(), what, ": begins with its name", NULL),
        strncmp(error, name, len) == 0 && strncmp(error + len, ": ", 2) == 0);
    support_expect(apr_pstrcat(support_root(), what, ": ", error, NULL),
                   strstr(error, row->error) != NULL);
}

static void parses_each_kind_of_row(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(rows); i++) {
        const row_case *row = &rows[i];
        parsed *config = make_parsed(*state);
        const char *what = apr_pstrcat(*state, ajwt_directives[row->id].name,
                                       " ", row->words, NULL);
        const char *error = set(config, row->id, row->words, *state);

        if (row->error) {
            check_error(what, error, row);
            continue;
        }
        support_expect_text(what, error, NULL);
        support_expect_text(
            what,
            print_value(&config->section, &config->settings, row->id, *state),
            row->value);
    }
}

/* A new row of the table needs cases here. */
static void has_a_case_for_each_row(void **state)
{
    int id;
    size_t i;

    (void)state;
    for (id = 0; id < AJWT_DIRECTIVE_COUNT; id++) {
        int has_refused = 0;

        for (i = 0; i < SUPPORT_COUNT(rows); i++)
            has_refused |= (int)rows[i].id == id && rows[i].error;
        support_expect(ajwt_directives[id].name, has_refused);
        support_expect(ajwt_directives[id].name,
                       (int)ajwt_directives[id].id == id);
    }
}

static void parses_a_ca_file(void **state)
{
    const char *path =
        support_write_text(support_folder(*state), "ca.pem",
                           support_certificate_pem("P-256", *state), *state);
    parsed *config = make_parsed(*state);

    support_expect_text(
        "error", set(config, AJWT_ID_AuthJWTFetchCA, path, *state), NULL);
    support_expect_text("path", config->settings.fetcher.ca_path, path);
}

/* --- Several lines of one section */

static void adds_issuers_and_headers(void **state)
{
    parsed *config = make_parsed(*state);

    support_expect_text(
        "first", set(config, AJWT_ID_AuthJWTIssuer, "a " JWKS, *state), NULL);
    support_expect_text(
        "second", set(config, AJWT_ID_AuthJWTIssuer, "b " JWKS, *state), NULL);
    support_expect(
        "twice", set(config, AJWT_ID_AuthJWTIssuer, "b " JWKS, *state) != NULL);
    support_expect_text("issuers",
                        print_issuers(config->section.issuers, *state), "a|b");
    support_expect("one source", config->settings.sources->list->nelts == 1);
    support_expect("both for the log", config->settings.issuers->nelts == 2);

    (void)set(config, AJWT_ID_AuthJWTHeader, "X-User sub", *state);
    (void)set(config, AJWT_ID_AuthJWTHeader, "X-Mail email", *state);
    support_expect("twice", set(config, AJWT_ID_AuthJWTHeader, "x_user iss",
                                *state) != NULL);
    support_expect_text("headers",
                        print_headers(config->section.headers, *state),
                        "X-User=sub|X-Mail=email");
    support_expect("has_headers", config->settings.has_headers);
}

/* A section must not remove the header that it takes tokens from. */
static void refuses_a_header_that_is_removed(void **state)
{
    parsed *config = make_parsed(*state);

    support_expect_text(
        "source",
        set(config, AJWT_ID_AuthJWTTokenSource, "header:X-Token", *state),
        NULL);
    support_expect("header", set(config, AJWT_ID_AuthJWTHeader, "x-token sub",
                                 *state) != NULL);
    config = make_parsed(*state);
    (void)set(config, AJWT_ID_AuthJWTExportPrefix, "X_TOK", *state);
    support_expect("prefix", set(config, AJWT_ID_AuthJWTTokenSource,
                                 "header:X-Token", *state) != NULL);
}

static void marks_rules_of_htaccess_files(void **state)
{
    parsed *config = make_parsed(*state);

    (void)set(config, AJWT_ID_AuthJWTExport, "sub", *state);
    support_expect("lasting", config->section.export_rules->is_lasting);
    config->target.is_temporary = 1;
    (void)set(config, AJWT_ID_AuthJWTExport, "sub", *state);
    support_expect("temporary", !config->section.export_rules->is_lasting);
}

static void has_secret_only_with_secret(void **state)
{
    const char *path = support_write(support_folder(*state), "secret",
                                     support_key_named("oct")->secret, *state);
    parsed *config = make_parsed(*state);

    (void)set(config, AJWT_ID_AuthJWTIssuer, "a " JWKS, *state);
    support_expect("jwks=", !ajwt_section_has_secret(&config->section));
    support_expect_text(
        "secret=",
        set(config, AJWT_ID_AuthJWTIssuer,
            apr_pstrcat((apr_pool_t *)*state, "b secret=", path, NULL), *state),
        NULL);
    support_expect("and secret=", ajwt_section_has_secret(&config->section));
}

/* --- Defaults and merging */

static const struct {
    ajwt_directive_id id;
    const char *value; /* NULL: none */
} defaults[] = {
    {AJWT_ID_AuthJWTIssuer, NULL},
    {AJWT_ID_AuthJWTAudience, NULL},
    {AJWT_ID_AuthJWTAlgorithms,
     "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 "
     "Ed448"},
    {AJWT_ID_AuthJWTLeeway, "60"},
    {AJWT_ID_AuthJWTMaxLifetime, "0"},
    {AJWT_ID_AuthJWTTokenType, "JWT|at+jwt|-"},
    {AJWT_ID_AuthJWTRequiredClaims, "exp"},
    {AJWT_ID_AuthJWTTokenSource, "0:"},
    {AJWT_ID_AuthJWTForwardToken, "1"},
    {AJWT_ID_AuthJWTOptional, "0"},
    {AJWT_ID_AuthJWTPreflight, "0"},
    {AJWT_ID_AuthJWTResource, NULL},
    {AJWT_ID_AuthJWTUser, "1"},
    {AJWT_ID_AuthJWTExport, "all"},
    {AJWT_ID_AuthJWTExportPrefix, "JWT_CLAIM_"},
    {AJWT_ID_AuthJWTExportFormat, "0"},
    {AJWT_ID_AuthJWTHeader, NULL},
    {AJWT_ID_AuthJWTRefresh, "3600"},
    {AJWT_ID_AuthJWTStale, "86400"},
    {AJWT_ID_AuthJWTCooldown, "30"},
    {AJWT_ID_AuthJWTFetchTimeout, "5"},
    {AJWT_ID_AuthJWTFetchProxy, NULL},
    {AJWT_ID_AuthJWTFetchCA, NULL},
    {AJWT_ID_AuthJWTStateDir, NULL},
    {AJWT_ID_AuthJWTVerdictCache, "4096"},
};

static void sets_each_default(void **state)
{
    parsed *config = make_parsed(*state);
    size_t i;

    support_expect_text(
        "error", ajwt_directive_set_defaults(&config->target, *state), NULL);
    support_expect("all", SUPPORT_COUNT(defaults) == AJWT_DIRECTIVE_COUNT);
    for (i = 0; i < SUPPORT_COUNT(defaults); i++)
        support_expect_text(ajwt_directives[defaults[i].id].name,
                            print_value(&config->section, &config->settings,
                                        defaults[i].id, *state),
                            defaults[i].value);
}

/* Each field is taken from inner if it is set there, otherwise from outer. */
static void merges_each_field(void **state)
{
    parsed *outer = make_parsed(*state), *inner = make_parsed(*state);
    ajwt_section merged;
    size_t i;

    (void)ajwt_directive_set_defaults(&outer->target, *state);
    (void)set(outer, AJWT_ID_AuthJWTIssuer, "outer " JWKS, *state);
    (void)set(outer, AJWT_ID_AuthJWTHeader, "X-Outer sub", *state);
    ajwt_section_merge(&merged, &outer->section, &inner->section);
    support_expect("nothing in inner",
                   memcmp(&merged, &outer->section, sizeof merged) == 0);
    for (i = 0; i < SUPPORT_COUNT(rows); i++) {
        const row_case *row = &rows[i];
        parsed *one = make_parsed(*state);

        if (row->error ||
            ajwt_directives[row->id].context == AJWT_CONTEXT_SERVER)
            continue;
        (void)set(one, row->id, row->words, *state);
        ajwt_section_merge(&merged, &outer->section, &one->section);
        support_expect_text(
            ajwt_directives[row->id].name,
            print_value(&merged, &outer->settings, row->id, *state),
            row->value);
        (void)set(inner, row->id, row->words, *state);
    }
    ajwt_section_merge(&merged, &outer->section, &inner->section);
    support_expect_text("issuers replace",
                        print_issuers(merged.issuers, *state), "a");
    support_expect_text("headers replace",
                        print_headers(merged.headers, *state), "X-User=sub");
    support_expect("a field not set in inner",
                   merged.is_provider == outer->section.is_provider);
}

static void merges_the_provider(void **state)
{
    ajwt_section outer = {0}, inner = {0}, merged;
    int on = 1, off = 0;

    (void)state;
    outer.is_provider = &on;
    ajwt_section_merge(&merged, &outer, &inner);
    support_expect("outer", merged.is_provider == &on);
    inner.is_provider = &off;
    ajwt_section_merge(&merged, &outer, &inner);
    support_expect("inner", merged.is_provider == &off);
}

static void trusts_what_the_section_sets(void **state)
{
    parsed *config = make_parsed(*state);
    ajwt_trust trust;

    (void)ajwt_directive_set_defaults(&config->target, *state);
    (void)set(config, AJWT_ID_AuthJWTIssuer, "a " JWKS, *state);
    (void)set(config, AJWT_ID_AuthJWTAudience, "api", *state);
    (void)set(config, AJWT_ID_AuthJWTLeeway, "7", *state);
    (void)set(config, AJWT_ID_AuthJWTMaxLifetime, "11", *state);
    ajwt_section_trust(&trust, &config->section);
    support_expect("issuers", trust.issuers == config->section.issuers);
    support_expect_text("audiences", support_join(trust.audiences, *state),
                        "api");
    support_expect_text("types", support_join(trust.types, *state),
                        "JWT|at+jwt|-");
    support_expect_text("required", support_join(trust.required, *state),
                        "exp");
    support_expect("algs", trust.algs == *config->section.algs);
    support_expect("leeway", trust.leeway_s == 7);
    support_expect("max_lifetime", trust.max_lifetime_s == 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(parses_each_kind_of_row),
        SUPPORT_TEST(has_a_case_for_each_row),
        SUPPORT_TEST(parses_a_ca_file),
        SUPPORT_TEST(adds_issuers_and_headers),
        SUPPORT_TEST(refuses_a_header_that_is_removed),
        SUPPORT_TEST(marks_rules_of_htaccess_files),
        SUPPORT_TEST(has_secret_only_with_secret),
        SUPPORT_TEST(sets_each_default),
        SUPPORT_TEST(merges_each_field),
        SUPPORT_TEST(merges_the_provider),
        SUPPORT_TEST(trusts_what_the_section_sets),
    };

    return SUPPORT_RUN(tests);
}
