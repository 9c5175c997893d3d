#include "httpd/header.h"

#include <apr_strings.h>
#include <http_core.h>
#include <util_filter.h>

#include "core/fold.h"
#include "core/variable.h"
#include "httpd/config.h"
#include "httpd/log.h"
#include "httpd/verdict.h"

#define TRAILERS_FILTER "AUTH_JWT_TRAILERS"
#define JUDGED_KEY      "auth_jwt: the section whose headers were removed"

/* --- While the configuration is read */

/* Framing, routing and credentials are between client and server. */
static int is_reserved(const char *name)
{
    static const char *const reserved[] = {"Authorization",
                                           "Connection",
                                           "Content-Encoding",
                                           "Content-Length",
                                           "Content-Type",
                                           "Cookie",
                                           "Expect",
                                           "Host",
                                           "HTTP2-Settings",
                                           "Keep-Alive",
                                           "Proxy",
                                           "Proxy-Authenticate",
                                           "Proxy-Authorization",
                                           "Proxy-Connection",
                                           "TE",
                                           "Trailer",
                                           "Trailers",
                                           "Transfer-Encoding",
                                           "Upgrade",
                                           NULL};
    int i;

    for (i = 0; reserved[i]; i++) {
        if (ajwt_fold_equal(name, reserved[i]))
            return 1;
    }
    return 0;
}

static const ajwt_header *find(const apr_array_header_t *headers,
                               const char *name)
{
    int i;

    for (i = 0; i < headers->nelts; i++) {
        const ajwt_header *header = &APR_ARRAY_IDX(headers, i, ajwt_header);

        if (ajwt_fold_equal(header->name, name))
            return header;
    }
    return NULL;
}

static const char *check_name(const apr_array_header_t *headers,
                              const char *name, const ajwt_words *in)
{
    const ajwt_header *same = headers ? find(headers, name) : NULL;

    if (!*name || *ap_scan_http_token(name))
        return ajwt_words_fail(
            in, "'%s' is no name of a header: write one like X-User", name);
    if (is_reserved(name))
        return ajwt_words_fail(in,
                               "%s belongs to HTTP itself: write another "
                               "name, like X-User",
                               name);
    if (same)
        return ajwt_words_fail(in,
                               "%s and %s in this section are one name to many "
                               "backends: take one of them out",
                               same->name, name);
    return NULL;
}

const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in)
{
    ajwt_header header;
    const char *error;

    if (in->count != 2)
        return ajwt_words_fail(
            in, "write the name of a header and a claim, like X-User sub");
    header.name = in->word[0];
    error = check_name(*headers, header.name, in);
    if (error)
        return error;
    header.path = ajwt_path_parse(&error, in->word[1], in->pool);
    if (!header.path)
        return ajwt_words_fail(in, "'%s': %s", in->word[1], error);
    if (!*headers)
        *headers = apr_array_make(in->pool, 1, sizeof(ajwt_header));
    APR_ARRAY_PUSH(*headers, ajwt_header) = header;
    return NULL;
}

const char *ajwt_header_check(const apr_array_header_t *headers,
                              const apr_array_header_t *token_sources,
                              const ajwt_words *in)
{
    int i;

    for (i = 0; headers && token_sources && i < token_sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(token_sources, i, ajwt_token_source);

        if (source->place == AJWT_IN_HEADER && find(headers, source->name))
            return ajwt_words_fail(in,
                                   "%s cannot both bring the token "
                                   "(AuthJWTTokenSource) and be made of it "
                                   "(AuthJWTHeader): take another name",
                                   source->name);
    }
    return NULL;
}

/* --- What the client sent */

/* mod_proxy drops what Connection names, be it ours. */
static void clean_connection(apr_table_t *table,
                             const apr_array_header_t *headers,
                             apr_pool_t *pool)
{
    const char *value = apr_table_getm(pool, table, "Connection");
    apr_array_header_t *kept = apr_array_make(pool, 2, sizeof(const char *));
    char *last, *name;
    int is_clean = 1;

    name = value ? apr_strtok(apr_pstrdup(pool, value), " \t,;", &last) : NULL;
    for (; name; name = apr_strtok(NULL, " \t,;", &last)) {
        if (find(headers, name))
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

static void clean(apr_table_t *table, const apr_array_header_t *headers,
                  apr_pool_t *pool)
{
    int i;

    if (!table)
        return;
    for (i = 0; i < headers->nelts; i++)
        ajwt_fold_unset(table, APR_ARRAY_IDX(headers, i, ajwt_header).name);
    clean_connection(table, headers, pool);
}

/* At the end of a body: httpd has put the trailers among the headers. */
static apr_status_t filter_trailers(ap_filter_t *filter,
                                    apr_bucket_brigade *brigade,
                                    ap_input_mode_t mode, apr_read_type_e block,
                                    apr_off_t bytes)
{
    request_rec *r = filter->r;
    const apr_table_t *headers_in = r->headers_in;
    apr_status_t status =
        ap_get_brigade(filter->next, brigade, mode, block, bytes);

    if (r->headers_in != headers_in) {
        clean(r->trailers_in, filter->ctx, r->pool);
        r->headers_in = apr_table_overlay(r->pool, headers_in, r->trailers_in);
    }
    return status;
}

void ajwt_header_register(void)
{
    ap_register_input_filter(TRAILERS_FILTER, filter_trailers, NULL,
                             AP_FTYPE_CONTENT_SET);
}

static void remove_forged(request_rec *r, const ajwt_section *section)
{
    const core_server_config *core =
        ap_get_core_module_config(r->server->module_config);

    clean(r->headers_in, section->headers, r->pool);
    clean(r->trailers_in, section->headers, r->pool);
    if (!r->main && core->merge_trailers == AP_MERGE_TRAILERS_ENABLE)
        ap_add_input_filter(TRAILERS_FILTER, section->headers, r,
                            r->connection);
    apr_pool_userdata_setn(r->per_dir_config, JUDGED_KEY, NULL, r->pool);
}

/* Most servers have no such section at all, and most requests none. */
static int has_headers(ajwt_section *section, const request_rec *r)
{
    if (!ajwt_config_settings()->has_headers)
        return 0;
    ajwt_config_get(section, r);
    return section->headers != NULL;
}

int ajwt_header_post_perdir(request_rec *r)
{
    ajwt_section section;

    if (has_headers(&section, r))
        remove_forged(r, &section);
    return DECLINED;
}

/* --- What the token says */

/* What surrounds a value is no part of it to whoever reads a header. */
static int has_outer_blank(const char *value)
{
    return *value == ' ' || (*value && value[strlen(value) - 1] == ' ');
}

static void set_header(request_rec *r, const ajwt_header *header,
                       const json_t *claim, ajwt_variable_format format)
{
    const char *why;
    const char *value = ajwt_variable_print(&why, claim, format, r->pool);

    if (value && has_outer_blank(value))
        why = "its value begins or ends with a blank";
    if (why)
        ajwt_log_not_sent(r, header->path->text, header->name, why);
    else
        apr_table_setn(r->headers_in, header->name, value);
}

static void set_all(request_rec *r, const ajwt_section *section)
{
    const ajwt_verdict *verdict = ajwt_verdict_accepted(r);
    int i;

    for (i = 0; verdict && i < section->headers->nelts; i++) {
        const ajwt_header *header =
            &APR_ARRAY_IDX(section->headers, i, ajwt_header);
        const json_t *claim =
            ajwt_path_find(header->path, verdict->token.claims);

        if (claim && !json_is_null(claim))
            set_header(r, header, claim, *section->export_format);
    }
}

static int is_judged(const request_rec *r)
{
    void *judged;

    apr_pool_userdata_get(&judged, JUDGED_KEY, r->pool);
    return judged == r->per_dir_config;
}

int ajwt_header_fixups(request_rec *r)
{
    ajwt_section section;

    if (!has_headers(&section, r))
        return DECLINED;
    if (!is_judged(r))
        remove_forged(r, &section);
    set_all(r, &section);
    return DECLINED;
}

int ajwt_header_handler(request_rec *r)
{
    return ajwt_config_settings()->has_headers && !is_judged(r)
               ? ajwt_header_fixups(r)
               : DECLINED;
}
