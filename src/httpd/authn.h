/*
 * Who is this?  The request's only path to a verdict.
 */
#ifndef AJWT_HTTPD_AUTHN_H
#define AJWT_HTTPD_AUTHN_H

#include "httpd/module.h"

/** check_authn: DECLINED unless AuthType is Bearer. */
int ajwt_authn_check(request_rec *r);

#endif
