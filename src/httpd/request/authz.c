/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/authz.h"

#include <apr_strings.h>
#include <http_request.h>
#include <mod_auth.h>

#include "core/require.h"
#include "httpd/config/config.h"
#include "httpd/request/basic.h"
#include "httpd/request/challenge.h"
#include "httpd/request/needed_scopes.h"
#include "httpd/request/request_state.h"
#include "httpd/request/template.h"

/* One parsed Require line, and how its result is used */
typedef struct ajwt_rule {
    const ajwt_require *require;
    const ajwt_templates *templates; /* NULL: require is constant */
    const char *line;                /* text of the line */
    int is_negated;
    int is_alias;
    int is_unclear; /* an alias: its Require lines may be negated or not */
    const ap_directive_t
        *use; /* the Require line; NULL: an alias with several */
} ajwt_rule;

typedef const ajwt_require *parse_fn(const char **error,
                                     const apr_array_header_t *words,
                                     apr_pool_t *pool);

static int is_require_none(const ap_directive_t *line)
{
    return ap_cstr_casecmp(line->directive, "<RequireNone") == 0;
}

/*
 * Counts `Require not ...` and each <RequireNone> around it: an odd number
 * negates.
 */
static int is_negated(const cmd_parms *cmd)
{
    const ap_directive_t *outer;
    const char *args = cmd->directive->args;
    int negations =
        ap_cstr_casecmp(ap_getword_conf(cmd->temp_pool, &args), "not") == 0;

    for (outer = cmd->directive->parent; outer; outer = outer->parent)
        negations += is_require_none(outer);
    return negations % 2;
}

/* How Require lines use an alias: a set of flags */
enum { AS_IT_IS = 1, NEGATED = 2 };

/* *use: the last of these lines; *count: their number */
static int find_alias_uses(const ap_directive_t **use, int *count,
                           const ap_directive_t *line, const char *alias,
                           int negations, apr_pool_t *pool)
{
    int uses = 0;

    for (; line; line = line->next) {
        const char *args = line->args, *word;
        int is_not;

        if (line->first_child)
            uses |= find_alias_uses(use, count, line->first_child, alias,
                                    negations + is_require_none(line), pool);
        if (ap_cstr_casecmp(line->directive, "Require") != 0)
            continue;
        word = ap_getword_conf(pool, &args);
        is_not = ap_cstr_casecmp(word, "not") == 0;
        if (is_not)
            word = ap_getword_conf(pool, &args);
        if (strcmp(word, alias) != 0)
            continue;
        uses |= (negations + is_not) % 2 ? NEGATED : AS_IT_IS;
        *use = line;
        ++*count;
    }
    return uses;
}

/*
 * httpd parses <AuthzProviderAlias PROVIDER ALIAS ARGS>, and does not pass on
 * the Require lines that name ALIAS.  The whole configuration has been read by
 * then; only lines in .htaccess files are unknown.
 */
static void read_alias(ajwt_rule *rule, const cmd_parms *cmd)
{
    const char *args = cmd->directive->args, *alias;
    int uses, count = 0;

    ap_getword_conf(cmd->temp_pool, &args);
    alias = ap_getword_conf(cmd->temp_pool, &args);
    uses = find_alias_uses(&rule->use, &count, ap_conftree, alias, 0,
                           cmd->temp_pool);
    if (count != 1)
        rule->use = NULL;
    rule->is_alias = 1;
    rule->is_negated = uses == NEGATED;
    rule->is_unclear = uses != NEGATED && uses != AS_IT_IS;
    if (!rule->is_unclear)
        rule->line =
            apr_pstrcat(cmd->pool, "Require ", rule->is_negated ? "not " : "",
                        alias, " (", rule->line, ")", NULL);
}

static const char *parse_rule(ajwt_rule *rule, cmd_parms *cmd,
                              const apr_array_header_t *words,
                              parse_fn *parse_words)
{
    const apr_array_header_t *texts;
    const char *error;

    rule->require = parse_words(&error, words, cmd->pool);
    if (error)
        return error;
    texts = ajwt_require_templates(rule->require);
    return texts ? ajwt_template_parse(&rule->templates, texts, cmd) : NULL;
}

static const char *parse_require_line(cmd_parms *cmd, const char *line,
                                      const void **parsed,
                                      parse_fn *parse_words)
{
    apr_array_header_t *words =
        apr_array_make(cmd->pool, 2, sizeof(const char *));
    ajwt_rule *rule = apr_pcalloc(cmd->pool, sizeof *rule);
    const char *error;

    rule->line = apr_pstrcat(cmd->pool, cmd->directive->directive, " ",
                             cmd->directive->args, NULL);
    while (*line)
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &line);
    error = parse_rule(rule, cmd, words, parse_words);
    if (ap_cstr_casecmp(cmd->directive->directive, "<AuthzProviderAlias") == 0)
        read_alias(rule, cmd);
    else {
        rule->is_negated = is_negated(cmd);
        rule->use = cmd->directive;
    }
    *parsed = rule;
    return error ? apr_pstrcat(cmd->pool, "Require: ", error, NULL) : NULL;
}

static const char *parse_scope_line(cmd_parms *cmd, const char *line,
                                    const void **parsed)
{
    ajwt_needed_scopes_expect();
    return parse_require_line(cmd, line, parsed, ajwt_require_parse_scope);
}

static const char *parse_claim_line(cmd_parms *cmd, const char *line,
                                    const void **parsed)
{
    return parse_require_line(cmd, line, parsed, ajwt_require_parse_claim);
}

static const char *parse_acr_line(cmd_parms *cmd, const char *line,
                                  const void **parsed)
{
    return parse_require_line(cmd, line, parsed, ajwt_require_parse_acr);
}

/* Returns NULL and sets *error if an expression failed. */
static const ajwt_require *evaluate_require(const char **error, request_rec *r,
                                            const ajwt_rule *rule)
{
    const char *const *values;

    if (!rule->templates)
        return rule->require;
    values = ajwt_template_evaluate(error, rule->templates, r);
    return values ? ajwt_require_fill(rule->require, values, r->pool) : NULL;
}

/*
 * The first rule that denies is the reason.  If it is unclear whether a rule
 * denies, the last one is the most likely, because httpd stops at a denial.
 */
static void record_denial(ajwt_auth_state *auth, const ajwt_rule *rule,
                          const ajwt_require *require, ajwt_reason reason)
{
    if (auth->denied_by && !auth->denied_by->is_unclear)
        return;
    auth->denied_by = rule;
    auth->denied_require = require;
    auth->denied_reason = reason == AJWT_ACCEPTED ? AJWT_CLAIM_RULE : reason;
}

/*
 * Returns an error instead of granted or denied, because a `not` could invert
 * either.
 */
static authz_status stop_authorization(ajwt_auth_state *auth,
                                       const ajwt_rule *rule,
                                       const ajwt_require *require,
                                       ajwt_reason reason)
{
    auth->denied_by = rule;
    auth->denied_require = require;
    auth->denied_reason = reason;
    auth->is_undecided = 1;
    return AUTHZ_GENERAL_ERROR;
}

/*
 * Expressions may read the user, which httpd/request/needed_scopes has removed
 * from r.
 */
static authz_status collect_rule(request_rec *r, const ajwt_rule *rule)
{
    const ajwt_require *require = NULL;
    const char *error;

    if (!rule->is_negated && !rule->is_unclear) {
        r->user = ajwt_needed_scopes_user(r);
        require = evaluate_require(&error, r, rule);
        r->user = NULL;
    }
    return ajwt_needed_scopes_collect(r, require, rule->use);
}

static authz_status check_require_line(request_rec *r, const char *line,
                                       const void *parsed)
{
    const ajwt_rule *rule = parsed;
    const ajwt_require *require;
    ajwt_auth_state *auth;
    ajwt_reason reason;
    int is_match;

    (void)line;
    if (ajwt_needed_scopes_is_collecting(r))
        return collect_rule(r, rule);
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    auth = ajwt_auth_state_accepted(r);
    if (!auth)
        return AUTHZ_DENIED;
    auth->has_expressions |= rule->templates != NULL;
    require = evaluate_require(&auth->expression_error, r, rule);
    if (!require)
        return stop_authorization(auth, rule, NULL, AJWT_INTERNAL);
    reason = ajwt_require_match(require, auth->token.claims, r->request_time,
                                r->pool);
    if (reason == AJWT_INTERNAL ||
        (ajwt_require_is_undecided(reason) && rule->is_alias))
        return stop_authorization(auth, rule, require, reason);
    /* an undecided rule grants nothing, under a `not` either */
    is_match = ajwt_require_is_undecided(reason) ? rule->is_negated
                                                 : reason == AJWT_ACCEPTED;
    if (is_match == rule->is_negated || rule->is_unclear)
        record_denial(auth, rule, require, reason);
    return is_match ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

void ajwt_authz_register(apr_pool_t *pool)
{
    static const authz_provider scope = {check_require_line, parse_scope_line};
    static const authz_provider claim = {check_require_line, parse_claim_line};
    static const authz_provider acr = {check_require_line, parse_acr_line};

    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "jwt-scope",
                              AUTHZ_PROVIDER_VERSION, &scope,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "jwt-claim",
                              AUTHZ_PROVIDER_VERSION, &claim,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "jwt-acr",
                              AUTHZ_PROVIDER_VERSION, &acr,
                              AP_AUTH_INTERNAL_PER_CONF);
}

static const char *print_denial(const ajwt_auth_state *auth, apr_pool_t *pool)
{
    const char *line = auth->denied_by->line;

    if (auth->denied_reason != AJWT_INTERNAL)
        return line;
    if (auth->denied_require)
        return apr_pstrcat(pool, "a regular expression gave up in ", line,
                           NULL);
    return apr_pstrcat(pool, "an expression failed in ", line, ": ",
                       auth->expression_error, NULL);
}

/* An alias that matched: if it denied, a `not` on its Require line did */
static int is_unclear_match(const ajwt_auth_state *auth)
{
    return auth->denied_by->is_unclear &&
           auth->denied_reason == AJWT_CLAIM_RULE;
}

static int refuse_request(request_rec *r, const ajwt_auth_state *auth)
{
    const ajwt_rule *rule = auth->denied_by;
    ajwt_challenge challenge = {0};

    if (auth->denied_require && auth->denied_reason != AJWT_VALUE_EMPTY &&
        !rule->is_negated && !is_unclear_match(auth))
        ajwt_require_fill_challenge(&challenge, auth->denied_require);
    return ajwt_challenge_refuse(r, auth, auth->denied_reason, &challenge,
                                 print_denial(auth, r->pool));
}

/* AuthJWTOptional is for Bearer only: under Basic every refusal remains. */
static int is_reporting(const request_rec *r, const ajwt_auth_state *auth)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    return ajwt_is_bearer(auth->auth_type) &&
           *section.optional == AJWT_OPTIONAL_REPORT;
}

static int report_denial(request_rec *r, ajwt_auth_state *auth)
{
    if (auth->denied_by)
        ajwt_challenge_report(r, auth, auth->denied_reason,
                              print_denial(auth, r->pool));
    else
        ajwt_challenge_report(r, auth, AJWT_CLAIM_RULE,
                              "a Require rule of httpd");
    return OK;
}

int ajwt_authz_check(request_rec *r)
{
    ajwt_auth_state *auth = ajwt_auth_state_of(r);
    int status;

    if (!auth || auth->reason != AJWT_ACCEPTED || auth->is_authorizing)
        return DECLINED;
    ajwt_basic_clean_authorization(r, auth);
    auth->is_authorizing = 1;
    status = ap_run_auth_checker(r);
    auth->is_authorizing = 0;
    if (status != HTTP_UNAUTHORIZED && status != HTTP_FORBIDDEN &&
        !auth->is_undecided)
        return status;
    if (is_reporting(r, auth))
        return report_denial(r, auth);
    return auth->denied_by ? refuse_request(r, auth) : status;
}

/* The result for the request that r comes from, if httpd did not authorize r
 * because the same configuration applies to both; otherwise NULL */
static const ajwt_auth_state *find_reused_result(const request_rec *r)
{
    const request_rec *origin = r;
    const ajwt_auth_state *auth = NULL;

    if (ajwt_auth_state_of(r))
        return NULL;
    while (!auth && (origin = ajwt_request_origin(origin)) &&
           origin->per_dir_config == r->per_dir_config)
        auth = ajwt_auth_state_of(origin);
    return auth;
}

/* The configuration chooses an ErrorDocument, so every client gets it. */
static int is_error_document(const request_rec *r)
{
    return r->prev && r->status != HTTP_OK;
}

int ajwt_authz_fixups(request_rec *r)
{
    const ajwt_auth_state *before = find_reused_result(r);
    ajwt_request_state *state;
    int status;

    if (!before || !before->has_expressions || before->is_authorizing ||
        is_error_document(r))
        return DECLINED;
    state = ajwt_request_state_make(r);
    state->auth = apr_pmemdup(r->pool, before, sizeof *before);
    state->auth->denied_by = NULL;
    state->auth->is_undecided = 0;
    status = ajwt_authz_check(r);
    state->auth = NULL; /* later hooks use the original */
    return status == OK ? DECLINED : status;
}
