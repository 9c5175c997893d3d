/* SPDX-License-Identifier: Apache-2.0 */
#include "core/verify.h"

#include "core/claims.h"
#include "core/signature.h"
#include "core/typ.h"

static ajwt_reason check_alg(ajwt_verification *verification)
{
    return (verification->token->alg->algs & verification->policy->algs)
               ? AJWT_ACCEPTED
               : AJWT_ALGORITHM_REFUSED;
}

static ajwt_reason check_typ(ajwt_verification *verification)
{
    return ajwt_typ_check(verification->token->typ, verification->policy);
}

/* No fetch can return a key for such a token, so no request waits for one. */
static ajwt_reason explain_graph_token(ajwt_reason reason,
                                       const ajwt_token *token)
{
    return (reason == AJWT_SIGNATURE_INVALID || reason == AJWT_KEY_UNKNOWN) &&
                   ajwt_token_is_for_graph(token)
               ? AJWT_GRAPH_TOKEN
               : reason;
}

static ajwt_reason find_key(ajwt_verification *verification)
{
    if (!verification->keys)
        return AJWT_KEYS_UNAVAILABLE;
    return explain_graph_token(
        ajwt_keyset_find(
            &verification->candidates, verification->keys, verification->token,
            verification->token->alg->algs & verification->policy->algs),
        verification->token);
}

static apr_uint32_t key_index(const ajwt_verification *verification,
                              const ajwt_key *key)
{
    return (apr_uint32_t)(key -
                          (const ajwt_key *)verification->keys->keys->elts);
}

/* Usually one key; several if neither the token nor the keys have a kid. */
static int is_known_signature(const ajwt_verification *verification)
{
    const ajwt_known_signatures *known = verification->known;
    int i;

    if (!known)
        return 0;
    for (i = 0; i < verification->candidates.count; i++) {
        const ajwt_key *key = verification->candidates.keys[i];

        if (known->has(known, key_index(verification, key), verification->now))
            return 1;
    }
    return 0;
}

static ajwt_reason check_signature(ajwt_verification *verification)
{
    const ajwt_token *token = verification->token;
    ajwt_reason reason = AJWT_SIGNATURE_INVALID;
    int i;

    if (is_known_signature(verification))
        return AJWT_ACCEPTED;
    for (i = 0;
         i < verification->candidates.count && reason == AJWT_SIGNATURE_INVALID;
         i++) {
        verification->signer = verification->candidates.keys[i];
        reason = ajwt_signature_check(verification->signer, token->alg,
                                      token->signing_input, token->signature);
    }
    return explain_graph_token(reason, token);
}

static const ajwt_verify_step steps[] = {
    {AJWT_STEP_ALGORITHM, "algorithm", check_alg},
    {AJWT_STEP_TYPE, "type", check_typ},
    {AJWT_STEP_KEY, "key", find_key},
    {AJWT_STEP_SIGNATURE, "signature", check_signature},
};

#define STEP_COUNT ((int)(sizeof steps / sizeof steps[0]))

const ajwt_verify_step *ajwt_verify_step_at(int index)
{
    return index < STEP_COUNT ? &steps[index] : NULL;
}

ajwt_reason ajwt_verify_authenticity(ajwt_verification *verification)
{
    ajwt_reason reason;
    int i;

    if (!verification->token->alg)
        return AJWT_INTERNAL;
    for (i = 0; i < STEP_COUNT; i++) {
        reason = steps[i].check(verification);
        if (reason)
            return reason;
    }
    return AJWT_ACCEPTED;
}

/* Only the signature of an accepted token takes an entry. */
static void remember_signature(const ajwt_verification *verification)
{
    const ajwt_known_signatures *known = verification->known;

    if (known && verification->signer)
        known->add(known, key_index(verification, verification->signer),
                   verification->now,
                   ajwt_claims_until(verification->token->claims));
}

ajwt_reason ajwt_verify(const ajwt_token *token, const ajwt_policy *policy,
                        const ajwt_keyset *keys,
                        const ajwt_known_signatures *known, apr_time_t now)
{
    ajwt_verification verification = {token, policy, keys, known, now};
    ajwt_reason reason;

    if (!token->claims)
        return AJWT_INTERNAL;
    reason = ajwt_verify_authenticity(&verification);
    if (reason)
        return reason;
    reason = ajwt_claims_check(token->claims, policy, now);
    if (reason)
        return reason;
    remember_signature(&verification);
    return AJWT_ACCEPTED;
}
