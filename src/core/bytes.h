/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Borrowed byte string {data, len}, which another object owns.
 *
 * It is never freed here and is valid as long as its owner. data == NULL means
 * "absent", which differs from empty. There are two comparisons: equal for
 * public data, equal_secret (constant time) for secrets.
 */
#ifndef AJWT_CORE_BYTES_H
#define AJWT_CORE_BYTES_H

#include <string.h>

#include <apr.h>
#include <openssl/crypto.h>

typedef struct ajwt_bytes {
    const unsigned char *data;
    apr_size_t len;
} ajwt_bytes;

static inline ajwt_bytes ajwt_bytes_from_string(const char *string)
{
    ajwt_bytes bytes = {NULL, 0};

    if (string) {
        bytes.data = (const unsigned char *)string;
        bytes.len = strlen(string);
    }
    return bytes;
}

static inline int ajwt_bytes_equal(ajwt_bytes a, ajwt_bytes b)
{
    return a.data && b.data && a.len == b.len &&
           memcmp(a.data, b.data, a.len) == 0;
}

/** Takes the same time wherever the first difference is. */
static inline int ajwt_bytes_equal_secret(ajwt_bytes a, ajwt_bytes b)
{
    return a.data && b.data && a.len == b.len &&
           CRYPTO_memcmp(a.data, b.data, a.len) == 0;
}

static inline int ajwt_bytes_equal_string(ajwt_bytes a, const char *b)
{
    return ajwt_bytes_equal(a, ajwt_bytes_from_string(b));
}

/** Overwrites a secret that is no longer needed. */
static inline void ajwt_bytes_wipe(ajwt_bytes secret)
{
    OPENSSL_cleanse((void *)secret.data, secret.len);
}

/**
 * Whether bytes has a character that no header field, variable or user name may
 * contain: C0 controls and DEL.
 */
static inline int ajwt_bytes_has_control(ajwt_bytes bytes)
{
    apr_size_t i;

    for (i = 0; i < bytes.len; i++) {
        if (bytes.data[i] < 0x20 || bytes.data[i] == 0x7f)
            return 1;
    }
    return 0;
}

#endif
