/* SPDX-License-Identifier: Apache-2.0 */
#include "support_server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "core/limits.h"
#include "net/http_fetch.h"

#define SHORT_MS 300

/* What "at once" is on a busy machine */
#define SOON_MS 5000

/* --- how it behaves --- */

static void keep_silent(support_connection *connection)
{
    support_wait(connection, SUPPORT_LONG_MS);
}

static void drip(support_connection *connection)
{
    support_say_text(connection, "HTTP/1.1 200 OK\r\n\r\n");
    while (!support_wait(connection, 20) && support_say_text(connection, "x"))
        continue;
}

static void never_end_the_body(support_connection *connection)
{
    static const char bytes[64 * 1024];

    support_say_text(connection, "HTTP/1.1 200 OK\r\n\r\n");
    while (support_say(connection, bytes, sizeof bytes))
        continue;
}

static void never_end_the_headers(support_connection *connection)
{
    support_say_text(connection, "HTTP/1.1 200 OK\r\n");
    while (support_say_text(connection, "X-Header: another one of them\r\n"))
        continue;
}

/* --- what is asked of it --- */

static apr_time_t in_ms(int ms)
{
    return apr_time_now() + apr_time_from_msec(ms);
}

static const char *url_of(const support_server *s, apr_pool_t *pool)
{
    return apr_psprintf(pool, "http://127.0.0.1:%d/jwks?a=b", s->port);
}

/* From a server that lives so long */
static ajwt_reason get(ajwt_http_response *response, support_server *s,
                       const ajwt_fetcher *fetcher, int ms, apr_pool_t *pool)
{
    ajwt_reason reason;

    support_start(s);
    reason = ajwt_http_fetch_get(
        response, fetcher,
        &(ajwt_http_request){.url = url_of(s, pool), .deadline = in_ms(ms)},
        pool);
    support_stop(s);
    return reason;
}

static const ajwt_fetcher plain = {ajwt_http_fetch_get, NULL, NULL};

static ajwt_reason get_answer(ajwt_http_response *response, ajwt_bytes bytes,
                              apr_pool_t *pool)
{
    support_server s = {.behave = support_answer_once, .answer = bytes};

    return get(response, &s, &plain, SUPPORT_LONG_MS, pool);
}

typedef struct answer_case {
    const char *what;
    const char *answer;
    ajwt_reason reason; /* ACCEPTED: with {} */
    long status;
} answer_case;

#define OK    "HTTP/1.1 200 OK\r\n"
#define KEYS  "Content-Length: 2\r\n\r\n{}"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define TWO_CHUNKS \
    "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"

static const answer_case answer_cases[] = {
    {"200", OK KEYS, AJWT_ACCEPTED, 200},
    {"in chunks", OK TWO_CHUNKS, AJWT_ACCEPTED, 200},
    {"to the end of the connection", OK "\r\n{}", AJWT_ACCEPTED, 200},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n{}", AJWT_ACCEPTED, 200},
    {"identity", OK "Content-Encoding: identity\r\n" KEYS, AJWT_ACCEPTED, 200},
    {"another type", OK "Content-Type: text/html\r\n" KEYS, AJWT_ACCEPTED, 200},
    {"103 before", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK KEYS,
     AJWT_ACCEPTED, 200},
    {"an encoded 103 before",
     "HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n\r\n" OK KEYS,
     AJWT_ACCEPTED, 200},

    {"200 and empty", OK EMPTY, AJWT_FETCH_STATUS, 200},
    {"201", "HTTP/1.1 201 Created\r\n" KEYS, AJWT_FETCH_STATUS, 201},
    {"204", "HTTP/1.1 204 No Content\r\n\r\n", AJWT_FETCH_STATUS, 204},
    {"206", "HTTP/1.1 206 Partial Content\r\n" KEYS, AJWT_FETCH_STATUS, 206},
    {"304", "HTTP/1.1 304 Not Modified\r\n\r\n", AJWT_FETCH_STATUS, 304},
    {"401", "HTTP/1.1 401 Unauthorized\r\n" KEYS, AJWT_FETCH_STATUS, 401},
    {"404", "HTTP/1.1 404 Not Found\r\n" KEYS, AJWT_FETCH_STATUS, 404},
    {"404 and empty", "HTTP/1.1 404 Not Found\r\n" EMPTY, AJWT_FETCH_STATUS,
     404},
    {"500", "HTTP/1.1 500 Oops\r\n" KEYS, AJWT_FETCH_STATUS, 500},
    {"503", "HTTP/1.1 503 Later\r\nRetry-After: 1\r\n" KEYS, AJWT_FETCH_STATUS,
     503},
    {"gzip", OK "Content-Encoding: gzip\r\n" KEYS, AJWT_FETCH_STATUS, 200},
    {"a coding in capitals", OK "CONTENT-ENCODING:BR\r\n" KEYS,
     AJWT_FETCH_STATUS, 200},

    {"cut off", OK "Content-Length: 3\r\n\r\n{}", AJWT_FETCH_FAILED, 200},
    {"cut off in a chunk", OK "Transfer-Encoding: chunked\r\n\r\n3\r\n{}",
     AJWT_FETCH_FAILED, 200},
    {"nothing", "", AJWT_FETCH_FAILED, 0},
    {"HTTP/0.9", "{}", AJWT_FETCH_FAILED, 0},
    {"another protocol", "220 mail.example ESMTP\r\n", AJWT_FETCH_FAILED, 0},
};

/* G2 */
static void test_answers(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(answer_cases); i++) {
        const answer_case *c = &answer_cases[i];
        ajwt_http_response response;
        ajwt_reason reason =
            get_answer(&response, ajwt_bytes_from_string(c->answer), *state);

        support_expect_reason(c->what, reason, c->reason);
        if (c->reason != AJWT_FETCH_FAILED)
            support_expect(c->what, response.status == c->status);
        if (c->reason == AJWT_ACCEPTED)
            support_expect(c->what,
                           ajwt_bytes_equal_string(response.body, "{}") &&
                               !response.detail);
        else
            support_expect(c->what,
                           !response.body.data && response.detail &&
                               strstr(response.detail, "http://127.0.0.1:"));
    }
}

static const struct {
    const char *header;
    int max_age_s;
} cache_cases[] = {
    {"", -1},
    {"Cache-Control: max-age=600\r\n", 600},
    {"cache-control:max-age=600\r\n", 600},
    {"Cache-Control: Max-Age=600\r\n", 600},
    {"Cache-Control: max-age=\"600\"\r\n", 600},
    {"Cache-Control: public, max-age=600, must-revalidate\r\n", 600},
    {"Cache-Control: public,max-age=600,immutable\r\n", 600},
    {"Cache-Control: s-maxage=60, max-age=600\r\n", 600},
    {"Cache-Control: max-age=0\r\n", 0},
    {"Cache-Control: max-age=86400\r\n", 86400},
    {"Cache-Control: max-age=31536000\r\n", AJWT_MAX_CACHE_CONTROL_S},
    {"Cache-Control: max-age=99999999999999999999\r\n",
     AJWT_MAX_CACHE_CONTROL_S},
    {"Cache-Control: s-maxage=60\r\n", -1},
    {"Cache-Control: no-cache\r\n", -1},
    {"Cache-Control: max-age\r\n", -1},
    {"Cache-Control: max-age=\r\n", -1},
    {"Cache-Control: max-age=ten\r\n", -1},
    {"Cache-Control: max-age=-1\r\n", -1},
    {"Cache-Control: x-max-age=60\r\n", -1},
    {"Cache-Control:\r\n", -1},
    {"X-Cache-Control: max-age=600\r\n", -1},
    {"Expires: Thu, 01 Jan 2099 00:00:00 GMT\r\n", -1},
    /* RFC 9110 5.3: two lines are one list */
    {"Cache-Control: max-age=600\r\nCache-Control: public\r\n", 600},
    {"Cache-Control: public\r\nCache-Control: max-age=600\r\n", 600},
    /* RFC 9111 4.2.3: a cache on the way has had it for a while */
    {"Cache-Control: max-age=86400\r\nAge: 86000\r\n", 400},
    {"Age: 86000\r\nCache-Control: max-age=86400\r\n", 400},
    {"Cache-Control: max-age=600\r\nAge: 0\r\n", 600},
    {"Cache-Control: max-age=600\r\nAge: 601\r\n", 0},
    {"Cache-Control: max-age=600\r\nAge: 99999999999999999999\r\n", 0},
    {"Cache-Control: max-age=600\r\nAge: soon\r\n", 600},
    {"Cache-Control: max-age=600\r\nAge: -5\r\n", 600},
    {"Cache-Control: max-age=600\r\nX-Age: 60\r\n", 600},
    {"Age: 60\r\n", -1},
};

/* The limit of this module, or that of newer versions of libcurl */
#define LONGEST       AJWT_MAX_CACHE_CONTROL_S
#define CURLS_LONGEST (6 * 3600)

static const struct {
    const char *header;
    int retry_after_s;
} retry_cases[] = {
    {"", 0},
    {"Retry-After: 300\r\n", 300},
    {"retry-after:1\r\n", 1},
    {"Retry-After: 99999999\r\n", LONGEST},
    {"Retry-After: Thu, 01 Jan 2099 00:00:00 GMT\r\n", LONGEST},
    {"Retry-After: Thu, 01 Jan 1970 00:00:01 GMT\r\n", 0},
    {"Retry-After: -5\r\n", 0},
    {"Retry-After: later\r\n", 0},
};

static void test_retry_after(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(retry_cases); i++) {
        const char *text = apr_pstrcat(
            *state, "HTTP/1.1 429 Too Many Requests\r\n", retry_cases[i].header,
            "Content-Length: 0\r\n\r\n", NULL);
        ajwt_http_response response;
        ajwt_reason reason =
            get_answer(&response, ajwt_bytes_from_string(text), *state);

        support_expect_reason(text, reason, AJWT_FETCH_STATUS);
        if (retry_cases[i].retry_after_s == LONGEST &&
            response.retry_after_s == CURLS_LONGEST)
            continue;
        support_expect(text,
                       response.retry_after_s == retry_cases[i].retry_after_s);
    }
}

/* G2 */
static void test_cache_control(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(cache_cases); i++) {
        const char *text =
            apr_pstrcat(*state, OK, cache_cases[i].header, KEYS, NULL);
        ajwt_http_response response;
        ajwt_reason reason =
            get_answer(&response, ajwt_bytes_from_string(text), *state);

        support_expect_reason(text, reason, AJWT_ACCEPTED);
        support_expect(text, response.max_age_s == cache_cases[i].max_age_s);
    }
}

static void test_the_age_of_an_interim_answer_is_not_the_keys(void **state)
{
    ajwt_http_response response;

    assert_int_equal(
        get_answer(&response,
                   SUPPORT_BYTES("HTTP/1.1 103 Early Hints\r\n"
                                 "Cache-Control: max-age=600\r\n\r\n" OK KEYS),
                   *state),
        AJWT_ACCEPTED);
    assert_int_equal(response.max_age_s, -1);
}

static void test_what_is_asked(void **state)
{
    support_server s = {.behave = support_answer_once,
                        .answer = SUPPORT_BYTES(OK KEYS)};
    ajwt_http_response response;

    assert_int_equal(get(&response, &s, &plain, SUPPORT_LONG_MS, *state),
                     AJWT_ACCEPTED);
    assert_memory_equal(s.request, "GET /jwks?a=b HTTP/1.1\r\n", 24);
    assert_non_null(strstr(s.request, "\r\nUser-Agent: mod_auth_jwt"));
    assert_null(strcasestr(s.request, "\r\nAccept-Encoding:"));
    assert_null(strcasestr(s.request, "\r\nAuthorization:"));
    assert_null(strcasestr(s.request, "\r\nCookie:"));
}

/* G2 */
static void test_no_redirect_is_followed(void **state)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(statuses); i++) {
        const char *text = apr_psprintf(
            *state, "HTTP/1.1 %d Elsewhere\r\nLocation: /other\r\n" KEYS,
            statuses[i]);
        support_server s = {.behave = support_answer_once,
                            .answer = ajwt_bytes_from_string(text)};
        ajwt_http_response response;

        assert_int_equal(get(&response, &s, &plain, SUPPORT_LONG_MS, *state),
                         AJWT_FETCH_STATUS);
        assert_int_equal(response.status, statuses[i]);
        assert_int_equal(atomic_load(&s.accepted), 1);
    }
}

/* --- bounds --- */

static void expect_size(int len, const char *header, ajwt_reason wanted,
                        apr_pool_t *pool)
{
    const char *body = support_repeat("x", len, pool);
    const char *text = apr_pstrcat(pool, OK, header, "\r\n", body, NULL);
    ajwt_http_response response;
    ajwt_reason reason =
        get_answer(&response, ajwt_bytes_from_string(text), pool);

    support_expect_reason(header, reason, wanted);
    if (wanted == AJWT_ACCEPTED)
        support_expect(header, ajwt_bytes_equal_string(response.body, body));
    else
        support_expect(header, !response.body.data && response.detail);
}

static const char *content_length(int len, apr_pool_t *pool)
{
    return apr_psprintf(pool, "Content-Length: %d\r\n", len);
}

/* G2 */
static void test_the_largest_body(void **state)
{
    const int most = AJWT_MAX_DOCUMENT_BYTES;

    expect_size(most, "", AJWT_ACCEPTED, *state);
    expect_size(most, content_length(most, *state), AJWT_ACCEPTED, *state);
    expect_size(most + 1, "", AJWT_FETCH_TOO_LARGE, *state);
    expect_size(most + 1, content_length(most + 1, *state),
                AJWT_FETCH_TOO_LARGE, *state);
}

/* What the client took of it, and what its socket did, is no more than so. */
static void expect_bounded(void (*behave)(support_connection *),
                           ajwt_reason wanted, apr_pool_t *pool)
{
    support_server s = {.behave = behave};
    apr_time_t began = apr_time_now();
    ajwt_http_response response;

    assert_int_equal(get(&response, &s, &plain, SUPPORT_LONG_MS, pool), wanted);
    assert_true(apr_time_now() - began < apr_time_from_msec(SOON_MS));
    assert_true(atomic_load(&s.sent) < 32 * 1024 * 1024);
}

/* G2 */
static void test_an_endless_body(void **state)
{
    expect_bounded(never_end_the_body, AJWT_FETCH_TOO_LARGE, *state);
}

/* G2 */
static void test_endless_headers(void **state)
{
    expect_bounded(never_end_the_headers, AJWT_FETCH_TOO_LARGE, *state);
}

static void expect_deadline(void (*behave)(support_connection *),
                            apr_pool_t *pool)
{
    support_server s = {.behave = behave};
    apr_time_t began = apr_time_now(), took;
    ajwt_http_response response;

    assert_int_equal(get(&response, &s, &plain, SHORT_MS, pool),
                     AJWT_FETCH_FAILED);
    took = apr_time_now() - began;
    assert_true(took >= apr_time_from_msec(SHORT_MS / 2)); /* not before */
    assert_true(took < apr_time_from_msec(SOON_MS));
    assert_non_null(response.detail);
}

/* G2 */
static void test_a_silent_server_ends_at_the_deadline(void **state)
{
    expect_deadline(keep_silent, *state);
}

/* G2 */
static void test_a_slow_server_ends_at_the_deadline(void **state)
{
    expect_deadline(drip, *state);
}

static void test_a_deadline_that_is_over(void **state)
{
    support_server s = {.behave = keep_silent};
    apr_time_t began = apr_time_now();
    ajwt_http_response response;

    assert_int_equal(get(&response, &s, &plain, -1000, *state),
                     AJWT_FETCH_FAILED);
    assert_true(apr_time_now() - began < apr_time_from_msec(SOON_MS));
}

static void test_nobody_listens(void **state)
{
    support_server s = {0};
    ajwt_http_response response;

    support_take_port(&s);
    assert_int_equal(
        ajwt_http_fetch_get(
            &response, &plain,
            &(ajwt_http_request){.url = url_of(&s, *state),
                                 .deadline = in_ms(SUPPORT_LONG_MS)},
            *state),
        AJWT_FETCH_FAILED);
    assert_non_null(response.detail);
    assert_int_equal(response.max_age_s, -1);
    close(s.listener);
}

/* A queue that is full: whoever comes then waits for an answer to his SYN. */
static void test_connecting_has_a_bound_of_its_own(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    support_server s = {0};
    int fds[4];
    apr_time_t began;
    ajwt_http_response response;
    unsigned i;

    support_take_port(&s);
    assert_int_equal(listen(s.listener, 0), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)s.port);
    for (i = 0; i < SUPPORT_COUNT(fds); i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    began = apr_time_now();
    assert_int_equal(
        ajwt_http_fetch_get(
            &response, &plain,
            &(ajwt_http_request){.url = url_of(&s, *state),
                                 .deadline = in_ms(SUPPORT_LONG_MS)},
            *state),
        AJWT_FETCH_FAILED);
    assert_true(apr_time_now() - began < apr_time_from_sec(AJWT_MAX_CONNECT_S) +
                                             apr_time_from_msec(SOON_MS));
    for (i = 0; i < SUPPORT_COUNT(fds); i++)
        close(fds[i]);
    close(s.listener);
}

/* --- proxies --- */

static const char *const proxy_variables[] = {"http_proxy",  "HTTP_PROXY",
                                              "https_proxy", "HTTPS_PROXY",
                                              "all_proxy",   "ALL_PROXY"};

/* A port that nobody listens on */
static void set_environment(void)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(proxy_variables); i++)
        setenv(proxy_variables[i], "http://127.0.0.1:1", 1);
    setenv("no_proxy", "*", 1);
    setenv("NO_PROXY", "*", 1);
}

static void clear_environment(void)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(proxy_variables); i++)
        unsetenv(proxy_variables[i]);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
}

/* G2 */
static void test_the_environment_names_no_proxy(void **state)
{
    ajwt_http_response response;
    ajwt_reason reason;

    set_environment();
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    reason = get_answer(&response, SUPPORT_BYTES(OK KEYS), *state);
    clear_environment();
    assert_int_equal(reason, AJWT_ACCEPTED);
}

/* What the loopback host says must not come from anywhere else. */
static void test_no_proxy_for_plain_http(void **state)
{
    support_server s = {.behave = support_answer_once,
                        .answer = SUPPORT_BYTES(OK KEYS)};
    ajwt_fetcher proxied = plain;
    ajwt_http_response response;
    ajwt_reason reason;

    support_start(&s);
    proxied.proxy = "http://127.0.0.1:1";
    reason = ajwt_http_fetch_get(
        &response, &proxied,
        &(ajwt_http_request){
            .url = apr_psprintf(*state, "http://127.0.0.1:%d/jwks", s.port),
            .deadline = in_ms(SUPPORT_LONG_MS)},
        *state);
    support_stop(&s);
    assert_int_equal(reason, AJWT_ACCEPTED);
    assert_memory_equal(s.request, "GET /jwks HTTP/1.1", 18);
}

/* What a proxy says of its own connection is said of no document. */
static void test_a_proxy_that_refuses_the_connection(void **state)
{
    support_server s = {.behave = support_answer_once,
                        .answer = SUPPORT_BYTES("HTTP/1.1 403 No\r\n" KEYS)};
    ajwt_fetcher proxied = plain;
    ajwt_http_response response;
    ajwt_reason reason;

    support_start(&s);
    proxied.proxy = apr_psprintf(*state, "http://127.0.0.1:%d", s.port);
    reason = ajwt_http_fetch_get(
        &response, &proxied,
        &(ajwt_http_request){.url = "https://issuer.example/jwks",
                             .deadline = in_ms(SUPPORT_LONG_MS)},
        *state);
    support_stop(&s);
    assert_int_equal(reason, AJWT_FETCH_FAILED);
    assert_memory_equal(s.request, "CONNECT issuer.example:443 ", 27);
    assert_null(strstr(s.request, "/jwks"));
}

/* --- what is asked only if it has changed --- */

#define NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\n"

static ajwt_reason get_if_changed(ajwt_http_response *response,
                                  support_server *s, const char *etag,
                                  const char *answer, apr_pool_t *pool)
{
    ajwt_http_request request = {.etag = etag,
                                 .deadline = in_ms(SUPPORT_LONG_MS)};
    ajwt_reason reason;

    memset(s, 0, sizeof *s);
    s->behave = support_answer_once;
    s->answer = ajwt_bytes_from_string(answer);
    support_start(s);
    request.url = url_of(s, pool);
    reason = ajwt_http_fetch_get(response, &plain, &request, pool);
    support_stop(s);
    return reason;
}

static void test_not_modified(void **state)
{
    ajwt_http_response response;
    support_server s;

    assert_int_equal(get_if_changed(&response, &s, "W/\"1\"",
                                    NOT_MODIFIED
                                    "Cache-Control: max-age=600\r\n\r\n",
                                    *state),
                     AJWT_ACCEPTED);
    assert_non_null(strstr(s.request, "\r\nIf-None-Match: W/\"1\"\r\n"));
    assert_int_equal(response.status, 304);
    assert_int_equal(response.max_age_s, 600);
    assert_null(response.body.data);
    assert_null(response.etag);
}

/* G2 */
static void test_not_modified_that_nobody_asked_for(void **state)
{
    ajwt_http_response response;
    support_server s;

    assert_int_equal(
        get_if_changed(&response, &s, NULL, NOT_MODIFIED "\r\n", *state),
        AJWT_FETCH_STATUS);
    assert_null(strstr(s.request, "If-None-Match"));
}

typedef struct etag_case {
    const char *fields;
    const char *etag; /* NULL: none is kept */
} etag_case;

static const etag_case etag_cases[] = {
    {"", NULL},
    {"ETag: \"abc\"\r\n", "\"abc\""},
    {"etag:\"abc\" \t\r\n", "\"abc\""},
    {"ETag: W/\"abc\"\r\n", "W/\"abc\""},
    {"ETag: \"\"\r\n", "\"\""},
    {"ETag: abc\r\n", NULL},
    {"ETag: \"abc\r\n", NULL},
    {"ETag: \"\r\n", NULL},
    {"ETag: \"a b\"\r\n", NULL},
    {"ETag: \"a\"b\"\r\n", NULL},
    {"ETag: \"a\x7f\"\r\n", NULL},
    {"ETag: \"a\xc3\xa4\"\r\n", NULL},
    {"ETag:\r\n", NULL},
    {"ETag: \"abc\"\r\nETag: abc\r\n", NULL},
};

/* G2 */
static void test_etags(void **state)
{
    unsigned i;

    for (i = 0; i < SUPPORT_COUNT(etag_cases); i++) {
        const etag_case *c = &etag_cases[i];
        ajwt_http_response response;
        support_server s;

        assert_int_equal(
            get_if_changed(&response, &s, NULL,
                           apr_pstrcat(*state, OK, c->fields, KEYS, NULL),
                           *state),
            AJWT_ACCEPTED);
        support_expect_text(c->fields, response.etag, c->etag);
    }
}

static void test_an_etag_that_is_too_long_is_not_kept(void **state)
{
    const char *most = support_repeat("x", AJWT_MAX_ETAG_BYTES - 2, *state);
    ajwt_http_response response;
    support_server s;

    assert_int_equal(get_if_changed(&response, &s, NULL,
                                    apr_pstrcat(*state, OK "ETag: \"", most,
                                                "\"\r\n" KEYS, NULL),
                                    *state),
                     AJWT_ACCEPTED);
    assert_int_equal(strlen(response.etag), AJWT_MAX_ETAG_BYTES);
    assert_int_equal(get_if_changed(&response, &s, NULL,
                                    apr_pstrcat(*state, OK "ETag: \"", most,
                                                "x\"\r\n" KEYS, NULL),
                                    *state),
                     AJWT_ACCEPTED);
    assert_null(response.etag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(test_not_modified),
        SUPPORT_TEST(test_not_modified_that_nobody_asked_for),
        SUPPORT_TEST(test_etags),
        SUPPORT_TEST(test_an_etag_that_is_too_long_is_not_kept),
        SUPPORT_TEST(test_answers),
        SUPPORT_TEST(test_cache_control),
        SUPPORT_TEST(test_retry_after),
        SUPPORT_TEST(test_the_age_of_an_interim_answer_is_not_the_keys),
        SUPPORT_TEST(test_what_is_asked),
        SUPPORT_TEST(test_no_redirect_is_followed),
        SUPPORT_TEST(test_the_largest_body),
        SUPPORT_TEST(test_an_endless_body),
        SUPPORT_TEST(test_endless_headers),
        SUPPORT_TEST(test_a_silent_server_ends_at_the_deadline),
        SUPPORT_TEST(test_a_slow_server_ends_at_the_deadline),
        SUPPORT_TEST(test_a_deadline_that_is_over),
        SUPPORT_TEST(test_nobody_listens),
        SUPPORT_TEST(test_connecting_has_a_bound_of_its_own),
        SUPPORT_TEST(test_the_environment_names_no_proxy),
        SUPPORT_TEST(test_no_proxy_for_plain_http),
        SUPPORT_TEST(test_a_proxy_that_refuses_the_connection),
    };

    signal(SIGPIPE, SIG_IGN); /* as httpd does */
    if (ajwt_http_fetch_open() != APR_SUCCESS)
        return 1;
    return SUPPORT_RUN(tests);
}
