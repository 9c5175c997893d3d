/* SPDX-License-Identifier: Apache-2.0 */
/* Serves protected-resource metadata (RFC 9728 3), without authentication. */
#ifndef AJWT_HTTPD_REQUEST_RESOURCE_H
#define AJWT_HTTPD_REQUEST_RESOURCE_H

#include "httpd/module.h"

/**
 * quick_handler, which runs before all access phases: answers a request for a
 * metadata document.
 */
int ajwt_resource_answer(request_rec *r, int is_lookup);

#endif
