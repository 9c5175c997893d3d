#include "httpd/token_source.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <util_cookies.h>

#include "core/bearer.h"

static const struct {
    const char *prefix;
    ajwt_token_place place;
} places[] = {{"header:", AJWT_IN_HEADER},
              {"cookie:", AJWT_IN_COOKIE},
              {"query:", AJWT_IN_QUERY}};

/* RFC 9110 5.6.2, less what would have to be escaped in a URL */
static int is_name(const char *name, ajwt_token_place place)
{
    const char *marks = place == AJWT_IN_QUERY ? "-._~" : "-._~!#$&'*+^`|";
    const char *c;

    for (c = name; *c; c++) {
        if (!apr_isalnum(*c) && !strchr(marks, *c))
            return 0;
    }
    return *name != '\0' &&
           (place != AJWT_IN_HEADER ||
            (ap_cstr_casecmp(name, "Authorization") != 0 &&
             ap_cstr_casecmp(name, "Proxy-Authorization") != 0));
}

static int parse_source(ajwt_token_source *source, const char *word)
{
    apr_size_t i;

    source->place = AJWT_IN_AUTHORIZATION;
    source->name = NULL;
    if (ap_cstr_casecmp(word, "header") == 0)
        return 1;
    for (i = 0; i < sizeof places / sizeof places[0]; i++) {
        apr_size_t len = strlen(places[i].prefix);

        if (ap_cstr_casecmpn(word, places[i].prefix, len) != 0)
            continue;
        source->place = places[i].place;
        source->name = word + len;
        return is_name(source->name, source->place);
    }
    return 0;
}

const char *ajwt_token_source_parse(apr_array_header_t **sources,
                                    const ajwt_words *in)
{
    ajwt_token_source source;
    int i;

    *sources = apr_array_make(in->pool, in->count, sizeof source);
    for (i = 0; i < in->count; i++) {
        if (!parse_source(&source, in->word[i]))
            return ajwt_words_fail(in,
                                   "'%s' is no place of a token; there are "
                                   "header, which is Authorization, "
                                   "header:NAME, cookie:NAME and query:NAME",
                                   in->word[i]);
        if (ajwt_token_source_is_among(*sources, &source))
            return ajwt_words_fail(in, "%s stands twice", in->word[i]);
        APR_ARRAY_PUSH(*sources, ajwt_token_source) = source;
    }
    return in->count ? NULL
                     : ajwt_words_fail(in, "write header, header:NAME, "
                                           "cookie:NAME or query:NAME");
}

/* The names of headers have no case; those of cookies and parameters do. */
static int are_same(const ajwt_token_source *a, const ajwt_token_source *b)
{
    if (a->place != b->place)
        return 0;
    if (!a->name || !b->name)
        return a->name == b->name;
    return a->place == AJWT_IN_HEADER ? ap_cstr_casecmp(a->name, b->name) == 0
                                      : strcmp(a->name, b->name) == 0;
}

int ajwt_token_source_is_among(const apr_array_header_t *sources,
                               const ajwt_token_source *source)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        if (are_same(&APR_ARRAY_IDX(sources, i, ajwt_token_source), source))
            return 1;
    }
    return 0;
}

const char *ajwt_token_source_authorization(const request_rec *r)
{
    return r->proxyreq == PROXYREQ_PROXY ? "Proxy-Authorization"
                                         : "Authorization";
}

static ajwt_reason take_authorization(ajwt_bytes *token, int removes,
                                      request_rec *r)
{
    const char *name = ajwt_token_source_authorization(r);
    ajwt_reason reason =
        ajwt_bearer_parse(token, apr_table_get(r->headers_in, name));

    if (removes && reason != AJWT_OTHER_SCHEME)
        apr_table_unset(r->headers_in, name);
    return reason;
}

static ajwt_reason take_header(ajwt_bytes *token, const char *name, int removes,
                               request_rec *r)
{
    ajwt_reason reason =
        ajwt_bearer_parse_bare(token, apr_table_get(r->headers_in, name));

    if (removes)
        apr_table_unset(r->headers_in, name);
    return reason;
}

static ajwt_reason take_cookie(ajwt_bytes *token, const char *name, int removes,
                               request_rec *r)
{
    const char *value = NULL;

    /* it refuses two of one name that differ */
    return ap_cookie_read(r, name, &value, removes) == APR_SUCCESS
               ? ajwt_bearer_parse_bare(token, value)
               : AJWT_SEVERAL_TOKENS;
}

/* Decoded, or as it is where that cannot be */
static const char *decode(const char *text, apr_size_t len, apr_pool_t *pool)
{
    char *decoded = apr_pstrmemdup(pool, text, len);

    return ap_unescape_urlencoded(decoded) == OK
               ? decoded
               : apr_pstrmemdup(pool, text, len);
}

/* A query string less its parameters of that name, whose values are added. */
static const char *without_parameter(const char *query, const char *name,
                                     apr_array_header_t *values)
{
    apr_pool_t *pool = values->pool;
    char *kept = apr_palloc(pool, strlen(query) + 2), *out = kept;
    const char *end;

    for (; *query; query = *end ? end + 1 : end) {
        apr_size_t name_len = strcspn(query, "=&"), len;

        end = query + strcspn(query, "&");
        len = (apr_size_t)(end - query);
        if (strcmp(decode(query, name_len, pool), name) == 0) {
            apr_size_t skip = name_len + (query[name_len] == '=');

            APR_ARRAY_PUSH(values, const char *) =
                decode(query + skip, len - skip, pool);
            continue;
        }
        memcpy(out, query, len);
        out += len;
        *out++ = '&';
    }
    *(out > kept ? out - 1 : out) = '\0';
    return kept;
}

/* The same of a text with a query string in it, which ends at a space. */
static char *without_parameter_in(char *text, const char *name,
                                  apr_pool_t *pool)
{
    apr_array_header_t *values = apr_array_make(pool, 1, sizeof(char *));
    char *mark = text ? strchr(text, '?') : NULL;
    const char *end, *kept;

    if (!mark)
        return text;
    end = mark + strcspn(mark, " ");
    kept = without_parameter(
        apr_pstrmemdup(pool, mark + 1, (apr_size_t)(end - mark - 1)), name,
        values);
    if (values->nelts == 0)
        return text;
    return apr_pstrcat(pool,
                       apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                       *kept ? "?" : "", kept, end, NULL);
}

/* Those that a request comes from are logged too, and seen by programs. */
static void clean_origins(const request_rec *r, const char *name)
{
    request_rec *from;

    for (; (from = r->prev ? r->prev : r->main); r = from) {
        apr_array_header_t *values =
            apr_array_make(from->pool, 1, sizeof(char *));

        /* of a main request others may come, which have to find it there */
        if (r->prev && from->args)
            from->args = (char *)without_parameter(from->args, name, values);
        from->unparsed_uri =
            without_parameter_in(from->unparsed_uri, name, from->pool);
        from->the_request =
            without_parameter_in(from->the_request, name, from->pool);
    }
}

/* From wherever a log, a CGI's REQUEST_URI or mod_proxy would find it */
static void clean_uri(request_rec *r, const char *args, const char *name)
{
    r->args = *args ? (char *)args : NULL;
    r->parsed_uri.query = r->args;
    r->unparsed_uri = without_parameter_in(r->unparsed_uri, name, r->pool);
    r->the_request = without_parameter_in(r->the_request, name, r->pool);
    /* a forward proxy's is the whole URL; elsewhere a ? in it is of a path */
    if (r->proxyreq == PROXYREQ_PROXY)
        r->uri = without_parameter_in(r->uri, name, r->pool);
    if (r->filename && strncmp(r->filename, "proxy:", 6) == 0)
        r->filename = without_parameter_in(r->filename, name, r->pool);
    clean_origins(r, name);
}

static ajwt_reason take_parameter(ajwt_bytes *token, const char *name,
                                  request_rec *r)
{
    apr_array_header_t *values = apr_array_make(r->pool, 1, sizeof(char *));
    const char *args = without_parameter(r->args ? r->args : "", name, values);

    if (values->nelts == 0)
        return AJWT_NO_TOKEN;
    clean_uri(r, args, name);
    return values->nelts == 1
               ? ajwt_bearer_parse_bare(token,
                                        APR_ARRAY_IDX(values, 0, const char *))
               : AJWT_SEVERAL_TOKENS;
}

static ajwt_reason take(ajwt_bytes *token, const ajwt_token_source *source,
                        int removes, request_rec *r)
{
    switch (source->place) {
    case AJWT_IN_AUTHORIZATION:
        return take_authorization(token, removes, r);
    case AJWT_IN_HEADER:
        return take_header(token, source->name, removes, r);
    case AJWT_IN_COOKIE:
        return take_cookie(token, source->name, removes, r);
    case AJWT_IN_QUERY:
        return take_parameter(token, source->name, r);
    }
    return AJWT_INTERNAL;
}

/* What two places say, together: a token beside no token is a token. */
static ajwt_reason combine(ajwt_reason one, ajwt_reason other)
{
    if (one == AJWT_NO_TOKEN || one == other)
        return one == AJWT_ACCEPTED ? AJWT_SEVERAL_TOKENS : other;
    if (other == AJWT_NO_TOKEN)
        return one;
    if (one == AJWT_OTHER_SCHEME)
        return other;
    return other == AJWT_OTHER_SCHEME ? one : AJWT_SEVERAL_TOKENS;
}

ajwt_reason ajwt_token_source_take(ajwt_credentials *credentials,
                                   const apr_array_header_t *sources,
                                   int removes, request_rec *r)
{
    ajwt_reason reason = AJWT_NO_TOKEN;
    int i;

    for (i = 0; i < sources->nelts; i++) {
        const ajwt_token_source *source =
            &APR_ARRAY_IDX(sources, i, ajwt_token_source);
        ajwt_bytes token = {NULL, 0};
        ajwt_reason found = take(&token, source, removes, r);

        if (found == AJWT_ACCEPTED) {
            credentials->token = token;
            credentials->source = source;
        }
        reason = combine(reason, found);
    }
    return reason;
}

void ajwt_token_source_clean(const apr_array_header_t *sources, int removes,
                             request_rec *r)
{
    int i;

    for (i = 0; i < sources->nelts; i++) {
        ajwt_bytes token;

        (void)take(&token, &APR_ARRAY_IDX(sources, i, ajwt_token_source),
                   removes, r);
    }
}
