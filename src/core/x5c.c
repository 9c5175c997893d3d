/* SPDX-License-Identifier: Apache-2.0 */
#include "core/x5c.h"

#include <openssl/err.h>

#include "core/base64url.h"
#include "core/json.h"

static int is_public_key(ajwt_bytes der)
{
    const unsigned char *c = der.data;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &c, (long)der.len);

    EVP_PKEY_free(pkey);
    return pkey != NULL;
}

/* Identifies a value that is not a certificate in DER. */
static ajwt_oddity classify_content(ajwt_bytes der)
{
    static const char pem[] = "-----BEGIN ";
    const apr_size_t len = sizeof pem - 1;

    if (der.len >= len && memcmp(der.data, pem, len) == 0)
        return AJWT_ODD_X5C_PEM;
    return is_public_key(der) ? AJWT_ODD_X5C_PUBLIC_KEY : AJWT_ODD_X5C_CONTENT;
}

ajwt_oddity ajwt_x5c_read(X509 **certificate, const json_t *x5c,
                          apr_pool_t *pool)
{
    ajwt_oddity oddity = AJWT_ODDITY_COUNT;
    ajwt_bytes der;
    const unsigned char *c;

    *certificate = NULL;
    if (!json_is_array(x5c))
        return AJWT_ODD_X5C_TYPE;
    if (json_array_size(x5c) == 0)
        return AJWT_ODD_X5C_EMPTY;
    if (ajwt_base64_decode(&der, ajwt_json_string(json_array_get(x5c, 0)),
                           pool) != AJWT_ACCEPTED)
        return AJWT_ODD_X5C_BASE64;
    c = der.data;
    *certificate = d2i_X509(NULL, &c, (long)der.len);
    if (!*certificate)
        oddity = classify_content(der);
    ERR_clear_error();
    return oddity;
}
