/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication hooks of AuthType Bearer, with preflight requests and
 * AuthJWTOptional.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTHN_H
#define AJWT_HTTPD_REQUEST_AUTHN_H

#include "httpd/module.h"

/** check_authn: DECLINED unless AuthType is Bearer. */
int ajwt_authn_check(request_rec *r);

/**
 * access_checker_ex, before mod_authz_core's: lets a preflight request through
 * and, under `AuthJWTOptional report`, every request that only its token would
 * keep out.
 */
int ajwt_authn_check_access(request_rec *r);

/**
 * force_authn: under AuthJWTOptional, whether to verify a token although the
 * section requires no user.
 */
int ajwt_authn_force(request_rec *r);

#endif
