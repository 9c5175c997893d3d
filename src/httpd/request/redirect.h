/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the user of a request after an internal redirect to a section without
 * authentication: a front controller, an Action, a CGI program's Location.
 *
 * Such a section gets the user and the claims that the request was accepted
 * with before the redirect.  An ErrorDocument does not: it gets only httpd's
 * REDIRECT_ variables.
 */
#ifndef AJWT_HTTPD_REQUEST_REDIRECT_H
#define AJWT_HTTPD_REQUEST_REDIRECT_H

#include "httpd/module.h"

/** fixups, before the variables are exported: sets r->user. */
int ajwt_redirect_fixups(request_rec *r);

#endif
