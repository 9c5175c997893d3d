/*
 * Is a token in a query string taken from all places of a request, and nothing
 * else with it?
 *
 * First line: the parameter's name; then the query string, up to the first
 * octet that no request line can hold.
 *
 * This target alone is of the floor that knows httpd.  httpd is no library: the
 * few functions of it that are needed stand at the end, in words of our own, as
 * its documentation has them.
 */
#include "fuzz.h"

#include <httpd.h>
#include <util_cookies.h>

#include "core/bearer.h"
#include "httpd/token_source.h"

/* One parameter of a query string, decoded where that can be */
typedef struct parameter {
    const char *text; /* as it came */
    const char *name, *value;
} parameter;

static const char *decoded(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *copy = apr_pstrmemdup(pool, text, len);

    return ap_unescape_urlencoded(copy) == OK ? copy
                                              : apr_pstrmemdup(pool, text, len);
}

/* An array of parameter: what stands between ampersands, less a last one that
 * is empty */
static apr_array_header_t *split(const char *query, apr_pool_t *pool)
{
    apr_array_header_t *all = apr_array_make(pool, 8, sizeof(parameter));

    while (query && *query) {
        parameter *one = apr_array_push(all);
        const char *end = query + strcspn(query, "&"), *mark;

        one->text = apr_pstrmemdup(pool, query, (apr_size_t)(end - query));
        mark = one->text + strcspn(one->text, "=");
        one->name = decoded(one->text, (apr_size_t)(mark - one->text), pool);
        one->value = *mark ? decoded(mark + 1, strlen(mark + 1), pool) : "";
        query = *end ? end + 1 : end;
    }
    return all;
}

/* All but those of the name, in their order */
static const char *expected_rest(const apr_array_header_t *all,
                                 const char *name, apr_pool_t *pool)
{
    apr_array_header_t *kept = apr_array_make(pool, 8, sizeof(const char *));
    int i;

    for (i = 0; i < all->nelts; i++) {
        const parameter *one = &APR_ARRAY_IDX(all, i, parameter);

        if (strcmp(one->name, name) != 0)
            APR_ARRAY_PUSH(kept, const char *) = one->text;
    }
    return apr_array_pstrcat(pool, kept, '&');
}

/* How many are of the name; the last one's value */
static int count_values(const char **value, const apr_array_header_t *all,
                        const char *name)
{
    int i, count = 0;

    for (i = 0; i < all->nelts; i++) {
        const parameter *one = &APR_ARRAY_IDX(all, i, parameter);

        if (strcmp(one->name, name) == 0) {
            *value = one->value;
            count++;
        }
    }
    return count;
}

static request_rec *make_request(const char *query, apr_pool_t *pool)
{
    request_rec *r = apr_pcalloc(pool, sizeof *r);

    r->pool = pool;
    r->headers_in = apr_table_make(pool, 1);
    r->args = apr_pstrdup(pool, query);
    r->parsed_uri.query = r->args;
    r->unparsed_uri = apr_pstrcat(pool, "/x?", query, NULL);
    r->filename = apr_pstrcat(pool, "proxy:http://b.example/x?", query, NULL);
    r->the_request = apr_pstrcat(pool, "GET /x?", query, " HTTP/1.1", NULL);
    return r;
}

static void expect(const char *got, const char *before, const char *query,
                   const char *behind, apr_pool_t *pool)
{
    FUZZ_CHECK(strcmp(got, apr_pstrcat(pool, before, *query ? "?" : "", query,
                                       behind, NULL)) == 0);
}

/* The token is gone from each place, and all else is still there. */
static void check_rest(const request_rec *r, const char *rest, const char *name)
{
    const char *unused;

    FUZZ_CHECK(count_values(&unused, split(r->args, r->pool), name) == 0);
    FUZZ_CHECK(*rest ? strcmp(r->args, rest) == 0 : !r->args);
    FUZZ_CHECK(r->parsed_uri.query == r->args);
    expect(r->unparsed_uri, "/x", rest, "", r->pool);
    expect(r->filename, "proxy:http://b.example/x", rest, "", r->pool);
    expect(r->the_request, "GET /x", rest, " HTTP/1.1", r->pool);
}

static ajwt_reason take(ajwt_credentials *credentials, const char *name,
                        request_rec *r)
{
    apr_array_header_t *sources =
        apr_array_make(r->pool, 1, sizeof(ajwt_token_source));
    ajwt_token_source *source = apr_array_push(sources);

    source->place = AJWT_IN_QUERY;
    source->name = name;
    return ajwt_token_source_take(credentials, sources, 0, r);
}

static void check(const char *name, const char *query, apr_pool_t *pool)
{
    const apr_array_header_t *all = split(query, pool);
    ajwt_credentials credentials = {{NULL, 0}, NULL};
    request_rec *r = make_request(query, pool);
    ajwt_reason reason = take(&credentials, name, r);
    const char *value;
    ajwt_bytes token;

    switch (count_values(&value, all, name)) {
    case 0:
        FUZZ_CHECK(reason == AJWT_NO_TOKEN);
        FUZZ_CHECK(strcmp(r->args, query) == 0);
        return;
    case 1:
        FUZZ_CHECK(reason == ajwt_bearer_parse_bare(&token, value));
        FUZZ_CHECK(reason != AJWT_ACCEPTED ||
                   ajwt_bytes_equal(token, credentials.token));
        break;
    default:
        FUZZ_CHECK(reason == AJWT_SEVERAL_TOKENS);
    }
    FUZZ_CHECK((reason == AJWT_ACCEPTED) == (credentials.token.data != NULL));
    check_rest(r, expected_rest(all, name, pool), name);
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    const char *name = fuzz_string(fuzz_line(&input), pool);
    char *query = apr_pstrdup(pool, fuzz_string(input, pool)), *end = query;

    while ((unsigned char)*end > ' ' && *end != 0x7f)
        end++;
    *end = '\0';
    if (*name && !strpbrk(name, "&=%+"))
        check(name, query, pool);
}

/* --- httpd's, and what httpd would load --- */

module AP_MODULE_DECLARE_DATA auth_jwt_module;

static int hex(char digit)
{
    const char *digits = "0123456789abcdef", *at;

    at = digit ? strchr(digits, digit | 0x20) : NULL;
    return at && (digit >= 'A' || digit <= '9') ? (int)(at - digits) : -1;
}

int ap_unescape_urlencoded(char *query)
{
    char *out = query;

    for (; *query; query++) {
        *out = *query == '+' ? ' ' : *query;
        if (*query == '%') {
            if (hex(query[1]) < 0 || hex(query[2]) < 0)
                return HTTP_BAD_REQUEST;
            *out = (char)(hex(query[1]) << 4 | hex(query[2]));
            query += 2;
        }
        if (!*out++)
            return HTTP_BAD_REQUEST;
    }
    *out = '\0';
    return OK;
}

int ap_cstr_casecmp(const char *a, const char *b)
{
    return strcasecmp(a, b);
}

int ap_cstr_casecmpn(const char *a, const char *b, apr_size_t len)
{
    return strncasecmp(a, b, len);
}

apr_status_t ap_cookie_read(request_rec *r, const char *name,
                            const char **value, int removes)
{
    (void)r, (void)name, (void)removes;
    *value = NULL;
    return APR_SUCCESS;
}
