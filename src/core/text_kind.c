/* SPDX-License-Identifier: Apache-2.0 */
#include "core/text_kind.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

int ajwt_text_begins(ajwt_bytes text, const char *word)
{
    const apr_size_t len = strlen(word);

    return text.len >= len && memcmp(text.data, word, len) == 0;
}

ajwt_bytes ajwt_text_trim(ajwt_bytes text)
{
    while (text.len && strchr(" \t\r\n", *text.data) && *text.data) {
        text.data++;
        text.len--;
    }
    return text;
}

int ajwt_text_holds(ajwt_bytes text, const char *word)
{
    const apr_size_t len = strlen(word);

    for (; text.len >= len; text.data++, text.len--) {
        if (memcmp(text.data, word, len) == 0)
            return 1;
    }
    return 0;
}

static int is_empty(ajwt_bytes text)
{
    return ajwt_text_trim(text).len == 0;
}

static int is_utf16(ajwt_bytes text)
{
    return ajwt_text_begins(text, "\xff\xfe") ||
           ajwt_text_begins(text, "\xfe\xff");
}

static int has_bom(ajwt_bytes text)
{
    return ajwt_text_begins(text, "\xef\xbb\xbf");
}

static int is_gzip(ajwt_bytes text)
{
    return ajwt_text_begins(text, "\x1f\x8b");
}

static int is_markup(ajwt_bytes text)
{
    return ajwt_text_begins(ajwt_text_trim(text), "<");
}

static int is_pem(ajwt_bytes text)
{
    return ajwt_text_holds(text, "-----BEGIN ");
}

static int is_ssh(ajwt_bytes text)
{
    return ajwt_text_begins(text, "ssh-") ||
           ajwt_text_begins(text, "ecdsa-sha2-") ||
           ajwt_text_begins(text, "---- BEGIN SSH2");
}

static int is_token(ajwt_bytes text)
{
    return ajwt_text_begins(ajwt_text_trim(text), "eyJ");
}

/* The start of a SEQUENCE: an RSA key or certificate, Ed25519, P-256, P-384 */
static int is_bare_base64(ajwt_bytes text)
{
    text = ajwt_text_trim(text);
    return ajwt_text_begins(text, "MII") || ajwt_text_begins(text, "MCow") ||
           ajwt_text_begins(text, "MFkw") || ajwt_text_begins(text, "MHYw");
}

static int is_der_certificate(ajwt_bytes text)
{
    const unsigned char *c = text.data;
    X509 *certificate = d2i_X509(NULL, &c, (long)text.len);

    X509_free(certificate);
    return certificate != NULL;
}

static int is_der_public_key(ajwt_bytes text)
{
    const unsigned char *c = text.data;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &c, (long)text.len);

    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

static int is_der_private_key(ajwt_bytes text)
{
    const unsigned char *c = text.data;
    EVP_PKEY *pkey = d2i_AutoPrivateKey(NULL, &c, (long)text.len);

    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

static int is_pkcs12(ajwt_bytes text)
{
    const unsigned char *c = text.data;
    PKCS12 *store = d2i_PKCS12(NULL, &c, (long)text.len);

    PKCS12_free(store);
    return store != NULL;
}

static int is_pkcs7(ajwt_bytes text)
{
    const unsigned char *c = text.data;
    PKCS7 *bundle = d2i_PKCS7(NULL, &c, (long)text.len);

    PKCS7_free(bundle);
    return bundle != NULL;
}

/* A SEQUENCE whose length needs more than one byte */
static int is_der(ajwt_bytes text)
{
    return text.len > 1 && text.data[0] == 0x30 && text.data[1] > 0x80 &&
           text.data[1] <= 0x84;
}

static int is_any_text(ajwt_bytes text)
{
    (void)text;
    return 1;
}

static int is_json(ajwt_bytes text)
{
    return ajwt_text_begins(ajwt_text_trim(text), "{") ||
           ajwt_text_begins(ajwt_text_trim(text), "[");
}

/* The first matching row applies; the order is that of ajwt_text_kind. */
static const struct row {
    ajwt_text_kind kind;
    int (*is)(ajwt_bytes text);
    const char *what;
} rows[] = {
    {AJWT_TEXT_EMPTY, is_empty, "it is empty"},
    {AJWT_TEXT_UTF16, is_utf16, "it is UTF-16"},
    {AJWT_TEXT_BOM, has_bom, "it begins with a byte order mark"},
    {AJWT_TEXT_GZIP, is_gzip, "it is compressed"},
    {AJWT_TEXT_MARKUP, is_markup,
     "it is HTML or XML, such as a login or error page"},
    {AJWT_TEXT_JSON, is_json, "it is JSON"},
    {AJWT_TEXT_PEM, is_pem, "a PEM block in it is cut or damaged"},
    {AJWT_TEXT_SSH, is_ssh, "it is a public key of OpenSSH"},
    {AJWT_TEXT_TOKEN, is_token, "it is a token"},
    {AJWT_TEXT_BASE64, is_bare_base64,
     "it is base64 without PEM's lines around it"},
    {AJWT_TEXT_DER_CERTIFICATE, is_der_certificate,
     "it is a certificate in DER"},
    {AJWT_TEXT_DER_PUBLIC_KEY, is_der_public_key, "it is a public key in DER"},
    {AJWT_TEXT_DER_PRIVATE_KEY, is_der_private_key,
     "it is a private key in DER"},
    {AJWT_TEXT_PKCS12, is_pkcs12, "it is PKCS #12"},
    {AJWT_TEXT_PKCS7, is_pkcs7, "it is PKCS #7 in DER"},
    {AJWT_TEXT_DER, is_der, "it is DER of an unknown kind"},
    {AJWT_TEXT_OTHER, is_any_text, "it is neither JSON nor PEM"},
};

ajwt_text_kind ajwt_text_kind_of(ajwt_bytes text)
{
    const struct row *row = rows;

    while (!row->is(text))
        row++;
    ERR_clear_error();
    return row->kind;
}

const char *ajwt_text_kind_name(ajwt_text_kind kind)
{
    return rows[kind].what;
}
