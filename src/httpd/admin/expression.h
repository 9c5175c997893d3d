/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates an httpd expression for a request without a user.
 */
#ifndef AJWT_HTTPD_ADMIN_EXPRESSION_H
#define AJWT_HTTPD_ADMIN_EXPRESSION_H

#include "httpd/module.h"

typedef enum ajwt_truth { AJWT_FALSE, AJWT_TRUE, AJWT_DEPENDS } ajwt_truth;

/** DEPENDS: the expression reads more than the user and the claims. */
ajwt_truth ajwt_expression_without_user(const char *text, apr_pool_t *pool);

#endif
