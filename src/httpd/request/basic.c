/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/basic.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>

#include "core/limits.h"
#include "httpd/request/authenticate.h"
#include "httpd/request/cgi_name.h"
#include "httpd/request/challenge.h"
#include "httpd/request/export_env.h"
#include "httpd/request/private_answer.h"
#include "httpd/request/request_log.h"
#include "httpd/request/token_extract.h"
#include "httpd/request/token_lookup.h"

/* --- The Authorization field */

/*
 * Passwords of other providers may have dots too, so the first character
 * counts: a JSON object begins with `{`, which is `e` in base64url.
 */
static int has_token_form(const char *password)
{
    const ajwt_bytes bytes = ajwt_bytes_from_string(password);

    return bytes.len >= AJWT_MIN_COPY_BYTES && *password == 'e' &&
           ajwt_token_has_form(bytes);
}

/* Returns NULL if user has a colon, which Basic cannot represent: RFC 7617 2 */
static const char *make_basic_field(const char *user, const char *token,
                                    apr_pool_t *pool)
{
    if (strchr(user, ':'))
        return NULL;
    return apr_pstrcat(
        pool, "Basic ",
        ap_pbase64encode(pool, apr_pstrcat(pool, user, ":", token, NULL)),
        NULL);
}

static const char *skip_scheme(const char *field)
{
    field += strcspn(field, " \t");
    return field + strspn(field, " \t");
}

/* Texts that identify copies of the field */
typedef struct header_copies {
    const char *sent, *forwarded; /* whole fields; forwarded may be NULL */
    const char *token;
} header_copies;

static int is_whole_copy(const header_copies *copies,
                         const apr_table_entry_t *entry)
{
    return ajwt_cgi_name_is_header(entry->key, "Authorization") ||
           strcmp(entry->val, copies->sent) == 0 ||
           (copies->forwarded && strcmp(entry->val, copies->forwarded) == 0);
}

static int contains_copy(const char *value, const char *text)
{
    return strlen(text) >= AJWT_MIN_COPY_BYTES && strstr(value, text);
}

static int is_partial_copy(const header_copies *copies,
                           const apr_table_entry_t *entry)
{
    return contains_copy(entry->val, copies->token) ||
           contains_copy(entry->val, skip_scheme(copies->sent)) ||
           (copies->forwarded &&
            contains_copy(entry->val, skip_scheme(copies->forwarded)));
}

/* Replaces copies of the whole field by field, and removes partial copies. */
static void replace_copies(apr_table_t *variables, const header_copies *copies,
                           const char *field)
{
    const apr_array_header_t *entries = apr_table_elts(variables);
    int i = 0;

    while (i < entries->nelts) {
        apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);
        const int is_copy = is_whole_copy(copies, entry);

        if (is_copy && field)
            entry->val = (char *)field;
        else if (is_copy || is_partial_copy(copies, entry)) {
            apr_table_unset(variables,
                            entry->key); /* the next entry moves to index i */
            continue;
        }
        i++;
    }
}

/* Replaces the field that the client sent by field; NULL removes it. */
static void replace_field(ajwt_input *input, const char *field,
                          const char *token, request_rec *r,
                          apr_table_t *variables)
{
    const char *name = ajwt_token_extract_header_name(r);
    const header_copies copies = {input->sent, input->forwarded, token};

    replace_copies(variables, &copies, field);
    input->forwarded = field;
    if (field)
        apr_table_setn(r->headers_in, name, field);
    else
        apr_table_unset(r->headers_in, name);
}

/*
 * Takes over what the client sent, if field is the one that this module wrote
 * for the request that r originates from.
 */
static int inherit_field(ajwt_input *input, const char *field,
                         const request_rec *r)
{
    const request_rec *origin = ajwt_request_origin(r);
    const ajwt_input *before = origin ? ajwt_input_of(origin) : NULL;

    if (!before || !before->forwarded || before->config != input->config ||
        strcmp(before->forwarded, field) != 0)
        return 0;
    input->sent = before->sent;
    input->forwarded = before->forwarded;
    return 1;
}

void ajwt_basic_take(ajwt_input *input, request_rec *r, apr_table_t *variables)
{
    const char *field =
        apr_table_get(r->headers_in, ajwt_token_extract_header_name(r));
    const char *token;

    if (!field ||
        ap_get_basic_auth_components(r, NULL, &token) != APR_SUCCESS ||
        !has_token_form(token) || inherit_field(input, field, r))
        return;
    input->sent = field;
    replace_field(input,
                  *input->section.forwards_token
                      ? make_basic_field("", token, r->pool)
                      : NULL,
                  token, r, variables);
}

void ajwt_basic_forward(request_rec *r, const char *user, int forwards)
{
    ajwt_input bare = {0}, *input = ajwt_input_of(r);
    const char *token;

    if (ap_get_basic_auth_components(r, NULL, &token) != APR_SUCCESS)
        return;
    if (!input)
        input = &bare;
    if (!input->sent)
        input->sent =
            apr_table_get(r->headers_in, ajwt_token_extract_header_name(r));
    replace_field(input,
                  forwards ? make_basic_field(user, token, r->pool) : NULL,
                  token, r, r->subprocess_env);
}

/* AuthFormFakeBasicAuth, for example, puts a password into Authorization. */
void ajwt_basic_clean_authorization(request_rec *r, const ajwt_auth_state *auth)
{
    ajwt_section section;

    if (ajwt_auth_state_is_of_auth_type(auth, r))
        return;
    ajwt_config_get(&section, r);
    ajwt_basic_forward(r, auth->user, *section.forwards_token);
}

/* --- The provider */

/* The field that the client sent with r, or with the request r comes from */
static const char *find_sent_field(const request_rec *r)
{
    for (; r; r = ajwt_request_origin(r)) {
        const ajwt_input *input = ajwt_input_of(r);

        if (input && input->sent)
            return input->sent;
    }
    return NULL;
}

/*
 * Restores the client's field, which mod_auth_basic and the other providers
 * need.
 */
static void restore_sent_field(request_rec *r)
{
    const char *sent = find_sent_field(r);

    if (sent)
        apr_table_setn(r->headers_in, ajwt_token_extract_header_name(r), sent);
}

static void accept_user(request_rec *r, ajwt_auth_state *auth,
                        const ajwt_section *section)
{
    r->user = (char *)auth->user;
    ajwt_token_lookup_add(auth, section, r);
    ajwt_export_env_set(r, auth, section);
    ajwt_challenge_count_accepted();
}

/*
 * Whether the next provider may accept the password: it has not the form of a
 * token, or this section does not trust its issuer.  Every other refusal is
 * final.
 */
static int may_try_next_provider(const ajwt_auth_state *auth)
{
    return auth->reason == AJWT_NOT_COMPACT || auth->is_foreign;
}

static authn_status to_authn_status(const ajwt_auth_state *auth)
{
    if (may_try_next_provider(auth))
        return AUTH_USER_NOT_FOUND;
    return ajwt_reason_describe(auth->reason)->status >=
                   HTTP_INTERNAL_SERVER_ERROR
               ? AUTH_GENERAL_ERROR
               : AUTH_DENIED;
}

/* After authentication, the user name sent by the client is not forwarded. */
static void remove_sent_name(request_rec *r, ajwt_auth_state *auth,
                             const ajwt_section *section)
{

    ajwt_basic_forward(r, auth->reason == AJWT_ACCEPTED ? auth->user : "",
                       *section->forwards_token);
    ajwt_private_answer_mark(r, auth, section);
}

/* A further provider may need the name; then ajwt_basic_check drops it. */
static int may_remove_sent_name(const ajwt_auth_state *auth)
{
    return auth->reason != AJWT_NOT_COMPACT &&
           !(auth->is_foreign && auth->is_watched);
}

/*
 * A module other than mod_auth_basic keeps the user name that the client sent:
 * mod_auth_form stores it in a session, and may later accept it from there
 * without authentication (AuthFormSitePassphrase).
 */
static void check_sent_name(ajwt_auth_state *auth, const char *sent,
                            const request_rec *r)
{
    if (auth->reason != AJWT_ACCEPTED ||
        ajwt_auth_state_is_of_auth_type(auth, r) ||
        strcmp(sent, auth->user) == 0)
        return;
    auth->reason = AJWT_USER_MISSING;
    auth->user_error =
        "the user name that was sent is not the one in the token; "
        "a login form must send both";
}

static void log_refusal(request_rec *r, const ajwt_auth_state *auth)
{
    const char *detail = ajwt_authenticate_fix(auth->reason, r);

    if (auth->is_foreign)
        detail = "the next AuthBasicProvider is tried, if there is one";
    ajwt_request_log_refusal(r, auth, auth->reason, detail);
}

/*
 * mod_authn_socache does not store tokens: it stores what a provider passes to
 * ap_authn_cache_store, and this provider never calls that.
 */
static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    ajwt_section section;
    ajwt_auth_state *auth = ajwt_auth_state_of(r);

    if (!auth)
        auth = ajwt_auth_state_make(r, "Basic");
    ajwt_config_get(&section, r);
    ajwt_authenticate_token(auth, &section, ajwt_bytes_from_string(password),
                            r);
    check_sent_name(auth, user, r);
    if (may_remove_sent_name(auth))
        remove_sent_name(r, auth, &section);
    if (auth->reason == AJWT_ACCEPTED) {
        accept_user(r, auth, &section);
        return AUTH_GRANTED;
    }
    if (!auth->is_watched)
        log_refusal(r, auth);
    return to_authn_status(auth);
}

/*
 * Restores the field after another provider has accepted the password, which
 * was not a token then.
 */
static void restore_for_other_provider(request_rec *r)
{
    ajwt_input *input = ajwt_input_of(r);
    const char *token;

    if (input && input->sent &&
        ap_get_basic_auth_components(r, NULL, &token) == APR_SUCCESS)
        replace_field(input, input->sent, token, r, r->subprocess_env);
}

/*
 * All providers have refused the password.  If it is a token, the user name
 * sent by the client is not passed on to an error document.
 */
static int refuse_password(request_rec *r, ajwt_auth_state *auth,
                           const ajwt_section *section, int status)
{
    if (auth->is_checked ? auth->is_foreign : find_sent_field(r) != NULL)
        remove_sent_name(r, auth, section);
    if (!auth->is_checked)
        return status;
    if (auth->reason != AJWT_NOT_COMPACT)
        r->user = NULL; /* chosen by the client */
    return ajwt_challenge_refuse(r, auth, auth->reason, NULL,
                                 ajwt_authenticate_fix(auth->reason, r));
}

/*
 * Creates the authentication state before it runs the hook again, so that the
 * nested call returns at once.
 */
int ajwt_basic_check(request_rec *r)
{
    const ajwt_input *input = ajwt_input_of(r);
    ajwt_auth_state *auth;
    int status;

    if (!input || !input->is_basic || ajwt_auth_state_of(r))
        return DECLINED;
    auth = ajwt_auth_state_make(r, "Basic");
    auth->is_watched = 1;
    restore_sent_field(r);
    status = ap_run_check_user_id(r);
    if (status == OK && auth->reason != AJWT_ACCEPTED)
        restore_for_other_provider(r);
    if (status == OK || auth->reason == AJWT_ACCEPTED)
        return status;
    return refuse_password(r, auth, &input->section, status);
}

void ajwt_basic_register(apr_pool_t *pool)
{
    /* no get_realm_hash: Digest never sends the password */
    static const authn_provider provider = {check_password, NULL};

    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, AJWT_PROVIDER,
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
