/* SPDX-License-Identifier: Apache-2.0 */
#include "core/document.h"

#include <apr_strings.h>

#include "core/json.h"
#include "core/quote.h"
#include "core/text_kind.h"

#define NEW_FILE "NEW.pem"

/* --- any text */

/* One row for each kind. %s in the fix for a file is its path. */
static const struct text_fix {
    const char *of_file, *of_url;
} text_fixes[] = {
    [AJWT_TEXT_EMPTY] = {"write a JWK Set into %s, or public keys in PEM",
                         "the issuer must publish a JWK Set there"},
    [AJWT_TEXT_UTF16] = {"write it as UTF-8: iconv -t UTF-8 %s",
                         "the issuer must write UTF-8"},
    [AJWT_TEXT_BOM] = {"remove it: sed -i '1s/^\\xEF\\xBB\\xBF//' %s",
                       "the issuer must write JSON without it"},
    [AJWT_TEXT_GZIP] = {"gunzip -c %s", "the server must send it uncompressed"},
    [AJWT_TEXT_MARKUP] = {"fetch the key set itself: curl -o %s URL",
                          "write the URL of the key set itself"},
    [AJWT_TEXT_JSON] = {"write a JWK Set into %s",
                        "write the URL of the key set"},
    [AJWT_TEXT_PEM] = {"get %s again from the issuer",
                       "it is PEM: a URL must give a JWK Set; save it and "
                       "write keys=PATH"},
    [AJWT_TEXT_SSH] = {"ssh-keygen -e -m PKCS8 -f %s >" NEW_FILE,
                       "a URL must give a JWK Set"},
    [AJWT_TEXT_TOKEN] = {"write the key set of its issuer into %s",
                         "write the URL of the key set"},
    [AJWT_TEXT_BASE64] = {"write -----BEGIN PUBLIC KEY----- (or CERTIFICATE) "
                          "before it and the same with END after it into %s",
                          "a URL must give a JWK Set"},
    [AJWT_TEXT_DER_CERTIFICATE] =
        {"openssl x509 -inform DER -in %s -out " NEW_FILE,
         "a URL must give a JWK Set"},
    [AJWT_TEXT_DER_PUBLIC_KEY] =
        {"openssl pkey -pubin -inform DER -in %s -out " NEW_FILE,
         "a URL must give a JWK Set"},
    [AJWT_TEXT_DER_PRIVATE_KEY] =
        {"openssl pkey -inform DER -in %s -pubout -out " NEW_FILE,
         "a URL must give a JWK Set, and no private key"},
    [AJWT_TEXT_PKCS12] =
        {"openssl pkcs12 -in %s -clcerts -nokeys -out " NEW_FILE,
         "a URL must give a JWK Set"},
    [AJWT_TEXT_PKCS7] =
        {"openssl pkcs7 -inform DER -print_certs -in %s -out " NEW_FILE,
         "a URL must give a JWK Set"},
    [AJWT_TEXT_DER] = {"write %s as PEM: see openssl(1)",
                       "a URL must give a JWK Set"},
    [AJWT_TEXT_OTHER] = {"if %s is an HMAC secret, write secret= instead of "
                         "keys=",
                         "write the URL of the key set"},
};

static const char *join_texts(const char *what, const char *fix,
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
    const ajwt_text_kind kind = ajwt_text_kind_of(document->text);
    const struct text_fix *fix = &text_fixes[kind];

    return join_texts(ajwt_text_kind_name(kind),
                      document->path ? fix->of_file : fix->of_url, document,
                      pool);
}

/* --- JSON */

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

/* An object with key names as members, each with a certificate in PEM */
static int is_certificate_map(const json_t *object)
{
    json_t *value = json_object_iter_value(json_object_iter((json_t *)object));

    return ajwt_text_begins(ajwt_json_string(value), "-----BEGIN CERTIFICATE");
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
     "fetch the key set that its jwks_uri names: curl -o %s URL",
     "write metadata=URL instead of jwks=URL"},
    {is_private_jwk, "it is a private JWK, not a JWK Set",
     "keep it secret, and use the output of jq '{keys: [del(.d, .p, .q, .dp, "
     ".dq, .qi, .oth)]}' %s",
     "the issuer published a private key and must replace it"},
    {is_jwk, "it is a single JWK, not a JWK Set",
     "wrap it: jq '{keys: [.]}' %s",
     "the issuer must publish {\"keys\": [...]}"},
    {is_keycloak_realm, "it is the document of a Keycloak realm",
     "fetch its key set: curl -o %s URL/protocol/openid-connect/certs",
     "write jwks=URL/protocol/openid-connect/certs"},
    {is_certificate_map, "it has certificates in PEM, not a JWK Set",
     "fetch the JWK Set of the issuer: curl -o %s URL",
     "write the URL of the issuer's JWK Set"},
    {is_error, "it is an error message in JSON, not a JWK Set",
     "fetch the key set again: curl -o %s URL", "read the message with curl"},
    {has_no_keys, "it is a JSON object without \"keys\"",
     "write a JWK Set into %s", "write the URL of the key set"},
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
            return join_texts(kind->what,
                              document->path ? kind->file_fix : kind->url_fix,
                              document, pool);
    }
    if (json_array_size(keys) > AJWT_MAX_KEYS)
        return apr_psprintf(pool,
                            "it has %" APR_SIZE_T_FMT
                            " keys, and at most %d are allowed: leave only "
                            "those that are needed",
                            json_array_size(keys), AJWT_MAX_KEYS);
    return apr_pstrcat(pool, "its \"keys\" is ", ajwt_json_quote(keys, pool),
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
        return "it contains a NUL byte";
    error = ajwt_json_locate(document->text, pool);
    if (error)
        return error;
    return join_texts("it is a JSON array, not a JWK Set",
                      document->path
                          ? "wrap it: jq '{keys: .}' %s"
                          : "the issuer must publish {\"keys\": [...]}",
                      document, pool);
}

/* --- a set without a usable key */

static int has_private_key(const ajwt_keyset *keyset)
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
    const char *unused = ajwt_keyset_describe_unused(document->keyset, pool);

    if (document->path && has_private_key(document->keyset))
        return apr_pstrcat(
            pool,
            "it contains only a private key; write the public key instead: ",
            ajwt_text_holds(document->text, "OPENSSH PRIVATE KEY")
                ? "ssh-keygen -e -m PKCS8 -f "
                : "openssl pkey -pubout -in ",
            document->path, NULL);
    return unused ? unused : "its \"keys\" is empty";
}

const char *ajwt_document_explain(const ajwt_document *document,
                                  apr_pool_t *pool)
{
    const ajwt_bytes text = ajwt_text_trim(document->text);

    if (document->text.len > AJWT_MAX_DOCUMENT_BYTES)
        return apr_psprintf(pool, "it is longer than %d bytes",
                            AJWT_MAX_DOCUMENT_BYTES);
    if (document->keyset)
        return explain_keyset(document, pool);
    return ajwt_text_begins(text, "{") || ajwt_text_begins(text, "[")
               ? explain_json(document, pool)
               : explain_text(document, pool);
}
