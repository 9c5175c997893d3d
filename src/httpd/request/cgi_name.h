/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of variables that CGI makes of request headers.  (RFC 3875 4.1.18)
 */
#ifndef AJWT_HTTPD_REQUEST_CGI_NAME_H
#define AJWT_HTTPD_REQUEST_CGI_NAME_H

/** The name of a variable as it was before internal redirects: each of them
 * puts REDIRECT_ in front of it. */
const char *ajwt_cgi_name_skip_redirects(const char *variable);

/**
 * What follows HTTP_ in the name of a variable, also after internal redirects;
 * NULL: it is not made of a header.
 */
const char *ajwt_cgi_name_find_header(const char *variable);

/** Whether variable is made of that header. */
int ajwt_cgi_name_is_header(const char *variable, const char *header);

#endif
