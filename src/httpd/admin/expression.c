/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/expression.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_main.h>

#define NOTE "auth_jwt-expression"

static int contains_name(const char *name, const char *const *names)
{
    while (*names && ap_cstr_casecmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* Whether the value is known for a request without a user */
static int is_value_known(const ap_expr_lookup_parms *parms)
{
    static const char *const variables[] = {"REMOTE_USER", "AUTH_TYPE", NULL};
    static const char *const environment[] = {"env", "reqenv", NULL};
    static const char *const functions[] = {
        "tolower",  "toupper", "escape", "unescape", "base64",
        "unbase64", "sha1",    "md5",    "ldap",     NULL};
    static const char *const tests[] = {"n", "z", "T", NULL};

    switch (parms->type) {
    case AP_EXPR_FUNC_VAR:
        return contains_name(parms->name, variables);
    case AP_EXPR_FUNC_STRING:
        return contains_name(parms->name, functions) ||
               (contains_name(parms->name, environment) && parms->arg &&
                strncmp(parms->arg, "JWT_", 4) == 0);
    case AP_EXPR_FUNC_OP_UNARY:
        return contains_name(parms->name, tests);
    default: /* a binary operator, or a list */
        return parms->type == AP_EXPR_FUNC_OP_BINARY;
    }
}

static int look_up_function(ap_expr_lookup_parms *parms)
{
    void *note = NULL;

    apr_pool_userdata_get(&note, NOTE, parms->ptemp);
    if (note && !is_value_known(parms))
        *(int *)note = 1;
    return ap_expr_lookup_default(parms);
}

/*
 * Creates a request with only the members that the evaluation reads.  Do not
 * log it: it has no connection.
 */
static request_rec *make_fake_request(apr_pool_t *pool)
{
    static const struct ap_logconf silent = {NULL, APLOG_EMERG};
    request_rec *r = apr_pcalloc(pool, sizeof *r);

    r->pool = pool;
    r->server = ap_server_conf;
    r->log = &silent;
    r->subprocess_env = apr_table_make(pool, 1);
    r->notes = apr_table_make(pool, 1);
    return r;
}

ajwt_truth ajwt_expression_without_user(const char *text, apr_pool_t *pool)
{
    ap_expr_info_t info = {NULL, "", 0, AP_EXPR_FLAG_DONT_VARY,
                           APLOG_NO_MODULE};
    const apr_size_t len = strlen(text);
    const char *error;
    int depends = 0, result;

    if (len > 1 && *text == '"' && text[len - 1] == '"')
        text = apr_pstrmemdup(pool, text + 1, len - 2);
    apr_pool_userdata_setn(&depends, NOTE, apr_pool_cleanup_null, pool);
    error = ap_expr_parse(pool, pool, &info, text, look_up_function);
    apr_pool_userdata_setn(NULL, NOTE, apr_pool_cleanup_null, pool);
    if (error || depends)
        return AJWT_DEPENDS;
    result = ap_expr_exec(make_fake_request(pool), &info, &error);
    if (result < 0)
        return AJWT_DEPENDS;
    return result ? AJWT_TRUE : AJWT_FALSE;
}
