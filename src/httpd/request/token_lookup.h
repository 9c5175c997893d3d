/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks up a request's token in the caches of the process
 * (httpd/process/caches), and adds it to them.
 */
#ifndef AJWT_HTTPD_REQUEST_TOKEN_LOOKUP_H
#define AJWT_HTTPD_REQUEST_TOKEN_LOOKUP_H

#include "httpd/config/config.h"
#include "httpd/process/caches.h"
#include "httpd/request/auth_state.h"

/**
 * Parses compact into auth->token, or finds it in the token cache.  Refuses as
 * ajwt_token_parse does.
 */
AJWT_MUST_USE ajwt_reason ajwt_token_lookup_parse(ajwt_auth_state *auth,
                                                  ajwt_bytes compact,
                                                  request_rec *r);

/**
 * Returns in lookup the known signatures of auth's token under one generation
 * of a source's keys; NULL if there is no cache.
 */
const ajwt_known_signatures *ajwt_token_lookup_signatures(
    ajwt_signature_lookup *lookup, const ajwt_auth_state *auth, int source,
    unsigned generation);

/**
 * Adds auth's token to the token cache.  Call after section has accepted it and
 * before variables are set.
 */
void ajwt_token_lookup_add(ajwt_auth_state *auth, const ajwt_section *section,
                           const request_rec *r);

#endif
