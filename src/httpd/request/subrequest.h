/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives a request the user and authentication state of the sub-request that
 * httpd put in its place.
 *
 * mod_dir answers with an index (DirectoryIndex), mod_negotiation with a
 * variant: httpd checks these as sub-requests and then replaces the request by
 * the result.  request/subrequest_match finds the sub-request.
 */
#ifndef AJWT_HTTPD_REQUEST_SUBREQUEST_H
#define AJWT_HTTPD_REQUEST_SUBREQUEST_H

#include "httpd/module.h"

/**
 * fixups and handler, after httpd/request/sanitize and before all others: sets
 * r's user and authentication state.
 */
int ajwt_subrequest_take_over(request_rec *r);

#endif
