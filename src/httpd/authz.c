#include "httpd/authz.h"

#include <apr_strings.h>
#include <http_request.h>
#include <mod_auth.h>

#include "core/require.h"
#include "httpd/answer.h"
#include "httpd/config.h"

/* One Require line, and whether it stands against what it says */
typedef struct ajwt_rule {
    const ajwt_require *require;
    const char *line; /* as it was written */
    int is_negated;
    int is_alias; /* then nobody knows what it stands against */
} ajwt_rule;

typedef const ajwt_require *parse_fn(const char **error,
                                     const apr_array_header_t *words,
                                     apr_pool_t *pool);

/* `Require not ...`, and an odd number of <RequireNone> around it */
static int is_negated(const cmd_parms *cmd)
{
    const ap_directive_t *outer;
    const char *args = cmd->directive->args;
    int negations =
        ap_cstr_casecmp(ap_getword_conf(cmd->temp_pool, &args), "not") == 0;

    for (outer = cmd->directive->parent; outer; outer = outer->parent)
        negations += ap_cstr_casecmp(outer->directive, "<RequireNone") == 0;
    return negations % 2;
}

static const char *parse(cmd_parms *cmd, const char *line, const void **parsed,
                         parse_fn *parse_words)
{
    apr_array_header_t *words =
        apr_array_make(cmd->pool, 2, sizeof(const char *));
    ajwt_rule *rule = apr_palloc(cmd->pool, sizeof *rule);
    const char *error;

    rule->line = apr_pstrcat(cmd->pool, cmd->directive->directive, " ",
                             cmd->directive->args, NULL);
    while (*line)
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &line);
    rule->require = parse_words(&error, words, cmd->pool);
    rule->is_negated = is_negated(cmd);
    rule->is_alias =
        ap_cstr_casecmp(cmd->directive->directive, "<AuthzProviderAlias") == 0;
    *parsed = rule;
    return error ? apr_pstrcat(cmd->pool, "Require: ", error, NULL) : NULL;
}

static const char *parse_scope_line(cmd_parms *cmd, const char *line,
                                    const void **parsed)
{
    return parse(cmd, line, parsed, ajwt_require_parse_scope);
}

static const char *parse_claim_line(cmd_parms *cmd, const char *line,
                                    const void **parsed)
{
    return parse(cmd, line, parsed, ajwt_require_parse_claim);
}

static const char *parse_acr_line(cmd_parms *cmd, const char *line,
                                  const void **parsed)
{
    return parse(cmd, line, parsed, ajwt_require_parse_acr);
}

/* The first rule that speaks against a request is the one that it is told. */
static void remember(ajwt_verdict *verdict, const ajwt_rule *rule,
                     ajwt_reason reason)
{
    if (verdict->denied_by)
        return;
    verdict->denied_by = rule;
    verdict->denied_for = reason == AJWT_ACCEPTED ? AJWT_CLAIM_RULE : reason;
}

/* Neither granted nor denied, since either may stand under a `not` */
static authz_status give_up(ajwt_verdict *verdict, const ajwt_rule *rule,
                            ajwt_reason reason)
{
    verdict->denied_by = rule;
    verdict->denied_for = reason;
    verdict->is_undecided = 1;
    return AUTHZ_GENERAL_ERROR;
}

static authz_status check(request_rec *r, const char *line, const void *parsed)
{
    const ajwt_rule *rule = parsed;
    ajwt_verdict *verdict;
    ajwt_reason reason;
    int is_match;

    (void)line;
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    verdict = ajwt_verdict_accepted(r);
    if (!verdict)
        return AUTHZ_DENIED;
    reason = ajwt_require_match(rule->require, verdict->token.claims,
                                r->request_time, r->pool);
    if (reason == AJWT_INTERNAL ||
        (ajwt_require_is_undecided(reason) && rule->is_alias))
        return give_up(verdict, rule, reason);
    /* what cannot be said grants nothing, under a `not` either */
    is_match = ajwt_require_is_undecided(reason) ? rule->is_negated
                                                 : reason == AJWT_ACCEPTED;
    if (is_match == rule->is_negated)
        remember(verdict, rule, reason);
    return is_match ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

void ajwt_authz_register(apr_pool_t *pool)
{
    static const authz_provider scope = {check, parse_scope_line};
    static const authz_provider claim = {check, parse_claim_line};
    static const authz_provider acr = {check, parse_acr_line};

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

static const char *detail(const ajwt_verdict *verdict, apr_pool_t *pool)
{
    const char *line = verdict->denied_by->line;

    return verdict->denied_for == AJWT_INTERNAL
               ? apr_pstrcat(pool, "a regular expression gave up in ", line,
                             NULL)
               : line;
}

static int refuse(request_rec *r, const ajwt_verdict *verdict)
{
    const ajwt_rule *rule = verdict->denied_by;
    ajwt_challenge asked = {0};

    if (!rule->is_negated)
        ajwt_require_ask(&asked, rule->require);
    return ajwt_answer_refuse(r, verdict, verdict->denied_for, &asked,
                              detail(verdict, r->pool));
}

/* AuthJWTOptional is for bearers alone: under Basic every refusal stands. */
static int is_reporting(const request_rec *r, const ajwt_verdict *verdict)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    return ajwt_is_bearer(verdict->auth_type) &&
           *section.optional == AJWT_OPTIONAL_REPORT;
}

static int report(request_rec *r, ajwt_verdict *verdict)
{
    if (verdict->denied_by)
        ajwt_answer_report(r, verdict, verdict->denied_for,
                           detail(verdict, r->pool));
    else
        ajwt_answer_report(r, verdict, AJWT_CLAIM_RULE, "a rule of httpd's");
    return OK;
}

int ajwt_authz_check(request_rec *r)
{
    ajwt_verdict *verdict = ajwt_verdict_of(r);
    int status;

    if (!verdict || verdict->reason != AJWT_ACCEPTED || verdict->is_authorizing)
        return DECLINED;
    verdict->is_authorizing = 1;
    status = ap_run_auth_checker(r);
    verdict->is_authorizing = 0;
    if (status != HTTP_UNAUTHORIZED && status != HTTP_FORBIDDEN &&
        !verdict->is_undecided)
        return status;
    if (is_reporting(r, verdict))
        return report(r, verdict);
    return verdict->denied_by ? refuse(r, verdict) : status;
}
