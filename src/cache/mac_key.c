/* SPDX-License-Identifier: Apache-2.0 */
#include "cache/mac_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define KEY_BYTES 16
#define IV_BYTES  12

struct ajwt_mac_key {
    EVP_MAC_CTX *keyed; /* read-only: copied for each MAC */
};

static apr_status_t free_keyed(void *keyed)
{
    EVP_MAC_CTX_free(keyed);
    return APR_SUCCESS;
}

/* The context contains the only copy of the key. */
static int draw_key(EVP_MAC_CTX *context)
{
    static char cipher[] = "AES-128-GCM";
    unsigned char key[KEY_BYTES], iv[IV_BYTES] = {0};
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, iv, sizeof iv),
        OSSL_PARAM_construct_end()};
    int drawn = RAND_priv_bytes(key, sizeof key) == 1 &&
                EVP_MAC_init(context, key, sizeof key, params) == 1;

    OPENSSL_cleanse(key, sizeof key);
    return drawn;
}

ajwt_reason ajwt_mac_key_make(const ajwt_mac_key **made, apr_pool_t *pool)
{
    ajwt_mac_key *key = apr_palloc(pool, sizeof *key);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "GMAC", NULL);

    key->keyed = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    apr_pool_cleanup_register(pool, key->keyed, free_keyed,
                              apr_pool_cleanup_null);
    *made = key;
    return key->keyed && draw_key(key->keyed) ? AJWT_ACCEPTED : AJWT_INTERNAL;
}

ajwt_reason ajwt_mac_compute(ajwt_mac *mac, const ajwt_mac_key *key,
                             ajwt_bytes bytes)
{
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(key->keyed);
    size_t len;
    int taken = context && EVP_MAC_update(context, bytes.data, bytes.len) &&
                EVP_MAC_final(context, (unsigned char *)mac->word, &len,
                              sizeof mac->word) &&
                len == sizeof mac->word;

    EVP_MAC_CTX_free(context);
    return taken ? AJWT_ACCEPTED : AJWT_INTERNAL;
}
