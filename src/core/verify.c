#include "core/verify.h"

#include "core/claims.h"
#include "core/signature.h"
#include "core/type.h"

static ajwt_reason check_header(const ajwt_token *token,
                                const ajwt_policy *policy)
{
    if (!(token->alg->means & policy->algs))
        return AJWT_ALGORITHM_REFUSED;
    return ajwt_type_check(token->typ, policy);
}

/* What is judged, and by which keys */
typedef struct hearing {
    const ajwt_token *token;
    const ajwt_keyset *keys;
    const ajwt_proof *proof; /* NULL: nothing is remembered */
    apr_time_t now;
} hearing;

static apr_uint32_t index_of(const hearing *of, const ajwt_key *key)
{
    return (apr_uint32_t)(key - (const ajwt_key *)of->keys->keys->elts);
}

/* One key nearly always; several where neither side names them. */
static int is_proven(const hearing *of, const ajwt_candidates *candidates)
{
    int i, found = 0;

    for (i = 0; of->proof && i < candidates->count && !found; i++)
        found = ajwt_proof_is_known(of->proof,
                                    index_of(of, candidates->keys[i]), of->now);
    return found;
}

/* signer: the key that proved it, NULL when that was known */
static ajwt_reason check_signature(const ajwt_key **signer, const hearing *of,
                                   const ajwt_candidates *candidates)
{
    ajwt_reason reason = AJWT_SIGNATURE_INVALID;
    int i;

    *signer = NULL;
    if (is_proven(of, candidates))
        return AJWT_ACCEPTED;
    for (i = 0; i < candidates->count && reason == AJWT_SIGNATURE_INVALID;
         i++) {
        *signer = candidates->keys[i];
        reason = ajwt_signature_check(*signer, of->token->alg,
                                      of->token->signing_input,
                                      of->token->signature);
    }
    return reason;
}

/* Only what was accepted as a whole takes a place. */
static void remember(const hearing *of, const ajwt_key *signer)
{
    if (of->proof && signer)
        ajwt_proof_remember(of->proof, index_of(of, signer), of->now,
                            ajwt_claims_until(of->token->claims));
}

/* A key that would help is not to be had: none is to be waited for. */
static ajwt_reason explain(ajwt_reason reason, const ajwt_token *token)
{
    return (reason == AJWT_SIGNATURE_INVALID || reason == AJWT_KEY_UNKNOWN) &&
                   ajwt_token_is_for_graph(token)
               ? AJWT_GRAPH_TOKEN
               : reason;
}

ajwt_reason ajwt_verify(const ajwt_token *token, const ajwt_policy *policy,
                        const ajwt_keyset *keys, const ajwt_proof *proof,
                        apr_time_t now)
{
    const hearing of = {token, keys, proof, now};
    ajwt_candidates candidates;
    const ajwt_key *signer;
    ajwt_reason reason;

    if (!token->alg || !token->claims)
        return AJWT_INTERNAL;
    reason = check_header(token, policy);
    if (reason != AJWT_ACCEPTED)
        return reason;
    if (!keys)
        return AJWT_KEYS_UNAVAILABLE;
    reason = ajwt_keyset_find(&candidates, keys, token,
                              token->alg->means & policy->algs);
    if (reason == AJWT_ACCEPTED)
        reason = check_signature(&signer, &of, &candidates);
    if (reason != AJWT_ACCEPTED)
        return explain(reason, token);
    reason = ajwt_claims_check(token->claims, policy, now);
    if (reason == AJWT_ACCEPTED)
        remember(&of, signer);
    return reason;
}
