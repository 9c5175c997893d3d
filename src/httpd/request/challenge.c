/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/challenge.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "httpd/config/config.h"
#include "httpd/process/child.h"
#include "httpd/request/needed_scopes.h"
#include "httpd/request/request_log.h"

#define CHALLENGE_FILTER "AUTH_JWT_CHALLENGE"
#define CHALLENGE_NOTE   "auth_jwt-challenge"
#define REASON_NOTE      "auth_jwt-reason"

/*
 * mod_dir may refuse the main request with the status of a sub-request, so the
 * main request gets the note too.
 */
static void set_note(const request_rec *r, const char *name, const char *value)
{
    for (; r; r = r->main)
        apr_table_set(r->notes, name, value);
}

static void remove_challenge(request_rec *r)
{
    const request_rec *noted;

    for (noted = r; noted; noted = noted->main)
        apr_table_unset(noted->notes, CHALLENGE_NOTE);
    apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
}

/*
 * RFC 9110 5.6.4: httpd escapes quotes, but not a final backslash, which would
 * escape the quote at the end of the string.
 */
static const char *escape_realm(request_rec *r)
{
    const char *realm = ap_auth_name(r), *c;

    for (c = realm; c && *c; c++) {
        if (*c == '\\' && !*++c)
            return apr_pstrcat(r->pool, realm, "\\", NULL);
    }
    return realm;
}

static const char *challenge_header(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authenticate"
                                         : "WWW-Authenticate";
}

/*
 * insufficient_scope makes a client request further consent, so it is sent only
 * if a scope is missing.
 */
static ajwt_reason choose_error(ajwt_reason reason,
                                const ajwt_needed_scopes *needed)
{
    if (ajwt_reason_describe(reason)->status != HTTP_FORBIDDEN)
        return reason;
    return needed->is_lacking ? AJWT_SCOPE_MISSING : AJWT_NO_TOKEN;
}

/*
 * Sets the challenge in err_headers_out, because error responses drop
 * headers_out.
 */
static void set_bearer_challenge(request_rec *r, ajwt_reason reason,
                                 const ajwt_challenge *extra)
{
    ajwt_challenge challenge = {0};
    ajwt_needed_scopes needed;
    ajwt_section section;
    const char *text;

    if (extra)
        challenge = *extra;
    ajwt_config_get(&section, r);
    ajwt_needed_scopes_find(&needed, r);
    challenge.scope = needed.text;
    challenge.realm = escape_realm(r);
    challenge.resource_metadata =
        section.resource ? section.resource->url : NULL;
    text = ajwt_challenge_print(choose_error(reason, &needed), &challenge,
                                r->pool);
    apr_table_setn(r->err_headers_out, challenge_header(r), text);
    set_note(r, CHALLENGE_NOTE, text);
}

/* If AuthType is not Bearer, its own module writes the challenge. */
static void set_challenge(request_rec *r, const ajwt_auth_state *auth,
                          ajwt_reason reason, const ajwt_challenge *extra)
{
    remove_challenge(r);
    if (ajwt_is_bearer(auth->auth_type))
        set_bearer_challenge(r, reason, extra);
    else if (ajwt_reason_describe(reason)->status == HTTP_UNAUTHORIZED)
        ap_note_auth_failure(r);
}

void ajwt_challenge_count_accepted(void)
{
    ajwt_counters_add(
        &ajwt_child_get()->counters->of_reason[AJWT_ACCEPTED].answered);
}

int ajwt_challenge_refuse(request_rec *r, const ajwt_auth_state *auth,
                          ajwt_reason reason, const ajwt_challenge *extra,
                          const char *detail)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);

    ajwt_request_log_refusal(r, auth, reason, detail);
    ajwt_counters_add(&ajwt_child_get()->counters->of_reason[reason].answered);
    apr_table_setn(r->subprocess_env, "JWT_REASON", row->tag);
    set_note(r, REASON_NOTE, row->tag);
    if (row->status == HTTP_SERVICE_UNAVAILABLE)
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_itoa(r->pool, auth->retry_after_s));
    else if (row->status < HTTP_INTERNAL_SERVER_ERROR)
        set_challenge(r, auth, reason, extra);
    return row->status;
}

void ajwt_challenge_report(request_rec *r, const ajwt_auth_state *auth,
                           ajwt_reason reason, const char *detail)
{
    ajwt_request_log_report(r, auth, reason, detail);
    ajwt_counters_add(&ajwt_child_get()->counters->of_reason[reason].reported);
    apr_table_setn(r->subprocess_env, "JWT_REASON",
                   ajwt_reason_describe(reason)->tag);
    apr_table_setn(r->notes, REASON_NOTE, ajwt_reason_describe(reason)->tag);
    remove_challenge(r);
}

int ajwt_challenge_note_auth_failure(request_rec *r, const char *auth_type)
{
    if (!ajwt_is_bearer(auth_type))
        return DECLINED;
    set_bearer_challenge(r, AJWT_NO_TOKEN, NULL);
    return OK;
}

static apr_status_t remove_challenge_if_success(ap_filter_t *filter,
                                                apr_bucket_brigade *brigade)
{
    if (ap_is_HTTP_SUCCESS(filter->r->status))
        remove_challenge(filter->r);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void ajwt_challenge_register(void)
{
    ap_register_output_filter(CHALLENGE_FILTER, remove_challenge_if_success,
                              NULL, AP_FTYPE_CONTENT_SET);
}

/*
 * refused: r itself, or the request that r is the error document of.  If only a
 * sub-request was refused, r has its reason and challenge as notes.
 */
static void repeat_challenge(request_rec *r, const request_rec *refused)
{
    const char *tag = apr_table_get(refused->notes, REASON_NOTE);
    const char *text = apr_table_get(refused->notes, CHALLENGE_NOTE);
    const char *header = challenge_header(r);

    /* httpd has renamed the first one to REDIRECT_JWT_REASON */
    if (tag)
        apr_table_setn(r->subprocess_env, "JWT_REASON", tag);
    if (text && !apr_table_get(r->err_headers_out, header))
        apr_table_setn(r->err_headers_out, header, text);
}

void ajwt_challenge_error(request_rec *r)
{
    if (r->status == HTTP_UNAUTHORIZED || r->status == HTTP_FORBIDDEN)
        repeat_challenge(r, r);
}

static int was_refused(const request_rec *r)
{
    return apr_table_get(r->notes, REASON_NOTE) ||
           apr_table_get(r->notes, CHALLENGE_NOTE);
}

int ajwt_challenge_fixups(request_rec *r)
{
    const request_rec *refused = r->prev;

    while (refused && !was_refused(refused))
        refused = refused->prev;
    if (refused)
        repeat_challenge(r, refused);
    if (!r->main && refused)
        ap_add_output_filter(CHALLENGE_FILTER, NULL, r, r->connection);
    return DECLINED;
}
