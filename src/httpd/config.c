#include "httpd/config.h"

#include <apr_file_info.h>
#include <apr_strings.h>

#include "core/claims.h"
#include "core/limits.h"
#include "core/user.h"

/* Words of a directive, and where to say what is wrong with them */
typedef struct words {
    cmd_parms *cmd;
    int count;
    char *const *word;
} words;

static ajwt_settings *settings;

static const char *fail(const words *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Every message names the directive; httpd adds file and line. */
static const char *fail(const words *in, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = apr_pvsprintf(in->cmd->pool, format, arguments);
    va_end(arguments);
    return apr_pstrcat(in->cmd->pool, in->cmd->cmd->name, ": ", text, NULL);
}

static apr_array_header_t *to_array(const words *in)
{
    apr_array_header_t *array =
        apr_array_make(in->cmd->pool, in->count, sizeof(const char *));
    int i;

    for (i = 0; i < in->count; i++)
        APR_ARRAY_PUSH(array, const char *) = in->word[i];
    return array;
}

static apr_array_header_t *split_commas(apr_pool_t *pool, const char *text)
{
    apr_array_header_t *array = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *item = apr_strtok(apr_pstrdup(pool, text), ",", &last);

    for (; item; item = apr_strtok(NULL, ",", &last))
        APR_ARRAY_PUSH(array, const char *) = item;
    return array;
}

static const char *set_number(int *value, const words *in, int least, int most)
{
    char *end;
    apr_int64_t number;

    if (in->count != 1)
        return fail(in, "write one number of seconds");
    number = apr_strtoi64(in->word[0], &end, 10);
    if (*end || end == in->word[0] || number < least || number > most)
        return fail(in, "'%s' is no number of seconds from %d to %d",
                    in->word[0], least, most);
    *value = (int)number;
    return NULL;
}

static const char *parse_algs(ajwt_alg_set *algs, const words *in,
                              const apr_array_header_t *names)
{
    int i;

    *algs = 0;
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

        if (strcasecmp(name, "none") == 0)
            return fail(in, "'none' is no signature and is never accepted");
        if (!alg)
            return fail(in,
                        "'%s' is no algorithm; there are RS256 RS384 RS512 "
                        "PS256 PS384 PS512 ES256 ES384 ES512 ES256K EdDSA "
                        "Ed25519 Ed448, and for secrets HS256 HS384 HS512",
                        name);
        *algs |= alg->means;
    }
    return *algs ? NULL : fail(in, "name an algorithm");
}

static const char *parse_audiences(apr_array_header_t **audiences,
                                   const words *in, apr_array_header_t *names)
{
    int i;

    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);

        if (!*name)
            return fail(in, "an audience is empty");
        if (strcmp(name, "*") == 0 && names->nelts > 1)
            return fail(in, "* accepts any audience and stands alone");
    }
    *audiences = names;
    return names->nelts ? NULL : fail(in, "name an audience");
}

/* The options of one AuthJWTIssuer line, as written */
typedef struct issuer_options {
    const char *metadata, *jwks, *keys, *secret;
    const char *algs, *audience, *audience_claim;
} issuer_options;

static const char *read_option(issuer_options *options, const words *in,
                               const char *word)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"metadata", &options->metadata},
                 {"jwks", &options->jwks},
                 {"keys", &options->keys},
                 {"secret", &options->secret},
                 {"algs", &options->algs},
                 {"audience", &options->audience},
                 {"audience-claim", &options->audience_claim}};
    const char *mark = strchr(word, '=');
    apr_size_t len = mark ? (apr_size_t)(mark - word) : 0, i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (len != strlen(known[i].name) ||
            strncasecmp(word, known[i].name, len) != 0)
            continue;
        if (*known[i].value)
            return fail(in, "%s= stands twice", known[i].name);
        if (!mark[1])
            return fail(in, "%s= has no value", known[i].name);
        *known[i].value = mark + 1;
        return NULL;
    }
    return fail(in,
                "'%s' is no option; there are metadata= jwks= keys= secret= "
                "algs= audience= audience-claim=",
                word);
}

static const char *root_relative(const words *in, const char *path)
{
    return ap_server_root_relative(in->cmd->pool, path);
}

static const char *add_source(ajwt_issuer *issuer, const words *in,
                              const issuer_options *options)
{
    apr_pool_t *pool = in->cmd->pool;
    const char *error;
    ajwt_source *source;

    if (options->keys)
        source = ajwt_source_from_file(&error, root_relative(in, options->keys),
                                       pool);
    else if (options->secret)
        source = ajwt_source_from_secret(
            &error, root_relative(in, options->secret), pool);
    else if (options->jwks)
        source = ajwt_source_from_jwks(&error, options->jwks, pool);
    else
        source = ajwt_source_from_discovery(&error, issuer->name,
                                            options->metadata, pool);
    if (source) {
        issuer->source = ajwt_sources_add(settings->sources, source);
        return NULL;
    }
    if (!options->keys && !options->secret && !options->jwks &&
        !options->metadata)
        return fail(in,
                    "%s: %s: so this issuer names no discovery document; add "
                    "metadata=URL, jwks=URL, keys=PATH or secret=PATH",
                    issuer->name, error);
    return fail(in, "%s", error);
}

static const char *check_one_source(const words *in, const char *name,
                                    const issuer_options *options)
{
    int count = !!options->metadata + !!options->jwks + !!options->keys +
                !!options->secret;

    if (count > 1)
        return fail(in, "write one of metadata= jwks= keys= secret=, not %d",
                    count);
    if (strcmp(name, "*") == 0 && (count == 0 || options->metadata))
        return fail(in, "* names no discovery document: add jwks=URL, "
                        "keys=PATH or secret=PATH");
    if (strchr(name, '{'))
        return fail(in,
                    "'%s' is a template, and templates are not supported: "
                    "write the issuer as tokens have it",
                    name);
    return NULL;
}

static ajwt_alg_set algs_of_secret(const ajwt_source *source)
{
    return APR_ARRAY_IDX(source->secret->keys, 0, ajwt_key).algs;
}

/* HS never meets a public key: RFC 8725 3.1, and 2.1 for what happened. */
static const char *check_algs(const ajwt_issuer *issuer, const words *in)
{
    const ajwt_source *source = issuer->source;

    if (source->kind == AJWT_SOURCE_SECRET) {
        if (issuer->algs & ~AJWT_ALGS_HMAC)
            return fail(in, "secret= goes with HS256, HS384 and HS512 alone");
        if (issuer->algs & ~algs_of_secret(source))
            return fail(in, "the secret is too short for one of algs=: 48 "
                            "octets for HS384, 64 for HS512");
    }
    else if (ajwt_source_is_remote(source) && (issuer->algs & AJWT_ALGS_HMAC)) {
        return fail(in, "HS algorithms need secret= or keys=: a key set that "
                        "was fetched holds no secrets");
    }
    return NULL;
}

static const char *parse_issuer_options(ajwt_issuer *issuer, const words *in)
{
    issuer_options options = {0};
    apr_pool_t *pool = in->cmd->pool;
    const char *error = NULL;
    int i;

    for (i = 1; i < in->count && !error; i++)
        error = read_option(&options, in, in->word[i]);
    if (!error)
        error = check_one_source(in, issuer->name, &options);
    if (!error)
        error = add_source(issuer, in, &options);
    if (!error && options.algs)
        error = parse_algs(&issuer->algs, in, split_commas(pool, options.algs));
    if (!error && options.audience)
        error = parse_audiences(&issuer->audiences, in,
                                split_commas(pool, options.audience));
    issuer->audience_claim =
        options.audience_claim ? options.audience_claim : "aud";
    return error ? error : check_algs(issuer, in);
}

static const char *set_issuers(ajwt_section *section, const words *in)
{
    ajwt_issuer issuer = {0};
    const char *error;
    int i;

    if (in->count == 0 || !*in->word[0])
        return fail(in, "name an issuer");
    issuer.name = in->word[0];
    if (!section->issuers)
        section->issuers =
            apr_array_make(in->cmd->pool, 1, sizeof(ajwt_issuer));
    for (i = 0; i < section->issuers->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(section->issuers, i, ajwt_issuer).name,
                   issuer.name) == 0)
            return fail(in, "%s stands twice in this section", issuer.name);
    }
    error = parse_issuer_options(&issuer, in);
    if (!error)
        APR_ARRAY_PUSH(section->issuers, ajwt_issuer) = issuer;
    return error;
}

static const char *set_audiences(ajwt_section *section, const words *in)
{
    return parse_audiences(&section->audiences, in, to_array(in));
}

static const char *set_algs(ajwt_section *section, const words *in)
{
    section->algs = apr_palloc(in->cmd->pool, sizeof *section->algs);
    return parse_algs(section->algs, in, to_array(in));
}

static const char *set_leeway_s(ajwt_section *section, const words *in)
{
    section->leeway_s = apr_palloc(in->cmd->pool, sizeof *section->leeway_s);
    return set_number(section->leeway_s, in, 0, AJWT_MAX_LEEWAY_S);
}

static const char *set_max_lifetime_s(ajwt_section *section, const words *in)
{
    section->max_lifetime_s =
        apr_palloc(in->cmd->pool, sizeof *section->max_lifetime_s);
    return set_number(section->max_lifetime_s, in, 0, AJWT_MAX_DIRECTIVE_S);
}

static const char *set_types(ajwt_section *section, const words *in)
{
    int i;

    for (i = 0; i < in->count; i++) {
        const char *refusal = ajwt_type_refusal(in->word[i]);

        if (refusal)
            return fail(in, "'%s': %s", in->word[i], refusal);
    }
    section->types = to_array(in);
    return in->count ? NULL : fail(in, "name a token type");
}

static const char *set_required(ajwt_section *section, const words *in)
{
    int i;

    section->required = to_array(in);
    for (i = 0; i < in->count; i++) {
        if (strcasecmp(in->word[i], "none") != 0)
            continue;
        if (in->count > 1)
            return fail(in, "none stands alone");
        apr_array_clear(section->required);
    }
    return in->count ? NULL : fail(in, "name a claim, or none");
}

static const char *set_user(ajwt_section *section, const words *in)
{
    const char *error;

    section->user = (apr_array_header_t *)ajwt_user_parse(&error, to_array(in),
                                                          in->cmd->pool);
    return section->user ? NULL : fail(in, "%s", error);
}

static const char *set_export_rules(ajwt_section *section, const words *in)
{
    const char *error;

    if (in->count == 0)
        return fail(in, "write all, none, or claims");
    section->export_rules =
        ajwt_export_parse(&error, to_array(in), in->cmd->pool);
    return section->export_rules ? NULL : fail(in, "%s", error);
}

static const char *set_export_prefix(ajwt_section *section, const words *in)
{
    const char *error;

    if (in->count != 1)
        return fail(in, "write one prefix");
    error = ajwt_export_check_prefix(in->word[0]);
    section->export_prefix = in->word[0];
    return error ? fail(in, "'%s': %s", in->word[0], error) : NULL;
}

static const char *set_export_format(ajwt_section *section, const words *in)
{
    int is_json = in->count == 1 && strcasecmp(in->word[0], "json") == 0;
    int is_list = in->count == 1 && strcasecmp(in->word[0], "list") == 0;

    section->export_format =
        apr_palloc(in->cmd->pool, sizeof *section->export_format);
    *section->export_format = is_json ? AJWT_EXPORT_JSON : AJWT_EXPORT_LIST;
    return is_json || is_list ? NULL : fail(in, "write list or json");
}

static const char *set_refresh_s(const words *in)
{
    return set_number(&settings->schedule.refresh_s, in, 1,
                      AJWT_MAX_DIRECTIVE_S);
}

static const char *set_stale_s(const words *in)
{
    return set_number(&settings->schedule.stale_s, in, 1, AJWT_MAX_DIRECTIVE_S);
}

static const char *set_cooldown_s(const words *in)
{
    return set_number(&settings->schedule.cooldown_s, in, 1,
                      AJWT_MAX_DIRECTIVE_S);
}

static const char *set_timeout_s(const words *in)
{
    return set_number(&settings->schedule.timeout_s, in, 1,
                      AJWT_MAX_FETCH_TIMEOUT_S);
}

static const char *set_proxy(const words *in)
{
    const char *error;

    if (in->count != 1)
        return fail(in, "write one URL");
    error = ajwt_source_check_proxy(in->word[0]);
    settings->fetcher.proxy = in->word[0];
    return error ? fail(in, "'%s': %s", in->word[0], error) : NULL;
}

static const char *set_ca_path(const words *in)
{
    apr_pool_t *pool = in->cmd->pool;
    const char *path = in->count == 1 ? root_relative(in, in->word[0]) : NULL;
    apr_finfo_t info;

    if (!path)
        return fail(in, "write one path");
    if (apr_stat(&info, path, APR_FINFO_TYPE, pool) != APR_SUCCESS ||
        info.filetype != APR_REG)
        return fail(in, "%s is no file: write one of CA certificates in PEM",
                    path);
    settings->fetcher.ca_path = path;
    return NULL;
}

/* httpd calls these: one a directive, all of one shape. */
#define SECTION_COMMAND(directive, where, type, field, standard, syntax) \
    static const char *command_##field(cmd_parms *cmd, void *section,    \
                                       int argc, char *const argv[])     \
    {                                                                    \
        words in = {cmd, argc, argv};                                    \
        return set_##field(section, &in);                                \
    }
AJWT_SECTION_DIRECTIVES(SECTION_COMMAND)
#undef SECTION_COMMAND

#define SERVER_COMMAND(directive, field, standard, syntax)            \
    static const char *command_##field(cmd_parms *cmd, void *section, \
                                       int argc, char *const argv[])  \
    {                                                                 \
        words in = {cmd, argc, argv};                                 \
        const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);   \
        (void)section;                                                \
        return error ? error : set_##field(&in);                      \
    }
AJWT_SERVER_DIRECTIVES(SERVER_COMMAND)
#undef SERVER_COMMAND

const command_rec ajwt_config_commands[] = {
#define SECTION_ROW(directive, where, type, field, standard, syntax) \
    AP_INIT_TAKE_ARGV(#directive, command_##field, NULL, where,      \
                      #directive " " syntax),
    AJWT_SECTION_DIRECTIVES(SECTION_ROW)
#undef SECTION_ROW
#define SERVER_ROW(directive, field, standard, syntax)              \
    AP_INIT_TAKE_ARGV(#directive, command_##field, NULL, RSRC_CONF, \
                      #directive " " syntax),
        AJWT_SERVER_DIRECTIVES(SERVER_ROW)
#undef SERVER_ROW
            {NULL}};

void *ajwt_config_create(apr_pool_t *pool, char *where)
{
    ajwt_section *section = apr_pcalloc(pool, sizeof *section);

    section->where = where;
    return section;
}

static void merge(ajwt_section *merged, const ajwt_section *outer,
                  const ajwt_section *inner)
{
    merged->where = inner->where ? inner->where : outer->where;
#define MERGE(directive, where, type, field, standard, syntax) \
    merged->field = inner->field ? inner->field : outer->field;
    AJWT_SECTION_DIRECTIVES(MERGE)
#undef MERGE
}

void *ajwt_config_merge(apr_pool_t *pool, void *outer, void *inner)
{
    ajwt_section *merged = apr_palloc(pool, sizeof *merged);

    merge(merged, outer, inner);
    return merged;
}

/* A default is read as if it stood in the configuration. */
static words default_words(apr_pool_t *pool, const char *directive,
                           const char *standard)
{
    apr_array_header_t *argv = apr_array_make(pool, 10, sizeof(char *));
    command_rec *command = apr_pcalloc(pool, sizeof *command);
    words in = {apr_pcalloc(pool, sizeof *in.cmd), 0, NULL};

    command->name = directive;
    in.cmd->cmd = command;
    in.cmd->pool = in.cmd->temp_pool = pool;
    while (*standard)
        APR_ARRAY_PUSH(argv, char *) = ap_getword_conf(pool, &standard);
    in.count = argv->nelts;
    in.word = (char *const *)argv->elts;
    return in;
}

const char *ajwt_config_begin(apr_pool_t *pconf)
{
    const char *error = NULL;

    settings = apr_pcalloc(pconf, sizeof *settings);
    settings->sources = ajwt_sources_make(pconf);
    settings->fetcher.get = ajwt_fetch_get;
    settings->defaults = ajwt_config_create(pconf, NULL);
#define SECTION_DEFAULT(directive, where, type, field, standard, syntax) \
    if (!error && standard) {                                            \
        words in = default_words(pconf, #directive, standard);           \
        error = set_##field(settings->defaults, &in);                    \
    }
    AJWT_SECTION_DIRECTIVES(SECTION_DEFAULT)
#undef SECTION_DEFAULT
#define SERVER_DEFAULT(directive, field, standard, syntax)     \
    if (!error && standard) {                                  \
        words in = default_words(pconf, #directive, standard); \
        error = set_##field(&in);                              \
    }
    AJWT_SERVER_DIRECTIVES(SERVER_DEFAULT)
#undef SERVER_DEFAULT
    return error;
}

const ajwt_settings *ajwt_config_settings(void)
{
    return settings;
}

void ajwt_config_get(ajwt_section *section, const request_rec *r)
{
    merge(section, settings->defaults,
          ap_get_module_config(r->per_dir_config, &auth_jwt_module));
}

static const ajwt_issuer *issuer_at(const ajwt_section *section, int i)
{
    return &APR_ARRAY_IDX(section->issuers, i, ajwt_issuer);
}

ajwt_reason ajwt_config_check(const ajwt_section *section)
{
    int i;

    if (!section->issuers)
        return AJWT_ISSUER_UNCONFIGURED;
    for (i = 0; i < section->issuers->nelts; i++) {
        if (!section->audiences && !issuer_at(section, i)->audiences)
            return AJWT_AUDIENCE_UNCONFIGURED;
    }
    return AJWT_ACCEPTED;
}

static int is_any(const char *name)
{
    return strcmp(name, "*") == 0;
}

const ajwt_issuer *ajwt_config_find_issuer(const ajwt_section *section,
                                           ajwt_bytes name)
{
    const ajwt_issuer *any = NULL;
    int i;

    for (i = 0; i < section->issuers->nelts; i++) {
        const ajwt_issuer *issuer = issuer_at(section, i);

        if (is_any(issuer->name))
            any = issuer;
        else if (ajwt_bytes_equal_string(name, issuer->name))
            return issuer;
    }
    return any;
}

static ajwt_alg_set choose_algs(const ajwt_section *section,
                                const ajwt_issuer *issuer)
{
    ajwt_alg_set hmac = *section->algs & AJWT_ALGS_HMAC;

    if (issuer->algs)
        return issuer->algs;
    if (issuer->source->kind == AJWT_SOURCE_SECRET)
        return hmac ? hmac : AJWT_ALGS_HMAC;
    return *section->algs & ~AJWT_ALGS_HMAC;
}

void ajwt_config_policy(ajwt_policy *policy, const ajwt_section *section,
                        const ajwt_issuer *issuer)
{
    const apr_array_header_t *audiences =
        issuer->audiences ? issuer->audiences : section->audiences;

    policy->issuer = is_any(issuer->name) ? NULL : issuer->name;
    policy->algs = choose_algs(section, issuer);
    policy->types = section->types;
    policy->audiences =
        is_any(APR_ARRAY_IDX(audiences, 0, const char *)) ? NULL : audiences;
    policy->audience_claim = issuer->audience_claim;
    policy->required = section->required;
    policy->leeway_s = *section->leeway_s;
    policy->max_lifetime_s = *section->max_lifetime_s;
}
