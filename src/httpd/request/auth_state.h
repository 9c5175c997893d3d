/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication state of a request: the result of checking its token, stored
 * with the request.
 *
 * authn or basic creates it once.  Authorization, fixups, sub-requests and
 * internal redirects find it again.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTH_STATE_H
#define AJWT_HTTPD_REQUEST_AUTH_STATE_H

#include "cache/token_cache.h"
#include "core/credentials.h"
#include "core/token.h"
#include "httpd/module.h"

typedef struct ajwt_auth_state {
    ajwt_reason reason;
    int is_checked; /* 0: reason is not a result yet */
    int is_foreign; /* refused: the section does not trust the issuer or tenant
                     */
    int is_watched; /* httpd/request/basic writes the response if all providers
                       refuse */
    const char *auth_type; /* AuthType under which it was checked */
    ajwt_credentials credentials;
    ajwt_bytes compact;       /* the token that was parsed; NULL: none yet */
    ajwt_reason parse_reason; /* result of parsing */
    ajwt_token token;         /* the members that could be parsed */
    const char *user;         /* ACCEPTED: the user name from the token */
    const char *user_error; /* USER_MISSING: the cause, for the log, or NULL */
    const char *type_error; /* CLAIM_TYPE: which claim has a wrong type */
    const char *expected;   /* ISSUER_UNKNOWN, AUDIENCE_REFUSED: the values that
                               are accepted, for the log */
    /* Set for KEYS_UNAVAILABLE and KEYS_STALE */
    int retry_after_s;
    int is_repeated; /* already logged at warn within the last hour */

    const struct ajwt_rule *denied_by; /* the first Require jwt-* line that
                                          denied access, or NULL */
    ajwt_reason denied_reason;         /* reason of the denial */
    const struct ajwt_require
        *denied_require; /* that line with its expressions evaluated; NULL: an
                            expression failed */
    const char *expression_error; /* its error message */
    int is_undecided;    /* that line ended authorization without granting or
                            denying */
    int is_authorizing;  /* the module is running httpd's own hooks */
    int has_expressions; /* rules with expressions were checked, whose values
                            hold for this path only */

    int has_mac; /* 0: the caches are not used */
    ajwt_mac mac;
    const ajwt_cached_token *cached; /* entry of the token cache, or NULL */
    int may_be_cached; /* the token may be added to the token cache */
    const ajwt_export_list *variables; /* variables of a token that is not in
                                          the token cache, or NULL */
} ajwt_auth_state;

/**
 * Creates the state of r.  Its reason is INTERNAL until a check sets another.
 */
ajwt_auth_state *ajwt_auth_state_make(request_rec *r, const char *auth_type);

/** The state of r itself, or NULL. */
ajwt_auth_state *ajwt_auth_state_of(const request_rec *r);

/**
 * Whether r's AuthType is the one that the result is for.  It is not if a
 * module other than mod_auth_basic called the provider, for example
 * mod_auth_form.
 */
int ajwt_auth_state_is_of_auth_type(const ajwt_auth_state *auth,
                                    const request_rec *r);

/** The state of the nearest request that r originates from, or NULL. */
ajwt_auth_state *ajwt_auth_state_before(const request_rec *r);

/**
 * The state of r, or of the nearest request that r originates from, if it
 * accepted the user that r has now and r has its AuthType.  An internal
 * redirect may lead to a section with other rules.
 */
ajwt_auth_state *ajwt_auth_state_accepted(const request_rec *r);

#endif
