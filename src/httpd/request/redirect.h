/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user of a request that an internal redirect leads to a section without
 * authentication: a front controller, an Action, a CGI program's Location.
 *
 * Such a section has the user and the claims that the request was accepted
 * with before the redirect.  An ErrorDocument has not: httpd's REDIRECT_ names
 * are all that it gets.
 */
#ifndef AJWT_HTTPD_REQUEST_REDIRECT_H
#define AJWT_HTTPD_REQUEST_REDIRECT_H

#include "httpd/module.h"

/** fixups, before the variables are exported: sets r->user. */
int ajwt_redirect_fixups(request_rec *r);

#endif
