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

/* One key nearly always; several where neither side names them. */
static ajwt_reason check_signature(const ajwt_token *token,
                                   const ajwt_candidates *candidates)
{
    ajwt_reason reason = AJWT_SIGNATURE_INVALID;
    int i;

    for (i = 0; i < candidates->count && reason == AJWT_SIGNATURE_INVALID; i++)
        reason = ajwt_signature_check(candidates->keys[i], token->alg,
                                      token->signing_input, token->signature);
    return reason;
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
                        const ajwt_keyset *keys, apr_time_t now)
{
    ajwt_candidates candidates;
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
        reason = check_signature(token, &candidates);
    if (reason != AJWT_ACCEPTED)
        return explain(reason, token);
    return ajwt_claims_check(token->claims, policy, now);
}
