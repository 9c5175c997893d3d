/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String expressions of httpd, for example `%{env:NAME}`, in the arguments of
 * Require lines: parsed with the configuration, evaluated for each request.
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
 * Returns the values for r, one for each template.  Returns NULL and an error
 * message in *error if an expression failed: the caller must then not grant
 * access, and logs the error.
 */
const char *const *ajwt_template_evaluate(const char **error,
                                          const ajwt_templates *templates,
                                          request_rec *r);

#endif
