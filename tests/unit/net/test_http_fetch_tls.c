/* SPDX-License-Identifier: Apache-2.0 */
#include "support_server.h"
#include "support_source.h"

#include <signal.h>
#include <stdlib.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define NEED(condition)                              \
    do {                                             \
        if (!(condition))                            \
            fail_msg("OpenSSL failed: " #condition); \
    } while (0)

/* --- a server behind TLS --- */

static int open_tls(support_connection *connection)
{
    connection->secured = SSL_new(connection->server->settings);
    return connection->secured &&
           SSL_set_fd(connection->secured, connection->fd) == 1 &&
           SSL_accept(connection->secured) == 1;
}

static ssize_t read_tls(support_connection *connection, void *data, size_t len)
{
    return SSL_read(connection->secured, data, (int)len);
}

static ssize_t write_tls(support_connection *connection, const void *data,
                         size_t len)
{
    return SSL_write(connection->secured, data, (int)len);
}

static void close_tls(support_connection *connection)
{
    if (SSL_is_init_finished(connection->secured))
        SSL_shutdown(connection->secured);
    SSL_free(connection->secured);
}

static const support_transport tls = {open_tls, read_tls, write_tls, close_tls};

static SSL_CTX *make_settings(X509 *certificate, EVP_PKEY *pkey)
{
    SSL_CTX *settings = SSL_CTX_new(TLS_server_method());

    NEED(settings);
    NEED(SSL_CTX_use_certificate(settings, certificate) == 1);
    NEED(SSL_CTX_use_PrivateKey(settings, pkey) == 1);
    return settings;
}

/* --- its certificate --- */

typedef enum trust { THE_SYSTEM, ITSELF, ANOTHER, NO_FILE } trust;

typedef struct certificate_case {
    const char *what;
    const char *name;  /* whose certificate it is */
    long from_s, to_s; /* when it is valid, as seen from now */
    trust trust;
    ajwt_reason reason;
    const char *host; /* who is asked; NULL: 127.0.0.1 */
} certificate_case;

/* In DER, since a text ends at its NUL: DNS:localhost\0.other.example */
#define NAME_WITH_NUL \
    "DER:301a82186c6f63616c686f7374002e6f746865722e6578616d706c65"

static const certificate_case cases[] = {
    {"trusted", "IP:127.0.0.1", -60, 3600, ITSELF, AJWT_ACCEPTED},
    {"unknown to the system", "IP:127.0.0.1", -60, 3600, THE_SYSTEM,
     AJWT_FETCH_FAILED},
    {"not the one that is trusted", "IP:127.0.0.1", -60, 3600, ANOTHER,
     AJWT_FETCH_FAILED},
    {"trusted by a file that is not there", "IP:127.0.0.1", -60, 3600, NO_FILE,
     AJWT_FETCH_FAILED},
    {"of another address", "IP:127.0.0.2", -60, 3600, ITSELF,
     AJWT_FETCH_FAILED},
    {"of another host", "DNS:other.example", -60, 3600, ITSELF,
     AJWT_FETCH_FAILED},
    {"expired", "IP:127.0.0.1", -3600, -60, ITSELF, AJWT_FETCH_FAILED},
    {"not valid yet", "IP:127.0.0.1", 3600, 7200, ITSELF, AJWT_FETCH_FAILED},
    {"of a name", "DNS:localhost", -60, 3600, ITSELF, AJWT_ACCEPTED,
     "localhost"},
    {"of a name with a NUL", NAME_WITH_NUL, -60, 3600, ITSELF,
     AJWT_FETCH_FAILED, "localhost"},
};

/* Self-signed */
static X509 *certify(EVP_PKEY *pkey, const certificate_case *c)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, c->name);

    NEED(names);
    NEED(X509_set_version(certificate, X509_VERSION_3));
    NEED(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
    NEED(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    (const unsigned char *)"issuer", -1, -1,
                                    0));
    NEED(X509_set_issuer_name(certificate, subject));
    NEED(X509_gmtime_adj(X509_getm_notBefore(certificate), c->from_s));
    NEED(X509_gmtime_adj(X509_getm_notAfter(certificate), c->to_s));
    NEED(X509_add_ext(certificate, names, -1));
    NEED(X509_set_pubkey(certificate, pkey));
    NEED(X509_sign(certificate, pkey, EVP_sha256()));
    X509_EXTENSION_free(names);
    return certificate;
}

static const char *write_pem(X509 *certificate, apr_pool_t *pool)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *path;
    ajwt_bytes pem;
    char *data;

    NEED(PEM_write_bio_X509(bio, certificate));
    pem.len = (apr_size_t)BIO_get_mem_data(bio, &data);
    pem.data = (unsigned char *)data;
    path = support_write(support_folder(pool), "ca.pem", pem, pool);
    BIO_free(bio);
    return path;
}

static const char *ca_path_of(const certificate_case *c, X509 *own,
                              apr_pool_t *pool)
{
    const char *path;
    X509 *other;

    switch (c->trust) {
    case ITSELF:
        return write_pem(own, pool);
    case ANOTHER:
        other = certify(support_key_named("P-256-other")->pkey, c);
        path = write_pem(other, pool);
        X509_free(other);
        return path;
    case NO_FILE:
        return "/nowhere/ca.pem";
    case THE_SYSTEM:
        break;
    }
    return NULL;
}

static ajwt_reason get(ajwt_http_response *response, const certificate_case *c,
                       apr_pool_t *pool)
{
    EVP_PKEY *pkey = support_key_named("P-256")->pkey;
    X509 *own = certify(pkey, c);
    const ajwt_fetcher fetcher = {ajwt_http_fetch_get, NULL,
                                  ca_path_of(c, own, pool)};
    support_server test_server = {
        .behave = support_answer_once,
        .answer = SUPPORT_BYTES("HTTP/1.1 200 OK\r\n"
                                "Content-Length: 2\r\n\r\n{}"),
        .transport = &tls};
    const char *url;
    ajwt_reason reason;

    test_server.settings = make_settings(own, pkey);
    support_start(&test_server);
    url = apr_psprintf(pool, "https://%s:%d/jwks",
                       c->host ? c->host : "127.0.0.1", test_server.port);
    reason = ajwt_http_fetch_get(
        response, &fetcher,
        &(ajwt_http_request){.url = url,
                             .deadline = apr_time_now() +
                                         apr_time_from_msec(SUPPORT_LONG_MS)},
        pool);
    support_stop(&test_server);
    SSL_CTX_free(test_server.settings);
    X509_free(own);
    return reason;
}

/* G2 */
static void test_certificates(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const int is_good = cases[i].reason == AJWT_ACCEPTED;
        ajwt_http_response response;
        ajwt_reason reason = get(&response, &cases[i], *state);

        support_expect_reason(cases[i].what, reason, cases[i].reason);
        support_expect(cases[i].what, (response.body.len == 2) == is_good);
        support_expect(cases[i].what, (response.detail == NULL) == is_good);
    }
}

/* G2 */
static void test_the_environment_names_no_proxy(void **state)
{
    ajwt_http_response response;
    ajwt_reason reason;

    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
    reason = get(&response, &cases[0], *state);
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    assert_int_equal(reason, AJWT_ACCEPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_certificates),
        SUPPORT_TEST(test_the_environment_names_no_proxy),
    };

    signal(SIGPIPE, SIG_IGN); /* as httpd does */
    if (ajwt_http_fetch_open() != APR_SUCCESS)
        return 1;
    return SUPPORT_RUN(tests);
}
