/*
 * How does a client that only speaks Basic send a token?
 *
 * As its password: `AuthBasicProvider jwt` under `AuthType Basic`.  The name
 * that it sends is of no account, the token's user takes its place.
 */
#ifndef AJWT_HTTPD_BASIC_H
#define AJWT_HTTPD_BASIC_H

#include "httpd/module.h"

/** Registers the provider. */
void ajwt_basic_register(apr_pool_t *pool);

/**
 * check_authn, before mod_auth_basic's: says why the provider refused, and
 * answers 503 where it has no keys to judge by, which a provider cannot.
 */
int ajwt_basic_check(request_rec *r);

#endif
