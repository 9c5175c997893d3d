/*
 * mod_auth_jwt: AuthType Bearer for Apache httpd.
 *
 * Copyright 2026 the mod_auth_jwt authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The entry point: the hooks of the module, and the way of a request through
 * them.
 *
 *   quick_handler  httpd/resource   serves protected-resource metadata
 *   post_read_request
 *                  httpd/url        hides tokens in Referer and status page
 *   post_perdir_config
 *                  httpd/sanitize   removes tokens, forged headers and forged
 *                                   variables; again in header_parser
 *   access_checker_ex, force_authn
 *                  httpd/authn      a preflight, or an optional token?
 *   check_authn    httpd/authn      AuthType Bearer:
 *                    httpd/judge      once a request:
 *                      httpd/credentials  reads the token, if not removed
 *                      httpd/memory     looks the token up in the caches
 *                      core/token       splits and decodes it
 *                      keys/trust       finds the issuer of its iss
 *                      keys/keyring     that issuer's keys: no lock, no I/O
 *                      core/verify      header, key, signature, claims
 *                      core/user        the claim that names the user
 *                    httpd/answer     refused: log line, challenge, status
 *                    httpd/export     accepted: REMOTE_USER, JWT_CLAIM_*
 *                  httpd/basic      AuthType Basic: the password is the token
 *   auth_checker   httpd/authz      Require jwt-scope, jwt-claim -> 403;
 *                                   jwt-acr -> 401
 *   note_auth_failure, insert_error_filter
 *                  httpd/answer     the challenge if httpd itself refuses
 *   fixups         httpd/sanitize   again, for a variant
 *                  httpd/adopt      takes over the user of a variant
 *                  httpd/redirect   the user, if a front controller answers
 *                  httpd/export     variables again, after a redirect; claims
 *                                   in request headers
 *                  httpd/answer     the challenge again, for ErrorDocument
 *   insert_filter, insert_error_filter
 *                  httpd/private_answer  keeps answers out of shared caches
 *   handler        httpd/sanitize, httpd/adopt, httpd/export
 *                                   again, for an index
 *                  httpd/status     SetHandler jwt-status
 *   log_transaction
 *                  httpd/url        hides tokens in the access log
 *
 * httpd/verdict keeps the authentication state of a request.
 *
 * The fetcher process (httpd/fetcher_process) calls keys/renew, which fetches
 * key sets and publishes them in shared memory.  When a request finds a new key
 * set, its process parses it in keys/keyring.
 *
 * httpd/lifecycle sets all of this up and tears it down, from pre_config to
 * child_stopping.  httpd/access finds sections that need no token, and
 * httpd/dump reports them; `httpd -t -D DUMP_AUTH_JWT` prints what each section
 * trusts.  httpd/trust_files warns of files that other users can change.
 *
 * core/reason.h lists every result.  Read core/verify.c first.
 */
#include <http_protocol.h>
#include <mpm_common.h>
#include <http_request.h>

#include "httpd/adopt.h"
#include "httpd/answer.h"
#include "httpd/authn.h"
#include "httpd/authz.h"
#include "httpd/basic.h"
#include "httpd/config.h"
#include "httpd/dump.h"
#include "httpd/export.h"
#include "httpd/fetcher_process.h"
#include "httpd/lifecycle.h"
#include "httpd/private_answer.h"
#include "httpd/redirect.h"
#include "httpd/resource.h"
#include "httpd/sanitize.h"
#include "httpd/status.h"
#include "httpd/trust_files.h"
#include "httpd/url.h"

static void hook_server(void)
{
    ap_hook_pre_config(ajwt_lifecycle_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(ajwt_lifecycle_check_config, NULL, NULL,
                         APR_HOOK_MIDDLE);
    ap_hook_check_config(ajwt_dump_check_config, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_config(ajwt_trust_files_check_config, NULL, NULL,
                         APR_HOOK_LAST);
    ap_hook_test_config(ajwt_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(ajwt_lifecycle_post_config, NULL, NULL,
                        APR_HOOK_MIDDLE);
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
    /* before any other module for AuthType Bearer; so is the challenge below */
    ap_hook_check_authn(ajwt_authn_check, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authz(ajwt_authz_check, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}

static void hook_answer(void)
{
    ap_hook_note_auth_failure(ajwt_answer_note_auth_failure, NULL, NULL,
                              APR_HOOK_FIRST);
    ap_hook_insert_error_filter(ajwt_answer_error, NULL, NULL, APR_HOOK_MIDDLE);
    /* after mod_headers, mod_rewrite and mod_env */
    ap_hook_insert_filter(ajwt_private_answer_insert, NULL, NULL,
                          APR_HOOK_REALLY_LAST);
    ap_hook_insert_error_filter(ajwt_private_answer_insert, NULL, NULL,
                                APR_HOOK_REALLY_LAST);
    /* before our own below, too */
    ap_hook_fixups(ajwt_sanitize, NULL, NULL, APR_HOOK_REALLY_FIRST - 2);
    ap_hook_handler(ajwt_sanitize, NULL, NULL, APR_HOOK_REALLY_FIRST - 2);
    ap_hook_fixups(ajwt_adopt, NULL, NULL, APR_HOOK_REALLY_FIRST - 1);
    ap_hook_handler(ajwt_adopt, NULL, NULL, APR_HOOK_REALLY_FIRST - 1);
    ap_hook_fixups(ajwt_redirect_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST - 1);
    ap_hook_fixups(ajwt_export_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(ajwt_export_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(ajwt_answer_fixups, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_handler(ajwt_export_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
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
    ajwt_answer_register();
    ajwt_private_answer_register();
    ajwt_sanitize_register();
    ajwt_authz_register(pool);
    ajwt_basic_register(pool);
}

/* The one symbol that the module exports; the record itself logs nothing. */
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
