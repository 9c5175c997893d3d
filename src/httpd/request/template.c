/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/template.h"

#include <ap_expr.h>
#include <apr_strings.h>

/*
 * The comparison of pools is httpd's own test for a .htaccess file, whose
 * expressions may not read files.
 */
static unsigned choose_flags(const cmd_parms *cmd)
{
    return AP_EXPR_FLAG_STRING_RESULT |
           (cmd->pool == cmd->temp_pool ? AP_EXPR_FLAG_RESTRICTED : 0);
}

const char *ajwt_template_parse(const ajwt_templates **templates,
                                const apr_array_header_t *texts,
                                const cmd_parms *cmd)
{
    ajwt_templates *parsed =
        apr_array_make(cmd->pool, texts->nelts, sizeof(const ap_expr_info_t *));
    int i;

    for (i = 0; i < texts->nelts; i++) {
        const char *text = APR_ARRAY_IDX(texts, i, const char *), *error;
        const ap_expr_info_t *expression =
            ap_expr_parse_cmd(cmd, text, choose_flags(cmd), &error, NULL);

        if (!expression)
            return apr_psprintf(
                cmd->pool,
                "'%s' is not an expression of httpd: %s: write %%{env:NAME} or "
                "the like, or \\%%{ for the text %%{",
                text, error);
        APR_ARRAY_PUSH(parsed, const ap_expr_info_t *) = expression;
    }
    *templates = parsed;
    return NULL;
}

/*
 * Evaluates without httpd's log line: httpd would log each failure at level
 * error.
 */
static const char *evaluate_expression(const char **error,
                                       const ap_expr_info_t *template,
                                       request_rec *r)
{
    static const struct ap_logconf silent = {NULL, APLOG_EMERG};
    const struct ap_logconf *log = r->log;
    const char *value;

    *error = NULL;
    r->log = &silent;
    value = ap_expr_str_exec(r, template, error);
    r->log = log;
    if (!value && !*error)
        *error = "httpd reports no cause";
    return *error ? NULL : value;
}

const char *const *ajwt_template_evaluate(const char **error,
                                          const ajwt_templates *templates,
                                          request_rec *r)
{
    const char **values =
        apr_palloc(r->pool, (apr_size_t)templates->nelts * sizeof *values);
    int i;

    for (i = 0; i < templates->nelts; i++) {
        values[i] = evaluate_expression(
            error, APR_ARRAY_IDX(templates, i, const ap_expr_info_t *), r);
        if (!values[i])
            return NULL;
    }
    return values;
}
