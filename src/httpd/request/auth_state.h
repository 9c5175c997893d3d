/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found out about a request's token?
 *
 * Made once by authn or basic, remembered with the request, and found again by
 * whatever comes later: authorization, fixups, sub-requests, internal
 * redirects.
 */
#ifndef AJWT_HTTPD_REQUEST_AUTH_STATE_H
#define AJWT_HTTPD_REQUEST_AUTH_STATE_H

#include "cache/token_cache.h"
#include "core/credentials.h"
#include "core/token.h"
#include "httpd/module.h"

typedef struct ajwt_auth_state {
    ajwt_reason reason;
    int is_checked; /* 0: reason is no result yet */
    int is_foreign; /* refused: the issuer is not among those trusted */
    int is_watched; /* httpd/request/basic writes the answer if all refuse */
    const char *auth_type; /* under which it was checked */
    ajwt_credentials credentials;
    const char *taken;      /* Basic: the header that r may not keep, or NULL */
    ajwt_bytes compact;     /* what was parsed; NULL: nothing yet */
    ajwt_reason parsed;     /* how that ended */
    ajwt_token token;       /* what could be read of it */
    const char *user;       /* ACCEPTED: whom it speaks for */
    const char *no_user;    /* USER_MISSING: why, for the log, or NULL */
    const char *type_error; /* CLAIM_TYPE: which claim, and what is wrong */
    /* KEYS_UNAVAILABLE, KEYS_STALE: */
    int retry_after_s;
    int is_repeated; /* logged at warn within the last hour */

    const struct ajwt_rule *denied_by; /* the first Require jwt-* line that
                                          spoke against it, or NULL */
    ajwt_reason denied_for;            /* why it did */
    const struct ajwt_require
        *denied_require; /* that line with the values of its expressions; NULL:
                            an expression failed */
    const char *expression_error; /* then: why */
    int is_undecided;             /* it ended authorization: neither */
    int is_authorizing;           /* we ask httpd's own hooks */

    int has_mac; /* 0: nothing is remembered */
    ajwt_mac mac;
    const ajwt_cached_token *cached; /* what is remembered of it, or NULL */
    int may_be_kept;                 /* it may come to be remembered */
    const ajwt_export_list
        *variables; /* made to be kept, but not kept; or NULL */
} ajwt_auth_state;

/** A new one, remembered with r; its reason is INTERNAL until it is earned. */
ajwt_auth_state *ajwt_auth_state_make(request_rec *r, const char *auth_type);

/**
 * That of the sub-request that httpd has put in r's place, made r's own; NULL
 * where there is none, or one that says less than r's own.  mod_dir does so
 * with an index, mod_negotiation with a variant.
 */
ajwt_auth_state *ajwt_auth_state_take_over(request_rec *r);

/** That of r itself, or NULL. */
ajwt_auth_state *ajwt_auth_state_of(const request_rec *r);

/**
 * Whether r's AuthType is what the result is for.  It is not where a module
 * other than mod_auth_basic, as mod_auth_form, asked the provider.
 */
int ajwt_auth_state_is_of_auth_type(const ajwt_auth_state *auth,
                                    const request_rec *r);

/** That of the nearest request that r comes from, or NULL. */
ajwt_auth_state *ajwt_auth_state_before(const request_rec *r);

/**
 * That of r, or of the requests that r comes from, if it accepted the user that
 * r has now: an internal redirect may lead to where other rules hold.
 */
ajwt_auth_state *ajwt_auth_state_accepted(const request_rec *r);

#endif
