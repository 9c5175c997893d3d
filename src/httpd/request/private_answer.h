/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps responses for one user out of mod_cache and other shared caches.
 *
 * The Authorization header shows a cache that a response may be for one user
 * (RFC 9111 3.5).  A cache cannot detect a token that was elsewhere, or that
 * was removed from the request. mod_cache does not store such a response, and
 * the response carries `Cache-Control: private`, whatever other modules, Header
 * directives or the application set.
 */
#ifndef AJWT_HTTPD_REQUEST_PRIVATE_ANSWER_H
#define AJWT_HTTPD_REQUEST_PRIVATE_ANSWER_H

#include "httpd/config/config.h"
#include "httpd/request/auth_state.h"

/**
 * Marks the response to r, and to the requests that r is a sub-request of, if
 * caches cannot detect what it depends on.  Call it after looking for a token
 * in r, with the section that names the token's sources.
 */
void ajwt_private_answer_mark(request_rec *r, const ajwt_auth_state *auth,
                              const ajwt_section *section);

/** The same for a token that was removed from r's URL without verification. */
void ajwt_private_answer_mark_query(request_rec *r);

/**
 * insert_filter and insert_error_filter, after all others: adds the filters
 * that a marked response needs.  Other requests cost one walk over their
 * origins.
 */
void ajwt_private_answer_insert(request_rec *r);

/** Registers the filters. */
void ajwt_private_answer_register(void);

#endif
