/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the sub-request that httpd has put in the place of a request, for its
 * authentication state.
 *
 * mod_dir (DirectoryIndex) and mod_negotiation do this with
 * ap_internal_fast_redirect, which leaves no pointer to the sub-request. So the
 * main request keeps a list of its sub-requests that have a state.
 */
#ifndef AJWT_HTTPD_REQUEST_SUBREQUEST_MATCH_H
#define AJWT_HTTPD_REQUEST_SUBREQUEST_MATCH_H

#include "httpd/module.h"

struct ajwt_auth_state;

/** Adds a sub-request and its state, for the lifetime of its pool. */
void ajwt_subrequest_match_add(request_rec *r, struct ajwt_auth_state *auth);

/** The state of the sub-request in the place of r, or NULL. */
struct ajwt_auth_state *ajwt_subrequest_match_find(request_rec *r);

#endif
