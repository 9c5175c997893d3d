/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exports the claims of an accepted token to the application, as environment
 * variables and request headers.
 */
#ifndef AJWT_HTTPD_REQUEST_EXPORT_ENV_H
#define AJWT_HTTPD_REQUEST_EXPORT_ENV_H

#include "httpd/config/config.h"
#include "httpd/request/auth_state.h"

/** Sets the variables of an accepted token in r's environment. */
void ajwt_export_env_set(request_rec *r, ajwt_auth_state *auth,
                         const ajwt_section *section);

/** fixups: sets them again, because an internal redirect renames them. */
int ajwt_export_env_fixups(request_rec *r);

/**
 * fixups and handler: sets the headers of AuthJWTHeader, once for each section.
 */
int ajwt_export_env_headers(request_rec *r);

#endif
