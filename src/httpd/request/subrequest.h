/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose is a request that a sub-request stands in for?
 *
 * mod_dir answers with an index, mod_negotiation with a variant: httpd checks
 * those as sub-requests and then puts what they found in the request's place.
 */
#ifndef AJWT_HTTPD_REQUEST_SUBREQUEST_H
#define AJWT_HTTPD_REQUEST_SUBREQUEST_H

#include "httpd/module.h"

/**
 * fixups and handler, after httpd/request/sanitize and before all others: the
 * r gets the sub-request's user and authentication state.
 */
int ajwt_subrequest_take_over(request_rec *r);

#endif
