/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pem.h"

#include <apr_strings.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "core/certificate.h"
#include "core/limits.h"
#include "core/quote.h"

/* The DER of a block, in the form that d2i_* functions need */
typedef struct block_content {
    const unsigned char *der;
    long len;
} block_content;

static EVP_PKEY *read_spki(block_content content)
{
    return d2i_PUBKEY(NULL, &content.der, content.len);
}

/* PKCS #1 (RFC 8017 A.1.1) */
static EVP_PKEY *read_rsa_public_key(block_content content)
{
    const unsigned char *der = content.der;
    size_t len = (size_t)content.len;
    EVP_PKEY *pkey = NULL;
    OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
        &pkey, "DER", "type-specific", "RSA", EVP_PKEY_PUBLIC_KEY, NULL, NULL);

    if (decoder)
        (void)OSSL_DECODER_from_data(decoder, &der, &len);
    OSSL_DECODER_CTX_free(decoder);
    return pkey;
}

static X509 *read_x509(block_content content)
{
    return d2i_X509(NULL, &content.der, content.len);
}

/* The format that `openssl x509 -trustout` writes */
static X509 *read_trusted_x509(block_content content)
{
    return d2i_X509_AUX(NULL, &content.der, content.len);
}

/* One row for each label */
static const struct block_kind {
    const char *label;
    EVP_PKEY *(*read_key)(block_content content);
    X509 *(*read_certificate)(block_content content);
} kinds[] = {
    {PEM_STRING_PUBLIC, read_spki, NULL},
    {PEM_STRING_RSA_PUBLIC, read_rsa_public_key, NULL},
    {PEM_STRING_X509, NULL, read_x509},
    {PEM_STRING_X509_OLD, NULL, read_x509},
    {PEM_STRING_X509_TRUSTED, NULL, read_trusted_x509},
};

static const struct block_kind *find_block_kind(const char *label)
{
    unsigned i;

    for (i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(label, kinds[i].label) == 0)
            return &kinds[i];
    }
    return NULL;
}

static ajwt_reason set_problem(ajwt_key *key, ajwt_reason reason,
                               const char *problem)
{
    key->problem = problem;
    return reason;
}

static ajwt_reason read_certificate(ajwt_pem_block *block,
                                    const struct block_kind *kind,
                                    block_content content, apr_pool_t *pool)
{
    block->certificate = kind->read_certificate(content);
    return block->certificate
               ? ajwt_key_from_certificate(&block->key, block->certificate,
                                           pool)
               : set_problem(&block->key, AJWT_KEY_MALFORMED,
                             "the block does not hold a certificate");
}

static ajwt_reason read_block(ajwt_pem_block *block, const char *label,
                              block_content content, apr_pool_t *pool)
{
    const struct block_kind *kind = find_block_kind(label);
    const char *quoted = ajwt_quote_text(ajwt_bytes_from_string(label), pool);
    EVP_PKEY *pkey;

    if (strstr(label, "PRIVATE KEY"))
        return set_problem(&block->key, AJWT_KEY_PRIVATE,
                           apr_pstrcat(pool, "the block is ", quoted, NULL));
    if (!kind)
        return set_problem(&block->key, AJWT_KEY_TYPE_UNKNOWN,
                           apr_pstrcat(pool, "the block is ", quoted,
                                       ", not a public key or certificate",
                                       NULL));
    if (kind->read_certificate)
        return read_certificate(block, kind, content, pool);
    pkey = kind->read_key(content);
    return pkey ? ajwt_key_from_pkey(&block->key, pkey, pool)
                : set_problem(
                      &block->key, AJWT_KEY_MALFORMED,
                      "the block does not hold a public key that OpenSSL "
                      "knows");
}

/* Reads each block of the file; KEYSET_INVALID if one is broken. */
static ajwt_reason read_blocks(apr_array_header_t *blocks, BIO *bio)
{
    char *label, *header;
    unsigned char *der;
    long len;
    int is_end;

    while (PEM_read_bio_ex(bio, &label, &header, &der, &len, PEM_FLAG_SECURE)) {
        const block_content content = {der, len};
        const int has_room = blocks->nelts < AJWT_MAX_KEYS;

        if (has_room) {
            ajwt_pem_block *block = apr_array_push(blocks);

            memset(block, 0, sizeof *block);
            block->reason = read_block(block, label, content, blocks->pool);
            ERR_clear_error();
        }
        OPENSSL_secure_free(label);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(der, (size_t)len);
        if (!has_room)
            return AJWT_OVER_LIMIT;
    }
    is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return is_end && blocks->nelts ? AJWT_ACCEPTED : AJWT_KEYSET_INVALID;
}

/* Of a certificate chain, only the end-entity certificate verifies tokens. */
static void check_certificates(apr_array_header_t *blocks)
{
    apr_array_header_t *certificates =
        apr_array_make(blocks->pool, 4, sizeof(X509 *));
    int i;

    for (i = 0; i < blocks->nelts; i++) {
        X509 *certificate =
            APR_ARRAY_IDX(blocks, i, ajwt_pem_block).certificate;

        if (certificate)
            APR_ARRAY_PUSH(certificates, X509 *) = certificate;
    }
    for (i = 0; i < blocks->nelts; i++) {
        ajwt_pem_block *block = &APR_ARRAY_IDX(blocks, i, ajwt_pem_block);
        const char *problem =
            block->certificate && block->reason == AJWT_ACCEPTED
                ? ajwt_certificate_check(block->certificate, certificates,
                                         blocks->pool)
                : NULL;

        if (problem)
            block->reason = set_problem(&block->key, AJWT_KEY_PURPOSE, problem);
    }
}

ajwt_reason ajwt_pem_read(apr_array_header_t **blocks, ajwt_bytes text,
                          apr_pool_t *pool)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    ajwt_reason reason;

    *blocks = apr_array_make(pool, 4, sizeof(ajwt_pem_block));
    if (!bio)
        return AJWT_INTERNAL;
    reason = read_blocks(*blocks, bio);
    BIO_free(bio);
    if (reason == AJWT_ACCEPTED)
        check_certificates(*blocks);
    return reason;
}
