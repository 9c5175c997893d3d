/* SPDX-License-Identifier: Apache-2.0 */
#include "core/certificate.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "core/bytes.h"
#include "core/quote.h"

static const char *print_name(const X509_NAME *name, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    ajwt_bytes text = {(const unsigned char *)"", 0};
    const char *quoted;
    char *data = NULL;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        text.len = (apr_size_t)BIO_get_mem_data(bio, &data);
    if (data)
        text.data = (const unsigned char *)data;
    quoted = ajwt_quote_text(text, pool);
    BIO_free(bio);
    return quoted;
}

/* RFC 5280 4.2.1.3; without a keyUsage, X509_get_key_usage returns all bits. */
static int may_sign(X509 *certificate)
{
    return (X509_get_key_usage(certificate) &
            (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

/*
 * Checks both the name and the signature, because two self-signed certificates
 * may have the same name. A certificate for the same key is a renewal.
 */
static int has_issued(X509 *issuer, X509 *subject)
{
    EVP_PKEY *pkey = X509_get0_pubkey(issuer);

    return pkey && issuer != subject &&
           X509_check_issued(issuer, subject) == X509_V_OK &&
           EVP_PKEY_eq(pkey, X509_get0_pubkey(subject)) != 1 &&
           X509_verify(subject, pkey) == 1;
}

static X509 *find_subject(X509 *issuer, const apr_array_header_t *certificates)
{
    int i;

    for (i = 0; i < certificates->nelts; i++) {
        X509 *subject = APR_ARRAY_IDX(certificates, i, X509 *);

        if (has_issued(issuer, subject))
            return subject;
    }
    return NULL;
}

const char *ajwt_certificate_check(X509 *certificate,
                                   const apr_array_header_t *certificates,
                                   apr_pool_t *pool)
{
    const char *name = print_name(X509_get_subject_name(certificate), pool);
    const X509 *issued;

    if (!may_sign(certificate))
        return apr_pstrcat(pool, "the keyUsage of the certificate ", name,
                           " has neither digitalSignature nor nonRepudiation",
                           NULL);
    issued = find_subject(certificate, certificates);
    ERR_clear_error();
    return issued ? apr_pstrcat(pool, "the certificate ", name, " issued ",
                                print_name(X509_get_subject_name(issued), pool),
                                " of the same file", NULL)
                  : NULL;
}
