/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticates a request: finds its token and verifies it against the settings
 * of its section.
 *
 * It does not depend on the AuthType: the caller decides what follows from the
 * result.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTHENTICATE_H
#define AJWT_HTTPD_REQUEST_AUTHENTICATE_H

#include "httpd/config/config.h"
#include "httpd/request/auth_state.h"

/** Finds r's token and verifies it; auth holds the result. */
void ajwt_authenticate_request(ajwt_auth_state *auth,
                               const ajwt_section *section, request_rec *r);

/** Verifies a token that the caller has found. */
void ajwt_authenticate_token(ajwt_auth_state *auth, const ajwt_section *section,
                             ajwt_bytes compact, request_rec *r);

/**
 * Detail for the log: how to fix a section that cannot verify tokens, which
 * values it expects, which claim has the wrong type, or why no claim names the
 * user; or NULL.
 */
const char *ajwt_authenticate_fix(ajwt_reason reason, const request_rec *r);

#endif
