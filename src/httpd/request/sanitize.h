/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes tokens, forged headers and forged variables from a request before any
 * other module sees it.
 *
 * It removes every spelling (see core/env_name) of tokens that are not
 * forwarded, of headers and variables that look like claims, and of the user
 * name beside a token in Basic.  It does so whatever the answer is, for every
 * request of a section with AuthType Bearer or AuthBasicProvider jwt.
 */
#ifndef AJWT_HTTPD_REQUEST_SANITIZE_H
#define AJWT_HTTPD_REQUEST_SANITIZE_H

#include "httpd/request/input.h"

/**
 * post_perdir_config, which runs for requests, sub-requests and redirects.
 * Also fixups and handler, because mod_dir or mod_negotiation may have replaced
 * the section.
 */
int ajwt_sanitize(request_rec *r);

/** header_parser, after the SetEnvIf of directories: variables only. */
int ajwt_sanitize_variables(request_rec *r);

void ajwt_sanitize_register(void);

#endif
