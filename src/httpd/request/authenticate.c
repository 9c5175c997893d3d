/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/authenticate.h"

#include <apr_strings.h>
#include <http_core.h>

#include "core/authorization_header.h"
#include "core/claims.h"
#include "core/user_name.h"
#include "core/verify.h"
#include "httpd/process/child.h"
#include "httpd/process/log_line.h"
#include "httpd/request/input.h"
#include "httpd/request/token_extract.h"
#include "httpd/request/token_lookup.h"

/* Settings and keys for one issuer's token in this request */
typedef struct token_verifier {
    ajwt_keyring *keyring;
    const ajwt_source *source;
    ajwt_policy policy;
    apr_time_t now;
    unsigned generation; /* of the keys that it was verified with */
} token_verifier;

static ajwt_reason verify_once(const ajwt_auth_state *auth,
                               token_verifier *verifier)
{
    int is_stale = ajwt_keyring_is_stale(verifier->keyring, verifier->source,
                                         verifier->now);
    ajwt_pinned pinned;
    ajwt_signature_lookup lookup;
    ajwt_reason reason;

    ajwt_keyring_acquire(&pinned, verifier->keyring, verifier->source);
    reason = ajwt_verify(
        &auth->token, &verifier->policy, is_stale ? NULL : pinned.keyset,
        ajwt_token_lookup_signatures(&lookup, auth, verifier->source->index,
                                     pinned.generation),
        verifier->now);
    verifier->generation = pinned.generation;
    ajwt_keyring_release(&pinned);
    return is_stale && reason == AJWT_KEYS_UNAVAILABLE ? AJWT_KEYS_STALE
                                                       : reason;
}

static int lacks_keys(ajwt_reason reason)
{
    return reason == AJWT_KEYS_UNAVAILABLE || reason == AJWT_KEYS_STALE;
}

/*
 * The signature may fail because the issuer uses a new key with the same kid.
 */
static int lacks_a_key(ajwt_reason reason)
{
    return reason == AJWT_KEY_UNKNOWN || reason == AJWT_SIGNATURE_INVALID;
}

/* Verifies a second time, and never a third, if a fetch may provide the key. */
static ajwt_reason verify_or_wait(ajwt_auth_state *auth,
                                  token_verifier *verifier)
{
    ajwt_reason reason;

    reason = verify_once(auth, verifier);
    if ((lacks_keys(reason) || lacks_a_key(reason)) &&
        ajwt_keyring_await(verifier->keyring, verifier->source,
                           verifier->generation,
                           lacks_a_key(reason) ? &auth->token.kid : NULL)) {
        verifier->now = apr_time_now();
        reason = verify_once(auth, verifier);
    }
    if (lacks_keys(reason)) {
        auth->retry_after_s = ajwt_keyring_retry_after(
            verifier->keyring, verifier->source, verifier->now);
        auth->is_repeated = !ajwt_keyring_may_warn(
            verifier->keyring, verifier->source, verifier->now);
    }
    return reason;
}

static ajwt_reason set_up_verifier(token_verifier *verifier,
                                   ajwt_auth_state *auth,
                                   const ajwt_trust *trust)
{
    const ajwt_issuer *issuer;
    ajwt_reason reason = ajwt_trust_find(&issuer, trust, &auth->token);

    auth->is_foreign = reason != AJWT_ACCEPTED;
    if (reason != AJWT_ACCEPTED)
        return reason;
    verifier->keyring = ajwt_child_get()->keyring;
    if (!verifier->keyring)
        return AJWT_INTERNAL;
    verifier->source = issuer->source;
    verifier->now = apr_time_now();
    ajwt_trust_policy(&verifier->policy, trust, issuer);
    return AJWT_ACCEPTED;
}

static const char *place_of(const request_rec *r)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);

    return core->d ? apr_pstrcat(r->pool, "section ", core->d, NULL)
                   : "the server";
}

#define MOST_EXPECTED 3

/* values: const char * */
static const char *say_expected(const char *claim,
                                const apr_array_header_t *values,
                                const request_rec *r)
{
    const char *text = "";
    int i;

    for (i = 0; i < values->nelts && i < MOST_EXPECTED; i++)
        text = apr_pstrcat(r->pool, text, i ? ", " : "",
                           ajwt_log_quote(ajwt_bytes_from_string(APR_ARRAY_IDX(
                                              values, i, const char *)),
                                          r->pool),
                           NULL);
    if (i < values->nelts)
        text = apr_psprintf(r->pool, "%s and %d more", text, values->nelts - i);
    return apr_psprintf(r->pool, "expected %s %s (%s)", claim, text,
                        place_of(r));
}

static const char *say_issuers(const ajwt_issuers *issuers,
                               const request_rec *r)
{
    apr_array_header_t *names =
        apr_array_make(r->pool, issuers->list->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < issuers->list->nelts; i++)
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(issuers->list, i, const ajwt_issuer *)->name;
    return say_expected("iss", names, r);
}

static ajwt_reason verify_token(ajwt_auth_state *auth,
                                const ajwt_section *section, ajwt_bytes compact,
                                request_rec *r)
{
    token_verifier verifier = {0};
    ajwt_trust trust;
    ajwt_reason reason = ajwt_token_lookup_parse(auth, compact, r);

    ajwt_section_trust(&trust, section);
    if (reason == AJWT_ACCEPTED)
        reason = set_up_verifier(&verifier, auth, &trust);
    if (reason == AJWT_ACCEPTED)
        reason = verify_or_wait(auth, &verifier);
    if (reason == AJWT_TENANT_REFUSED)
        auth->is_foreign = 1;
    if (reason == AJWT_CLAIM_TYPE)
        auth->type_error = ajwt_claims_explain_type(
            auth->token.claims, verifier.policy.audience_claim, r->pool);
    if (reason == AJWT_ISSUER_UNKNOWN)
        auth->expected = say_issuers(trust.issuers, r);
    if (reason == AJWT_AUDIENCE_REFUSED && verifier.policy.audiences)
        auth->expected = say_expected(verifier.policy.audience_claim,
                                      verifier.policy.audiences, r);
    if (reason != AJWT_ACCEPTED)
        return reason;
    auth->user = ajwt_user_name_find(&auth->user_error, section->user,
                                     auth->token.claims, r->pool);
    return auth->user ? AJWT_ACCEPTED : AJWT_USER_MISSING;
}

static ajwt_reason check_section(const ajwt_section *section)
{
    ajwt_trust trust;

    ajwt_section_trust(&trust, section);
    return ajwt_trust_check(&trust);
}

void ajwt_authenticate_token(ajwt_auth_state *auth, const ajwt_section *section,
                             ajwt_bytes compact, request_rec *r)
{
    auth->is_checked = 1;
    auth->is_foreign = 0; /* another provider may have said so */
    auth->reason = check_section(section);
    if (auth->reason == AJWT_ACCEPTED)
        auth->reason = verify_token(auth, section, compact, r);
}

/*
 * Finds the input with the token that was removed from the requests that r
 * originates from.
 */
static const ajwt_input *find_removed_input(const request_rec *r)
{
    for (r = ajwt_request_origin(r); r; r = ajwt_request_origin(r)) {
        const ajwt_input *input = ajwt_input_of(r);

        if (input && input->reason != AJWT_NO_TOKEN)
            return input;
    }
    return NULL;
}

/*
 * A sub-request or an internal redirect has the credentials of the request that
 * it originates from.  If they were removed there, this function finds them.
 */
static ajwt_reason inherit_credentials(ajwt_credentials *credentials,
                                       const ajwt_section *section,
                                       const request_rec *r)
{
    const ajwt_input *input = find_removed_input(r);

    if (!input || !input->credentials.token.data ||
        !ajwt_token_source_is_among(section->token_sources,
                                    input->credentials.source))
        return AJWT_NO_TOKEN;
    *credentials = input->credentials;
    return input->reason == AJWT_SEVERAL_TOKENS ? input->reason : AJWT_ACCEPTED;
}

/*
 * Finds the token that httpd/request/sanitize removed, or one that is still in
 * the request.  If a source has a token again after the removal, another module
 * put it there.
 */
static ajwt_reason find_token(ajwt_credentials *credentials,
                              const ajwt_section *section, request_rec *r)
{
    const ajwt_input *input = ajwt_input_of(r);
    ajwt_reason reason = input ? input->reason : AJWT_NO_TOKEN;
    int i;

    if (input)
        *credentials = input->credentials;
    for (i = 0; i < section->token_sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(section->token_sources, i, ajwt_token_source);
        ajwt_bytes token;
        ajwt_reason found;

        if (source->place == AJWT_IN_QUERY)
            continue;
        found =
            ajwt_token_extract(&token, source, !*section->forwards_token, r);
        if (found == AJWT_ACCEPTED && reason == AJWT_ACCEPTED &&
            source == credentials->source)
            reason = AJWT_NO_TOKEN;
        if (found == AJWT_ACCEPTED) {
            credentials->token = token;
            credentials->source = source;
        }
        reason = ajwt_token_extract_combine(reason, found);
    }
    return reason;
}

void ajwt_authenticate_request(ajwt_auth_state *auth,
                               const ajwt_section *section, request_rec *r)
{
    ajwt_reason reason = find_token(&auth->credentials, section, r);

    if (reason == AJWT_NO_TOKEN)
        reason = inherit_credentials(&auth->credentials, section, r);
    auth->is_checked = 1;
    auth->reason = check_section(section);
    if (auth->reason != AJWT_ACCEPTED)
        return;
    auth->reason = reason;
    if (reason != AJWT_ACCEPTED)
        return;
    auth->reason = verify_token(auth, section, auth->credentials.token, r);
    if (auth->reason != AJWT_ACCEPTED &&
        ajwt_authorization_header_check(auth->credentials.token) !=
            AJWT_ACCEPTED)
        auth->reason = AJWT_MALFORMED_CREDENTIALS;
}

const char *ajwt_authenticate_fix(ajwt_reason reason, const request_rec *r)
{
    const ajwt_auth_state *auth = ajwt_auth_state_of(r);

    if (reason == AJWT_USER_MISSING)
        return auth ? auth->user_error : NULL;
    if (reason == AJWT_CLAIM_TYPE)
        return auth ? auth->type_error : NULL;
    if (reason == AJWT_ISSUER_UNKNOWN || reason == AJWT_AUDIENCE_REFUSED)
        return auth ? auth->expected : NULL;
    if (reason == AJWT_ISSUER_UNCONFIGURED)
        return apr_pstrcat(r->pool, place_of(r),
                           ": write AuthJWTIssuer ISSUER there", NULL);
    if (reason == AJWT_AUDIENCE_UNCONFIGURED)
        return apr_pstrcat(r->pool, place_of(r),
                           ": write AuthJWTAudience VALUE there, audience= "
                           "in AuthJWTIssuer, or AuthJWTAudience * to accept "
                           "any",
                           NULL);
    return NULL;
}
