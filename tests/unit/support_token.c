/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <openssl/err.h>

#include "core/base64url.h"
#include "core/jwk.h"
#include "core/signature.h"

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

const ajwt_alg *support_alg(const char *name)
{
    const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(name));

    assert_non_null(alg);
    return alg;
}

ajwt_key support_public_key(const char *name, apr_pool_t *pool)
{
    ajwt_key key = {0};

    assert_int_equal(
        ajwt_jwk_parse(&key, support_jwk(name, pool), AJWT_LOCAL, pool),
        AJWT_ACCEPTED);
    return key;
}

ajwt_reason support_check_signature(const char *name, const char *alg,
                                    ajwt_bytes input, ajwt_bytes signature,
                                    apr_pool_t *pool)
{
    ajwt_key key = support_public_key(name, pool);
    ajwt_reason reason =
        ajwt_signature_check(&key, support_alg(alg), input, signature);

    support_expect("C7 no error is left", ERR_peek_error() == 0);
    return reason;
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
