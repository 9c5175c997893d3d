/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keygen.h"

#include <stdio.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "cli/jwk_print.h"
#include "cli/sign.h"
#include "core/base64url.h"
#include "core/limits.h"

/* The output size of the longest hash: RFC 7518 3.2 */
#define SECRET_BYTES 64

#define PRIVATE_FILE (APR_FPROT_UREAD | APR_FPROT_UWRITE)
#define PUBLIC_FILE  (PRIVATE_FILE | APR_FPROT_GREAD | APR_FPROT_WREAD)

typedef struct key_kind {
    const char *name;
    const char *type;  /* OpenSSL's; NULL: a secret */
    const char *group; /* of EC */
    size_t bits;       /* of RSA */
} key_kind;

static const key_kind kinds[] = {
    {"rsa", "RSA", NULL, 2048},      {"rsa-3072", "RSA", NULL, 3072},
    {"ec", "EC", "P-256", 0},        {"ec-384", "EC", "P-384", 0},
    {"ec-521", "EC", "P-521", 0},    {"secp256k1", "EC", "secp256k1", 0},
    {"ed25519", "ED25519", NULL, 0}, {"ed448", "ED448", NULL, 0},
    {"secret", NULL, NULL, 0},
};

#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

enum { OPTION_OUT = AJWT_OPTION_FIRST, OPTION_JWKS, OPTION_KID, OPTION_ALG };

static const apr_getopt_option_t options[] = {
    {"out", OPTION_OUT, 1, "PRIVATE  file for the private key; must not exist"},
    {"jwks", OPTION_JWKS, 1,
     "PUBLIC   file for the JWK Set; must not exist (default: print it)"},
    {"kid", OPTION_KID, 1,
     "NAME     kid of the key (default: its thumbprint, RFC 7638)"},
    {"alg", OPTION_ALG, 1,
     "NAME     alg of the key (default: if only one fits, that one)"},
    {AJWT_OPTION_HELP},
    {0}};

typedef struct keygen_args {
    const key_kind *key_kind;
    const char *out;
    const char *jwks;
    const char *kid;
    const char *alg;
} keygen_args;

static const key_kind *read_kind(const char *name)
{
    unsigned i;

    if (!name)
        ajwt_command_misuse("write a KIND of key");
    for (i = 0; i < KIND_COUNT; i++) {
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    }
    ajwt_command_misuse("unknown kind of key '%s'", name);
}

static void read_options(keygen_args *args, apr_getopt_t *line)
{
    const char *argument;
    int option;

    while (ajwt_command_next_option(&option, &argument, line)) {
        switch (option) {
        case OPTION_OUT:
            args->out = argument;
            break;
        case OPTION_JWKS:
            args->jwks = argument;
            break;
        case OPTION_KID:
            args->kid = argument;
            break;
        case OPTION_ALG:
            args->alg = argument;
            break;
        }
    }
}

static void check_arguments(const keygen_args *args)
{
    if (!args->out)
        ajwt_command_misuse("--out is missing");
    if (!args->key_kind->type && (args->jwks || args->kid || args->alg))
        ajwt_command_misuse(
            "a secret has no public key: remove --jwks, --kid and --alg");
    if (args->kid && (!*args->kid || strlen(args->kid) > AJWT_MAX_KID_BYTES))
        ajwt_command_misuse("a kid must have 1 to %d bytes",
                            AJWT_MAX_KID_BYTES);
}

/* Creates a complete file, or none.  Returns NULL or an error message. */
static const char *write_new(const char *path, ajwt_bytes text,
                             apr_fileperms_t permissions, apr_pool_t *pool)
{
    char words[128];
    apr_file_t *file;
    apr_status_t status, closed;

    status = apr_file_open(&file, path,
                           APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_EXCL |
                               APR_FOPEN_BINARY,
                           permissions, pool);
    if (status == APR_SUCCESS) {
        status = apr_file_write_full(file, text.data, text.len, NULL);
        closed = apr_file_close(file);
        if (status == APR_SUCCESS)
            status = closed;
        if (status != APR_SUCCESS)
            apr_file_remove(path, pool);
    }
    if (status == APR_SUCCESS)
        return NULL;
    return apr_psprintf(pool, "%s: %s", path,
                        apr_strerror(status, words, sizeof words));
}

static void make_secret(const char *path, apr_pool_t *pool)
{
    unsigned char bytes[SECRET_BYTES];
    ajwt_bytes secret = {bytes, sizeof bytes}, text;
    const char *encoded, *error;

    if (RAND_priv_bytes(bytes, sizeof bytes) != 1)
        ajwt_command_fail("OpenSSL cannot generate random numbers");
    encoded = ajwt_base64url_encode(secret, pool);
    text = ajwt_bytes_from_string(apr_pstrcat(pool, encoded, "\n", NULL));
    error = write_new(path, text, PRIVATE_FILE, pool);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse((char *)encoded, strlen(encoded));
    OPENSSL_cleanse((unsigned char *)text.data, text.len);
    if (error)
        ajwt_command_fail("%s", error);
}

static EVP_PKEY *generate_key(const key_kind *kind)
{
    if (kind->bits)
        return EVP_PKEY_Q_keygen(NULL, NULL, kind->type, kind->bits);
    if (kind->group)
        return EVP_PKEY_Q_keygen(NULL, NULL, kind->type, kind->group);
    return EVP_PKEY_Q_keygen(NULL, NULL, kind->type);
}

/* Returns NULL if the key may be used for several algorithms. */
static const ajwt_alg *choose_alg(const ajwt_key *key, const char *name)
{
    const ajwt_alg *alg = ajwt_sign_find_alg(key, name);

    if (!alg)
        ajwt_command_misuse("this key cannot be used with algorithm '%s'",
                            name);
    return name || !(key->algs & ~alg->algs) ? alg : NULL;
}

static const char *print_public(ajwt_key *key, const keygen_args *args,
                                apr_pool_t *pool)
{
    const char *kid = args->kid ? args->kid : ajwt_jwk_thumbprint(key, pool);
    const char *set;

    key->kid = ajwt_bytes_from_string(kid);
    set = ajwt_jwk_print_set(key, choose_alg(key, args->alg), pool);
    if (!set)
        ajwt_command_fail(
            "cannot print the public key: check that the kid is UTF-8");
    return apr_pstrcat(pool, set, "\n", NULL);
}

static const char *write_private(const char *path, EVP_PKEY *pkey,
                                 apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_secmem()); /* wipes its memory when freed */
    const char *error = "OpenSSL cannot write the key";
    ajwt_bytes pem;
    char *data;

    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
                                             NULL) == 1) {
        pem.len = (apr_size_t)BIO_get_mem_data(bio, &data);
        pem.data = (unsigned char *)data;
        error = write_new(path, pem, PRIVATE_FILE, pool);
    }
    BIO_free(bio);
    return error;
}

/* Writes both files, or none. */
static void write_pair(const keygen_args *args, const ajwt_key *key,
                       const char *set, apr_pool_t *pool)
{
    const char *error = write_private(args->out, key->pkey, pool);

    if (!error && args->jwks) {
        error = write_new(args->jwks, ajwt_bytes_from_string(set), PUBLIC_FILE,
                          pool);
        if (error)
            apr_file_remove(args->out, pool);
    }
    if (error)
        ajwt_command_fail("%s", error);
    if (!args->jwks)
        fputs(set, stdout);
}

static void make_pair(const keygen_args *args, apr_pool_t *pool)
{
    EVP_PKEY *pkey = generate_key(args->key_kind);
    ajwt_key key = {0};

    if (!pkey || ajwt_key_from_pkey(&key, pkey, pool) != AJWT_ACCEPTED)
        ajwt_command_fail("this OpenSSL cannot make a key of kind %s",
                          args->key_kind->name);
    write_pair(args, &key, print_public(&key, args, pool), pool);
}

static int run_keygen(apr_getopt_t *line, apr_pool_t *pool)
{
    keygen_args args = {0};

    read_options(&args, line);
    args.key_kind = read_kind(ajwt_command_next_word(line));
    ajwt_command_end_words(line);
    check_arguments(&args);
    if (args.key_kind->type)
        make_pair(&args, pool);
    else
        make_secret(args.out, pool);
    return 0;
}

const ajwt_command ajwt_keygen = {
    "keygen",
    "make a key pair: a private key and a JWK Set with the public key",
    " KIND --out PRIVATE [options]\n"
    "  KIND: rsa rsa-3072 ec ec-384 ec-521 secp256k1 ed25519 ed448 secret",
    options,
    run_keygen,
    "No file is overwritten.  Only its owner can read PRIVATE.  Use PUBLIC in\n"
    "keys=PATH of AuthJWTIssuer, and the file of a secret in secret=PATH."};
