/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a key set hold only keys that may be in it, and does a token only ever
 * find one that may verify it?
 *
 * First line: `local` or else; then the document.
 */
#include "fuzz.h"

#include <openssl/err.h>

#include "core/document.h"
#include "core/limits.h"
#include "core/signature.h"
#include "core/tenant.h"

/* Who could have signed for one of these, as its token says */
#define ISSUERS                                      \
    {                                                \
        SUPPORT_ISSUER,                              \
            "https://login.example/"                 \
            "f8cdef31-a31e-4b4a-93e4-5f571e91255a/", \
            NULL                                     \
    }

static void check_key(const ajwt_key *key, ajwt_origin origin)
{
    const int is_secret = strcmp(key->kty, "oct") == 0;

    FUZZ_CHECK(key->algs != 0);
    FUZZ_CHECK(is_secret == !key->pkey &&
               is_secret == (key->secret.data != NULL));
    FUZZ_CHECK(is_secret == ((key->algs & AJWT_ALGS_HMAC) != 0));
    FUZZ_CHECK(is_secret == !(key->algs & ~AJWT_ALGS_HMAC));
    FUZZ_CHECK(!is_secret || origin == AJWT_LOCAL);
    FUZZ_CHECK(!is_secret || (key->secret.len >= 32 &&
                              key->secret.len <= AJWT_MAX_SECRET_BYTES));
    FUZZ_CHECK(!key->kid.data || key->kid.len <= AJWT_MAX_KID_BYTES);
    if (strcmp(key->kty, "RSA") != 0)
        return;
    FUZZ_CHECK((key->algs & ~AJWT_ALGS_RSA) == 0);
    FUZZ_CHECK(EVP_PKEY_get_bits(key->pkey) == key->bits);
    FUZZ_CHECK(key->bits >= AJWT_MIN_RSA_BITS &&
               key->bits <= AJWT_MAX_RSA_BITS);
}

static int is_of_name(const ajwt_token *token, const ajwt_key *key)
{
    if (token->kid.data)
        return key->kid.data ? ajwt_bytes_equal(token->kid, key->kid) : 1;
    if (token->x5t_s256.data)
        return !key->kid.data ||
               ajwt_bytes_equal(token->x5t_s256, key->x5t_s256) ||
               ajwt_bytes_equal(token->x5t_s256, key->x5t_s256_written);
    if (token->x5t.data)
        return !key->kid.data || ajwt_bytes_equal(token->x5t, key->x5t) ||
               ajwt_bytes_equal(token->x5t, key->x5t_written);
    return 1;
}

/* Whatever the signature is, this one cannot be right. */
static void check_signature(const ajwt_key *key, const ajwt_alg *alg)
{
    static const unsigned char ones[AJWT_MAX_RSA_BITS / 8] = {1};
    ajwt_bytes signature = {ones, alg->signature_bytes};

    if (!signature.len && key->pkey)
        signature.len = (apr_size_t)EVP_PKEY_get_size(key->pkey);
    FUZZ_CHECK(ajwt_signature_check(key, alg, SUPPORT_BYTES("a.b"),
                                    signature) != AJWT_ACCEPTED);
}

static void check_find(const ajwt_keyset *keyset, const ajwt_token *token,
                       const ajwt_alg *alg)
{
    ajwt_candidates candidates;
    ajwt_reason reason =
        ajwt_keyset_find(&candidates, keyset, token, alg->algs);
    int i;

    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_KEY_UNKNOWN,
                             AJWT_KEY_UNSUITABLE, AJWT_KEY_ISSUER,
                             AJWT_KEY_AMBIGUOUS, AJWT_REASON_COUNT));
    if (reason != AJWT_ACCEPTED)
        return;
    FUZZ_CHECK(candidates.count > 0 &&
               candidates.count <= AJWT_MAX_CANDIDATE_KEYS);
    for (i = 0; i < candidates.count; i++) {
        const ajwt_key *key = candidates.keys[i];

        FUZZ_CHECK(key->algs & alg->algs);
        FUZZ_CHECK(is_of_name(token, key));
        FUZZ_CHECK(!key->issuer.data ||
                   ajwt_tenant_covers(key->issuer, token->issuer));
        FUZZ_CHECK(key->original == candidates.keys[0]->original || i > 0);
        if (i > 0)
            FUZZ_CHECK(key->original != candidates.keys[i - 1]->original);
    }
}

static void check_finds(const ajwt_keyset *keyset, const ajwt_token *token)
{
    const ajwt_alg *alg;
    int i;

    for (i = 0; (alg = ajwt_alg_at(i)); i++)
        check_find(keyset, token, alg);
}

/* Each key is found by each of its names, unless others are of that name. */
static void check_names(const ajwt_keyset *keyset, const ajwt_key *key)
{
    static const char *const issuers[] = ISSUERS;
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(issuers); i++) {
        ajwt_token by_kid = {.kid = key->kid}, by_x5t = {.x5t = key->x5t};
        ajwt_token by_s256 = {.x5t_s256 = key->x5t_s256, .x5t = key->x5t};
        ajwt_token as_written = {.x5t = key->x5t_written};

        by_kid.issuer = ajwt_bytes_from_string(issuers[i]);
        by_x5t.issuer = by_s256.issuer = by_kid.issuer;
        as_written.issuer = by_kid.issuer;
        check_finds(keyset, &by_kid);
        check_finds(keyset, &by_x5t);
        check_finds(keyset, &by_s256);
        check_finds(keyset, &as_written);
    }
}

/* Of a whole set only the first are asked, since that takes its time. */
static void check_use(const ajwt_keyset *keyset, int index)
{
    const ajwt_key *key = &APR_ARRAY_IDX(keyset->keys, index, ajwt_key);
    const ajwt_alg *alg;
    int i;

    if (index >= AJWT_MAX_CANDIDATE_KEYS)
        return;
    check_names(keyset, key);
    for (i = 0; (alg = ajwt_alg_at(i)); i++)
        check_signature(key, alg);
}

static int is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < 0x20 || *text > 0x7e)
            return 0;
    }
    return 1;
}

/* Whatever is odd has words, which a log can have as they are. */
static void check_words(const ajwt_keyset *keyset)
{
    int i;

    for (i = 0; i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        FUZZ_CHECK(note->detail || note->reason == AJWT_KEY_PRIVATE);
        FUZZ_CHECK(!note->detail || is_printable(note->detail));
        FUZZ_CHECK(i == 0 || note->index >= note[-1].index);
    }
    for (i = 0; i < keyset->remarks->nelts; i++)
        FUZZ_CHECK(is_printable(
            APR_ARRAY_IDX(keyset->remarks, i, ajwt_keyset_remark).detail));
}

static void check_explanation(ajwt_bytes text, ajwt_origin origin,
                              const ajwt_keyset *keyset, apr_pool_t *pool)
{
    const ajwt_document document = {text, origin == AJWT_LOCAL ? "keys" : NULL,
                                    keyset};
    const char *words = ajwt_document_explain(&document, pool);

    FUZZ_CHECK(words && is_printable(words));
    FUZZ_CHECK(ERR_peek_error() == 0);
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes line = fuzz_line(&input);
    ajwt_origin origin =
        ajwt_bytes_equal_string(line, "local") ? AJWT_LOCAL : AJWT_FETCHED;
    const ajwt_token unnamed = {.kid = {NULL, 0}};
    const ajwt_keyset *keyset;
    ajwt_reason reason;
    int i;

    reason = ajwt_keyset_parse(&keyset, input, origin, pool);
    FUZZ_CHECK(fuzz_is_among(reason, AJWT_ACCEPTED, AJWT_KEYSET_INVALID,
                             AJWT_DUPLICATE_MEMBER, AJWT_OVER_LIMIT,
                             AJWT_NUMBER_RANGE, AJWT_KEYSET_UNUSABLE,
                             AJWT_REASON_COUNT));
    FUZZ_CHECK((reason == AJWT_ACCEPTED) ==
               (keyset && keyset->keys->nelts > 0));
    if (keyset)
        check_words(keyset);
    if (reason != AJWT_ACCEPTED) {
        check_explanation(input, origin, keyset, pool);
        return;
    }
    check_finds(keyset, &unnamed);
    for (i = 0; i < keyset->keys->nelts; i++) {
        check_key(&APR_ARRAY_IDX(keyset->keys, i, ajwt_key), origin);
        check_use(keyset, i);
    }
}
