/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <dlfcn.h>
#include <netdb.h>
#include <signal.h>

#include "net/address.h"
#include "net/http_fetch.h"

#define NAME    "named.example"
#define SOON_MS 300

typedef struct address_case {
    const char *address;
    int is_forbidden;
} address_case;

static const address_case cases[] = {
    /* IPv4 */
    {"169.254.169.254", 1},
    {"169.254.0.0", 1},
    {"169.254.255.255", 1},
    {"169.255.0.0", 0},
    {"169.253.255.255", 0},
    {"100.100.100.200", 1},
    {"100.100.100.201", 0},
    {"168.63.129.16", 1},
    {"168.63.129.17", 0},
    {"192.0.0.192", 1},
    {"192.0.0.193", 0},
    {"127.0.0.1", 0},
    {"10.0.0.1", 0},
    {"192.168.1.1", 0},

    /* IPv6 */
    {"fe80::1", 1},
    {"fe80::a9fe:a9fe", 1},
    {"febf::1", 1},
    {"fec0::1", 0},
    {"fe7f::1", 0},
    {"fd00:ec2::254", 1},
    {"fd00:ec2::23", 1},
    {"fd00:ec3::254", 0},
    {"fd20:ce::254", 1},
    {"fd20:ce::255", 0},
    {"fd00:c1::a9fe:a9fe", 1},
    {"fd00:42::42", 1},
    {"fd00:a9fe:a9fe::1", 1},
    {"fd00:100::100:200", 1},
    {"fd00::1", 0},
    {"fd12:3456::1", 0},
    {"2001:db8::1", 0},
    {"::1", 0},
    {"::", 0},

    /* an IPv4 address in IPv6 */
    {"::ffff:169.254.1.1", 1},
    {"::ffff:100.100.100.200", 1},
    {"::ffff:10.0.0.1", 0},
    {"::169.254.169.254", 1},
    {"::10.0.0.1", 0},
    {"::ffff:0:169.254.169.254", 1},
    {"::ffff:0:10.0.0.1", 0},

    /* NAT64: the well-known prefix, and each length of a local one */
    {"64:ff9b::a9fe:a9fe", 1},
    {"64:ff9b::168.63.129.16", 1},
    {"64:ff9b::a00:1", 0},
    {"64:ff9b:1:a9fe:a9:fe00::", 1},
    {"64:ff9b:1:a00:0:100::", 0},
    {"64:ff9b:1:22a9:fe:a9fe::", 1},
    {"64:ff9b:1:2222:a9:fea9:fe00::", 1},
    {"64:ff9b:1::a9fe:a9fe", 1},
    {"64:ff9b:1::a00:1", 0},
    {"64:ff9b:2::a9fe:a9fe", 0},

    /* tunnels */
    {"2002:a9fe:a9fe::1", 1},
    {"2002:a00:1::1", 0},
    {"2003:a9fe:a9fe::1", 0},
    {"2001:0:a9fe:a9fe::1", 1},
    {"2001:0:808:808:0:0:5601:5601", 1},
    {"2001:0:808:808:0:0:f5ff:fffe", 0},
    {"2001:1:808:808:0:0:5601:5601", 0},
    {"2001:db8::5efe:a9fe:a9fe", 1},
    {"2001:db8::200:5efe:a9fe:a9fe", 1},
    {"2001:db8::5efe:a00:1", 0},
    {"2001:db8::5eff:a9fe:a9fe", 0},
};

static int is_forbidden(const char *text)
{
    const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found;
    int answer;

    assert_int_equal(getaddrinfo(text, NULL, &numeric, &found), 0);
    answer = ajwt_address_is_forbidden(found->ai_addr);
    freeaddrinfo(found);
    return answer;
}

/* G2 */
static void test_forbidden_addresses(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++)
        support_expect(cases[i].address,
                       is_forbidden(cases[i].address) == cases[i].is_forbidden);
}

static const address_case hosts[] = {
    {"169.254.169.254", 1},
    {"0xa9fea9fe", 1},
    {"0251.0376.0251.0376", 1},
    {"2852039166", 1},
    {"[fe80::1]", 1},
    {"[fe80::1%25eth0]", 1},
    {"[fd00:ec2::254]", 1},
    {"[FD00:EC2:0:0::254]", 1},
    {"[64:ff9b::a9fe:a9fe]", 1},
    {"[64:ff9b::169.254.169.254]", 1},
    {"[0064:ff9b:0000:0000:0000:0000:169.254.169.254]", 1},
    {"[::1]", 0},
    {"issuer.example", 0},
    {"169.254.169.254.example", 0},
    {"", 0},
    {"[", 0},
};

/* G2 */
static void test_forbidden_hosts(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(hosts); i++)
        support_expect(hosts[i].address,
                       ajwt_address_is_forbidden_host(hosts[i].address) ==
                           hosts[i].is_forbidden);
}

/* --- what a name resolves to --- */

static const char *resolves_to;

typedef int (*resolver)(const char *, const char *, const struct addrinfo *,
                        struct addrinfo **);

/* libcurl calls this one instead of the C library's. */
__attribute__((visibility("default"))) int getaddrinfo(
    const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
    struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST,
                               .ai_socktype = SOCK_STREAM};
    resolver real;

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return name && strcmp(name, NAME) == 0
               ? real(resolves_to, service, &numeric, found)
               : real(name, service, hints, found);
}

static const char *fetch(const char *url, int is_foreign, apr_pool_t *pool)
{
    const ajwt_fetcher fetcher = {ajwt_http_fetch_get, NULL, NULL};
    const ajwt_http_request request = {.url = url,
                                       .is_foreign = is_foreign,
                                       .deadline = apr_time_now() +
                                                   apr_time_from_msec(SOON_MS)};
    ajwt_http_response response;

    support_expect_reason(
        url, ajwt_http_fetch_get(&response, &fetcher, &request, pool),
        AJWT_FETCH_FAILED);
    return response.detail;
}

static int says_forbidden(const char *detail)
{
    return strstr(detail, "its address is " AJWT_ADDRESS_FORBIDDEN) != NULL;
}

/* G2: A literal address, in whatever notation */
static void test_a_forbidden_url_is_not_asked(void **state)
{
    static const char *const urls[] = {
        "http://169.254.7.7:1/", "http://0xa9fe0707:1/", "http://[fe80::7]:1/",
        "https://[fd00:ec2::254]:1/", "https://[64:ff9b::a9fe:1]:1/"};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(urls); i++)
        support_expect(urls[i], says_forbidden(fetch(urls[i], 1, *state)));
}

/* G2: A name that resolves to each forbidden address */
static void test_a_forbidden_name_is_not_asked(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        if (!cases[i].is_forbidden)
            continue;
        resolves_to = cases[i].address;
        support_expect(resolves_to,
                       says_forbidden(fetch("https://" NAME ":1/", 1, *state)));
    }
}

/* The two tests above would pass if every address were refused. */
static void test_another_name_is_asked(void **state)
{
    resolves_to = "127.0.0.1";
    support_expect("asked",
                   !says_forbidden(fetch("https://" NAME ":1/", 1, *state)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_forbidden_addresses),
        SUPPORT_TEST(test_forbidden_hosts),
        SUPPORT_TEST(test_a_forbidden_url_is_not_asked),
        SUPPORT_TEST(test_a_forbidden_name_is_not_asked),
        SUPPORT_TEST(test_another_name_is_asked),
    };

    signal(SIGPIPE, SIG_IGN); /* as httpd does */
    if (ajwt_http_fetch_open() != APR_SUCCESS)
        return 1;
    return SUPPORT_RUN(tests);
}
