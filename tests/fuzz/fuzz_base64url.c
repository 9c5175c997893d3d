/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there one text for every run of bytes, and one run for every text?
 */
#include "fuzz.h"

#include "core/base64url.h"

/* The bytes of input are what is encoded. */
static void check_encoding(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes bytes,
        text = ajwt_bytes_from_string(ajwt_base64url_encode(input, pool));

    FUZZ_CHECK(text.len == (input.len * 4 + 2) / 3);
    FUZZ_CHECK(fuzz_is_base64url(text));
    FUZZ_CHECK(ajwt_base64url_decode(&bytes, text, pool) == AJWT_ACCEPTED);
    FUZZ_CHECK(ajwt_bytes_equal(bytes, input));
}

/* Its text is what is decoded. */
static void check_decoding(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes bytes;
    ajwt_reason reason = ajwt_base64url_decode(&bytes, input, pool);

    FUZZ_CHECK((reason == AJWT_ACCEPTED) == fuzz_is_base64url(input));
    if (reason != AJWT_ACCEPTED) {
        FUZZ_CHECK(reason == AJWT_BASE64URL_INVALID);
        return;
    }
    FUZZ_CHECK(bytes.data[bytes.len] == '\0');
    FUZZ_CHECK(
        ajwt_bytes_equal_string(input, ajwt_base64url_encode(bytes, pool)));
}

/* OpenSSL's encoder knows the one text that base64 has for the bytes. */
static void check_base64(ajwt_bytes input, apr_pool_t *pool)
{
    ajwt_bytes bytes;
    unsigned char *text;
    int len;

    if (ajwt_base64_decode(&bytes, input, pool) != AJWT_ACCEPTED)
        return;
    text = apr_palloc(pool, bytes.len / 3 * 4 + 5);
    len = EVP_EncodeBlock(text, bytes.data, (int)bytes.len);
    FUZZ_CHECK((apr_size_t)len == input.len);
    FUZZ_CHECK(memcmp(text, input.data, input.len) == 0);
}

/* The other way round: what OpenSSL writes is read. */
static void check_base64_of(ajwt_bytes input, apr_pool_t *pool)
{
    unsigned char *text = apr_palloc(pool, input.len / 3 * 4 + 5);
    ajwt_bytes bytes, encoded = {text, 0};

    encoded.len = (apr_size_t)EVP_EncodeBlock(text, input.data, (int)input.len);
    FUZZ_CHECK(ajwt_base64_decode(&bytes, encoded, pool) == AJWT_ACCEPTED);
    FUZZ_CHECK(ajwt_bytes_equal(bytes, input));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    if (!input.data)
        return;
    check_encoding(input, pool);
    check_decoding(input, pool);
    check_base64(input, pool);
    check_base64_of(input, pool);
}
