/* SPDX-License-Identifier: Apache-2.0 */
#include "core/keyset.h"

#include <apr_strings.h>

#include "core/ambiguity.h"
#include "core/json.h"
#include "core/members.h"
#include "core/pem.h"
#include "core/quote.h"
#include "core/tenant.h"

static ajwt_keyset *make_keyset(int size, apr_pool_t *pool)
{
    ajwt_keyset *keyset = apr_pcalloc(pool, sizeof *keyset);

    /* the array must not grow beyond size: others point into it */
    keyset->keys = apr_array_make(pool, size, sizeof(ajwt_key));
    keyset->notes = apr_array_make(pool, 1, sizeof(ajwt_key_note));
    keyset->remarks = apr_array_make(pool, 0, sizeof(ajwt_keyset_remark));
    keyset->by_kid = apr_hash_make(pool);
    keyset->by_x5t = apr_hash_make(pool);
    keyset->by_x5t_s256 = apr_hash_make(pool);
    keyset->unnamed = apr_array_make(pool, 1, sizeof(const ajwt_key *));
    return keyset;
}

static ajwt_key_note *add_note(ajwt_keyset *keyset, const ajwt_key *key,
                               ajwt_reason reason)
{
    ajwt_key_note *note = apr_array_push(keyset->notes);

    memset(note, 0, sizeof *note);
    note->kid = key->kid;
    note->kty = key->kty;
    note->crv = key->crv;
    note->bits = key->bits;
    note->index = key->index;
    note->reason = reason;
    note->detail = key->problem;
    return note;
}

static void note_used(ajwt_keyset *keyset, const ajwt_key *key,
                      ajwt_reason reason, const char *detail)
{
    ajwt_key_note *note = add_note(keyset, key, reason);

    note->is_used = 1;
    note->detail = detail;
}

static void add_remark(ajwt_keyset *keyset, ajwt_reason reason,
                       const char *detail)
{
    ajwt_keyset_remark *remark = apr_array_push(keyset->remarks);

    remark->reason = reason;
    remark->detail = detail;
}

static apr_array_header_t *find_in_index(apr_hash_t *index, ajwt_bytes name)
{
    return apr_hash_get(index, name.data, (apr_ssize_t)name.len);
}

static void add_to_index(apr_hash_t *index, ajwt_bytes name,
                         const ajwt_key *key, apr_pool_t *pool)
{
    apr_array_header_t *list;

    if (!name.data)
        return;
    list = find_in_index(index, name);
    if (!list) {
        list = apr_array_make(pool, 1, sizeof(const ajwt_key *));
        apr_hash_set(index, name.data, (apr_ssize_t)name.len, list);
    }
    APR_ARRAY_PUSH(list, const ajwt_key *) = key;
}

static void add_to_indexes(ajwt_keyset *keyset, const ajwt_key *key,
                           apr_pool_t *pool)
{
    add_to_index(keyset->by_kid, key->kid, key, pool);
    add_to_index(keyset->by_x5t, key->x5t, key, pool);
    add_to_index(keyset->by_x5t, key->x5t_written, key, pool);
    add_to_index(keyset->by_x5t_s256, key->x5t_s256, key, pool);
    add_to_index(keyset->by_x5t_s256, key->x5t_s256_written, key, pool);
    if (!key->kid.data)
        APR_ARRAY_PUSH(keyset->unnamed, const ajwt_key *) = key;
}

/* The first equal key of the set */
static const ajwt_key *find_original(apr_hash_t *by_material,
                                     const ajwt_key *key, apr_pool_t *pool)
{
    const ajwt_bytes material = ajwt_key_material(key, pool);
    const ajwt_key *original =
        apr_hash_get(by_material, material.data, (apr_ssize_t)material.len);

    if (original)
        return original;
    apr_hash_set(by_material, material.data, (apr_ssize_t)material.len, key);
    return key;
}

/* A set being built */
typedef struct keyset_builder {
    ajwt_keyset *keyset;
    apr_hash_t *by_material; /* -> const ajwt_key * */
    apr_pool_t *pool;
} keyset_builder;

/* RFC 7517 5: a key that is not understood is ignored, not the whole set. */
static void add_key(keyset_builder *builder, const ajwt_key *key,
                    ajwt_reason reason)
{
    ajwt_keyset *keyset = builder->keyset;
    ajwt_key *kept;

    if (reason != AJWT_ACCEPTED) {
        add_note(keyset, key, reason);
        return;
    }
    if (key->has_private_members)
        note_used(keyset, key, AJWT_KEY_PRIVATE, NULL);
    if (key->repairs)
        note_used(keyset, key, AJWT_KEY_REPAIRED, key->repairs);
    kept = apr_array_push(keyset->keys);
    *kept = *key;
    kept->original = find_original(builder->by_material, kept, builder->pool);
    add_to_indexes(keyset, kept, builder->pool);
}

static keyset_builder make_builder(int size, apr_pool_t *pool)
{
    keyset_builder builder = {make_keyset(size, pool), apr_hash_make(pool),
                              pool};

    return builder;
}

static void remark_ambiguity(const keyset_builder *builder)
{
    const char *detail = ajwt_ambiguity_find(
        builder->keyset->unnamed, builder->keyset->by_kid, builder->pool);

    if (detail)
        add_remark(builder->keyset, AJWT_KEYSET_AMBIGUOUS, detail);
}

/* Other members than keys are not read. */
static void remark_wide_integers(ajwt_keyset *keyset, const json_t *document,
                                 apr_pool_t *pool)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)document, name, value)
    {
        if (strcmp(name, "keys") != 0 && !ajwt_json_is_exact(value))
            add_remark(
                keyset, AJWT_KEYSET_REPAIRED,
                ajwt_members_describe_repair(name, AJWT_ODD_INTEGER, pool));
    }
}

static ajwt_reason read_jwks(ajwt_keyset **keyset, const json_t *document,
                             ajwt_origin origin, apr_pool_t *pool)
{
    const json_t *jwks = json_object_get(document, "keys");
    json_t *jwk;
    apr_size_t i;
    keyset_builder builder;

    if (!json_is_array(jwks))
        return AJWT_KEYSET_INVALID;
    if (json_array_size(jwks) > AJWT_MAX_KEYS)
        return AJWT_OVER_LIMIT;
    builder = make_builder((int)json_array_size(jwks), pool);
    *keyset = builder.keyset;
    remark_wide_integers(builder.keyset, document, pool);
    json_array_foreach(jwks, i, jwk)
    {
        ajwt_key key = {.index = (int)i};
        ajwt_reason reason = ajwt_jwk_parse(&key, jwk, origin, pool);

        add_key(&builder, &key, reason);
    }
    remark_ambiguity(&builder);
    return AJWT_ACCEPTED;
}

/*
 * A parsed document may take 80 times as much memory as its text, so it is
 * freed as soon as its keys are read. It may contain private keys, so it is
 * wiped.
 */
static ajwt_reason parse_jwks(ajwt_keyset **keyset, ajwt_bytes text,
                              ajwt_origin origin, apr_pool_t *pool)
{
    const json_t *document;
    apr_pool_t *brief;
    ajwt_reason reason;

    if (apr_pool_create(&brief, pool) != APR_SUCCESS)
        return AJWT_INTERNAL;
    reason = ajwt_json_parse(&document, text, AJWT_KEYSET_INVALID, brief);
    if (reason == AJWT_ACCEPTED) {
        reason = read_jwks(keyset, document, origin, pool);
        ajwt_json_wipe(document);
    }
    apr_pool_destroy(brief);
    return reason;
}

static ajwt_reason parse_pem(ajwt_keyset **keyset, ajwt_bytes text,
                             apr_pool_t *pool)
{
    apr_array_header_t *blocks;
    ajwt_reason reason = ajwt_pem_read(&blocks, text, pool);
    keyset_builder builder = make_builder(blocks->nelts, pool);
    int i;

    if (reason != AJWT_ACCEPTED)
        return reason;
    *keyset = builder.keyset;
    for (i = 0; i < blocks->nelts; i++) {
        ajwt_pem_block *block = &APR_ARRAY_IDX(blocks, i, ajwt_pem_block);

        block->key.index = i;
        add_key(&builder, &block->key, block->reason);
    }
    remark_ambiguity(&builder);
    return AJWT_ACCEPTED;
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

#define MOST_SAID 3

const char *ajwt_keyset_describe_unused(const ajwt_keyset *keyset,
                                        apr_pool_t *pool)
{
    const char *text = NULL;
    int i, count = 0;

    for (i = 0; i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        if (note->is_used || count++ >= MOST_SAID)
            continue;
        text = apr_psprintf(
            pool, "%s%skey %d%s%s: %s", text ? text : "", text ? "; " : "",
            note->index, note->kid.data ? ", kid " : "",
            note->kid.data ? ajwt_quote_text(note->kid, pool) : "",
            note->detail ? note->detail
                         : ajwt_reason_describe(note->reason)->text);
    }
    return count > MOST_SAID
               ? apr_psprintf(pool, "%s; and %d more", text, count - MOST_SAID)
               : text;
}

ajwt_reason ajwt_keyset_from_secret(const ajwt_keyset **keyset,
                                    ajwt_bytes secret, apr_pool_t *pool)
{
    keyset_builder builder = make_builder(1, pool);
    ajwt_key key = {0};
    ajwt_reason reason = ajwt_key_from_secret(&key, secret, pool);

    *keyset = NULL;
    if (reason != AJWT_ACCEPTED)
        return reason;
    add_key(&builder, &key, reason);
    *keyset = builder.keyset;
    return AJWT_ACCEPTED;
}

/* Entra ID publishes the keys of several issuers in one set. */
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

static int has_original(const ajwt_candidates *candidates, const ajwt_key *key)
{
    int i;

    for (i = 0; i < candidates->count && i < AJWT_MAX_CANDIDATE_KEYS; i++) {
        if (candidates->keys[i]->original == key->original)
            return 1;
    }
    return 0;
}

/*
 * Counts also the keys that do not fit into the array, so that the caller can
 * refuse.
 */
static void add_candidate(ajwt_candidates *candidates, const ajwt_key *key,
                          const ajwt_token *token, ajwt_alg_set algs)
{
    if (!(key->algs & algs) || !serves_issuer(key, token->issuer) ||
        has_original(candidates, key))
        return;
    if (candidates->count < AJWT_MAX_CANDIDATE_KEYS)
        candidates->keys[candidates->count] = key;
    candidates->count++;
}

static int has_too_many_candidates(const ajwt_candidates *candidates)
{
    return candidates->count > AJWT_MAX_CANDIDATE_KEYS;
}

static void add_candidates(ajwt_candidates *candidates,
                           const apr_array_header_t *keys,
                           const ajwt_token *token, ajwt_alg_set algs)
{
    int i;

    for (i = 0; i < keys->nelts && !has_too_many_candidates(candidates); i++)
        add_candidate(candidates, APR_ARRAY_IDX(keys, i, const ajwt_key *),
                      token, algs);
}

/* Without a name in the token, every key is a candidate. */
static void add_all_candidates(ajwt_candidates *candidates,
                               const ajwt_keyset *keyset,
                               const ajwt_token *token, ajwt_alg_set algs)
{
    int i;

    for (i = 0; i < keyset->keys->nelts && !has_too_many_candidates(candidates);
         i++)
        add_candidate(candidates, &APR_ARRAY_IDX(keyset->keys, i, ajwt_key),
                      token, algs);
}

static int has_key_name(const ajwt_token *token)
{
    return token->kid.data || token->x5t_s256.data || token->x5t.data;
}

/*
 * The keys with the name in the token, whatever their algorithms; NULL if none
 */
static const apr_array_header_t *find_keys_by_name(const ajwt_keyset *keyset,
                                                   const ajwt_token *token)
{
    if (token->kid.data)
        return find_in_index(keyset->by_kid, token->kid);
    if (token->x5t_s256.data)
        return find_in_index(keyset->by_x5t_s256, token->x5t_s256);
    return token->x5t.data ? find_in_index(keyset->by_x5t, token->x5t) : NULL;
}

ajwt_reason ajwt_keyset_find(ajwt_candidates *candidates,
                             const ajwt_keyset *keyset, const ajwt_token *token,
                             ajwt_alg_set algs)
{
    const apr_array_header_t *named = find_keys_by_name(keyset, token);

    candidates->count = 0;
    if (named || has_key_name(token))
        add_candidates(candidates, named ? named : keyset->unnamed, token,
                       algs);
    else
        add_all_candidates(candidates, keyset, token, algs);
    if (has_too_many_candidates(candidates))
        return AJWT_KEY_AMBIGUOUS;
    if (candidates->count)
        return AJWT_ACCEPTED;
    if (!named)
        return AJWT_KEY_UNKNOWN;
    return has_one_that_serves(named, token->issuer) ? AJWT_KEY_UNSUITABLE
                                                     : AJWT_KEY_ISSUER;
}
