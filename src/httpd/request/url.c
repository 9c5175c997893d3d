/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/url.h"

#include <scoreboard.h>

#include "httpd/config/config.h"
#include "httpd/request/request_state.h"

/* --- For handlers */

/*
 * Returns NULL if no parameter is left, as httpd does for a URL without a
 * query.
 */
static char *clean_query(const char *query, const ajwt_query_names *names,
                         apr_array_header_t *values, apr_pool_t *pool)
{
    const char *cleaned =
        query ? ajwt_query_remove(query, names, values, pool) : NULL;

    return cleaned != query && !*cleaned ? NULL : (char *)cleaned;
}

/*
 * The requests that r originates from are logged too, and programs can read
 * them.
 */
static void clean_origins(const request_rec *r, const ajwt_query_names *names)
{
    request_rec *origin;

    for (; (origin = r->prev ? r->prev : r->main); r = origin) {
        /* other sub-requests of a main request read the token there */
        if (r->prev)
            origin->args = clean_query(origin->args, names, NULL, origin->pool);
        origin->unparsed_uri = (char *)ajwt_query_remove_in(
            origin->unparsed_uri, names, origin->pool);
        origin->the_request = (char *)ajwt_query_remove_in(origin->the_request,
                                                           names, origin->pool);
    }
}

/* Cleans everything except r->args, which mod_rewrite may have replaced. */
static void clean_texts(request_rec *r, const ajwt_query_names *names)
{
    r->parsed_uri.query =
        clean_query(r->parsed_uri.query, names, NULL, r->pool);
    r->unparsed_uri =
        (char *)ajwt_query_remove_in(r->unparsed_uri, names, r->pool);
    r->the_request =
        (char *)ajwt_query_remove_in(r->the_request, names, r->pool);
    /*
     * for a forward proxy, it is the whole URL; otherwise a `?` in it is part
     * of the path
     */
    if (r->proxyreq == PROXYREQ_PROXY)
        r->uri = (char *)ajwt_query_remove_in(r->uri, names, r->pool);
    if (r->filename && strncmp(r->filename, "proxy:", 6) == 0)
        r->filename = (char *)ajwt_query_remove_in(r->filename, names, r->pool);
}

void ajwt_url_remove(request_rec *r, const char *name,
                     apr_array_header_t *values)
{
    const ajwt_query_names names = {&name, 1};

    r->args = clean_query(r->args, &names, values, r->pool);
    clean_texts(r, &names);
    clean_origins(r, &names);
}

/* --- For logs and the status page */

/*
 * A request without a host, or one that httpd refuses before post_read_request,
 * may be for any virtual host.
 */
static const ajwt_query_names *find_query_names(const request_rec *r)
{
    const ajwt_request_state *state = ajwt_request_state_of(r);

    return r->hostname && state && state->has_host
               ? ap_get_module_config(r->server->module_config,
                                      &auth_jwt_module)
               : ajwt_config_query_names();
}

static void clean_field(apr_table_t *headers, const char *name,
                        const ajwt_query_names *names, apr_pool_t *pool)
{
    const char *value = apr_table_get(headers, name);
    const char *cleaned = ajwt_query_remove_in(value, names, pool);

    if (cleaned != value)
        apr_table_setn(headers, name, cleaned);
}

int ajwt_url_post_read_request(request_rec *r)
{
    const ajwt_query_names *names;
    char *line = r->the_request;

    if (!ajwt_config_query_names() || r->prev)
        return DECLINED;
    ajwt_request_state_make(r)->has_host = 1;
    names = find_query_names(r);
    if (!names)
        return DECLINED;
    clean_field(r->headers_in, "Referer", names, r->pool);
    r->the_request = (char *)ajwt_query_remove_in(line, names, r->pool);
    if (r->the_request != line)
        ap_update_child_status(r->connection->sbh, SERVER_BUSY_WRITE, r);
    r->the_request = line;
    return DECLINED;
}

/* A program's variables can be logged too, for example by %{...}e. */
static void clean_variables(apr_table_t *variables,
                            const ajwt_query_names *names, apr_pool_t *pool)
{
    const apr_array_header_t *entries = apr_table_elts(variables);
    int i;

    for (i = 0; i < entries->nelts; i++) {
        apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        if (ap_strcasestr(entry->key, "QUERY_STRING"))
            entry->val =
                (char *)ajwt_query_remove(entry->val, names, NULL, pool);
        else
            entry->val = (char *)ajwt_query_remove_in(entry->val, names, pool);
    }
}

/* Returns whether there was something to hide. */
static int hide_token(request_rec *r, const ajwt_query_names *names)
{
    const char *line = r->the_request;

    r->args = clean_query(r->args, names, NULL, r->pool);
    clean_texts(r, names);
    clean_field(r->headers_in, "Referer", names, r->pool);
    clean_field(r->headers_out, "Location", names, r->pool);
    clean_field(r->err_headers_out, "Location", names, r->pool);
    if (line == r->the_request)
        return 0;
    clean_variables(r->subprocess_env, names, r->pool);
    return 1;
}

int ajwt_url_log_transaction(request_rec *r)
{
    const ajwt_query_names *names = ajwt_config_query_names();
    request_rec *logged;
    int is_changed = 0;

    if (names)
        names = find_query_names(r);
    for (logged = r; names && logged; logged = logged->next)
        is_changed |= hide_token(logged, names);
    if (is_changed)
        ap_update_child_status(r->connection->sbh, SERVER_BUSY_LOG, r);
    return DECLINED;
}
