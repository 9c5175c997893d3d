/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps answers for one user out of mod_cache and other shared caches.
 *
 * The Authorization header shows a cache that an answer may be for one user
 * (RFC 9111 3.5).  A cache cannot see a token that was elsewhere, or that was
 * removed from the request.  mod_cache does not store such an answer, and the
 * answer carries `Cache-Control: private`, whatever other modules, Header
 * directives or the application set.
 */
#ifndef AJWT_HTTPD_REQUEST_PRIVATE_ANSWER_H
#define AJWT_HTTPD_REQUEST_PRIVATE_ANSWER_H

#include "httpd/config/config.h"
#include "httpd/request/auth_state.h"

/**
 * Marks the answer to r, and to the requests that r is a sub-request of, if
 * caches cannot see what it depends on.  Call it when a token was looked for in
 * r, with the section that says where.
 */
void ajwt_private_answer_mark(request_rec *r, const ajwt_auth_state *auth,
                              const ajwt_section *section);

/** The same for a token that was removed from r's URL without verification. */
void ajwt_private_answer_mark_query(request_rec *r);

/**
 * insert_filter and insert_error_filter, after all others: what a marked answer
 * needs.  Costs one test of a pointer for other requests.
 */
void ajwt_private_answer_insert(request_rec *r);

/** Registers the filters. */
void ajwt_private_answer_register(void);

#endif
