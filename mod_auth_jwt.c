/* clang-format off */
/*
 * mod_auth_jwt: AuthType Bearer for Apache httpd.
 *
 * Copyright 2026 the mod_auth_jwt authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The entry point: the hooks of the module, and the path of a request through
 * them.  request/, process/ and admin/ are folders of src/httpd, all others of
 * src.
 *
 *   quick_handler  request/resource     serves protected-resource metadata
 *   post_read_request
 *                  request/url          hides tokens in Referer and status page
 *   post_perdir_config
 *                  request/sanitize     removes tokens, forged headers and
 *                                       forged variables; variables again in
 *                                       header_parser
 *   access_checker_ex, force_authn
 *                  request/authn        preflight requests, AuthJWTOptional
 *   check_authn    request/authn        AuthType Bearer:
 *                  request/authenticate   once per request:
 *                  request/token_extract    extracts the token, unless sanitize
 *                                           has removed it
 *                  request/token_lookup     looks it up in the caches
 *                  core/token               splits and decodes it
 *                  config/trust             finds the issuer of its iss
 *                  keys/keyring             that issuer's keys: no lock, no I/O
 *                  core/verify              header, key, signature, claims
 *                  core/user_name           the claim that names the user
 *                  request/challenge      refused: log line, challenge, status
 *                  request/export_env     accepted: JWT_CLAIM_*
 *                  request/basic        AuthType Basic: the password is the
 *                                       token
 *   auth_checker   request/authz        Require jwt-scope, jwt-claim -> 403;
 *                                       jwt-acr -> 401
 *   note_auth_failure, insert_error_filter
 *                  request/challenge    the challenge if httpd itself refuses
 *   fixups         request/sanitize     again, for a variant
 *                  request/authz        rules with expressions again
 *                  request/subrequest   takes over the user of a variant
 *                  request/redirect     the user, if a front controller answers
 *                  request/export_env   variables again, after a redirect;
 *                                       claims in request headers
 *                  request/challenge    the challenge again, for ErrorDocument
 *   insert_filter, insert_error_filter
 *                  request/private_answer
 *                                       keeps responses out of shared caches
 *   handler        request/sanitize, request/subrequest, request/export_env
 *                                       again, for an index
 *                  admin/status         SetHandler jwt-status
 *   log_transaction
 *                  request/url          hides tokens in the access log
 *
 * request/auth_state keeps the authentication state of a request, process/child
 * the state of a process.
 *
 * The fetcher process (process/fetcher_process) calls keys/refresher, which
 * fetches key sets and publishes them in shared memory.  When a request finds a
 * new key set, its process parses it in keys/keyring.
 *
 * process/lifecycle sets all of this up and shuts it down, from pre_config to
 * child_stopping.  admin/require_gap finds sections that need no token, and
 * admin/startup_warnings logs them; admin/dump prints what each section trusts
 * for `httpd -t -D DUMP_AUTH_JWT`.  admin/trust_files warns about files that
 * other users can change.
 *
 * core/reason.h lists every result.  Read core/verify.c first.
 */
/* clang-format on */
#include <http_protocol.h>
#include <mpm_common.h>
#include <http_request.h>

#include "httpd/admin/dump.h"
#include "httpd/admin/startup_warnings.h"
#include "httpd/admin/status.h"
#include "httpd/admin/trust_files.h"
#include "httpd/config/config.h"
#include "httpd/process/fetcher_process.h"
#include "httpd/process/lifecycle.h"
#include "httpd/request/authn.h"
#include "httpd/request/authz.h"
#include "httpd/request/basic.h"
#include "httpd/request/challenge.h"
#include "httpd/request/export_env.h"
#include "httpd/request/private_answer.h"
#include "httpd/request/redirect.h"
#include "httpd/request/resource.h"
#include "httpd/request/sanitize.h"
#include "httpd/request/subrequest.h"
#include "httpd/request/url.h"

static void hook_server(void)
{
    ap_hook_pre_config(ajwt_lifecycle_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(ajwt_lifecycle_check_config, NULL, NULL,
                         APR_HOOK_MIDDLE);
    ap_hook_check_config(ajwt_startup_warnings_check_config, NULL, NULL,
                         APR_HOOK_LAST);
    ap_hook_check_config(ajwt_trust_files_check_config, NULL, NULL,
                         APR_HOOK_LAST);
    ap_hook_test_config(ajwt_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(ajwt_lifecycle_post_config, NULL, NULL,
                        APR_HOOK_MIDDLE);
    ap_hook_post_config(ajwt_startup_warnings_post_config, NULL, NULL,
                        APR_HOOK_LAST);
    ap_hook_post_config(ajwt_trust_files_post_config, NULL, NULL,
                        APR_HOOK_LAST);
    ap_hook_monitor(ajwt_fetcher_process_monitor, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(ajwt_lifecycle_child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_stopping(ajwt_lifecycle_child_stopping, NULL, NULL,
                           APR_HOOK_MIDDLE);
}

static void hook_access(void)
{
    ap_hook_quick_handler(ajwt_resource_answer, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_post_read_request(ajwt_url_post_read_request, NULL, NULL,
                              APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(ajwt_sanitize, NULL, NULL,
                               APR_HOOK_REALLY_FIRST);
    ap_hook_header_parser(ajwt_sanitize_variables, NULL, NULL,
                          APR_HOOK_REALLY_LAST);
    ap_hook_check_access_ex(ajwt_authn_check_access, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(ajwt_authn_force, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_check_authn(ajwt_basic_check, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    /* before any other module's hook; ajwt_challenge_note_auth_failure too */
    ap_hook_check_authn(ajwt_authn_check, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authz(ajwt_authz_check, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}

static void hook_answer(void)
{
    ap_hook_note_auth_failure(ajwt_challenge_note_auth_failure, NULL, NULL,
                              APR_HOOK_FIRST);
    ap_hook_insert_error_filter(ajwt_challenge_error, NULL, NULL,
                                APR_HOOK_MIDDLE);
    /* after mod_headers, mod_rewrite and mod_env */
    ap_hook_insert_filter(ajwt_private_answer_insert, NULL, NULL,
                          APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(ajwt_private_answer_insert, NULL, NULL,
                                APR_HOOK_REALLY_LAST);
    /* before all hooks below */
    ap_hook_fixups(ajwt_sanitize, NULL, NULL, APR_HOOK_REALLY_FIRST - 2);
    ap_hook_handler(ajwt_sanitize, NULL, NULL, APR_HOOK_REALLY_FIRST - 2);
    ap_hook_fixups(ajwt_authz_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST - 1);
    ap_hook_fixups(ajwt_subrequest_take_over, NULL, NULL,
                   APR_HOOK_REALLY_FIRST - 1);
    ap_hook_handler(ajwt_subrequest_take_over, NULL, NULL,
                    APR_HOOK_REALLY_FIRST - 1);
    ap_hook_fixups(ajwt_redirect_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST - 1);
    ap_hook_fixups(ajwt_export_env_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(ajwt_export_env_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(ajwt_challenge_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(ajwt_export_env_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(ajwt_status_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(ajwt_url_log_transaction, NULL, NULL,
                            APR_HOOK_REALLY_FIRST);
}

static void register_hooks(apr_pool_t *pool)
{
    hook_server();
    hook_access();
    hook_answer();
    ajwt_status_register();
    ajwt_challenge_register();
    ajwt_private_answer_register();
    ajwt_sanitize_register();
    ajwt_authz_register(pool);
    ajwt_basic_register(pool);
}

/* The only symbol that the module exports */
#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA auth_jwt_module = {STANDARD20_MODULE_STUFF,
                                                 ajwt_config_create,
                                                 ajwt_config_merge,
                                                 NULL,
                                                 NULL,
                                                 ajwt_config_commands,
                                                 register_hooks
#if defined(AP_MODULE_FLAG_NONE)
                                                 ,
                                                 AP_MODULE_FLAG_NONE
#endif
};
#pragma GCC visibility pop
