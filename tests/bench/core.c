/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does each step of checking a token cost?  Under callgrind:
 *
 *   core JWKS KEY TOKEN TIMES
 *
 * KEY: the token's own key, in PEM; of an HMAC its secret.  Each step is done
 * once, then TIMES times counted, with what it takes to free its memory; a
 * dump that bears the step's name ends it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <valgrind/callgrind.h>

#include "core/base64url.h"
#include "core/claims.h"
#include "core/export.h"
#include "core/json.h"
#include "core/keyset.h"
#include "core/signature.h"
#include "core/user_name.h"
#include "core/verify.h"

/* What all steps work on */
typedef struct work {
    apr_pool_t *pool; /* of one step */
    ajwt_bytes compact, payload_text, payload;
    ajwt_token token;
    const ajwt_keyset *keys;
    ajwt_candidates candidates;
    ajwt_policy policy;
    apr_time_t now;
    const apr_array_header_t *user;
    const ajwt_export_rules *rules;
    ajwt_bytes key_text, raw_signature; /* as OpenSSL wants them */
    EVP_PKEY *pkey;                     /* NULL: an HMAC */
    EVP_MD *digest;                     /* NULL: none of its own */
} work;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static void must(const char *what, int holds)
{
    if (!holds)
        die(what);
}

/* --- the steps: each says whether it went as it should */

static int decode(work *w)
{
    ajwt_bytes bytes;

    return ajwt_base64url_decode(&bytes, w->payload_text, w->pool) ==
           AJWT_ACCEPTED;
}

static int parse_raw(work *w)
{
    json_t *value =
        json_loadb((const char *)w->payload.data, w->payload.len, 0, NULL);
    int is_good = value != NULL;

    json_decref(value);
    return is_good;
}

static int parse_json(work *w)
{
    const json_t *claims;

    return ajwt_json_parse(&claims, w->payload, AJWT_PAYLOAD_INVALID,
                           w->pool) == AJWT_ACCEPTED;
}

static int parse_token(work *w)
{
    ajwt_token token;

    return ajwt_token_parse(&token, w->compact, w->pool) == AJWT_ACCEPTED;
}

static int find_key(work *w)
{
    ajwt_candidates candidates;

    return ajwt_keyset_find(&candidates, w->keys, &w->token,
                            w->token.alg->algs) == AJWT_ACCEPTED;
}

static int check_signature(work *w)
{
    return ajwt_signature_check(w->candidates.keys[0], w->token.alg,
                                w->token.signing_input,
                                w->token.signature) == AJWT_ACCEPTED;
}

static int is_hmac_good(const work *w)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    ajwt_bytes text = w->token.signing_input;

    return HMAC(w->digest, w->key_text.data, (int)w->key_text.len, text.data,
                text.len, mac, NULL) != NULL &&
           memcmp(mac, w->raw_signature.data, w->raw_signature.len) == 0;
}

static int set_padding(EVP_PKEY_CTX *context, const ajwt_alg *alg)
{
    return alg->family != AJWT_RSA_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) >
                0);
}

static int verify_raw(work *w)
{
    ajwt_bytes text = w->token.signing_input, signature = w->raw_signature;
    EVP_PKEY_CTX *of_key;
    EVP_MD_CTX *context;
    int verified;

    if (!w->pkey)
        return is_hmac_good(w);
    context = EVP_MD_CTX_new();
    verified =
        EVP_DigestVerifyInit(context, &of_key, w->digest, NULL, w->pkey) == 1 &&
        set_padding(of_key, w->token.alg) &&
        EVP_DigestVerify(context, signature.data, signature.len, text.data,
                         text.len) == 1;
    EVP_MD_CTX_free(context);
    return verified;
}

static int check_claims(work *w)
{
    return ajwt_claims_check(w->token.claims, &w->policy, w->now) ==
           AJWT_ACCEPTED;
}

static int find_user(work *w)
{
    const char *why;

    return ajwt_user_name_find(&why, w->user, w->token.claims, w->pool) != NULL;
}

static int make_variables(work *w)
{
    return ajwt_export_make_all(w->token.claims, w->rules, "JWT_CLAIM_",
                                AJWT_EXPORT_LIST, w->pool) != NULL;
}

static int verify(work *w)
{
    return ajwt_verify(&w->token, &w->policy, w->keys, NULL, w->now) ==
           AJWT_ACCEPTED;
}

static int all_of_it(work *w)
{
    return parse_token(w) && verify(w) && find_user(w) && make_variables(w);
}

static const struct {
    const char *name;
    int (*take)(work *w);
} steps[] = {
    {"base64url: the payload", decode},
    {"json: the payload", parse_json},
    {"jansson alone", parse_raw},
    {"token: all of the parsing", parse_token},
    {"keyset: find", find_key},
    {"signature", check_signature},
    {"EVP alone", verify_raw},
    {"claims", check_claims},
    {"verify: key, signature, claims", verify},
    {"user", find_user},
    {"variable: all claims", make_variables},
    {"a new token, all of it", all_of_it},
};

/* --- what they work on */

static ajwt_bytes read_file(const char *path, apr_pool_t *pool)
{
    apr_finfo_t about;
    apr_file_t *file;
    char *bytes;

    must(path,
         apr_file_open(&file, path, APR_READ, 0, pool) == APR_SUCCESS &&
             apr_file_info_get(&about, APR_FINFO_SIZE, file) == APR_SUCCESS);
    bytes = apr_pcalloc(pool, (apr_size_t)about.size + 1);
    must(path, apr_file_read_full(file, bytes, (apr_size_t)about.size, NULL) ==
                   APR_SUCCESS);
    return (ajwt_bytes){(unsigned char *)bytes, (apr_size_t)about.size};
}

static EVP_PKEY *read_key(ajwt_bytes pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return pkey;
}

/* R and S side by side (RFC 7518 3.4) become DER */
static ajwt_bytes from_jose(ajwt_bytes signature)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    int half = (int)signature.len / 2, len;
    unsigned char *der = NULL;

    ECDSA_SIG_set0(pair, BN_bin2bn(signature.data, half, NULL),
                   BN_bin2bn(signature.data + half, half, NULL));
    len = i2d_ECDSA_SIG(pair, &der);
    ECDSA_SIG_free(pair);
    return (ajwt_bytes){der, (apr_size_t)len};
}

static void prepare_raw(work *w)
{
    ajwt_alg_family family = w->token.alg->family;

    w->pkey = family == AJWT_HMAC ? NULL : read_key(w->key_text);
    w->digest =
        family == AJWT_EDDSA ? NULL : EVP_MD_fetch(NULL, "SHA256", NULL);
    w->raw_signature = family == AJWT_ECDSA ? from_jose(w->token.signature)
                                            : w->token.signature;
}

static const apr_array_header_t *words(const char *text, apr_pool_t *pool)
{
    apr_array_header_t *array = apr_array_make(pool, 1, sizeof text);

    APR_ARRAY_PUSH(array, const char *) = text;
    return array;
}

/* As the directives' defaults have it; the issuer is the token's. */
static void prepare_policy(work *w, apr_pool_t *pool)
{
    const char *error;

    w->policy.issuer = apr_pstrmemdup(pool, (const char *)w->token.issuer.data,
                                      w->token.issuer.len);
    w->policy.algs = w->token.alg->algs;
    w->policy.types = words("JWT", pool);
    w->policy.audiences = words("api", pool);
    w->policy.audience_claim = "aud";
    w->policy.required = words("exp", pool);
    w->now = apr_time_now();
    w->user = ajwt_user_name_parse(&error, words("sub", pool), pool);
    w->rules = ajwt_export_parse_rules(&error, words("all", pool), pool);
}

static void prepare_token(work *w, apr_pool_t *pool)
{
    const unsigned char *dot;

    w->compact = (ajwt_bytes){w->compact.data,
                              strcspn((const char *)w->compact.data, "\n")};
    must("token",
         ajwt_token_parse(&w->token, w->compact, pool) == AJWT_ACCEPTED);
    dot = memchr(w->compact.data, '.', w->compact.len);
    w->payload_text.data = dot + 1;
    w->payload_text.len = (apr_size_t)(w->token.signing_input.data +
                                       w->token.signing_input.len - dot - 1);
    must("payload", ajwt_base64url_decode(&w->payload, w->payload_text, pool) ==
                        AJWT_ACCEPTED);
}

static void prepare(work *w, char **argv, apr_pool_t *pool)
{
    apr_pool_create(&w->pool, pool);
    must("OpenSSL", ajwt_signature_open(pool) == AJWT_ACCEPTED);
    must("keys", ajwt_keyset_parse(&w->keys, read_file(argv[1], pool),
                                   AJWT_LOCAL, pool) == AJWT_ACCEPTED);
    w->key_text = read_file(argv[2], pool);
    w->compact = read_file(argv[3], pool);
    prepare_token(w, pool);
    must("key", ajwt_keyset_find(&w->candidates, w->keys, &w->token,
                                 w->token.alg->algs) == AJWT_ACCEPTED);
    prepare_policy(w, pool);
    prepare_raw(w);
}

/* --- counting */

static void take(const char *name, int (*step)(work *w), work *w, int times)
{
    int i;

    for (i = 0; i <= times; i++) {
        if (i == 1)
            CALLGRIND_ZERO_STATS;
        CALLGRIND_TOGGLE_COLLECT;
        must(name, step(w));
        apr_pool_clear(w->pool);
        CALLGRIND_TOGGLE_COLLECT;
    }
    CALLGRIND_DUMP_STATS_AT(name);
}

int main(int argc, char **argv)
{
    static work w;
    apr_pool_t *pool;
    size_t i;

    must("core JWKS KEY TOKEN TIMES", argc == 5);
    apr_initialize();
    apr_pool_create(&pool, NULL);
    prepare(&w, argv, pool);
    for (i = 0; i < sizeof steps / sizeof steps[0]; i++)
        take(steps[i].name, steps[i].take, &w, atoi(argv[4]));
    apr_terminate();
    return EXIT_SUCCESS;
}
