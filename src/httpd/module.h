/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every room of this floor needs of httpd: the module's record, and its
 * name for LogLevel.
 */
#ifndef AJWT_HTTPD_MODULE_H
#define AJWT_HTTPD_MODULE_H

#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

extern module AP_MODULE_DECLARE_DATA auth_jwt_module;

APLOG_USE_MODULE(auth_jwt);

/* Where words stand that config/args reads */
struct ajwt_place {
    cmd_parms *cmd;
};

/** Whether an AuthType is ours. */
static inline int ajwt_is_bearer(const char *auth_type)
{
    return auth_type && ap_cstr_casecmp(auth_type, "Bearer") == 0;
}

#endif
