/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization providers: Require jwt-scope, jwt-claim and jwt-acr. */
#ifndef AJWT_HTTPD_REQUEST_AUTHZ_H
#define AJWT_HTTPD_REQUEST_AUTHZ_H

#include "httpd/module.h"

/** Registers the providers. */
void ajwt_authz_register(apr_pool_t *pool);

/**
 * auth_checker, before mod_authz_core's: answers a request that a jwt-* rule
 * denies with the reason of the denial, which mod_authz_core cannot do.
 */
int ajwt_authz_check(request_rec *r);

/**
 * fixups: httpd does not authorize a sub-request or an internal redirect where
 * the section of the first request holds.  Expressions may have another value
 * there, so the rules are checked again if they have some.
 */
int ajwt_authz_fixups(request_rec *r);

#endif
