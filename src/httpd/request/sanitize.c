/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/sanitize.h"

#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#include "config/header_rule.h"
#include "core/env_name.h"
#include "core/limits.h"
#include "httpd/request/basic.h"
#include "httpd/request/cgi_name.h"
#include "httpd/request/private_answer.h"
#include "httpd/request/token_extract.h"

#define TRAILERS_FILTER "AUTH_JWT_TRAILERS"

/* --- Headers */

static int is_claim_name(const ajwt_input *input, const char *name)
{
    return ((input->is_bearer || input->is_basic) &&
            ajwt_env_name_begins(name, input->section.export_prefix)) ||
           (input->section.headers &&
            ajwt_header_rule_find(input->section.headers, name));
}

static int is_forged_header(const apr_table_entry_t *entry, const void *input)
{
    return is_claim_name(input, entry->key);
}

/*
 * mod_proxy drops the headers that Connection names, so it must not name a
 * header of AuthJWTHeader.
 */
static void clean_connection(apr_table_t *table, const ajwt_input *input,
                             apr_pool_t *pool)
{
    const char *value = apr_table_getm(pool, table, "Connection");
    apr_array_header_t *kept = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *name;
    int is_clean = 1;

    name = value ? apr_strtok(apr_pstrdup(pool, value), " \t,;", &last) : NULL;
    for (; name; name = apr_strtok(NULL, " \t,;", &last)) {
        if (ajwt_header_rule_find(input->section.headers, name))
            is_clean = 0;
        else
            APR_ARRAY_PUSH(kept, const char *) = name;
    }
    if (is_clean)
        return;
    apr_table_unset(table, "Connection");
    if (kept->nelts)
        apr_table_setn(table, "Connection", apr_array_pstrcat(pool, kept, ','));
}

static void clean_headers(apr_table_t *table, const ajwt_input *input,
                          apr_pool_t *pool)
{
    ajwt_env_name_remove(table, is_forged_header, input);
    if (input->section.headers)
        clean_connection(table, input, pool);
}

/* --- Variables that SetEnvIf and RewriteRule copy from headers */

static int is_forged_variable(const apr_table_entry_t *entry,
                              const void *context)
{
    const ajwt_input *input = context;
    const char *name = ajwt_cgi_name_skip_redirects(entry->key);
    const char *header = ajwt_cgi_name_find_header(entry->key);

    if (header && is_claim_name(input, header))
        return 1;
    if ((!input->is_bearer && !input->is_basic) ||
        (name != entry->key && input->is_redirected))
        return 0;
    return ajwt_env_name_begins(name, input->section.export_prefix) ||
           ajwt_env_name_equal(name, "REMOTE_USER") ||
           ajwt_env_name_equal(name, "AUTH_TYPE");
}

int ajwt_sanitize_variables(request_rec *r)
{
    const ajwt_input *input = ajwt_input_of(r);

    if (input)
        ajwt_env_name_remove(r->subprocess_env, is_forged_variable, input);
    return DECLINED;
}

typedef struct header_copy {
    const char *name; /* of a header; NULL: compare only the text */
    const char *text; /* NULL: compare only the name */
} header_copy;

static int is_token_copy(const apr_table_entry_t *entry, const void *context)
{
    const header_copy *copy = context;

    return (copy->name && ajwt_cgi_name_is_header(entry->key, copy->name)) ||
           (copy->text && strstr(entry->val, copy->text));
}

/* Removes each copy of a token that was in source. */
static void remove_copies(apr_table_t *variables,
                          const ajwt_token_source *source, ajwt_bytes token,
                          apr_pool_t *pool)
{
    header_copy copy = {NULL, NULL};

    if (source->place == AJWT_IN_AUTHORIZATION)
        copy.name = "Authorization";
    else if (source->place == AJWT_IN_HEADER)
        copy.name = source->name;
    if (token.len >= AJWT_MIN_COPY_BYTES)
        copy.text = apr_pstrmemdup(pool, (const char *)token.data, token.len);
    ajwt_env_name_remove(variables, is_token_copy, &copy);
}

/* --- Tokens */

/* Whether the token must be removed from that source */
static int must_be_removed(const ajwt_input *input,
                           const ajwt_token_source *source)
{
    return source->place == AJWT_IN_QUERY || !*input->section.forwards_token ||
           (source->place == AJWT_IN_HEADER &&
            is_claim_name(input, source->name));
}

static void remove_token(ajwt_input *input, const ajwt_token_source *source,
                         request_rec *r, apr_table_t *variables)
{
    ajwt_bytes token;
    const ajwt_reason reason = ajwt_token_extract(&token, source, 1, r);

    if (reason == AJWT_NO_TOKEN || reason == AJWT_OTHER_SCHEME)
        return;
    remove_copies(variables, source, token, r->pool);
    if (source->place == AJWT_IN_QUERY)
        ajwt_private_answer_mark_query(r);
    if (reason == AJWT_ACCEPTED) {
        input->credentials.token = token;
        input->credentials.source = source;
    }
    input->reason = ajwt_token_extract_combine(input->reason, reason);
}

static void remove_tokens(ajwt_input *input, request_rec *r,
                          apr_table_t *variables)
{
    const apr_array_header_t *sources = input->section.token_sources;
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);

        if (must_be_removed(input, source))
            remove_token(input, source, r, variables);
    }
}

/*
 * --- Trailers, which httpd reads at the end of a body and may merge into
 * headers
 */

static int is_forged_trailer(const apr_table_entry_t *entry,
                             const void *context)
{
    const ajwt_input *input = context;
    const apr_array_header_t *sources = input->section.token_sources;
    int i;

    if (is_claim_name(input, entry->key))
        return 1;
    if (!input->is_bearer && !input->is_basic)
        return 0;
    for (i = 0; i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);

        if (source->place == AJWT_IN_HEADER &&
            ajwt_env_name_equal(entry->key, source->name))
            return 1;
    }
    return ajwt_env_name_equal(entry->key, "Authorization") ||
           ajwt_env_name_equal(entry->key, "Proxy-Authorization") ||
           ajwt_env_name_equal(entry->key, "Cookie");
}

static void clean_trailers(request_rec *r, const ajwt_input *input)
{
    if (!r->trailers_in || apr_is_empty_table(r->trailers_in))
        return;
    ajwt_env_name_remove(r->trailers_in, is_forged_trailer, input);
    if (input->section.headers)
        clean_connection(r->trailers_in, input, r->pool);
}

static apr_status_t filter_trailers(ap_filter_t *filter,
                                    apr_bucket_brigade *brigade,
                                    ap_input_mode_t mode, apr_read_type_e block,
                                    apr_off_t bytes)
{
    request_rec *r = filter->r;
    const apr_table_t *headers_in = r->headers_in;
    apr_status_t status =
        ap_get_brigade(filter->next, brigade, mode, block, bytes);

    clean_trailers(r, filter->ctx);
    if (r->headers_in != headers_in) /* httpd has merged the trailers into it */
        r->headers_in = apr_table_overlay(r->pool, headers_in, r->trailers_in);
    return status;
}

/* In HTTP/2, trailers may follow a body of any kind. */
static int may_have_trailers(const request_rec *r)
{
    return apr_table_get(r->headers_in, "Transfer-Encoding") ||
           (r->connection->master &&
            apr_table_get(r->headers_in, "Content-Length"));
}

static void add_trailers_filter(request_rec *r, ajwt_input *input)
{
    clean_trailers(r, input);
    if (!r->main && may_have_trailers(r))
        ap_add_input_filter(TRAILERS_FILTER, input, r, r->connection);
}

void ajwt_sanitize_register(void)
{
    ap_register_input_filter(TRAILERS_FILTER, filter_trailers, NULL,
                             AP_FTYPE_CONTENT_SET);
}

/* --- A request */

/*
 * Fast path: most servers have no AuthJWTHeader, and most requests have no
 * AuthType.
 */
static ajwt_input *make_input(request_rec *r)
{
    const char *auth_type = ap_auth_type(r);
    const int is_bearer = ajwt_is_bearer(auth_type);
    const int is_basic = auth_type && ap_cstr_casecmp(auth_type, "Basic") == 0;
    ajwt_section section;
    ajwt_input *input;

    if (!is_bearer && !is_basic && !ajwt_config_settings()->has_headers)
        return NULL;
    ajwt_config_get(&section, r);
    if (!is_bearer && !section.headers && !(is_basic && *section.is_provider))
        return NULL;
    input = apr_pcalloc(r->pool, sizeof *input);
    input->config = r->per_dir_config;
    input->section = section;
    input->is_bearer = is_bearer;
    input->is_basic = is_basic && *section.is_provider;
    input->reason = AJWT_NO_TOKEN;
    return input;
}

/*
 * A token that was removed under another section still belongs to this request.
 */
static void copy_removed_token(ajwt_input *input, const ajwt_input *before)
{
    if (!before)
        return;
    input->credentials = before->credentials;
    input->reason = before->reason;
    input->sent = before->sent;
    input->forwarded = before->forwarded;
}

static void sanitize_request(request_rec *r, apr_table_t *variables)
{
    const request_rec *origin = ajwt_request_origin(r);
    ajwt_input *input = make_input(r);

    if (!input)
        return;
    copy_removed_token(input, ajwt_input_of(r));
    input->is_redirected = origin && ajwt_input_of(origin);
    ajwt_request_state_make(r)->input = input;
    if (input->is_bearer)
        remove_tokens(input, r, variables);
    if (input->is_basic)
        ajwt_basic_take(input, r, variables);
    clean_headers(r->headers_in, input, r->pool);
    ajwt_env_name_remove(variables, is_forged_variable, input);
    add_trailers_filter(r, input);
}

/*
 * httpd may have refused a request before this hook; r is its ErrorDocument
 * then.
 */
static void sanitize_refused(request_rec *refused, request_rec *r)
{
    const char *line = refused->the_request;

    sanitize_request(refused, r->subprocess_env);
    if (r->the_request == line)
        r->the_request = refused->the_request;
}

int ajwt_sanitize(request_rec *r)
{
    const ajwt_input *input = ajwt_input_of(r);

    if (r->prev && !ajwt_input_of(r->prev))
        sanitize_refused(r->prev, r);
    if (!input || input->config != r->per_dir_config)
        sanitize_request(r, r->subprocess_env);
    return DECLINED;
}
