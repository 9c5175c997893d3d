/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other modules see and write in a request's notes.
 *
 * At the end of a request the variable ALL_NOTES has every note of it.  A
 * request header `X-Note: name=value` sets one at the beginning.
 */
#include <httpd.h>

#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>

static int set_note(request_rec *r)
{
    const char *text = apr_table_get(r->headers_in, "X-Note");
    const char *mark = text ? strchr(text, '=') : NULL;

    if (mark)
        apr_table_set(r->notes,
                      apr_pstrmemdup(r->pool, text, (apr_size_t)(mark - text)),
                      mark + 1);
    return DECLINED;
}

static int append(void *data, const char *name, const char *value)
{
    request_rec *r = data;
    const char *before = apr_table_get(r->subprocess_env, "ALL_NOTES");

    apr_table_setn(r->subprocess_env, "ALL_NOTES",
                   apr_pstrcat(r->pool, before ? before : "", "{", name, "=",
                               value, "}", NULL));
    return 1;
}

static int show_notes(request_rec *r)
{
    apr_table_do(append, r, r->notes, NULL);
    return DECLINED;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_post_read_request(set_note, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(show_notes, NULL, NULL, APR_HOOK_FIRST);
}

#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA notes_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
#pragma GCC visibility pop
