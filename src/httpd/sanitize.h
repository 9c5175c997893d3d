/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes tokens out of a request, and removes what only a token may say, before
 * anything else sees it.
 *
 * Everything that a client names is handled here, in all its spellings (see
 * core/fold): tokens that are not forwarded, headers and variables that an
 * application takes for claims, the user name beside a token in Basic.  That
 * happens whatever the answer will be, for every request of a section with
 * AuthType Bearer or AuthBasicProvider jwt.
 */
#ifndef AJWT_HTTPD_SANITIZE_H
#define AJWT_HTTPD_SANITIZE_H

#include "httpd/input.h"

/**
 * post_perdir_config, which runs for requests, sub-requests and redirects.
 * Again in fixups and handler, where mod_dir or mod_negotiation may have put
 * another section in place.
 */
int ajwt_sanitize(request_rec *r);

/** header_parser, after SetEnvIf in directories: variables only. */
int ajwt_sanitize_variables(request_rec *r);

void ajwt_sanitize_register(void);

#endif
