/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/authn.h"

#include <http_core.h>
#include <http_request.h>

#include "httpd/request/authenticate.h"
#include "httpd/request/challenge.h"
#include "httpd/request/export_env.h"
#include "httpd/request/input.h"
#include "httpd/request/needed_scopes.h"
#include "httpd/request/private_answer.h"
#include "httpd/request/token_lookup.h"

/* The first hook that runs authenticates; later hooks find the result. */
static ajwt_auth_state *authenticate_once(request_rec *r,
                                          const ajwt_section *section)
{
    ajwt_auth_state *auth = ajwt_auth_state_of(r);

    if (auth)
        return auth;
    auth = ajwt_auth_state_make(r, "Bearer");
    ajwt_authenticate_request(auth, section, r);
    ajwt_private_answer_mark(r, auth, section);
    return auth;
}

static int has_no_token(const ajwt_auth_state *auth)
{
    return auth->reason == AJWT_NO_TOKEN || auth->reason == AJWT_OTHER_SCHEME;
}

static int has_field(const request_rec *r, const char *name)
{
    const char *value = apr_table_get(r->headers_in, name);

    return value && *value;
}

/*
 * Fetch standard, 4.8: the request that a browser sends before a cross-origin
 * request
 */
static int is_preflight(const request_rec *r, const ajwt_section *section)
{
    return *section->preflight && r->method_number == M_OPTIONS &&
           has_field(r, "Origin") &&
           has_field(r, "Access-Control-Request-Method");
}

/*
 * Uses the AuthType that sanitize found: it may be an expression over a header
 * that was removed since.
 */
static const ajwt_section *find_section(const request_rec *r)
{
    const ajwt_input *input = ajwt_input_of(r);

    return input && input->is_bearer ? &input->section : NULL;
}

int ajwt_authn_check(request_rec *r)
{
    const ajwt_section *section = find_section(r);
    ajwt_auth_state *auth;

    if (!section)
        return DECLINED;
    r->ap_auth_type = (char *)"Bearer";
    auth = authenticate_once(r, section);
    if (auth->reason != AJWT_ACCEPTED)
        return ajwt_challenge_refuse(r, auth, auth->reason, NULL,
                                     ajwt_authenticate_fix(auth->reason, r));
    r->user = (char *)auth->user;
    ajwt_token_lookup_add(auth, section, r);
    ajwt_export_env_set(r, auth, section);
    ajwt_challenge_count_accepted();
    return OK;
}

/*
 * Refuses no request because of its token or a missing one. httpd decides
 * whether a user is required.  A request that httpd refuses for another reason
 * stays refused.
 */
static int report_access(request_rec *r, const ajwt_section *section)
{
    ajwt_auth_state *auth = authenticate_once(r, section);
    int status;

    if (auth->is_authorizing)
        return DECLINED;
    auth->is_authorizing = 1;
    status = ap_run_access_checker_ex(r);
    auth->is_authorizing = 0;
    if (auth->reason == AJWT_ACCEPTED || (status == OK && has_no_token(auth)) ||
        (status != OK && status != DECLINED))
        return status;
    ajwt_challenge_report(r, auth, auth->reason,
                          ajwt_authenticate_fix(auth->reason, r));
    return OK;
}

int ajwt_authn_check_access(request_rec *r)
{
    const ajwt_section *section = find_section(r);

    if (!section || ajwt_needed_scopes_is_collecting(r))
        return DECLINED;
    if (is_preflight(r, section))
        return OK;
    return *section->optional == AJWT_OPTIONAL_REPORT
               ? report_access(r, section)
               : DECLINED;
}

int ajwt_authn_force(request_rec *r)
{
    const ajwt_section *section = find_section(r);
    const ajwt_auth_state *auth;

    if (!section || *section->optional == AJWT_OPTIONAL_OFF ||
        is_preflight(r, section))
        return DECLINED;
    auth = authenticate_once(r, section);
    if (*section->optional == AJWT_OPTIONAL_REPORT)
        return auth->reason == AJWT_ACCEPTED ? OK : DECLINED;
    return has_no_token(auth) ? DECLINED : OK;
}
