/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ca_file.h"

#include <apr_errno.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/limits.h"
#include "core/quote.h"
#include "core/text_kind.h"
#include "net/file.h"

#define BEGIN     "-----BEGIN "
#define WRITE_PEM "write CA certificates in PEM into PATH"

/* One row for each kind of text. PATH stands for the file. */
static const char *const fixes[] = {
    [AJWT_TEXT_EMPTY] = WRITE_PEM,
    [AJWT_TEXT_UTF16] = "iconv -f UTF-16 -t UTF-8 PATH >PATH.pem",
    [AJWT_TEXT_BOM] = "remove it: sed -i '1s/^\\xEF\\xBB\\xBF//' PATH",
    [AJWT_TEXT_GZIP] = "gunzip -c PATH >PATH.pem",
    [AJWT_TEXT_MARKUP] = "fetch the certificate itself: curl -o PATH URL",
    [AJWT_TEXT_JSON] = WRITE_PEM,
    [AJWT_TEXT_PEM] = "get it again from the CA",
    [AJWT_TEXT_SSH] = WRITE_PEM,
    [AJWT_TEXT_TOKEN] = WRITE_PEM,
    [AJWT_TEXT_BASE64] = "write BEGIN and END lines around it in PATH",
    [AJWT_TEXT_DER_CERTIFICATE] =
        "openssl x509 -inform der -in PATH -out PATH.pem",
    [AJWT_TEXT_DER_PUBLIC_KEY] = WRITE_PEM,
    [AJWT_TEXT_DER_PRIVATE_KEY] = WRITE_PEM,
    [AJWT_TEXT_PKCS12] =
        "openssl pkcs12 -in PATH -cacerts -nokeys -out PATH.pem",
    [AJWT_TEXT_PKCS7] =
        "openssl pkcs7 -inform der -print_certs -in PATH -out PATH.pem",
    [AJWT_TEXT_DER] = WRITE_PEM,
    [AJWT_TEXT_OTHER] = WRITE_PEM,
};

/* Returns path: text, with PATH replaced by path */
static const char *fill_in_path(const char *path, const char *text,
                                apr_pool_t *pool)
{
    const char *filled = apr_pstrcat(pool, path, ": ", NULL), *mark;

    while ((mark = strstr(text, "PATH"))) {
        filled = apr_pstrcat(pool, filled,
                             apr_pstrmemdup(pool, text, (size_t)(mark - text)),
                             path, NULL);
        text = mark + strlen("PATH");
    }
    return apr_pstrcat(pool, filled, text, NULL);
}

/* Counts as X509_load_cert_crl_file() does; -1: it reads nothing */
static int count_certificates(ajwt_bytes text)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    STACK_OF(X509_INFO) *blocks =
        bio ? PEM_X509_INFO_read_bio(bio, NULL, NULL, (void *)"") : NULL;
    int i, count = 0;

    for (i = 0; i < sk_X509_INFO_num(blocks); i++)
        count += sk_X509_INFO_value(blocks, i)->x509 != NULL;
    if (!blocks)
        count = -1;
    sk_X509_INFO_pop_free(blocks, X509_INFO_free);
    BIO_free(bio);
    ERR_clear_error();
    return count;
}

/* The label of the first block; empty: there is none */
static ajwt_bytes find_label(ajwt_bytes text)
{
    ajwt_bytes label = {NULL, 0};

    while (text.len && !ajwt_text_begins(text, BEGIN)) {
        text.data++;
        text.len--;
    }
    if (!text.len)
        return label;
    label.data = text.data + strlen(BEGIN);
    while (label.len + strlen(BEGIN) < text.len &&
           strchr("-\r\n", label.data[label.len]) == NULL)
        label.len++;
    return label;
}

static const char *explain_content(ajwt_bytes text, int is_damaged,
                                   apr_pool_t *pool)
{
    const ajwt_text_kind kind = ajwt_text_kind_of(text);
    const ajwt_bytes label = find_label(text);

    if (is_damaged)
        return "a certificate in it is cut or damaged: get it again from the "
               "CA";
    if (ajwt_bytes_equal_string(label, PEM_STRING_PKCS7))
        return "it is PKCS #7: openssl pkcs7 -print_certs -in PATH -out "
               "PATH.pem";
    if (kind == AJWT_TEXT_PEM)
        return apr_pstrcat(pool, "it contains ", ajwt_quote_text(label, pool),
                           ", not a certificate: write the certificate of the "
                           "CA in PEM into PATH",
                           NULL);
    return apr_pstrcat(pool,
                       kind == AJWT_TEXT_OTHER ? "it is not PEM"
                                               : ajwt_text_kind_name(kind),
                       ": ", fixes[kind], NULL);
}

static const char *explain_error(apr_status_t status, const char *detail,
                                 apr_pool_t *pool)
{
    if (APR_STATUS_IS_EACCES(status))
        return apr_pstrcat(pool, detail,
                           ": chmod a+r PATH; with SELinux: restorecon -v PATH",
                           NULL);
    return APR_STATUS_IS_ENOENT(status)
               ? apr_pstrcat(pool, detail,
                             ": write the path of a file of CA certificates "
                             "in PEM",
                             NULL)
               : detail;
}

const char *ajwt_ca_file_check(const char *path, apr_pool_t *pool)
{
    const char *detail, *why;
    ajwt_bytes text;
    apr_pool_t *brief;
    apr_status_t status;
    int count;

    apr_pool_create(&brief, pool);
    status = ajwt_file_read(&text, &detail, path, AJWT_MAX_CA_BYTES, brief);
    count = status == APR_SUCCESS ? count_certificates(text) : 0;
    if (status != APR_SUCCESS)
        why = fill_in_path(
            path, explain_error(status, detail + strlen(path) + 2, brief),
            pool);
    else
        why = count > 0
                  ? NULL
                  : fill_in_path(path, explain_content(text, count < 0, brief),
                                 pool);
    apr_pool_destroy(brief);
    return why;
}
