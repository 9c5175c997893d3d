/* SPDX-License-Identifier: Apache-2.0 */
#include "core/verify.h"

#include "core/claims.h"
#include "core/signature.h"
#include "core/typ.h"

static ajwt_reason check_alg(ajwt_hearing *of)
{
    return (of->token->alg->means & of->policy->algs) ? AJWT_ACCEPTED
                                                      : AJWT_ALGORITHM_REFUSED;
}

static ajwt_reason check_typ(ajwt_hearing *of)
{
    return ajwt_type_check(of->token->typ, of->policy);
}

/* A key that would help is not to be had: none is to be waited for. */
static ajwt_reason explain(ajwt_reason reason, const ajwt_token *token)
{
    return (reason == AJWT_SIGNATURE_INVALID || reason == AJWT_KEY_UNKNOWN) &&
                   ajwt_token_is_for_graph(token)
               ? AJWT_GRAPH_TOKEN
               : reason;
}

static ajwt_reason find_key(ajwt_hearing *of)
{
    if (!of->keys)
        return AJWT_KEYS_UNAVAILABLE;
    return explain(ajwt_keyset_find(&of->candidates, of->keys, of->token,
                                    of->token->alg->means & of->policy->algs),
                   of->token);
}

static apr_uint32_t index_of(const ajwt_hearing *of, const ajwt_key *key)
{
    return (apr_uint32_t)(key - (const ajwt_key *)of->keys->keys->elts);
}

/* One key nearly always; several where neither side names them. */
static int is_proven(const ajwt_hearing *of)
{
    int i, found = 0;

    for (i = 0; of->proof && i < of->candidates.count && !found; i++)
        found = ajwt_proof_is_known(
            of->proof, index_of(of, of->candidates.keys[i]), of->now);
    return found;
}

static ajwt_reason check_signature(ajwt_hearing *of)
{
    ajwt_reason reason = AJWT_SIGNATURE_INVALID;
    int i;

    if (is_proven(of))
        return AJWT_ACCEPTED;
    for (i = 0; i < of->candidates.count && reason == AJWT_SIGNATURE_INVALID;
         i++) {
        of->signer = of->candidates.keys[i];
        reason = ajwt_signature_check(of->signer, of->token->alg,
                                      of->token->signing_input,
                                      of->token->signature);
    }
    return explain(reason, of->token);
}

/* Only what was accepted as a whole takes a place. */
static void remember(const ajwt_hearing *of)
{
    if (of->proof && of->signer)
        ajwt_proof_remember(of->proof, index_of(of, of->signer), of->now,
                            ajwt_claims_until(of->token->claims));
}

static const ajwt_verify_step steps[] = {{"algorithm", check_alg},
                                         {"type", check_typ},
                                         {"key", find_key},
                                         {"signature", check_signature}};

#define STEP_COUNT ((int)(sizeof steps / sizeof steps[0]))

const ajwt_verify_step *ajwt_verify_step_at(int index)
{
    return index < STEP_COUNT ? &steps[index] : NULL;
}

ajwt_reason ajwt_verify(const ajwt_token *token, const ajwt_policy *policy,
                        const ajwt_keyset *keys, const ajwt_proof *proof,
                        apr_time_t now)
{
    ajwt_hearing of = {token, policy, keys, proof, now};
    ajwt_reason reason = AJWT_ACCEPTED;
    int i;

    if (!token->alg || !token->claims)
        return AJWT_INTERNAL;
    for (i = 0; i < STEP_COUNT && reason == AJWT_ACCEPTED; i++)
        reason = steps[i].check(&of);
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_claims_check(token->claims, policy, now);
    if (reason == AJWT_ACCEPTED)
        remember(&of);
    return reason;
}
