#include "httpd/authn.h"

#include <apr_strings.h>
#include <http_core.h>

#include "core/bearer.h"
#include "core/user.h"
#include "core/verify.h"
#include "httpd/answer.h"
#include "httpd/background.h"
#include "httpd/config.h"
#include "httpd/export.h"
#include "httpd/lifecycle.h"

/* What one issuer's token is judged by in this request */
typedef struct judge {
    ajwt_keyring *keyring;
    const ajwt_source *source;
    ajwt_policy policy;
    apr_time_t now;
    unsigned generation; /* of the keys that it was judged by */
} judge;

static ajwt_reason judge_once(judge *by, const ajwt_token *token)
{
    int is_stale = ajwt_keyring_is_stale(by->keyring, by->source, by->now);
    ajwt_pinned pinned;
    ajwt_reason reason;

    ajwt_keyring_acquire(&pinned, by->keyring, by->source);
    reason = ajwt_verify(token, &by->policy, is_stale ? NULL : pinned.keyset,
                         by->now);
    by->generation = pinned.generation;
    ajwt_keyring_release(&pinned);
    return is_stale && reason == AJWT_KEYS_UNAVAILABLE ? AJWT_KEYS_STALE
                                                       : reason;
}

static int lacks_keys(ajwt_reason reason)
{
    return reason == AJWT_KEYS_UNAVAILABLE || reason == AJWT_KEYS_STALE;
}

/* A signature that fails may be of a key that is new under the same name. */
static int lacks_a_key(ajwt_reason reason)
{
    return reason == AJWT_KEY_UNKNOWN || reason == AJWT_SIGNATURE_INVALID;
}

/* Once more, and never more than that, where a fetch may bring the key. */
static ajwt_reason judge_token(ajwt_verdict *verdict, judge *by)
{
    ajwt_reason reason;

    ajwt_background_look(by->source);
    reason = judge_once(by, &verdict->token);
    if ((lacks_keys(reason) || lacks_a_key(reason)) &&
        ajwt_keyring_await(by->keyring, by->source, by->generation,
                           lacks_a_key(reason) ? &verdict->token.kid : NULL)) {
        by->now = apr_time_now();
        reason = judge_once(by, &verdict->token);
    }
    if (lacks_keys(reason))
        verdict->retry_after_s =
            ajwt_keyring_retry_after(by->keyring, by->source, by->now);
    return reason;
}

static const char *credentials(const request_rec *r)
{
    return apr_table_get(r->headers_in, r->proxyreq == PROXYREQ_PROXY
                                            ? "Proxy-Authorization"
                                            : "Authorization");
}

/* Before anything of the token is believed, its issuer must be one of ours. */
static ajwt_reason prepare_judge(judge *by, const ajwt_section *section,
                                 const ajwt_token *token)
{
    const ajwt_issuer *issuer =
        ajwt_issuer_find(section->issuers, token->issuer);

    if (!issuer)
        return token->issuer.data ? AJWT_ISSUER_UNKNOWN : AJWT_ISSUER_MISSING;
    by->keyring = ajwt_lifecycle_keyring();
    if (!by->keyring)
        return AJWT_INTERNAL;
    by->source = issuer->source;
    by->now = apr_time_now();
    ajwt_config_policy(&by->policy, section, issuer);
    return AJWT_ACCEPTED;
}

static ajwt_reason judge_request(ajwt_verdict *verdict,
                                 const ajwt_section *section, request_rec *r)
{
    ajwt_bytes compact;
    judge by;
    ajwt_reason reason = ajwt_config_check(section);

    if (reason == AJWT_ACCEPTED)
        reason = ajwt_bearer_parse(&compact, credentials(r));
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_token_parse(&verdict->token, compact, r->pool);
    if (reason == AJWT_ACCEPTED)
        reason = prepare_judge(&by, section, &verdict->token);
    if (reason == AJWT_ACCEPTED)
        reason = judge_token(verdict, &by);
    if (reason != AJWT_ACCEPTED)
        return reason;
    verdict->user =
        ajwt_user_find(section->user, verdict->token.claims, r->pool);
    return verdict->user ? AJWT_ACCEPTED : AJWT_USER_MISSING;
}

/* What to write where a section cannot judge at all */
static const char *mend(ajwt_reason reason, const request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *where = core->d ? core->d : "the server";

    if (reason == AJWT_ISSUER_UNCONFIGURED)
        return apr_pstrcat(r->pool, "for ", where,
                           ": write AuthJWTIssuer ISSUER there", NULL);
    if (reason == AJWT_AUDIENCE_UNCONFIGURED)
        return apr_pstrcat(r->pool, "for ", where,
                           ": write AuthJWTAudience VALUE there, audience= in "
                           "AuthJWTIssuer, or AuthJWTAudience * to accept any",
                           NULL);
    return NULL;
}

int ajwt_authn_check(request_rec *r)
{
    ajwt_section section;
    ajwt_verdict *verdict;

    if (!ajwt_is_bearer(ap_auth_type(r)))
        return DECLINED;
    r->ap_auth_type = (char *)"Bearer";
    ajwt_config_get(&section, r);
    verdict = ajwt_verdict_make(r);
    verdict->reason = judge_request(verdict, &section, r);
    if (verdict->reason != AJWT_ACCEPTED)
        return ajwt_answer_refuse(r, verdict, verdict->reason, NULL,
                                  mend(verdict->reason, r));
    r->user = (char *)verdict->user;
    ajwt_export_set(r, verdict, &section);
    return OK;
}
