/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do core and keys make of somebody else's cases?
 *
 * Reads questions from standard input, JSON objects one after the other, and
 * answers each with a line of JSON.  It knows nothing of what is right: that is
 * for in_process.py, which asks.  Bytes are written in hexadecimal.
 *
 *   {keys, text}               a key set from a file, under a name
 *   {keys, documents, from}    one that was fetched from a URL
 *   {keys, documents, issuer}  one that the issuer's discovery document names
 *   {token, keys, now}         a token, by a set that was read before; what
 *                              was proven is remembered, as in httpd
 *   {token, keys}              its signature alone, whatever its payload is
 *   {jwk, alg, message, signature}
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_escape.h>
#include <apr_hash.h>

#include "cache/signature_cache.h"
#include "cli/jwk_print.h"
#include "core/base64url.h"
#include "core/signature.h"
#include "core/verify.h"
#include "keys/load.h"

#define DEADLINE apr_time_from_sec(1)

#define ENTRIES  4096

typedef struct named_set {
    const ajwt_keyset *keyset;
    apr_uint32_t number; /* as a source's index */
} named_set;

/* Sets that were read, by their names, and what was proven by which of them:
 * as long as the program */
static apr_hash_t *sets;
static const ajwt_signature_cache *signatures;
static const ajwt_mac_key *mac_key;
static ajwt_lookup_counters lookups;

static ajwt_bytes raw(const json_t *object, const char *name, apr_pool_t *pool)
{
    const char *text = json_string_value(json_object_get(object, name));
    ajwt_bytes bytes = {(const unsigned char *)"", 0};

    if (text && *text)
        bytes.data = apr_punescape_hex(pool, text, 0, &bytes.len);
    return bytes;
}

static json_t *reason_name(ajwt_reason reason)
{
    return json_string(ajwt_reason_describe(reason)->name);
}

/* An internet that holds a question's documents and nothing else */
typedef struct internet {
    ajwt_fetcher fetcher; /* first, so that it is found again */
    const json_t *documents;
} internet;

static ajwt_reason get(ajwt_http_response *response,
                       const ajwt_fetcher *fetcher,
                       const ajwt_http_request *request, apr_pool_t *pool)
{
    const json_t *documents = ((const internet *)fetcher)->documents;

    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    response->status = 404;
    if (!json_object_get(documents, request->url))
        return AJWT_FETCH_STATUS;
    response->status = 200;
    response->body = raw(documents, request->url, pool);
    return AJWT_ACCEPTED;
}

/* INTERNAL where httpd would not even take the configuration. */
static ajwt_reason fetch(ajwt_bytes *text, const json_t *question,
                         apr_pool_t *pool)
{
    const internet all = {{.get = get}, json_object_get(question, "documents")};
    const char *issuer = json_string_value(json_object_get(question, "issuer"));
    const char *url = json_string_value(json_object_get(question, "from"));
    ajwt_validator known = {"", ""};
    ajwt_http_response response = {0};
    const char *error;
    const ajwt_source *source =
        issuer ? ajwt_source_from_discovery(&error, issuer, url, pool)
               : ajwt_source_from_jwks(&error, url, pool);
    ajwt_reason reason = AJWT_INTERNAL;

    if (source)
        reason =
            ajwt_load(&response, &known, source, &all.fetcher, DEADLINE, pool);
    *text = response.body;
    return reason;
}

static json_t *describe_notes(const ajwt_keyset *keyset)
{
    json_t *notes = json_array();
    int i;

    for (i = 0; keyset && i < keyset->notes->nelts; i++) {
        const ajwt_key_note *note =
            &APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note);

        json_array_append_new(notes, json_pack("{s:o, s:s?}", "reason",
                                               reason_name(note->reason),
                                               "detail", note->detail));
    }
    return notes;
}

/* Of each key: RFC 7638's thumbprint, and that of its certificate */
static json_t *describe_keys(const ajwt_keyset *keyset, apr_pool_t *pool)
{
    json_t *keys = json_array();
    int i;

    for (i = 0; keyset && i < keyset->keys->nelts; i++) {
        const ajwt_key *key = &APR_ARRAY_IDX(keyset->keys, i, ajwt_key);

        json_array_append_new(
            keys, json_pack("{s:s?, s:s?}", "jkt",
                            key->pkey ? ajwt_jwk_thumbprint(key, pool) : NULL,
                            "x5t#S256", (const char *)key->x5t_s256.data));
    }
    return keys;
}

static void keep(const char *name, const ajwt_keyset *keyset)
{
    apr_pool_t *pool = support_root();
    named_set *set = apr_palloc(pool, sizeof *set);

    set->keyset = keyset;
    set->number = apr_hash_count(sets);
    apr_hash_set(sets, apr_pstrdup(pool, name), APR_HASH_KEY_STRING, set);
}

static json_t *answer_keys(const json_t *question, const char *name)
{
    apr_pool_t *pool = support_root();
    const ajwt_keyset *keyset = NULL;
    ajwt_bytes text = raw(question, "text", pool);
    ajwt_origin origin = AJWT_LOCAL;
    ajwt_reason reason = AJWT_ACCEPTED;

    if (json_object_get(question, "documents")) {
        origin = AJWT_FETCHED;
        reason = fetch(&text, question, pool);
    }
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_keyset_parse(&keyset, text, origin, pool);
    if (reason == AJWT_ACCEPTED)
        keep(name, keyset);
    return json_pack("{s:o, s:o, s:o}", "reason", reason_name(reason), "keys",
                     describe_keys(keyset, pool), "notes",
                     describe_notes(keyset));
}

/* Any issuer and audience, every algorithm, no claim needed, no leeway */
static ajwt_policy free_policy(apr_pool_t *pool)
{
    ajwt_policy policy = support_policy(pool);

    policy.issuer = NULL;
    policy.algs = ~0u;
    policy.audiences = NULL;
    policy.required = support_words(pool, (char *)NULL);
    policy.leeway_s = 0;
    return policy;
}

/* As httpd/request/token_lookup does; all sets are of one generation. */
static const ajwt_known_signatures *find_signatures(
    ajwt_signature_lookup *lookup, const named_set *set, ajwt_bytes compact)
{
    ajwt_mac mac;

    if (ajwt_mac_compute(&mac, mac_key, compact) != AJWT_ACCEPTED)
        return NULL;
    ajwt_signature_lookup_make(lookup, signatures, mac, set->number, 1);
    return &lookup->known;
}

static json_t *answer_token(const json_t *question, const char *name,
                            apr_pool_t *pool)
{
    const ajwt_policy policy = free_policy(pool);
    const named_set *set = apr_hash_get(sets, name, APR_HASH_KEY_STRING);
    const double now = json_number_value(json_object_get(question, "now"));
    const ajwt_bytes compact = raw(question, "token", pool);
    ajwt_signature_lookup lookup;
    ajwt_token token;
    ajwt_reason reason = ajwt_token_parse(&token, compact, pool);

    if (reason == AJWT_ACCEPTED)
        reason =
            ajwt_verify(&token, &policy, set ? set->keyset : NULL,
                        set ? find_signatures(&lookup, set, compact) : NULL,
                        (apr_time_t)(now * APR_USEC_PER_SEC));
    return json_pack("{s:o}", "reason", reason_name(reason));
}

/* A payload that is no object ends the reading before the third segment. */
static ajwt_reason read_signature(ajwt_token *token, ajwt_bytes compact,
                                  apr_pool_t *pool)
{
    const apr_size_t skipped = token->signing_input.len + 1;
    const ajwt_bytes segment = {compact.data + skipped, compact.len - skipped};

    return ajwt_base64url_decode(&token->signature, segment, pool);
}

static json_t *answer_signed(const json_t *question, const char *name,
                             apr_pool_t *pool)
{
    const named_set *set = apr_hash_get(sets, name, APR_HASH_KEY_STRING);
    const ajwt_bytes compact = raw(question, "token", pool);
    ajwt_candidates candidates = {0};
    ajwt_token token;
    ajwt_reason reason = ajwt_token_parse(&token, compact, pool);
    int i;

    if (reason == AJWT_PAYLOAD_INVALID)
        reason = read_signature(&token, compact, pool);
    if (reason == AJWT_ACCEPTED)
        reason = set ? ajwt_keyset_find(&candidates, set->keyset, &token, ~0u)
                     : AJWT_KEYS_UNAVAILABLE;
    for (i = 0; i < candidates.count; i++) {
        reason = ajwt_signature_check(candidates.keys[i], token.alg,
                                      token.signing_input, token.signature);
        if (reason == AJWT_ACCEPTED)
            break;
    }
    return json_pack("{s:o}", "reason", reason_name(reason));
}

static json_t *answer_signature(const json_t *question, const json_t *jwk,
                                apr_pool_t *pool)
{
    const ajwt_alg *alg = ajwt_alg_find(ajwt_bytes_from_string(
        json_string_value(json_object_get(question, "alg"))));
    ajwt_key key = {0};
    ajwt_reason reason = ajwt_jwk_parse(&key, jwk, AJWT_LOCAL, pool);

    if (!alg)
        reason = AJWT_ALGORITHM_UNKNOWN;
    if (reason == AJWT_ACCEPTED)
        reason = ajwt_signature_check(&key, alg, raw(question, "message", pool),
                                      raw(question, "signature", pool));
    return json_pack("{s:o}", "reason", reason_name(reason));
}

static json_t *answer(const json_t *question, apr_pool_t *pool)
{
    const json_t *jwk = json_object_get(question, "jwk");
    const char *keys = json_string_value(json_object_get(question, "keys"));

    if (jwk)
        return answer_signature(question, jwk, pool);
    if (!json_object_get(question, "token"))
        return answer_keys(question, keys);
    return json_object_get(question, "now")
               ? answer_token(question, keys, pool)
               : answer_signed(question, keys, pool);
}

static int open_all(void)
{
    apr_pool_t *pool;

    if (support_open(NULL) != 0)
        return 0;
    pool = support_root();
    sets = apr_hash_make(pool);
    if (ajwt_mac_key_make(&mac_key, pool) != AJWT_ACCEPTED)
        return 0;
    signatures = ajwt_signature_cache_open(
        apr_pcalloc(pool, ajwt_signature_cache_size(ENTRIES)), ENTRIES,
        &lookups, pool);
    return 1;
}

int main(void)
{
    const size_t flags = JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL;
    json_t *question, *answered;
    apr_pool_t *pool;

    if (!open_all())
        return EXIT_FAILURE;
    apr_pool_create(&pool, support_root());
    while ((question = json_loadf(stdin, flags, NULL))) {
        answered = answer(question, pool);
        json_dumpf(answered, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(answered);
        json_decref(question);
        apr_pool_clear(pool);
    }
    support_close(NULL);
    return EXIT_SUCCESS;
}
