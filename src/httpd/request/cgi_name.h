/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the variables that CGI derives from request headers. (RFC 3875
 * 4.1.18)
 */
#ifndef AJWT_HTTPD_REQUEST_CGI_NAME_H
#define AJWT_HTTPD_REQUEST_CGI_NAME_H

/**
 * Returns the name of a variable without the REDIRECT_ prefixes that internal
 * redirects add.
 */
const char *ajwt_cgi_name_skip_redirects(const char *variable);

/**
 * Returns what follows HTTP_ in the name of a variable, also after internal
 * redirects; NULL if it is not derived from a header.
 */
const char *ajwt_cgi_name_find_header(const char *variable);

/** Whether variable is derived from that header. */
int ajwt_cgi_name_is_header(const char *variable, const char *header);

#endif
