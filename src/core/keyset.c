/* SPDX-License-Identifier: Apache-2.0 */
#include "core/keyset.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/json.h"
#include "core/tenant.h"

static ajwt_keyset *make_keyset(int size, apr_pool_t *pool)
{
    ajwt_keyset *keyset = apr_pcalloc(pool, sizeof *keyset);

    /* never grows beyond size: others point into it */
    keyset->keys = apr_array_make(pool, size, sizeof(ajwt_key));
    keyset->notes = apr_array_make(pool, 1, sizeof(ajwt_key_note));
    keyset->by_kid = apr_hash_make(pool);
    keyset->by_x5t = apr_hash_make(pool);
    keyset->by_x5t_s256 = apr_hash_make(pool);
    keyset->unnamed = apr_array_make(pool, 1, sizeof(const ajwt_key *));
    return keyset;
}

static void add_note(ajwt_keyset *keyset, const ajwt_key *key, int index,
                     int is_used, ajwt_reason reason)
{
    ajwt_key_note *note = apr_array_push(keyset->notes);

    note->kid = key->kid;
    note->kty = key->kty;
    note->crv = key->crv;
    note->bits = key->bits;
    note->index = index;
    note->is_used = is_used;
    note->reason = reason;
}

static apr_array_header_t *find_named(apr_hash_t *index, ajwt_bytes name)
{
    return apr_hash_get(index, name.data, (apr_ssize_t)name.len);
}

static void add_to_index(apr_hash_t *index, ajwt_bytes name,
                         const ajwt_key *key, apr_pool_t *pool)
{
    apr_array_header_t *list;

    if (!name.data)
        return;
    list = find_named(index, name);
    if (!list) {
        list = apr_array_make(pool, 1, sizeof(const ajwt_key *));
        apr_hash_set(index, name.data, (apr_ssize_t)name.len, list);
    }
    APR_ARRAY_PUSH(list, const ajwt_key *) = key;
}

/* A key that is not understood never spoils the set (RFC 7517 5). */
static void add_key(ajwt_keyset *keyset, const ajwt_key *key, int index,
                    ajwt_reason reason, apr_pool_t *pool)
{
    ajwt_key *kept;

    if (reason != AJWT_ACCEPTED) {
        add_note(keyset, key, index, 0, reason);
        return;
    }
    if (key->has_private_members)
        add_note(keyset, key, index, 1, AJWT_KEY_PRIVATE);
    kept = apr_array_push(keyset->keys);
    *kept = *key;
    add_to_index(keyset->by_kid, kept->kid, kept, pool);
    add_to_index(keyset->by_x5t, kept->x5t, kept, pool);
    add_to_index(keyset->by_x5t_s256, kept->x5t_s256, kept, pool);
    if (!kept->kid.data)
        APR_ARRAY_PUSH(keyset->unnamed, const ajwt_key *) = kept;
}

static ajwt_reason read_jwks(ajwt_keyset **keyset, const json_t *jwks,
                             ajwt_origin origin, apr_pool_t *pool)
{
    json_t *jwk;
    apr_size_t i;

    if (!json_is_array(jwks))
        return AJWT_KEYSET_INVALID;
    if (json_array_size(jwks) > AJWT_MAX_KEYS)
        return AJWT_OVER_LIMIT;
    *keyset = make_keyset((int)json_array_size(jwks), pool);
    json_array_foreach(jwks, i, jwk)
    {
        ajwt_key key = {0};
        ajwt_reason reason = ajwt_jwk_parse(&key, jwk, origin, pool);

        add_key(*keyset, &key, (int)i, reason, pool);
    }
    return AJWT_ACCEPTED;
}

/* A parsed document may take 80 times as much memory as its text, so it is
 * freed as soon as its keys are read. */
static ajwt_reason parse_jwks(ajwt_keyset **keyset, ajwt_bytes text,
                              ajwt_origin origin, apr_pool_t *pool)
{
    const json_t *document;
    apr_pool_t *brief;
    ajwt_reason reason;

    if (apr_pool_create(&brief, pool) != APR_SUCCESS)
        return AJWT_INTERNAL;
    reason = ajwt_json_parse(&document, text, AJWT_KEYSET_INVALID, brief);
    if (reason == AJWT_ACCEPTED)
        reason =
            read_jwks(keyset, json_object_get(document, "keys"), origin, pool);
    apr_pool_destroy(brief);
    return reason;
}

static ajwt_reason key_from_block(ajwt_key *key, const char *label,
                                  const unsigned char *der, long len,
                                  apr_pool_t *pool)
{
    ajwt_reason reason = AJWT_KEY_TYPE_UNKNOWN;
    EVP_PKEY *pkey;
    X509 *certificate;

    if (strstr(label, "PRIVATE KEY"))
        return AJWT_KEY_PRIVATE;
    if (strcmp(label, PEM_STRING_PUBLIC) == 0) {
        pkey = d2i_PUBKEY(NULL, &der, len);
        reason =
            pkey ? ajwt_key_from_pkey(key, pkey, pool) : AJWT_KEY_MALFORMED;
    }
    else if (strcmp(label, PEM_STRING_X509) == 0) {
        certificate = d2i_X509(NULL, &der, len);
        reason = certificate ? ajwt_key_from_certificate(key, certificate, pool)
                             : AJWT_KEY_MALFORMED;
    }
    ERR_clear_error();
    return reason;
}

/* Each block of the file; OVER_LIMIT, or KEYSET_INVALID when one is broken */
static ajwt_reason read_blocks(ajwt_keyset *keyset, BIO *bio, apr_pool_t *pool)
{
    char *label, *header;
    unsigned char *der;
    long len;
    int index = 0, is_end;

    while (PEM_read_bio_ex(bio, &label, &header, &der, &len, PEM_FLAG_SECURE)) {
        ajwt_key key = {0};
        ajwt_reason reason = AJWT_OVER_LIMIT;

        if (index < AJWT_MAX_KEYS) {
            reason = key_from_block(&key, label, der, len, pool);
            add_key(keyset, &key, index++, reason, pool);
        }
        OPENSSL_secure_free(label);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(der, (size_t)len);
        if (reason == AJWT_OVER_LIMIT)
            return AJWT_OVER_LIMIT;
    }
    is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return is_end && index > 0 ? AJWT_ACCEPTED : AJWT_KEYSET_INVALID;
}

static ajwt_reason parse_pem(ajwt_keyset **keyset, ajwt_bytes text,
                             apr_pool_t *pool)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    ajwt_reason reason;

    if (!bio)
        return AJWT_INTERNAL;
    *keyset = make_keyset(AJWT_MAX_KEYS, pool);
    reason = read_blocks(*keyset, bio, pool);
    BIO_free(bio);
    return reason;
}

static int is_json(ajwt_bytes text)
{
    apr_size_t i = 0;

    while (i < text.len && strchr(" \t\r\n", text.data[i]))
        i++;
    return i < text.len && text.data[i] == '{';
}

ajwt_reason ajwt_keyset_parse(const ajwt_keyset **keyset, ajwt_bytes text,
                              ajwt_origin origin, apr_pool_t *pool)
{
    ajwt_keyset *parsed = NULL;
    ajwt_reason reason = AJWT_KEYSET_INVALID;

    *keyset = NULL;
    if (text.len > AJWT_MAX_DOCUMENT_BYTES)
        return AJWT_OVER_LIMIT;
    if (is_json(text))
        reason = parse_jwks(&parsed, text, origin, pool);
    else if (origin == AJWT_LOCAL)
        reason = parse_pem(&parsed, text, pool);
    if (reason != AJWT_ACCEPTED)
        return reason;
    *keyset = parsed;
    return parsed->keys->nelts ? AJWT_ACCEPTED : AJWT_KEYSET_UNUSABLE;
}

ajwt_reason ajwt_keyset_from_secret(const ajwt_keyset **keyset,
                                    ajwt_bytes secret, apr_pool_t *pool)
{
    ajwt_keyset *made = make_keyset(1, pool);
    ajwt_key key = {0};
    ajwt_reason reason = ajwt_key_from_secret(&key, secret, pool);

    *keyset = NULL;
    if (reason != AJWT_ACCEPTED)
        return reason;
    add_key(made, &key, 0, reason, pool);
    *keyset = made;
    return AJWT_ACCEPTED;
}

/* Entra ID publishes keys of several issuers in one set. */
static int serves_issuer(const ajwt_key *key, ajwt_bytes issuer)
{
    return !key->issuer.data || ajwt_tenant_covers(key->issuer, issuer);
}

static int has_one_that_serves(const apr_array_header_t *keys,
                               ajwt_bytes issuer)
{
    int i;

    for (i = 0; i < keys->nelts; i++) {
        if (serves_issuer(APR_ARRAY_IDX(keys, i, const ajwt_key *), issuer))
            return 1;
    }
    return 0;
}

/* More than fit are counted, so that the caller can refuse. */
static void add_candidate(ajwt_candidates *candidates, const ajwt_key *key,
                          const ajwt_token *token, ajwt_alg_set algs)
{
    if (!(key->algs & algs) || !serves_issuer(key, token->issuer))
        return;
    if (candidates->count < AJWT_MAX_CANDIDATE_KEYS)
        candidates->keys[candidates->count] = key;
    candidates->count++;
}

static int are_too_many(const ajwt_candidates *candidates)
{
    return candidates->count > AJWT_MAX_CANDIDATE_KEYS;
}

static void add_candidates(ajwt_candidates *candidates,
                           const apr_array_header_t *keys,
                           const ajwt_token *token, ajwt_alg_set algs)
{
    int i;

    for (i = 0; i < keys->nelts && !are_too_many(candidates); i++)
        add_candidate(candidates, APR_ARRAY_IDX(keys, i, const ajwt_key *),
                      token, algs);
}

/* A token without a name may be of any key. */
static void add_all(ajwt_candidates *candidates, const ajwt_keyset *keyset,
                    const ajwt_token *token, ajwt_alg_set algs)
{
    int i;

    for (i = 0; i < keyset->keys->nelts && !are_too_many(candidates); i++)
        add_candidate(candidates, &APR_ARRAY_IDX(keyset->keys, i, ajwt_key),
                      token, algs);
}

static int has_name(const ajwt_token *token)
{
    return token->kid.data || token->x5t_s256.data || token->x5t.data;
}

/* The keys of the name that the token gives, fit or not; NULL: none has it */
static const apr_array_header_t *find_of_token(const ajwt_keyset *keyset,
                                               const ajwt_token *token)
{
    if (token->kid.data)
        return find_named(keyset->by_kid, token->kid);
    if (token->x5t_s256.data)
        return find_named(keyset->by_x5t_s256, token->x5t_s256);
    return token->x5t.data ? find_named(keyset->by_x5t, token->x5t) : NULL;
}

ajwt_reason ajwt_keyset_find(ajwt_candidates *candidates,
                             const ajwt_keyset *keyset, const ajwt_token *token,
                             ajwt_alg_set algs)
{
    const apr_array_header_t *named = find_of_token(keyset, token);

    candidates->count = 0;
    if (named || has_name(token))
        add_candidates(candidates, named ? named : keyset->unnamed, token,
                       algs);
    else
        add_all(candidates, keyset, token, algs);
    if (are_too_many(candidates))
        return AJWT_KEY_AMBIGUOUS;
    if (candidates->count)
        return AJWT_ACCEPTED;
    if (!named)
        return AJWT_KEY_UNKNOWN;
    return has_one_that_serves(named, token->issuer) ? AJWT_KEY_UNSUITABLE
                                                     : AJWT_KEY_ISSUER;
}
