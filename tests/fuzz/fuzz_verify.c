/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a token accepted when its signature was made for these very bytes, by a
 * key of the set, and its claims are what the policy asks, and never else?
 *
 * First line: letters, see has_letter's callers; then a line that is the
 * header, then the payload.  They are signed here, with this run's keys.  With
 * the letter r what follows is a token as it is, and nobody signed it.
 */
#include "fuzz.h"

#include "cache/signature_cache.h"
#include "core/base64url.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/verify.h"

#define LATER   (SUPPORT_NOW + apr_time_from_sec(3600))
#define EARLIER (SUPPORT_NOW - apr_time_from_sec(3600))

/* One input, taken apart */
typedef struct trial {
    const char *letters;
    const support_key *signer;
    const char *alg; /* that signer signs with */
    int is_genuine;  /* whether the signature is right */
    ajwt_policy policy;
    apr_time_t now;
} trial;

static int has_letter(const trial *attempt, char letter)
{
    return strchr(attempt->letters, letter) != NULL;
}

/* o: another key of the same kind signs, which the set does not have */
static void choose_signer(trial *attempt)
{
    int is_other = has_letter(attempt, 'o');

    if (has_letter(attempt, 'h')) {
        attempt->alg = "HS256";
        attempt->signer = support_key_named(is_other ? "oct-other" : "oct-32");
    }
    else {
        attempt->alg = "ES256";
        attempt->signer = support_key_named(is_other ? "P-256-other" : "P-256");
    }
}

static trial make_attempt(const char *letters, apr_pool_t *pool)
{
    trial attempt = {letters};
    ajwt_policy policy = support_policy(pool);

    choose_signer(&attempt);
    policy.algs = AJWT_ALG_ES256 | AJWT_ALG_HS256;
    if (has_letter(&attempt, '1'))
        policy.algs = AJWT_ALG_ES256;
    if (has_letter(&attempt, 'n'))
        policy.issuer = NULL;
    if (has_letter(&attempt, 'a'))
        policy.audiences = NULL;
    if (has_letter(&attempt, 'u'))
        policy.audience_claim = "azp";
    if (has_letter(&attempt, 'l'))
        policy.max_lifetime_s = 900;
    attempt.policy = policy;
    attempt.now = has_letter(&attempt, 't')   ? LATER
                  : has_letter(&attempt, 'T') ? EARLIER
                                              : SUPPORT_NOW;
    return attempt;
}

/* s: of less than there is; b: a bit of it is another */
static const char *sign(trial *attempt, const char *input, apr_pool_t *pool)
{
    ajwt_bytes signed_input = ajwt_bytes_from_string(input), signature;
    unsigned char *bytes;

    signed_input.len -= has_letter(attempt, 's');
    signature = support_sign(attempt->signer, attempt->alg, signed_input, pool);
    bytes = apr_pmemdup(pool, signature.data, signature.len);
    bytes[signature.len - 1] ^= (unsigned char)has_letter(attempt, 'b');
    signature.data = bytes;
    attempt->is_genuine = !has_letter(attempt, 's') &&
                          !has_letter(attempt, 'b') &&
                          !has_letter(attempt, 'o');
    return apr_pstrcat(pool, input, ".", ajwt_base64url_encode(signature, pool),
                       NULL);
}

static const char *make_token(trial *attempt, ajwt_bytes input,
                              apr_pool_t *pool)
{
    ajwt_bytes header;

    if (has_letter(attempt, 'r'))
        return fuzz_string(input, pool);
    header = fuzz_line(&input);
    return sign(attempt,
                apr_pstrcat(pool, ajwt_base64url_encode(header, pool), ".",
                            ajwt_base64url_encode(input, pool), NULL),
                pool);
}

/* --- what ought to be accepted, said once more and otherwise --- */

static int is_string(const json_t *value, const char *text)
{
    return json_is_string(value) && json_string_length(value) == strlen(text) &&
           strcmp(json_string_value(value), text) == 0;
}

static int is_kind_accepted(const json_t *typ)
{
    static const char *const kinds[] = {"jwt", "at+jwt", "application/jwt",
                                        "application/at+jwt"};
    unsigned i;

    for (i = 0; typ && i < SUPPORT_COUNT(kinds); i++) {
        if (json_string_length(typ) == strlen(kinds[i]) &&
            strcasecmp(json_string_value(typ), kinds[i]) == 0)
            return 1;
    }
    return !typ;
}

static int is_header_right(const trial *attempt, const json_t *header)
{
    const json_t *kid = json_object_get(header, "kid");
    int has_thumbprint =
        json_object_get(header, "x5t") || json_object_get(header, "x5t#S256");

    return is_string(json_object_get(header, "alg"), attempt->alg) &&
           !(has_letter(attempt, '1') && has_letter(attempt, 'h')) &&
           (kid ? is_string(kid, attempt->signer->name) : !has_thumbprint) &&
           is_kind_accepted(json_object_get(header, "typ"));
}

/* Whether it is a string, or an array of strings; whether one of them is us */
static int is_list(const json_t *value, int *names_us)
{
    const json_t *element;
    size_t i;

    *names_us = is_string(value, SUPPORT_AUDIENCE);
    for (i = 0; i < json_array_size(value); i++) {
        element = json_array_get(value, i);
        *names_us = *names_us || is_string(element, SUPPORT_AUDIENCE);
        if (!json_is_string(element))
            return 0;
    }
    return json_is_string(value) || json_is_array(value);
}

static int is_audience_right(const trial *attempt, const json_t *claims)
{
    const json_t *aud = json_object_get(claims, "aud");
    const json_t *value =
        json_object_get(claims, attempt->policy.audience_claim);
    int names_us = 0, unused;

    if ((aud && !is_list(aud, &unused)) ||
        (value && !is_list(value, &names_us)))
        return 0;
    return !attempt->policy.audiences || names_us;
}

static int are_types_right(const json_t *claims)
{
    static const char *const numbers[] = {"exp", "nbf", "iat"};
    const json_t *issuer = json_object_get(claims, "iss");
    unsigned i;

    for (i = 0; i < 3; i++) {
        const json_t *number = json_object_get(claims, numbers[i]);

        /* a date of four digits */
        if (number && (!json_is_number(number) ||
                       json_number_value(number) >= 253402300800.0))
            return 0;
    }
    return !issuer || json_is_string(issuer);
}

static int are_times_right(const trial *attempt, const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");
    const json_t *nbf = json_object_get(claims, "nbf");
    const json_t *iat = json_object_get(claims, "iat");
    double now = (double)apr_time_sec(attempt->now);
    double leeway = attempt->policy.leeway_s;

    if (!exp || json_number_value(exp) + leeway <= now ||
        (nbf && json_number_value(nbf) - leeway > now) ||
        (iat && json_number_value(iat) - leeway > now))
        return 0;
    return !attempt->policy.max_lifetime_s ||
           (iat && json_number_value(exp) - json_number_value(iat) <=
                       attempt->policy.max_lifetime_s);
}

static int is_right(const trial *attempt, const ajwt_token *token)
{
    return attempt->is_genuine && is_header_right(attempt, token->header) &&
           (!attempt->policy.issuer ||
            is_string(json_object_get(token->claims, "iss"),
                      attempt->policy.issuer)) &&
           is_audience_right(attempt, token->claims) &&
           are_types_right(token->claims) &&
           are_times_right(attempt, token->claims) &&
           !json_object_get(token->claims, "cnf");
}

static const ajwt_keyset *keys;
static const ajwt_mac_key *mac_key;
static const ajwt_signature_cache *signatures;

static void open_signatures(apr_pool_t *pool)
{
    static ajwt_lookup_counters lookups;

    FUZZ_CHECK(ajwt_mac_key_make(&mac_key, pool) == AJWT_ACCEPTED);
    signatures = ajwt_signature_cache_open(
        apr_pcalloc(pool, ajwt_signature_cache_size(AJWT_MIN_CACHE_ENTRIES)),
        AJWT_MIN_CACHE_ENTRIES, &lookups, pool);
}

/* What a key makes when it first verifies stays with it, and is no leak. */
static void verify_once(const char *alg)
{
    static const unsigned char zeroes[64];
    const ajwt_bytes input = {zeroes, 0}, signature = {zeroes, sizeof zeroes};
    int i;

    for (i = 0; i < keys->keys->nelts; i++)
        FUZZ_CHECK(
            ajwt_signature_check(&APR_ARRAY_IDX(keys->keys, i, ajwt_key),
                                 ajwt_alg_find(ajwt_bytes_from_string(alg)),
                                 input, signature) == AJWT_SIGNATURE_INVALID);
}

void fuzz_open(void)
{
    open_signatures(support_root());
    keys = support_parse_keys(
        support_jwks(support_root(), "P-256", "oct-32", NULL), support_root());
    verify_once("ES256");
    support_key_named("P-256-other");
    support_key_named("oct-other");
}

/* That some tokens were accepted before makes no result another. */
static void check_remembered(const trial *attempt, const ajwt_token *token,
                             const char *compact, ajwt_reason reason)
{
    ajwt_signature_lookup lookup;
    ajwt_mac mac;
    int times;

    FUZZ_CHECK(
        ajwt_mac_compute(&mac, mac_key, ajwt_bytes_from_string(compact)) ==
        AJWT_ACCEPTED);
    ajwt_signature_lookup_make(&lookup, signatures, mac, 0, 0);
    for (times = 0; times < 2; times++)
        FUZZ_CHECK(ajwt_verify(token, &attempt->policy, keys, &lookup.known,
                               attempt->now) == reason);
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    trial attempt = make_attempt(fuzz_string(fuzz_line(&input), pool), pool);
    const char *compact = make_token(&attempt, input, pool);
    ajwt_token token;
    ajwt_reason reason =
        ajwt_token_parse(&token, ajwt_bytes_from_string(compact), pool);

    if (reason != AJWT_ACCEPTED)
        return;
    FUZZ_CHECK(ajwt_verify(&token, &attempt.policy, NULL, NULL, attempt.now) !=
               AJWT_ACCEPTED);
    reason = ajwt_verify(&token, &attempt.policy, keys, NULL, attempt.now);
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == is_right(&attempt, &token));
    check_remembered(&attempt, &token, compact, reason);
}
