/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this user do that?  Require jwt-scope, jwt-claim, jwt-acr.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTHZ_H
#define AJWT_HTTPD_REQUEST_AUTHZ_H

#include "httpd/module.h"

/** Registers the providers. */
void ajwt_authz_register(apr_pool_t *pool);

/**
 * auth_checker, before mod_authz_core's: a request that fails because of a
 * jwt-* rule is answered with its reason, which mod_authz_core would do
 * for nobody.
 */
int ajwt_authz_check(request_rec *r);

#endif
