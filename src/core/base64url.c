/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base64url.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* A bit above the 24 bits that four characters encode */
#define NONE         0x80000000u
#define N4           NONE, NONE, NONE, NONE
#define N8           N4, N4

#define V1(shift, n) (n) < 0 ? NONE : (apr_uint32_t)(n) << (shift)
#define V2(shift, n) V1(shift, n), V1(shift, (n) + 1)
#define V4(shift, n) V2(shift, n), V2(shift, (n) + 2)
#define V8(shift, n) V4(shift, n), V4(shift, (n) + 4)

/* The value of each byte, shifted to its position in those 24 bits */
#define TABLE(shift, plus, minus, slash, underscore)                          \
    {                                                                         \
        N8, N8, N8, N8, N8, NONE, NONE, NONE, V1(shift, plus), NONE,          \
            V1(shift, minus), NONE, V1(shift, slash), V8(shift, 52),          \
            V2(shift, 60), N4, NONE, NONE, NONE, V8(shift, 0), V8(shift, 8),  \
            V8(shift, 16), V2(shift, 24), N4, V1(shift, underscore), NONE,    \
            V8(shift, 26), V8(shift, 34), V8(shift, 42), V2(shift, 50), N4,   \
            NONE, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, N8, \
            N8                                                                \
    }

/*
 * One table for each position in a group of four characters; the two alphabets
 * differ in four bytes.
 */
#define TABLES(plus, minus, slash, underscore)         \
    {                                                  \
        TABLE(18, plus, minus, slash, underscore),     \
            TABLE(12, plus, minus, slash, underscore), \
            TABLE(6, plus, minus, slash, underscore),  \
            TABLE(0, plus, minus, slash, underscore)   \
    }

typedef apr_uint32_t tables[4][256];

static const tables url_values = TABLES(-1, 62, -1, 63);
static const tables std_values = TABLES(62, -1, 63, -1);

/*
 * Decodes the last two or three characters to one or two bytes. The remaining
 * bits must be zero, so that two texts cannot encode the same value.
 */
static int decode_tail(unsigned char *out, const unsigned char *input,
                       apr_size_t len, const tables values)
{
    apr_uint32_t bits = values[0][input[0]] | values[1][input[1]];

    if (len == 3)
        bits |= values[2][input[2]];
    if (bits & NONE || bits & (len == 3 ? 0xffu : 0xffffu))
        return 0;
    out[0] = (unsigned char)(bits >> 16);
    if (len == 3)
        out[1] = (unsigned char)(bits >> 8);
    return 1;
}

static ajwt_reason decode_text(ajwt_bytes *bytes, ajwt_bytes text,
                               const tables values, apr_pool_t *pool)
{
    const unsigned char *input = text.data;
    apr_size_t whole = text.len / 4, tail = text.len % 4, i;
    unsigned char *start, *out;

    if (!text.data || tail == 1)
        return AJWT_BASE64URL_INVALID;
    start = out = apr_palloc(pool, whole * 3 + tail + 1);
    for (i = 0; i < whole; i++, input += 4, out += 3) {
        apr_uint32_t bits = values[0][input[0]] | values[1][input[1]] |
                            values[2][input[2]] | values[3][input[3]];

        if (bits & NONE)
            return AJWT_BASE64URL_INVALID;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
    }
    if (tail) {
        if (!decode_tail(out, input, tail, values))
            return AJWT_BASE64URL_INVALID;
        out += tail - 1;
    }
    *out = '\0';
    bytes->data = start;
    bytes->len = (apr_size_t)(out - start);
    return AJWT_ACCEPTED;
}

ajwt_reason ajwt_base64url_decode(ajwt_bytes *bytes, ajwt_bytes text,
                                  apr_pool_t *pool)
{
    return decode_text(bytes, text, url_values, pool);
}

ajwt_reason ajwt_base64_decode(ajwt_bytes *bytes, ajwt_bytes text,
                               apr_pool_t *pool)
{
    int padding;

    if (!text.data || text.len % 4)
        return AJWT_BASE64URL_INVALID;
    for (padding = 0; padding < 2 && text.len; padding++, text.len--) {
        if (text.data[text.len - 1] != '=')
            break;
    }
    return decode_text(bytes, text, std_values, pool);
}

const char *ajwt_base64url_encode(ajwt_bytes bytes, apr_pool_t *pool)
{
    apr_size_t i, bits = 0;
    unsigned long held = 0;
    char *start = apr_palloc(pool, bytes.len * 4 / 3 + 3), *out = start;

    for (i = 0; i < bytes.len; i++) {
        held = held << 8 | bytes.data[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *out++ = alphabet[held >> (bits - 6) & 63];
        held &= (1UL << bits) - 1;
    }
    if (bits)
        *out++ = alphabet[held << (6 - bits) & 63];
    *out = '\0';
    return start;
}
