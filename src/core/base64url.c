#include "core/base64url.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define NONE 64
#define N8   NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE

/* The value of each octet; the two alphabets differ in four places. */
#define ALPHABET_TABLE(plus, minus, slash, underscore)                        \
    {                                                                         \
        N8, N8, N8, N8, N8, NONE, NONE, NONE, plus, NONE, minus, NONE, slash, \
            52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NONE, NONE, NONE, NONE,   \
            NONE, NONE, NONE, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,   \
            14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NONE, NONE, NONE, \
            NONE, underscore, NONE, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,   \
            36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,   \
            NONE, NONE, NONE, NONE, NONE, N8, N8, N8, N8, N8, N8, N8, N8, N8, \
            N8, N8, N8, N8, N8, N8, N8                                        \
    }

static const unsigned char url_values[256] = ALPHABET_TABLE(NONE, 62, NONE, 63);
static const unsigned char std_values[256] = ALPHABET_TABLE(62, NONE, 63, NONE);

/*
 * The last two or three characters: one or two octets, and bits that must be
 * zero lest two texts mean the same.
 */
static int decode_tail(unsigned char *out, const unsigned char *in,
                       apr_size_t len, const unsigned char *values)
{
    unsigned a = values[in[0]], b = values[in[1]];
    unsigned c = len == 3 ? values[in[2]] : 0;

    if ((a | b | c) & NONE || (len == 3 ? c & 3 : b & 15))
        return 0;
    out[0] = (unsigned char)(a << 2 | b >> 4);
    if (len == 3)
        out[1] = (unsigned char)(b << 4 | c >> 2);
    return 1;
}

static ajwt_reason decode(ajwt_bytes *octets, ajwt_bytes text,
                          const unsigned char *values, apr_pool_t *pool)
{
    const unsigned char *in = text.data;
    apr_size_t whole = text.len / 4, tail = text.len % 4, i;
    unsigned char *start, *out;

    if (!text.data || tail == 1)
        return AJWT_BASE64URL_INVALID;
    start = out = apr_palloc(pool, whole * 3 + tail + 1);
    for (i = 0; i < whole; i++, in += 4, out += 3) {
        unsigned a = values[in[0]], b = values[in[1]];
        unsigned c = values[in[2]], d = values[in[3]];

        if ((a | b | c | d) & NONE)
            return AJWT_BASE64URL_INVALID;
        out[0] = (unsigned char)(a << 2 | b >> 4);
        out[1] = (unsigned char)(b << 4 | c >> 2);
        out[2] = (unsigned char)(c << 6 | d);
    }
    if (tail) {
        if (!decode_tail(out, in, tail, values))
            return AJWT_BASE64URL_INVALID;
        out += tail - 1;
    }
    *out = '\0';
    octets->data = start;
    octets->len = (apr_size_t)(out - start);
    return AJWT_ACCEPTED;
}

ajwt_reason ajwt_base64url_decode(ajwt_bytes *octets, ajwt_bytes text,
                                  apr_pool_t *pool)
{
    return decode(octets, text, url_values, pool);
}

ajwt_reason ajwt_base64_decode(ajwt_bytes *octets, ajwt_bytes text,
                               apr_pool_t *pool)
{
    int padding;

    if (!text.data || text.len % 4)
        return AJWT_BASE64URL_INVALID;
    for (padding = 0; padding < 2 && text.len; padding++, text.len--) {
        if (text.data[text.len - 1] != '=')
            break;
    }
    return decode(octets, text, std_values, pool);
}

const char *ajwt_base64url_encode(ajwt_bytes octets, apr_pool_t *pool)
{
    apr_size_t i, bits = 0;
    unsigned long held = 0;
    char *start = apr_palloc(pool, octets.len * 4 / 3 + 3), *out = start;

    for (i = 0; i < octets.len; i++) {
        held = held << 8 | octets.data[i];
        for (bits += 8; bits >= 6; bits -= 6)
            *out++ = alphabet[held >> (bits - 6) & 63];
        held &= (1UL << bits) - 1;
    }
    if (bits)
        *out++ = alphabet[held << (6 - bits) & 63];
    *out = '\0';
    return start;
}
