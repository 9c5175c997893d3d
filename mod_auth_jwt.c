/*
 * mod_auth_jwt: AuthType Bearer for Apache httpd.
 *
 * Copyright 2026 the mod_auth_jwt authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The roof: which hooks the module has, and the way of a request through them.
 *
 *   quick_handler  httpd/resource   who asks whose tokens are taken here
 *   post_read_request
 *                  httpd/url        no token in Referer and on the status page
 *   post_perdir_config
 *                  httpd/sanitize   tokens taken out; forged headers and
 *                                   variables removed, also in header_parser
 *   access_checker_ex, force_authn
 *                  httpd/authn      a preflight? may it do without a token?
 *   check_authn    httpd/authn      whose AuthType is Bearer?
 *                    httpd/judge      once a request:
 *                      httpd/token_source  where the token is, if not taken
 *                      httpd/memory     a token that was seen before?
 *                      core/token       split and decoded, once
 *                      keys/trust       its iss -> one trusted issuer
 *                      keys/keyring     that issuer's keys: no lock, no I/O
 *                      core/verify      header, key, signature, claims
 *                      core/user        which claim names the user
 *                    httpd/answer     refused: log line, challenge, status
 *                    httpd/export     accepted: REMOTE_USER, JWT_CLAIM_*
 *   (AuthType Basic) httpd/basic    the same, the password being the token
 *   auth_checker   httpd/authz      Require jwt-scope, jwt-claim -> 403;
 *                                   jwt-acr -> 401
 *   note_auth_failure, insert_error_filter
 *                  httpd/answer     the challenge, where httpd refuses
 *   fixups         httpd/sanitize   again, for a variant
 *                  httpd/adopt      the user of an index or a variant
 *                  httpd/redirect   the user, where a front controller answers
 *                  httpd/export     the variables again, after a redirect
 *                                   and claims in request headers
 *                  httpd/answer     the challenge again, behind ErrorDocument
 *   insert_filter, insert_error_filter
 *                  httpd/private_answer  no shared cache may store the answer
 *   handler        httpd/sanitize, httpd/adopt, httpd/export
 *                                   and again, for an index
 *                  httpd/status     SetHandler jwt-status
 *   log_transaction
 *                  httpd/url        no token in the access log
 *
 * What was found out is remembered with the request, in httpd/verdict.
 *
 * Keys come another way: the fetcher process (httpd/fetcher_process) calls
 * keys/renew, which fetches and publishes in shared memory.  A child parses
 * what was published, in keys/keyring, when a request finds that it is new.
 *
 * From pre_config to child_stopping, httpd/lifecycle prepares all that, and
 * takes it apart.  httpd/dump warns of sections that need no token, which
 * httpd/access finds, and shows what is trusted: `httpd -t -D DUMP_AUTH_JWT`.
 * httpd/trust_files warns of files that other users can change.
 *
 * Every verdict is a row of core/reason.h.  Read core/verify.c first.
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
