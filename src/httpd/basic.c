#include "httpd/basic.h"

#include <http_core.h>
#include <http_request.h>
#include <mod_auth.h>

#include "httpd/answer.h"
#include "httpd/export.h"
#include "httpd/judge.h"
#include "httpd/log.h"
#include "httpd/memory.h"

static void take(request_rec *r, ajwt_verdict *verdict)
{
    const char *name = ajwt_token_source_authorization(r);

    verdict->taken = apr_table_get(r->headers_in, name);
    apr_table_unset(r->headers_in, name);
}

/* To be judged again, what comes of a request needs what it was judged by. */
static void give_back(request_rec *r)
{
    const ajwt_verdict *before = ajwt_verdict_before(r);

    if (before && before->taken)
        apr_table_setn(r->headers_in, ajwt_token_source_authorization(r),
                       before->taken);
}

static void admit(request_rec *r, ajwt_verdict *verdict,
                  const ajwt_section *section)
{
    r->user = (char *)verdict->user;
    ajwt_memory_keep(verdict, section, r);
    ajwt_export_set(r, verdict, section);
    ajwt_answer_accept();
}

/* The next provider may know a password that has not the form of a token. */
static authn_status to_authn_status(ajwt_reason reason)
{
    if (reason == AJWT_NOT_COMPACT)
        return AUTH_USER_NOT_FOUND;
    return ajwt_reason_describe(reason)->status >= HTTP_INTERNAL_SERVER_ERROR
               ? AUTH_GENERAL_ERROR
               : AUTH_DENIED;
}

/* mod_authn_socache learns of no token: ap_authn_cache_store is for providers
 * to call, and this one never does. */
static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    ajwt_section section;
    ajwt_verdict *verdict = ajwt_verdict_of(r);
    int is_watched = verdict != NULL; /* by ajwt_basic_check */

    (void)user;
    if (!is_watched)
        verdict = ajwt_verdict_make(r, "Basic");
    ajwt_config_get(&section, r);
    ajwt_judge_token(verdict, &section, ajwt_bytes_from_string(password), r);
    if (!*section.forwards_token && verdict->reason != AJWT_NOT_COMPACT)
        take(r, verdict);
    if (verdict->reason == AJWT_ACCEPTED) {
        admit(r, verdict, &section);
        return AUTH_GRANTED;
    }
    if (!is_watched)
        ajwt_log_refusal(r, verdict, verdict->reason,
                         ajwt_judge_mend(verdict->reason, r));
    return to_authn_status(verdict->reason);
}

/* The verdict is there before the provider is asked: so this runs once. */
int ajwt_basic_check(request_rec *r)
{
    const char *auth_type = ap_auth_type(r);
    ajwt_section section;
    const ajwt_verdict *verdict;
    int status;

    ajwt_config_get(&section, r);
    if (!auth_type || ap_cstr_casecmp(auth_type, "Basic") != 0 ||
        !section.issuers || ajwt_verdict_of(r))
        return DECLINED;
    verdict = ajwt_verdict_make(r, "Basic");
    give_back(r);
    status = ap_run_check_user_id(r);
    if (status == OK || !verdict->is_judged || verdict->reason == AJWT_ACCEPTED)
        return status;
    return ajwt_answer_refuse(r, verdict, verdict->reason, NULL,
                              ajwt_judge_mend(verdict->reason, r));
}

void ajwt_basic_register(apr_pool_t *pool)
{
    /* no get_realm_hash: Digest never shows the password */
    static const authn_provider provider = {check_password, NULL};

    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "jwt",
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
