/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String expressions of httpd, as `%{env:NAME}`, in the arguments of Require
 * lines: parsed with the configuration, evaluated for each request.
 */
#ifndef AJWT_HTTPD_REQUEST_TEMPLATE_H
#define AJWT_HTTPD_REQUEST_TEMPLATE_H

#include "httpd/module.h"

/** Parsed templates: const ap_expr_info_t * */
typedef apr_array_header_t ajwt_templates;

/**
 * texts: const char *.  Returns NULL, or an error text that names the template
 * and the fix.  In a .htaccess file, expressions that read files are errors.
 */
const char *ajwt_template_parse(const ajwt_templates **templates,
                                const apr_array_header_t *texts,
                                const cmd_parms *cmd);

/**
 * The values for r, one for each template.  NULL, and *error in words, if an
 * expression failed: the caller must not grant then, and logs it.
 */
const char *const *ajwt_template_evaluate(const char **error,
                                          const ajwt_templates *templates,
                                          request_rec *r);

#endif
