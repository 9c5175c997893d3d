/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds expressions over claims that httpd evaluates before authentication,
 * when no claims are set: a Require expr that refuses every request, an <If>
 * that never applies.
 */
#ifndef AJWT_HTTPD_ADMIN_EARLY_EXPRESSION_H
#define AJWT_HTTPD_ADMIN_EARLY_EXPRESSION_H

#include "httpd/admin/hint.h"

/** Adds hints (ajwt_hint) for tree and the sections in it. */
void ajwt_early_expression_find(apr_array_header_t *hints,
                                const ap_directive_t *tree);

#endif
