/* SPDX-License-Identifier: Apache-2.0 */
#include "core/document.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "core/json.h"
#include "core/quote.h"

#define NEW_FILE "NEW.pem"

/* --- what any text is */

static int begins(ajwt_bytes text, const char *word)
{
    const apr_size_t len = strlen(word);

    return text.len >= len && memcmp(text.data, word, len) == 0;
}

static ajwt_bytes trim(ajwt_bytes text)
{
    while (text.len && strchr(" \t\r\n", *text.data) && *text.data) {
        text.data++;
        text.len--;
    }
    return text;
}

static int holds(ajwt_bytes text, const char *word)
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
    return trim(text).len == 0;
}

static int is_utf16(ajwt_bytes text)
{
    return begins(text, "\xff\xfe") || begins(text, "\xfe\xff");
}

static int has_bom(ajwt_bytes text)
{
    return begins(text, "\xef\xbb\xbf");
}

static int is_gzip(ajwt_bytes text)
{
    return begins(text, "\x1f\x8b");
}

static int is_markup(ajwt_bytes text)
{
    return begins(trim(text), "<");
}

static int is_pem(ajwt_bytes text)
{
    return holds(text, "-----BEGIN ");
}

static int is_ssh(ajwt_bytes text)
{
    return begins(text, "ssh-") || begins(text, "ecdsa-sha2-") ||
           begins(text, "---- BEGIN SSH2");
}

static int is_token(ajwt_bytes text)
{
    return begins(trim(text), "eyJ");
}

/* A SEQUENCE: of an RSA key or a certificate, Ed25519, P-256, P-384 */
static int is_bare_base64(ajwt_bytes text)
{
    text = trim(text);
    return begins(text, "MII") || begins(text, "MCow") ||
           begins(text, "MFkw") || begins(text, "MHYw");
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

/* A SEQUENCE whose length does not fit one byte */
static int is_der(ajwt_bytes text)
{
    return text.len > 1 && text.data[0] == 0x30 && text.data[1] > 0x80 &&
           text.data[1] <= 0x84;
}

static int is_anything(ajwt_bytes text)
{
    (void)text;
    return 1;
}

/*
 * One row a kind; the first that fits.  %s in the fix for a file is its path.
 */
static const struct text_kind {
    int (*is)(ajwt_bytes text);
    const char *what, *file_fix, *url_fix;
} text_kinds[] = {
    {is_empty, "it is empty", "write a JWK Set into %s, or public keys in PEM",
     "the issuer must publish a JWK Set there"},
    {is_utf16, "it is UTF-16", "write it as UTF-8: iconv -t UTF-8 %s",
     "the issuer must write UTF-8"},
    {has_bom, "it begins with a byte order mark",
     "remove that: sed -i '1s/^\\xEF\\xBB\\xBF//' %s",
     "the issuer must write JSON without it"},
    {is_gzip, "it is compressed", "gunzip -c %s",
     "the server must send it uncompressed"},
    {is_markup, "it is HTML or XML, such as a login or error page",
     "fetch the key set itself: curl -o %s URL",
     "name the URL of the key set itself"},
    {is_pem, "a PEM block in it is cut or damaged",
     "take %s again from the issuer",
     "it is PEM: a URL must give a JWK Set; save it and write keys=PATH"},
    {is_ssh, "it is a public key of OpenSSH",
     "ssh-keygen -e -m PKCS8 -f %s >" NEW_FILE, "a URL must give a JWK Set"},
    {is_token, "it is a token", "write the key set of its issuer into %s",
     "name the URL of the key set"},
    {is_bare_base64, "it is base64 without PEM's lines around it",
     "write -----BEGIN PUBLIC KEY----- (or CERTIFICATE) before and the same "
     "with END behind it into %s",
     "a URL must give a JWK Set"},
    {is_der_certificate, "it is a certificate in DER",
     "openssl x509 -inform DER -in %s -out " NEW_FILE,
     "a URL must give a JWK Set"},
    {is_der_public_key, "it is a public key in DER",
     "openssl pkey -pubin -inform DER -in %s -out " NEW_FILE,
     "a URL must give a JWK Set"},
    {is_der_private_key, "it is a private key in DER",
     "openssl pkey -inform DER -in %s -pubout -out " NEW_FILE,
     "a URL must give a JWK Set, and no private key"},
    {is_pkcs12, "it is PKCS #12",
     "openssl pkcs12 -in %s -clcerts -nokeys -out " NEW_FILE,
     "a URL must give a JWK Set"},
    {is_der, "it is DER of an unknown kind", "write %s as PEM: see openssl(1)",
     "a URL must give a JWK Set"},
    {is_anything, "it is neither JSON nor PEM",
     "if %s is an HMAC secret, write secret= instead of keys=",
     "name the URL of the key set"},
};

static const char *join(const char *what, const char *fix,
                        const ajwt_document *document, apr_pool_t *pool)
{
    const char *mark = strstr(fix, "%s");

    if (!mark)
        return apr_pstrcat(pool, what, ": ", fix, NULL);
    return apr_pstrcat(pool, what, ": ",
                       apr_pstrmemdup(pool, fix, (apr_size_t)(mark - fix)),
                       document->path, mark + 2, NULL);
}

static const char *explain_text(const ajwt_document *document, apr_pool_t *pool)
{
    const struct text_kind *kind = text_kinds;

    while (!kind->is(document->text))
        kind++;
    ERR_clear_error();
    return join(kind->what, document->path ? kind->file_fix : kind->url_fix,
                document, pool);
}

/* --- what JSON is */

static int is_text_member(const json_t *object, const char *name)
{
    return json_is_string(json_object_get(object, name));
}

static int is_discovery(const json_t *object)
{
    return is_text_member(object, "jwks_uri");
}

static int is_jwk(const json_t *object)
{
    return is_text_member(object, "kty");
}

static int is_private_jwk(const json_t *object)
{
    return is_jwk(object) && is_text_member(object, "d");
}

static int is_keycloak_realm(const json_t *object)
{
    return is_text_member(object, "realm") &&
           is_text_member(object, "public_key");
}

static int is_error(const json_t *object)
{
    return json_object_get(object, "error") ||
           json_object_get(object, "errors") ||
           json_object_get(object, "message");
}

/* Names of keys, and a certificate in PEM for each */
static int is_certificate_map(const json_t *object)
{
    json_t *value = json_object_iter_value(json_object_iter((json_t *)object));

    return begins(ajwt_json_string(value), "-----BEGIN CERTIFICATE");
}

static int has_no_keys(const json_t *object)
{
    return !json_object_get(object, "keys");
}

static const struct json_kind {
    int (*is)(const json_t *object);
    const char *what, *file_fix, *url_fix;
} json_kinds[] = {
    {is_discovery, "it is a discovery document",
     "fetch what its jwks_uri names: curl -o %s URL",
     "write metadata=URL instead of jwks=URL"},
    {is_private_jwk, "it is a private JWK, not a JWK Set",
     "keep it secret, and publish jq '{keys: [del(.d, .p, .q, .dp, .dq, .qi, "
     ".oth)]}' %s",
     "the issuer published a private key and must replace it"},
    {is_jwk, "it is a single JWK, not a JWK Set",
     "wrap it: jq '{keys: [.]}' %s",
     "the issuer must publish {\"keys\": [...]}"},
    {is_keycloak_realm, "it is the document of a Keycloak realm",
     "fetch its key set: curl -o %s URL/protocol/openid-connect/certs",
     "write jwks=URL/protocol/openid-connect/certs"},
    {is_certificate_map, "it has certificates in PEM, not a JWK Set",
     "fetch the JWK Set of the issuer: curl -o %s URL",
     "name the URL of the issuer's JWK Set"},
    {is_error, "it is an error message in JSON, not a JWK Set",
     "fetch the key set again: curl -o %s URL", "look at it with curl"},
    {has_no_keys, "it is a JSON object without \"keys\"",
     "write a JWK Set into %s", "name the URL of the key set"},
};

static const char *explain_object(const json_t *object,
                                  const ajwt_document *document,
                                  apr_pool_t *pool)
{
    const json_t *keys = json_object_get(object, "keys");
    unsigned i;

    for (i = 0; !keys && i < sizeof json_kinds / sizeof json_kinds[0]; i++) {
        const struct json_kind *kind = &json_kinds[i];

        if (kind->is(object))
            return join(kind->what,
                        document->path ? kind->file_fix : kind->url_fix,
                        document, pool);
    }
    if (json_array_size(keys) > AJWT_MAX_KEYS)
        return apr_psprintf(pool,
                            "it has %" APR_SIZE_T_FMT " keys, at most %d are "
                            "allowed: leave only those that are needed",
                            json_array_size(keys), AJWT_MAX_KEYS);
    return apr_pstrcat(pool, "its \"keys\" is ", ajwt_quote_json(keys, pool),
                       ", and must be an array of JWKs", NULL);
}

static const char *explain_json(const ajwt_document *document, apr_pool_t *pool)
{
    const json_t *object;
    const ajwt_reason reason =
        ajwt_json_parse(&object, document->text, AJWT_KEYSET_INVALID, pool);
    const char *error;

    if (reason == AJWT_ACCEPTED) {
        error = explain_object(object, document, pool);
        ajwt_json_wipe(object);
        return error;
    }
    if (reason == AJWT_OVER_LIMIT)
        return apr_psprintf(pool,
                            "it is nested deeper than %d, or an object in it "
                            "has more than %d members",
                            AJWT_MAX_JSON_DEPTH, AJWT_MAX_JSON_MEMBERS);
    if (memchr(document->text.data, '\0', document->text.len))
        return "it holds a NUL byte";
    error = ajwt_json_locate(document->text, pool);
    if (error)
        return error;
    return join("it is a JSON array, not a JWK Set",
                document->path ? "wrap it: jq '{keys: .}' %s"
                               : "the issuer must publish {\"keys\": [...]}",
                document, pool);
}

/* --- a set without a key that can be used */

static int is_private_alone(const ajwt_keyset *keyset)
{
    int i, found = 0;

    for (i = 0; i < keyset->notes->nelts; i++)
        found |= APR_ARRAY_IDX(keyset->notes, i, ajwt_key_note).reason ==
                 AJWT_KEY_PRIVATE;
    return found;
}

static const char *explain_keyset(const ajwt_document *document,
                                  apr_pool_t *pool)
{
    const char *unused = ajwt_keyset_say_unused(document->keyset, pool);

    if (document->path && is_private_alone(document->keyset))
        return apr_pstrcat(pool,
                           "it holds a private key alone; write the public one "
                           "instead: ",
                           holds(document->text, "OPENSSH PRIVATE KEY")
                               ? "ssh-keygen -e -m PKCS8 -f "
                               : "openssl pkey -pubout -in ",
                           document->path, NULL);
    return unused ? unused : "its \"keys\" is empty";
}

const char *ajwt_document_explain(const ajwt_document *document,
                                  apr_pool_t *pool)
{
    const ajwt_bytes text = trim(document->text);

    if (document->text.len > AJWT_MAX_DOCUMENT_BYTES)
        return apr_psprintf(pool, "it is longer than %d bytes",
                            AJWT_MAX_DOCUMENT_BYTES);
    if (document->keyset)
        return explain_keyset(document, pool);
    return begins(text, "{") || begins(text, "[")
               ? explain_json(document, pool)
               : explain_text(document, pool);
}
