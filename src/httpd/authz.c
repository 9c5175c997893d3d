#include "httpd/authz.h"

#include <apr_strings.h>
#include <http_request.h>
#include <mod_auth.h>

#include "core/require.h"
#include "httpd/answer.h"

typedef const ajwt_require *parse_fn(const char **error,
                                     const apr_array_header_t *words,
                                     apr_pool_t *pool);

static const char *parse(cmd_parms *cmd, const char *line, const void **parsed,
                         parse_fn *parse_words)
{
    apr_array_header_t *words =
        apr_array_make(cmd->pool, 2, sizeof(const char *));
    const char *error;

    while (*line)
        APR_ARRAY_PUSH(words, const char *) = ap_getword_conf(cmd->pool, &line);
    *parsed = parse_words(&error, words, cmd->pool);
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

/* The first rule that failed is the one that a client is told. */
static void note_denial(ajwt_verdict *verdict, const ajwt_require *require)
{
    if (verdict->denial != AJWT_ACCEPTED)
        return;
    verdict->denied_scope = ajwt_require_scope(require);
    verdict->denial =
        verdict->denied_scope ? AJWT_SCOPE_MISSING : AJWT_CLAIM_RULE;
}

static authz_status check(request_rec *r, const char *line, const void *parsed)
{
    ajwt_verdict *verdict;

    (void)line;
    if (!r->user)
        return AUTHZ_DENIED_NO_USER;
    verdict = ajwt_verdict_accepted(r);
    if (!verdict)
        return AUTHZ_DENIED;
    verdict->is_ruled = 1;
    if (ajwt_require_match(parsed, verdict->token.claims, r->pool))
        return AUTHZ_GRANTED;
    note_denial(verdict, parsed);
    return AUTHZ_DENIED;
}

void ajwt_authz_register(apr_pool_t *pool)
{
    static const authz_provider scope = {check, parse_scope_line};
    static const authz_provider claim = {check, parse_claim_line};

    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "jwt-scope",
                              AUTHZ_PROVIDER_VERSION, &scope,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "jwt-claim",
                              AUTHZ_PROVIDER_VERSION, &claim,
                              AP_AUTH_INTERNAL_PER_CONF);
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
    if ((status != HTTP_UNAUTHORIZED && status != HTTP_FORBIDDEN) ||
        !verdict->is_ruled)
        return status;
    /* a negated rule denies by having granted: then nobody noted anything */
    if (verdict->denial == AJWT_ACCEPTED)
        verdict->denial = AJWT_CLAIM_RULE;
    return ajwt_answer_refuse(r, verdict, verdict->denial,
                              verdict->denied_scope, NULL);
}
