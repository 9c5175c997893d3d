/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include <apr_strings.h>

#define V4_BYTES 4
#define V6_BYTES 16

typedef struct address_range {
    const char *address;
    int bits;
} address_range;

static const address_range forbidden_v4[] = {
    {"169.254.0.0", 16},     /* RFC 3927; most clouds */
    {"100.100.100.200", 32}, /* Alibaba Cloud */
    {"168.63.129.16", 32},   /* Azure */
    {"192.0.0.192", 32},     /* Oracle Cloud Classic */
};

static const address_range forbidden_v6[] = {
    {"fe80::", 10},              /* RFC 4291 2.5.6; OpenStack, Akamai */
    {"fd00:ec2::", 32},          /* AWS */
    {"fd20:ce::254", 128},       /* Google Cloud */
    {"fd00:c1::a9fe:a9fe", 128}, /* Oracle Cloud */
    {"fd00:42::42", 128},        /* Scaleway */
    {"fd00:a9fe:a9fe::1", 128},  /* Akamai */
    {"fd00:100::100:200", 128},  /* Alibaba Cloud */
};

/* The position of an IPv4 address in the IPv6 addresses of a range */
typedef struct embedding {
    address_range range;
    unsigned char at[V4_BYTES];
    unsigned char mask; /* XORed with each byte */
} embedding;

static const embedding embeddings[] = {
    {{"::", 96}, {12, 13, 14, 15}, 0},           /* RFC 4291 2.5.5.1 */
    {{"::ffff:0:0", 96}, {12, 13, 14, 15}, 0},   /* RFC 4291 2.5.5.2 */
    {{"::ffff:0:0:0", 96}, {12, 13, 14, 15}, 0}, /* RFC 2765 2.1 */
    {{"64:ff9b::", 96}, {12, 13, 14, 15}, 0},    /* NAT64, RFC 6052 2.1 */
    /* RFC 8215: a prefix of any of these lengths (RFC 6052 2.2) */
    {{"64:ff9b:1::", 48}, {6, 7, 9, 10}, 0},
    {{"64:ff9b:1::", 48}, {7, 9, 10, 11}, 0},
    {{"64:ff9b:1::", 48}, {9, 10, 11, 12}, 0},
    {{"64:ff9b:1::", 48}, {12, 13, 14, 15}, 0},
    {{"2002::", 16}, {2, 3, 4, 5}, 0},        /* 6to4, RFC 3056 2 */
    {{"2001::", 32}, {4, 5, 6, 7}, 0},        /* Teredo server */
    {{"2001::", 32}, {12, 13, 14, 15}, 0xff}, /* Teredo client, RFC 4380 4 */
};

static int is_in_range(const unsigned char *bytes, int family,
                       const address_range *range)
{
    unsigned char first[V6_BYTES];
    const int whole = range->bits / 8, rest = range->bits % 8;
    const unsigned char mask = (unsigned char)(0xff00 >> rest);

    return inet_pton(family, range->address, first) == 1 &&
           memcmp(bytes, first, (apr_size_t)whole) == 0 &&
           (!rest || ((bytes[whole] ^ first[whole]) & mask) == 0);
}

static int is_forbidden_v4(const unsigned char *bytes)
{
    apr_size_t i;

    for (i = 0; i < sizeof forbidden_v4 / sizeof forbidden_v4[0]; i++) {
        if (is_in_range(bytes, AF_INET, &forbidden_v4[i]))
            return 1;
    }
    return 0;
}

static int holds_forbidden_v4(const unsigned char *bytes, const embedding *how)
{
    unsigned char v4[V4_BYTES];
    int i;

    for (i = 0; i < V4_BYTES; i++)
        v4[i] = bytes[how->at[i]] ^ how->mask;
    return is_forbidden_v4(v4);
}

/* RFC 5214 6.1; the u and g bits of the interface identifier are ignored. */
static int is_isatap(const unsigned char *bytes)
{
    static const unsigned char mark[] = {0x00, 0x00, 0x5e, 0xfe};

    return (bytes[8] & 0xfc) == mark[0] && memcmp(bytes + 9, mark + 1, 3) == 0;
}

static int is_forbidden_v6(const unsigned char *bytes)
{
    apr_size_t i;

    for (i = 0; i < sizeof forbidden_v6 / sizeof forbidden_v6[0]; i++) {
        if (is_in_range(bytes, AF_INET6, &forbidden_v6[i]))
            return 1;
    }
    for (i = 0; i < sizeof embeddings / sizeof embeddings[0]; i++) {
        if (is_in_range(bytes, AF_INET6, &embeddings[i].range) &&
            holds_forbidden_v4(bytes, &embeddings[i]))
            return 1;
    }
    return is_isatap(bytes) && is_forbidden_v4(bytes + V6_BYTES - V4_BYTES);
}

int ajwt_address_is_forbidden(const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const void *)address;
    const struct sockaddr_in6 *v6 = (const void *)address;

    if (address->sa_family == AF_INET)
        return is_forbidden_v4((const unsigned char *)&v4->sin_addr);
    return address->sa_family == AF_INET6 &&
           is_forbidden_v6(v6->sin6_addr.s6_addr);
}

int ajwt_address_is_forbidden_host(const char *host)
{
    const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *address;
    char bare[INET6_ADDRSTRLEN + 1];
    int is_forbidden;

    apr_cpystrn(bare, host + (*host == '['), sizeof bare);
    bare[strcspn(bare, "]%")] = '\0';
    if (getaddrinfo(bare, NULL, &numeric, &address) != 0)
        return 0;
    is_forbidden = ajwt_address_is_forbidden(address->ai_addr);
    freeaddrinfo(address);
    return is_forbidden;
}
