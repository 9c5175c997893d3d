/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_fetch.h"

#include <errno.h>
#include <unistd.h>

#include <apr_strings.h>
#include <curl/curl.h>

#include "core/limits.h"
#include "core/quote.h"
#include "core/text_kind.h"
#include "net/address.h"
#include "net/ca_file.h"

typedef struct http_transfer {
    ajwt_http_response *response;
    const ajwt_fetcher *fetcher;
    const ajwt_http_request *request;
    apr_pool_t *pool;
    char *body;
    apr_size_t len;
    apr_size_t header_len;
    int age_s; /* Age (RFC 9111 5.1) */
    int is_too_large;
    int is_encoded;
    int is_forbidden;
    const char *location; /* of a redirect, as received */
    long system_error;    /* errno of the last connection attempt; 0: none */
} http_transfer;

apr_status_t ajwt_http_fetch_open(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? APR_SUCCESS
                                                             : APR_EGENERAL;
}

/* A callback that returns less than it received ends the transfer. */
static size_t append_body(char *data, size_t unit, size_t count, void *baton)
{
    http_transfer *transfer = baton;
    apr_size_t len = unit * count;

    if (len > AJWT_MAX_DOCUMENT_BYTES - transfer->len) {
        transfer->is_too_large = 1;
        return 0;
    }
    memcpy(transfer->body + transfer->len, data, len);
    transfer->len += len;
    return len;
}

/* RFC 9111 1.2.2; -1: not a number */
static int parse_seconds(const char *value)
{
    apr_int64_t seconds;

    if (*value < '0' || *value > '9')
        return -1;
    seconds = apr_strtoi64(value, NULL, 10);
    return seconds > AJWT_MAX_CACHE_CONTROL_S ? AJWT_MAX_CACHE_CONTROL_S
                                              : (int)seconds;
}

/* RFC 9111 5.2.2.1 */
static int parse_max_age(const char *value)
{
    const char *c = strcasestr(value, "max-age=");

    if (!c || (c > value && strchr("-_", c[-1])))
        return -1;
    c += strlen("max-age=");
    return parse_seconds(*c == '"' ? c + 1 : c);
}

/*
 * RFC 9110 8.8.3. The ETag is sent back unchanged, so a malformed one is
 * ignored.
 */
static const char *parse_etag(char *value)
{
    const char *c;

    value += strspn(value, " \t");
    value[strcspn(value, " \t\r\n")] = '\0';
    c = value + (strncmp(value, "W/", 2) == 0 ? 2 : 0);
    if (strlen(value) > AJWT_MAX_ETAG_BYTES || *c++ != '"')
        return NULL;
    while (*c > ' ' && *c < 0x7f && *c != '"')
        c++;
    return strcmp(c, "\"") == 0 ? value : NULL;
}

static void store_field(http_transfer *transfer, const char *name, char *value)
{
    int max_age_s;

    if (strcasecmp(name, "Content-Encoding") == 0)
        transfer->is_encoded = !strcasestr(value, "identity");
    if (strcasecmp(name, "Location") == 0)
        transfer->location = value;
    if (strcasecmp(name, "ETag") == 0)
        transfer->response->etag = parse_etag(value);
    if (strcasecmp(name, "Age") == 0)
        transfer->age_s = parse_seconds(value + strspn(value, " \t"));
    if (strcasecmp(name, "Cache-Control") == 0) {
        max_age_s = parse_max_age(value);
        /* several field lines form one list (RFC 9110 5.3) */
        if (max_age_s >= 0)
            transfer->response->max_age_s = max_age_s;
    }
}

/* Discards the fields of an interim response, or of a proxy's own response. */
static void reset_fields(http_transfer *transfer)
{
    transfer->response->max_age_s = -1;
    transfer->response->etag = NULL;
    transfer->location = NULL;
    transfer->age_s = 0;
    transfer->is_encoded = 0;
}

static size_t handle_header_line(char *data, size_t unit, size_t count,
                                 void *baton)
{
    http_transfer *transfer = baton;
    char *line, *value;

    transfer->header_len += unit * count;
    if (transfer->header_len > AJWT_MAX_HEADERS_BYTES) {
        transfer->is_too_large = 1;
        return 0;
    }
    line = apr_pstrmemdup(transfer->pool, data, unit * count);
    value = strchr(line, ':');
    if (strncasecmp(line, "HTTP/", 5) == 0) {
        reset_fields(transfer);
    }
    else if (value) {
        *value++ = '\0';
        store_field(transfer, line, value);
    }
    return unit * count;
}

static int is_https(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

/* Plain http is only used to connect to this machine, never through a proxy. */
static int is_proxied(const http_transfer *transfer)
{
    return transfer->fetcher->proxy && is_https(transfer->request->url);
}

/*
 * Called for each address that a name resolves to. The address of a proxy is
 * not checked.
 */
static curl_socket_t open_socket(void *baton, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    http_transfer *transfer = baton;

    (void)purpose;
    if (transfer->request->is_foreign && !is_proxied(transfer) &&
        ajwt_address_is_forbidden(&address->addr)) {
        transfer->is_forbidden = 1;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC,
                  address->protocol);
}

static void set_protocols(CURL *curl, const char *url)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     is_https(url) ? "https" : "http");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                     (long)(is_https(url) ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
}

static void set_bounds(CURL *curl, apr_time_t deadline)
{
    apr_time_t left = deadline - apr_time_now();
    long left_ms = left > 0 ? (long)apr_time_as_msec(left) : 0;
    long connect_ms = AJWT_MAX_CONNECT_S * 1000L;

    left_ms = left_ms < 1 ? 1 : left_ms; /* 0 would mean no timeout */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     left_ms < connect_ms ? left_ms : connect_ms);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

static void set_trust(CURL *curl, const http_transfer *transfer)
{
    const ajwt_fetcher *fetcher = transfer->fetcher;

    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (fetcher->ca_path) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, fetcher->ca_path);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    /* "" makes libcurl ignore the proxy environment variables */
    curl_easy_setopt(curl, CURLOPT_PROXY,
                     is_proxied(transfer) ? fetcher->proxy : "");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
}

static void set_callbacks(CURL *curl, http_transfer *transfer)
{
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, handle_header_line);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "mod_auth_jwt");
}

/* The caller frees the result after the transfer. */
static struct curl_slist *set_condition(CURL *curl,
                                        const http_transfer *transfer)
{
    struct curl_slist *fields = NULL;

    if (transfer->request->etag)
        fields = curl_slist_append(
            NULL, apr_pstrcat(transfer->pool, "If-None-Match: ",
                              transfer->request->etag, NULL));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    return fields;
}

/*
 * A hint from the system error if it is more precise than libcurl's text; or
 * NULL
 */
static const char *hint_of_system(long error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return ": this machine does not let httpd connect. With SELinux: "
               "setsebool -P httpd_can_network_connect 1";
    case ECONNREFUSED:
        return ": nothing listens there, or a firewall rejects it";
    case ENETUNREACH:
    case EHOSTUNREACH:
        return ": there is no route to it: set AuthJWTFetchProxy, or add a "
               "route";
    default:
        return NULL;
    }
}

/* libcurl does not report why it cannot use the file. */
static const char *hint_of_ca(const http_transfer *transfer)
{
    const char *path = transfer->fetcher->ca_path;
    const char *error = path ? ajwt_ca_file_check(path, transfer->pool) : NULL;

    return error
               ? apr_pstrcat(transfer->pool, ": AuthJWTFetchCA: ", error, NULL)
               : "";
}

/* The most frequent cause of an error of libcurl */
static const char *find_hint(CURLcode code, const http_transfer *transfer)
{
    const char *text = hint_of_system(transfer->system_error);

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return ": the name is wrong, or DNS does not work on this machine";
    case CURLE_COULDNT_CONNECT:
        return text
                   ? text
                   : ": nothing listens there, or a firewall drops the packets";
    case CURLE_OPERATION_TIMEDOUT:
        return ": the server is slower than AuthJWTFetchTimeout, or a firewall "
               "drops the packets";
    case CURLE_SSL_CONNECT_ERROR:
        return ": the server does not support TLS 1.2 or newer, or a proxy "
               "interferes";
    case CURLE_PEER_FAILED_VERIFICATION:
        return ": the certificate has expired, is for another host, or is from "
               "a CA that is not trusted here: set AuthJWTFetchCA";
    case CURLE_SSL_CACERT_BADFILE:
        return hint_of_ca(transfer);
    default:
        return "";
    }
}

/* Subtracts the time in caches from the max-age of a response. */
static void subtract_age(const http_transfer *transfer)
{
    ajwt_http_response *response = transfer->response;

    if (response->max_age_s < 0 || transfer->age_s <= 0)
        return;
    response->max_age_s = response->max_age_s > transfer->age_s
                              ? response->max_age_s - transfer->age_s
                              : 0;
}

/* RFC 9110 10.2.3; libcurl also converts dates */
static void store_retry_after(CURL *curl, ajwt_http_response *response)
{
#if LIBCURL_VERSION_NUM >= 0x074200
    curl_off_t seconds = 0;

    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK &&
        seconds > 0)
        response->retry_after_s = seconds > AJWT_MAX_CACHE_CONTROL_S
                                      ? AJWT_MAX_CACHE_CONTROL_S
                                      : (int)seconds;
#else
    (void)curl, (void)response;
#endif
}

/* Returns NULL if there is no redirect. */
static const char *describe_redirect(const http_transfer *transfer)
{
    ajwt_bytes target;

    if (!transfer->location || transfer->response->status < 300 ||
        transfer->response->status > 399)
        return NULL;
    target = ajwt_text_trim(ajwt_bytes_from_string(transfer->location));
    while (target.len && strchr(" \t\r\n", target.data[target.len - 1]))
        target.len--;
    return apr_pstrcat(transfer->pool, ", a redirect to ",
                       ajwt_quote_text(target, transfer->pool),
                       ": redirects are not followed: write the URL of the key "
                       "set itself",
                       NULL);
}

static const char *describe_status(const http_transfer *transfer)
{
    const char *redirect = describe_redirect(transfer);
    const char *rest = transfer->len ? "" : ", empty";

    return apr_psprintf(
        transfer->pool, "%s: status %ld%s%s", transfer->request->url,
        transfer->response->status,
        transfer->is_encoded
            ? ", compressed although the request did not ask for it"
            : "",
        redirect ? redirect : rest);
}

static ajwt_reason check_answer(http_transfer *transfer, CURLcode code,
                                const char *words)
{
    ajwt_http_response *response = transfer->response;
    const char *url = transfer->request->url;

    if (transfer->is_too_large) {
        response->detail =
            transfer->header_len > AJWT_MAX_HEADERS_BYTES
                ? apr_psprintf(transfer->pool,
                               "%s: more than %d bytes of headers", url,
                               AJWT_MAX_HEADERS_BYTES)
                : apr_psprintf(transfer->pool, "%s: more than %d bytes", url,
                               AJWT_MAX_DOCUMENT_BYTES);
        return AJWT_FETCH_TOO_LARGE;
    }
    if (code != CURLE_OK) {
        if (transfer->is_forbidden)
            words = "its address is " AJWT_ADDRESS_FORBIDDEN;
        response->detail = apr_psprintf(
            transfer->pool, "%s: %s%s", url,
            *words ? words : curl_easy_strerror(code),
            transfer->is_forbidden ? "" : find_hint(code, transfer));
        return AJWT_FETCH_FAILED;
    }
    if (response->status == 304 && transfer->request->etag)
        return AJWT_ACCEPTED;
    if (response->status != 200 || transfer->is_encoded || transfer->len == 0) {
        response->detail = describe_status(transfer);
        return AJWT_FETCH_STATUS;
    }
    response->body.data = (unsigned char *)transfer->body;
    response->body.len = transfer->len;
    return AJWT_ACCEPTED;
}

ajwt_reason ajwt_http_fetch_get(ajwt_http_response *response,
                                const ajwt_fetcher *fetcher,
                                const ajwt_http_request *request,
                                apr_pool_t *pool)
{
    http_transfer transfer = {.response = response,
                              .fetcher = fetcher,
                              .request = request,
                              .pool = pool};
    char words[CURL_ERROR_SIZE] = "";
    CURL *curl = curl_easy_init();
    struct curl_slist *fields;
    CURLcode code;

    transfer.body = apr_palloc(pool, AJWT_MAX_DOCUMENT_BYTES);
    memset(response, 0, sizeof *response);
    response->max_age_s = -1;
    if (!curl)
        return AJWT_INTERNAL;
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    set_protocols(curl, request->url);
    set_bounds(curl, request->deadline);
    set_trust(curl, &transfer);
    set_callbacks(curl, &transfer);
    fields = set_condition(curl, &transfer);
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &transfer.system_error);
    store_retry_after(curl, response);
    subtract_age(&transfer);
    curl_easy_cleanup(curl);
    curl_slist_free_all(fields);
    return check_answer(&transfer, code, words);
}
