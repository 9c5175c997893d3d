/* SPDX-License-Identifier: Apache-2.0 */
#include "config/trust.h"

ajwt_reason ajwt_trust_check(const ajwt_trust *trust)
{
    if (!trust->issuers)
        return AJWT_ISSUER_UNCONFIGURED;
    return trust->audiences || !trust->issuers->lack_audience
               ? AJWT_ACCEPTED
               : AJWT_AUDIENCE_UNCONFIGURED;
}

ajwt_reason ajwt_trust_find(const ajwt_issuer **issuer, const ajwt_trust *trust,
                            const ajwt_token *token)
{
    *issuer = ajwt_issuers_find(trust->issuers, token->issuer);
    if (*issuer)
        return AJWT_ACCEPTED;
    if (!token->issuer.data)
        return AJWT_ISSUER_MISSING;
    return ajwt_token_is_for_graph(token) ? AJWT_GRAPH_TOKEN
                                          : AJWT_ISSUER_UNKNOWN;
}

static ajwt_alg_set choose_algs(const ajwt_trust *trust,
                                const ajwt_issuer *issuer)
{
    ajwt_alg_set hmac = trust->algs & AJWT_ALGS_HMAC;

    if (issuer->algs)
        return issuer->algs;
    if (issuer->source->kind == AJWT_SOURCE_SECRET)
        return hmac ? hmac : AJWT_ALGS_HMAC;
    return trust->algs & ~AJWT_ALGS_HMAC;
}

static int accepts_any_audience(const apr_array_header_t *audiences)
{
    return strcmp(APR_ARRAY_IDX(audiences, 0, const char *), "*") == 0;
}

void ajwt_trust_policy(ajwt_policy *policy, const ajwt_trust *trust,
                       const ajwt_issuer *issuer)
{
    const apr_array_header_t *audiences =
        issuer->audiences ? issuer->audiences : trust->audiences;

    policy->issuer = ajwt_issuer_is_any(issuer) ? NULL : issuer->name;
    policy->tenants = issuer->tenants;
    policy->algs = choose_algs(trust, issuer);
    policy->types = trust->types;
    policy->audiences = accepts_any_audience(audiences) ? NULL : audiences;
    policy->audience_claim = issuer->audience_claim;
    policy->required = trust->required;
    policy->leeway_s = trust->leeway_s;
    policy->max_lifetime_s = trust->max_lifetime_s;
}
