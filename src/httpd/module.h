/* SPDX-License-Identifier: Apache-2.0 */
/* The module record and its name for LogLevel, for all modules in httpd/. */
#ifndef AJWT_HTTPD_MODULE_H
#define AJWT_HTTPD_MODULE_H

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

extern module AP_MODULE_DECLARE_DATA auth_jwt_module;

APLOG_USE_MODULE(auth_jwt);

/** Whether an AuthType is Bearer. */
static inline int ajwt_is_bearer(const char *auth_type)
{
    return auth_type && ap_cstr_casecmp(auth_type, "Bearer") == 0;
}

#endif
