#include "support.h"

#include "core/base64url.h"

const char *support_signing_input(const char *header, const char *payload,
                                  apr_pool_t *pool)
{
    return apr_pstrcat(
        pool, ajwt_base64url_encode(ajwt_bytes_from_string(header), pool), ".",
        ajwt_base64url_encode(ajwt_bytes_from_string(payload), pool), NULL);
}

const char *support_token(const char *header, const char *payload,
                          const char *alg, const support_key *key,
                          apr_pool_t *pool)
{
    const char *input = support_signing_input(header, payload, pool);
    ajwt_bytes signature = support_sign(key ? key : support_key_for(alg), alg,
                                        ajwt_bytes_from_string(input), pool);

    return apr_pstrcat(pool, input, ".", ajwt_base64url_encode(signature, pool),
                       NULL);
}

json_t *support_claims(apr_pool_t *pool)
{
    return support_own(json_pack("{s:s, s:s, s:s, s:i, s:i}", "iss",
                                 SUPPORT_ISSUER, "aud", SUPPORT_AUDIENCE, "sub",
                                 "alice", "iat", SUPPORT_NOW_S - 60, "exp",
                                 SUPPORT_NOW_S + 600),
                       pool);
}

ajwt_token support_parse_token(const char *compact, apr_pool_t *pool)
{
    ajwt_token token;
    ajwt_reason reason =
        ajwt_token_parse(&token, ajwt_bytes_from_string(compact), pool);

    if (reason != AJWT_ACCEPTED)
        fail_msg("%s: %s", ajwt_reason_describe(reason)->name, compact);
    return token;
}

const ajwt_keyset *support_parse_keys(const char *jwks, apr_pool_t *pool)
{
    const ajwt_keyset *keys;
    ajwt_reason reason = ajwt_keyset_parse(&keys, ajwt_bytes_from_string(jwks),
                                           AJWT_LOCAL, pool);

    if (reason != AJWT_ACCEPTED)
        fail_msg("%s: %s", ajwt_reason_describe(reason)->name, jwks);
    return keys;
}
