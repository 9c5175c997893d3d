/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mint.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "cli/jwk_print.h"
#include "cli/sign.h"
#include "core/base64url.h"
#include "core/json.h"
#include "core/limits.h"
#include "keys/source.h"
#include "net/file.h"

#define EXPIRES_S 300

enum {
    OPTION_KEY = AJWT_OPTION_FIRST,
    OPTION_SECRET,
    OPTION_ALG,
    OPTION_KID,
    OPTION_TYP,
    OPTION_ISSUER,
    OPTION_AUDIENCE,
    OPTION_SUBJECT,
    OPTION_SCOPE,
    OPTION_EXPIRES,
    OPTION_NOT_BEFORE,
    OPTION_CLAIM
};

static const apr_getopt_option_t options[] = {
    {"key", OPTION_KEY, 1, "PATH     private key in PEM"},
    {"secret", OPTION_SECRET, 1, "PATH     HMAC secret, instead of --key"},
    {"alg", OPTION_ALG, 1,
     "NAME     alg; default: the first that fits the key"},
    {"kid", OPTION_KID, 1,
     "NAME     kid; default: the key's thumbprint, RFC 7638; or none"},
    {"typ", OPTION_TYP, 1, "TYPE     typ; default: JWT; or none"},
    {"issuer", OPTION_ISSUER, 1, "TEXT     iss"},
    {"audience", OPTION_AUDIENCE, 1, "TEXT     aud; repeat it for an array"},
    {"subject", OPTION_SUBJECT, 1, "TEXT     sub"},
    {"scope", OPTION_SCOPE, 1, "TEXT     scope; separate names with spaces"},
    {"expires", OPTION_EXPIRES, 1,
     "SECONDS  exp, from now; default: 300; may be negative; or none"},
    {"not-before", OPTION_NOT_BEFORE, 1, "SECONDS  nbf, from now"},
    {"claim", OPTION_CLAIM, 1,
     "NAME=TEXT or NAME:=JSON; any claim; repeatable"},
    {AJWT_OPTION_HELP},
    {0}};

typedef struct mint_args {
    const char *key;
    const char *secret;
    const char *alg;
    const char *kid;
    const char *typ;
    json_t *claims;
    apr_int64_t now_s;
} mint_args;

/* Takes ownership of value, which is NULL for text that is not UTF-8. */
static void set_member(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        ajwt_command_misuse("%s: not UTF-8", name);
}

static void set_text(json_t *object, const char *name, const char *text)
{
    set_member(object, name, json_string(text));
}

static void set_time(mint_args *args, const char *name, const char *argument)
{
    char *end;
    apr_int64_t offset_s = apr_strtoi64(argument, &end, 10);

    if (*end || end == argument || offset_s < -AJWT_MAX_DIRECTIVE_S ||
        offset_s > AJWT_MAX_DIRECTIVE_S)
        ajwt_command_misuse("%s: '%s' is not a number of seconds", name,
                            argument);
    set_member(args->claims, name, json_integer(args->now_s + offset_s));
}

static void set_expiry(mint_args *args, const char *argument)
{
    if (strcmp(argument, "none") == 0)
        json_object_del(args->claims, "exp");
    else
        set_time(args, "exp", argument);
}

/* One value is a string, several are an array: RFC 7519 4.1.3. */
static void add_audience(json_t *claims, const char *audience)
{
    json_t *aud = json_object_get(claims, "aud");

    if (!aud)
        set_text(claims, "aud", audience);
    else if (!json_is_array(aud))
        set_member(claims, "aud", json_pack("[Os]", aud, audience));
    else if (json_array_append_new(aud, json_string(audience)) != 0)
        ajwt_command_misuse("aud: not UTF-8");
}

/* core/json parses only objects, so the value becomes a member of one. */
static json_t *parse_value(const char *name, const char *text, apr_pool_t *pool)
{
    const char *document = apr_pstrcat(pool, "{\"value\":", text, "}", NULL);
    const json_t *object;

    if (ajwt_json_parse(&object, ajwt_bytes_from_string(document),
                        AJWT_PAYLOAD_INVALID, pool) != AJWT_ACCEPTED ||
        json_object_size(object) != 1)
        ajwt_command_misuse("%s: '%s' is not a JSON value", name, text);
    return json_incref(json_object_get(object, "value"));
}

static void set_claim(json_t *claims, const char *argument, apr_pool_t *pool)
{
    const apr_size_t len = strcspn(argument, "=");
    const int is_json = len > 0 && argument[len - 1] == ':';
    const char *name, *value = argument + len + 1;

    if (!argument[len] || len == (apr_size_t)is_json)
        ajwt_command_misuse("'%s' is neither NAME=TEXT nor NAME:=JSON",
                            argument);
    name = apr_pstrmemdup(pool, argument, len - (apr_size_t)is_json);
    if (is_json)
        set_member(claims, name, parse_value(name, value, pool));
    else
        set_text(claims, name, value);
}

static void read_option(mint_args *args, int option, const char *argument,
                        apr_pool_t *pool)
{
    switch (option) {
    case OPTION_KEY:
        args->key = argument;
        break;
    case OPTION_SECRET:
        args->secret = argument;
        break;
    case OPTION_ALG:
        args->alg = argument;
        break;
    case OPTION_KID:
        args->kid = argument;
        break;
    case OPTION_TYP:
        args->typ = argument;
        break;
    case OPTION_ISSUER:
        set_text(args->claims, "iss", argument);
        break;
    case OPTION_AUDIENCE:
        add_audience(args->claims, argument);
        break;
    case OPTION_SUBJECT:
        set_text(args->claims, "sub", argument);
        break;
    case OPTION_SCOPE:
        set_text(args->claims, "scope", argument);
        break;
    case OPTION_EXPIRES:
        set_expiry(args, argument);
        break;
    case OPTION_NOT_BEFORE:
        set_time(args, "nbf", argument);
        break;
    case OPTION_CLAIM:
        set_claim(args->claims, argument, pool);
        break;
    }
}

/* Refuses a key with a password, because this tool runs unattended. */
static int refuse_password(char *password, int size, int is_writing,
                           void *unused)
{
    (void)password;
    (void)size;
    (void)is_writing;
    (void)unused;
    return -1;
}

static EVP_PKEY *read_pem(const char *path, apr_pool_t *pool)
{
    const char *detail;
    EVP_PKEY *pkey = NULL;
    ajwt_bytes pem;
    BIO *bio;

    if (ajwt_file_read_or_wait(&pem, &detail, path, AJWT_MAX_DOCUMENT_BYTES,
                               pool) != APR_SUCCESS)
        ajwt_command_fail("%s", detail);
    bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (bio)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, refuse_password, NULL);
    BIO_free(bio);
    OPENSSL_cleanse((unsigned char *)pem.data, pem.len);
    ERR_clear_error();
    return pkey;
}

static void read_private(ajwt_key *key, const char *path, apr_pool_t *pool)
{
    EVP_PKEY *pkey = read_pem(path, pool);
    ajwt_reason reason;

    if (!pkey)
        ajwt_command_fail("%s: not a private key in PEM without a passphrase",
                          path);
    reason = ajwt_key_from_pkey(key, pkey, pool);
    if (reason != AJWT_ACCEPTED)
        ajwt_command_fail("%s: %s", path, ajwt_reason_describe(reason)->text);
}

static void read_secret(ajwt_key *key, const char *path, apr_pool_t *pool)
{
    const char *error;
    const ajwt_source *source = ajwt_source_from_secret(&error, path, pool);

    if (!source)
        ajwt_command_fail("%s", error);
    *key = APR_ARRAY_IDX(source->keyset->keys, 0, ajwt_key);
}

static void read_key(ajwt_key *key, const mint_args *args, apr_pool_t *pool)
{
    if (!args->key == !args->secret)
        ajwt_command_misuse("write either --key or --secret");
    if (args->key)
        read_private(key, args->key, pool);
    else
        read_secret(key, args->secret, pool);
}

/* A secret has no thumbprint: publishing one would help to guess the secret. */
static const char *default_kid(const ajwt_key *key, apr_pool_t *pool)
{
    return key->pkey ? ajwt_jwk_thumbprint(key, pool) : "none";
}

static const char *encode_json(json_t *object, apr_pool_t *pool)
{
    const char *text = ajwt_json_print(object, pool);

    json_decref(object);
    return ajwt_base64url_encode(ajwt_bytes_from_string(text), pool);
}

static const char *encode_header(const mint_args *args, const ajwt_key *key,
                                 const ajwt_alg *alg, apr_pool_t *pool)
{
    const char *kid = args->kid ? args->kid : default_kid(key, pool);
    json_t *header = json_object();

    set_text(header, "alg", alg->name);
    if (strcmp(args->typ, "none") != 0)
        set_text(header, "typ", args->typ);
    if (strcmp(kid, "none") != 0)
        set_text(header, "kid", kid);
    return encode_json(header, pool);
}

static void print_token(const mint_args *args, apr_pool_t *pool)
{
    ajwt_key key = {0};
    const ajwt_alg *alg;
    const char *input;
    ajwt_bytes signature;

    read_key(&key, args, pool);
    alg = ajwt_sign_find_alg(&key, args->alg);
    if (!alg)
        ajwt_command_misuse("this key cannot be used with algorithm '%s'",
                            args->alg);
    input = apr_pstrcat(pool, encode_header(args, &key, alg, pool), ".",
                        encode_json(args->claims, pool), NULL);
    if (ajwt_sign(&signature, &key, alg, ajwt_bytes_from_string(input), pool) !=
        AJWT_ACCEPTED)
        ajwt_command_fail("OpenSSL cannot sign with this key");
    printf("%s.%s\n", input, ajwt_base64url_encode(signature, pool));
}

static int run_mint(apr_getopt_t *line, apr_pool_t *pool)
{
    mint_args args = {0};
    const char *argument;
    int option;

    args.now_s = apr_time_sec(apr_time_now());
    args.typ = "JWT";
    args.claims = json_pack("{s:I, s:I}", "iat", (json_int_t)args.now_s, "exp",
                            (json_int_t)args.now_s + EXPIRES_S);
    while (ajwt_command_next_option(&option, &argument, line))
        read_option(&args, option, argument, pool);
    ajwt_command_end_words(line);
    print_token(&args, pool);
    return 0;
}

const ajwt_command ajwt_mint = {
    "mint",
    "print a signed token, for tests",
    " --key PRIVATE | --secret PATH [options]",
    options,
    run_mint,
    "Without --alg, the first one that fits the key is used: RS256, ES256, "
    "EdDSA, ...\n"
    "To check whether a server accepts the token:\n"
    "  ajwt mint ... | ajwt explain ISSUER keys=PATH --audience VALUE"};
