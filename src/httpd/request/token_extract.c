/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/token_extract.h"

#include "core/authorization_header.h"
#include "core/cookie.h"
#include "core/env_name.h"
#include "httpd/request/url.h"

const char *ajwt_token_extract_header_name(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authorization"
                                         : "Authorization";
}

static ajwt_reason extract_authorization(ajwt_bytes *token, int removes,
                                         request_rec *r)
{
    const char *name = ajwt_token_extract_header_name(r);
    ajwt_reason reason = ajwt_authorization_header_parse(
        token, apr_table_get(r->headers_in, name));

    if (removes && reason != AJWT_OTHER_SCHEME)
        apr_table_unset(r->headers_in, name);
    return reason;
}

ajwt_reason ajwt_token_extract_combine(ajwt_reason one, ajwt_reason other)
{
    if (one == AJWT_NO_TOKEN || one == other)
        return one == AJWT_ACCEPTED ? AJWT_SEVERAL_TOKENS : other;
    if (other == AJWT_NO_TOKEN)
        return one;
    if (one == AJWT_OTHER_SCHEME)
        return other;
    return other == AJWT_OTHER_SCHEME ? one : AJWT_SEVERAL_TOKENS;
}

/*
 * Removes every spelling of the name, because an application may read any of
 * them.
 */
static ajwt_reason extract_header(ajwt_bytes *token, const char *name,
                                  int removes, request_rec *r)
{
    const apr_array_header_t *entries = apr_table_elts(r->headers_in);
    ajwt_reason reason = AJWT_NO_TOKEN;
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);
        ajwt_bytes found;
        ajwt_reason next;

        if (!ajwt_env_name_equal(entry->key, name))
            continue;
        next = ajwt_authorization_header_parse_field(&found, entry->val);
        if (next == AJWT_ACCEPTED)
            *token = found;
        reason = ajwt_token_extract_combine(reason, next);
    }
    if (removes)
        ajwt_env_name_unset(r->headers_in, name);
    return reason;
}

static ajwt_reason parse_values(ajwt_bytes *token,
                                const apr_array_header_t *values)
{
    ajwt_reason reason = AJWT_NO_TOKEN;
    int i;

    for (i = 0; i < values->nelts; i++) {
        ajwt_bytes found;
        const ajwt_reason next = ajwt_authorization_header_parse_bare(
            &found, APR_ARRAY_IDX(values, i, const char *));

        if (next == AJWT_ACCEPTED)
            *token = found;
        reason = ajwt_token_extract_combine(reason, next);
    }
    return reason;
}

static ajwt_reason extract_cookie(ajwt_bytes *token, const char *name,
                                  int removes, request_rec *r)
{
    const char *field = apr_table_getm(r->pool, r->headers_in, "Cookie");
    apr_array_header_t *values;
    const char *rest;

    if (!field)
        return AJWT_NO_TOKEN;
    values = apr_array_make(r->pool, 1, sizeof(const char *));
    rest = ajwt_cookie_remove(field, name, values, r->pool);
    if (removes && !rest)
        apr_table_unset(r->headers_in, "Cookie");
    else if (removes && rest != field)
        apr_table_setn(r->headers_in, "Cookie", rest);
    return parse_values(token, values);
}

static ajwt_reason extract_parameter(ajwt_bytes *token, const char *name,
                                     request_rec *r)
{
    apr_array_header_t *values =
        apr_array_make(r->pool, 1, sizeof(const char *));

    ajwt_url_remove(r, name, values);
    return parse_values(token, values);
}

ajwt_reason ajwt_token_extract(ajwt_bytes *token,
                               const ajwt_token_source *source, int removes,
                               request_rec *r)
{
    token->data = NULL;
    token->len = 0;
    switch (source->place) {
    case AJWT_IN_AUTHORIZATION:
        return extract_authorization(token, removes, r);
    case AJWT_IN_HEADER:
        return extract_header(token, source->name, removes, r);
    case AJWT_IN_COOKIE:
        return extract_cookie(token, source->name, removes, r);
    case AJWT_IN_QUERY:
        return extract_parameter(token, source->name, r);
    }
    return AJWT_INTERNAL;
}
