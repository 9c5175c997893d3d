/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a request's token acceptable, by what its section says?
 *
 * Knows no AuthType: whoever asks says what follows from the result.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTHENTICATE_H
#define AJWT_HTTPD_REQUEST_AUTHENTICATE_H

#include "httpd/config/config.h"
#include "httpd/request/auth_state.h"

/** Finds r's token and checks it; all that was found out is in result. */
void ajwt_authenticate_request(ajwt_auth_state *auth,
                               const ajwt_section *section, request_rec *r);

/** The same for a token that was found already. */
void ajwt_authenticate_token(ajwt_auth_state *auth, const ajwt_section *section,
                             ajwt_bytes compact, request_rec *r);

/**
 * For the log: the fix of a section that cannot verify tokens, which claim has
 * the wrong type, or why no claim names the user; or NULL.
 */
const char *ajwt_authenticate_fix(ajwt_reason reason, const request_rec *r);

#endif
