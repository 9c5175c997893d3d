/*
 * A module that is responsible for AuthType Bearer too, as mod_auth_bearer of
 * later versions of httpd: with no provider configured, it answers 500, and 401
 * with a challenge of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

static int check(request_rec *r)
{
    const char *type = ap_auth_type(r);

    if (!type || ap_cstr_casecmp(type, "Bearer") != 0)
        return DECLINED;
    apr_table_setn(r->headers_out, "X-Checked-By", "other_bearer");
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int note_failure(request_rec *r, const char *type)
{
    if (ap_cstr_casecmp(type, "Bearer") != 0)
        return DECLINED;
    apr_table_setn(r->err_headers_out, "WWW-Authenticate",
                   "Bearer realm=\"other\"");
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_check_authn(check, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_note_auth_failure(note_failure, NULL, NULL, APR_HOOK_MIDDLE);
}

#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA other_bearer_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
#pragma GCC visibility pop
