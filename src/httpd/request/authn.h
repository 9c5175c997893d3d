/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is this, and may a request go on while that is not known?
 */
#ifndef AJWT_HTTPD_REQUEST_AUTHN_H
#define AJWT_HTTPD_REQUEST_AUTHN_H

#include "httpd/module.h"

/** check_authn: DECLINED unless AuthType is Bearer. */
int ajwt_authn_check(request_rec *r);

/**
 * access_checker_ex, before mod_authz_core's: lets a preflight through, and
 * under `AuthJWTOptional report` everybody whom only his token keeps out.
 */
int ajwt_authn_check_access(request_rec *r);

/**
 * force_authn: whether a token is checked although the section asks for no
 * user, under AuthJWTOptional.
 */
int ajwt_authn_force(request_rec *r);

#endif
