/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/private_answer.h"

#include <apr_date.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <util_filter.h>

#include "httpd/request/request_state.h"

#define PRIVATE_FILTER "AUTH_JWT_PRIVATE"
#define VARY_FILTER    "AUTH_JWT_VARY"
#define EARLY_FILTER   "AUTH_JWT_VARY_EARLY"

/* Bits of ajwt_request_state.privacy; CHECKED is only computed */
#define AJWT_PRIVACY_PRIVATE  1u /* no shared cache may store the response */
#define AJWT_PRIVACY_REFERRER 2u /* the client's URL holds a token */
#define AJWT_PRIVACY_VARIES   4u /* the response depends on Authorization */
#define AJWT_PRIVACY_CHECKED  8u /* a token was looked for */

/* --- Which answers */

static int is_outside_authorization(const apr_array_header_t *sources)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        if (APR_ARRAY_IDX(sources, i, ajwt_token_source).place !=
            AJWT_IN_AUTHORIZATION)
            return 1;
    }
    return 0;
}

/*
 * Whether a cache cannot detect the token, or that there was none.  A cache
 * looks only at Authorization, not at Proxy-Authorization.
 */
static int is_token_hidden(const request_rec *r, const ajwt_auth_state *auth,
                           const ajwt_section *section)
{
    const ajwt_token_source *source = auth->credentials.source;

    if (!*section->forwards_token || r->proxyreq == PROXYREQ_PROXY)
        return 1;
    if (!ajwt_is_bearer(auth->auth_type))
        return !ajwt_auth_state_is_of_auth_type(auth, r);
    return source ? source->place != AJWT_IN_AUTHORIZATION
                  : is_outside_authorization(section->token_sources);
}

/*
 * Whether an accepted token in Authorization was removed after authentication,
 * as by `RequestHeader unset Authorization`.
 */
static int was_authorization_removed(const request_rec *r,
                                     const ajwt_auth_state *auth)
{
    return auth && auth->reason == AJWT_ACCEPTED &&
           !apr_table_get(r->headers_in, "Authorization");
}

/* The bits of r and of all requests that it originates from */
static unsigned collect_privacy(const request_rec *r)
{
    unsigned privacy = 0;

    for (; r; r = ajwt_request_origin(r)) {
        const ajwt_request_state *state = ajwt_request_state_of(r);

        if (!state)
            continue;
        privacy |= state->privacy;
        if (state->auth)
            privacy |= AJWT_PRIVACY_CHECKED;
        if (was_authorization_removed(r, state->auth))
            privacy |= AJWT_PRIVACY_PRIVATE;
    }
    return privacy;
}

/* --- Their Cache-Control */

/* Limits for the client's own cache, which are kept */
typedef struct cache_control {
    apr_pool_t *pool;
    unsigned directives;   /* one bit for each of kept_directives */
    apr_int64_t max_age_s; /* the smallest; -1: none */
} cache_control;

static const char *const kept_directives[] = {
    "no-store", "no-cache", "must-revalidate", "no-transform"};

#define KEPT_DIRECTIVES (sizeof kept_directives / sizeof kept_directives[0])

static void limit_max_age(cache_control *control, apr_int64_t seconds)
{
    if (control->max_age_s < 0 || seconds < control->max_age_s)
        control->max_age_s = seconds;
}

/* RFC 9111 4.2.1: an invalid max-age means that the response is stale. */
static apr_int64_t parse_seconds(const char *text)
{
    return apr_isdigit(*text) ? apr_strtoi64(text, NULL, 10) : 0;
}

/* apr_table_do callback for each Cache-Control field */
static int read_cache_control(void *context, const char *name,
                              const char *value)
{
    cache_control *control = context;
    const char *directive;

    (void)name;
    while ((directive = ap_get_list_item(control->pool, &value))) {
        apr_size_t len = strcspn(directive, "="), i;

        for (i = 0; i < KEPT_DIRECTIVES; i++) {
            if (strlen(kept_directives[i]) == len &&
                strncmp(directive, kept_directives[i], len) == 0)
                control->directives |= 1u << i;
        }
        if (strncmp(directive, "max-age=", 8) == 0)
            limit_max_age(control, parse_seconds(directive + 8));
    }
    return 1;
}

/*
 * HTTP/1.0 caches use only Expires, so it is removed.  If there is no max-age,
 * the value of Expires becomes one, to limit the client's cache.
 */
static void read_expires(cache_control *control, const request_rec *r)
{
    const char *expires = apr_table_get(r->err_headers_out, "Expires");
    apr_time_t left;

    if (!expires)
        expires = apr_table_get(r->headers_out, "Expires");
    if (!expires || control->max_age_s >= 0)
        return;
    left = apr_date_parse_http(expires) - r->request_time;
    limit_max_age(control, left > 0 ? apr_time_sec(left) : 0);
}

static const char *print_cache_control(const cache_control *control)
{
    const char *value = "private";
    apr_size_t i;

    for (i = 0; i < KEPT_DIRECTIVES; i++) {
        if (control->directives & 1u << i)
            value = apr_pstrcat(control->pool, value, ", ", kept_directives[i],
                                NULL);
    }
    return control->max_age_s < 0
               ? value
               : apr_psprintf(control->pool, "%s, max-age=%" APR_INT64_T_FMT,
                              value, control->max_age_s);
}

/*
 * Some shared caches prefer these fields to Cache-Control.  The names of RFC
 * 9213 end in -Cache-Control.
 */
static int is_for_shared_caches(const char *name)
{
    static const char *const names[] = {"Expires", "Surrogate-Control",
                                        "Edge-Control", "X-Accel-Expires"};
    static const char suffix[] = "-Cache-Control";
    apr_size_t len = strlen(name), suffix_len = sizeof suffix - 1, i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (ap_cstr_casecmp(name, names[i]) == 0)
            return 1;
    }
    return len > suffix_len &&
           ap_cstr_casecmp(name + len - suffix_len, suffix) == 0;
}

static void unset_for_shared_caches(apr_table_t *headers)
{
    const apr_array_header_t *fields = apr_table_elts(headers);
    int i = 0;

    while (i < fields->nelts) {
        const char *name = APR_ARRAY_IDX(fields, i, apr_table_entry_t).key;

        if (is_for_shared_caches(name)) {
            apr_table_unset(headers, name);
            i = 0; /* the other entries have moved */
        }
        else
            i++;
    }
}

static void restrict_caches(request_rec *r)
{
    cache_control control = {r->pool, 0, -1};

    apr_table_do(read_cache_control, &control, r->headers_out, "Cache-Control",
                 NULL);
    apr_table_do(read_cache_control, &control, r->err_headers_out,
                 "Cache-Control", NULL);
    read_expires(&control, r);
    unset_for_shared_caches(r->headers_out);
    unset_for_shared_caches(r->err_headers_out);
    apr_table_unset(r->err_headers_out, "Cache-Control");
    apr_table_setn(r->headers_out, "Cache-Control",
                   print_cache_control(&control));
}

static void set_no_referrer(request_rec *r)
{
    apr_table_unset(r->err_headers_out, "Referrer-Policy");
    apr_table_setn(r->headers_out, "Referrer-Policy", "no-referrer");
}

/* --- Filters */

static ap_filter_rec_t *private_filter, *vary_filter, *early_filter;

static apr_status_t filter_private(ap_filter_t *filter,
                                   apr_bucket_brigade *brigade)
{
    unsigned privacy = collect_privacy(filter->r);
    request_rec *answered = filter->r;

    while (answered->main)
        answered = answered->main;
    if (privacy & AJWT_PRIVACY_PRIVATE)
        restrict_caches(answered);
    if (privacy & AJWT_PRIVACY_REFERRER)
        set_no_referrer(answered);
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

/*
 * Writes one Vary field in one table, because mod_cache reads only the first
 * one that it finds.
 */
static apr_status_t filter_vary(ap_filter_t *filter,
                                apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    const char *more = apr_table_getm(r->pool, r->err_headers_out, "Vary");

    if (more) {
        apr_table_unset(r->err_headers_out, "Vary");
        apr_table_mergen(r->headers_out, "Vary", more);
    }
    if (!ap_find_token(r->pool, apr_table_get(r->headers_out, "Vary"),
                       "Authorization"))
        apr_table_mergen(r->headers_out, "Vary", "Authorization");
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

/*
 * mod_cache stores nothing if the variable no-cache is set.  Its filter runs
 * before the private filter.
 */
static void insert_filters(request_rec *r, unsigned privacy)
{
    /*
     * A stored ErrorDocument would have the status and the challenge, and would
     * answer requests for its own path.
     */
    if (privacy & AJWT_PRIVACY_PRIVATE ||
        (privacy & AJWT_PRIVACY_CHECKED && ap_is_HTTP_ERROR(r->status)))
        apr_table_setn(r->subprocess_env, "no-cache", "1");
    if (privacy & AJWT_PRIVACY_VARIES) {
        ap_add_output_filter_handle(early_filter, NULL, r, r->connection);
        ap_add_output_filter_handle(vary_filter, NULL, r, r->connection);
    }
    if (privacy & (AJWT_PRIVACY_PRIVATE | AJWT_PRIVACY_REFERRER))
        ap_add_output_filter_handle(private_filter, NULL, r, r->connection);
}

void ajwt_private_answer_insert(request_rec *r)
{
    insert_filters(r, collect_privacy(r));
}

/*
 * r itself is protected when its filters are inserted.  The handler of its main
 * requests may already be running, so they are protected here.
 */
static void mark_request(request_rec *r, unsigned privacy)
{
    request_rec *whole;

    ajwt_request_state_make(r)->privacy |= privacy;
    for (whole = r->main; whole; whole = whole->main) {
        ajwt_request_state *state = ajwt_request_state_make(whole);

        insert_filters(whole, privacy & ~state->privacy);
        /*
         * mod_cache may be storing this response, whose header has been sent:
         * no_cache makes it discard the response.
         */
        if (privacy & AJWT_PRIVACY_PRIVATE && whole->sent_bodyct)
            whole->no_cache = 1;
        state->privacy |= privacy;
    }
}

void ajwt_private_answer_mark(request_rec *r, const ajwt_auth_state *auth,
                              const ajwt_section *section)
{
    const ajwt_token_source *source = auth->credentials.source;

    if (source && source->place == AJWT_IN_QUERY)
        ajwt_private_answer_mark_query(r);
    else if (is_token_hidden(r, auth, section))
        mark_request(r, AJWT_PRIVACY_PRIVATE);
    else if (ajwt_is_bearer(auth->auth_type) &&
             *section->optional != AJWT_OPTIONAL_OFF)
        mark_request(r, AJWT_PRIVACY_VARIES);
}

void ajwt_private_answer_mark_query(request_rec *r)
{
    mark_request(r, AJWT_PRIVACY_PRIVATE | AJWT_PRIVACY_REFERRER);
}

/*
 * The private filter runs after all modules that write headers, including
 * mod_headers.
 */
void ajwt_private_answer_register(void)
{
    private_filter = ap_register_output_filter(PRIVATE_FILTER, filter_private,
                                               NULL, AP_FTYPE_PROTOCOL - 1);
    /*
     * before mod_cache if SetOutputFilter or a sub-request has placed it there
     */
    early_filter = ap_register_output_filter(EARLY_FILTER, filter_vary, NULL,
                                             AP_FTYPE_RESOURCE - 1);
    /* before mod_cache's usual place, and after mod_headers, which is inserted
     * earlier */
    vary_filter = ap_register_output_filter(VARY_FILTER, filter_vary, NULL,
                                            AP_FTYPE_CONTENT_SET);
}
