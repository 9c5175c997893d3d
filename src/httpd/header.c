#include "httpd/header.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "httpd/config.h"
#include "httpd/log.h"
#include "httpd/verdict.h"

/* What a request is read, framed, sent on or authenticated by */
static const char *const not_ours[] = {
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Host",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Upgrade",
    "Expect",
    "Transfer-Encoding",
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
    "Proxy-Connection",
    "Proxy", /* HTTP_PROXY is what some CGI programs fetch through */
    NULL};

/* Backends read `-`, `_` and other marks alike: so one is as good as another.
 */
static char fold(char octet)
{
    return apr_isalnum(octet) ? (char)apr_tolower(octet) : '_';
}

static int reads_like(const char *one, const char *other)
{
    while (*one && fold(*one) == fold(*other)) {
        one++;
        other++;
    }
    return !*one && !*other;
}

/* The one of headers whose name a backend could read there, or NULL */
static const ajwt_header *find_like(const apr_array_header_t *headers,
                                    const char *name)
{
    int i;

    for (i = 0; i < headers->nelts; i++) {
        const ajwt_header *header = &APR_ARRAY_IDX(headers, i, ajwt_header);

        if (reads_like(header->name, name))
            return header;
    }
    return NULL;
}

static const char *check_name(const ajwt_words *in, const char *name)
{
    const char *const *other;
    const char *c;

    for (c = name; apr_isalnum(*c) || (*c && strchr("-._", *c)); c++)
        continue;
    if (!*name || *c)
        return ajwt_words_fail(in, "'%s' is no name of a header", name);
    for (other = not_ours; *other; other++) {
        if (reads_like(name, *other))
            return ajwt_words_fail(
                in, "%s has a meaning of its own: take another name", name);
    }
    return NULL;
}

const char *ajwt_header_parse(apr_array_header_t **headers,
                              const ajwt_words *in)
{
    ajwt_header *header;
    const char *error;

    if (in->count != 2)
        return ajwt_words_fail(in, "write a header's name and a claim");
    error = check_name(in, in->word[0]);
    if (error)
        return error;
    if (!*headers)
        *headers = apr_array_make(in->cmd->pool, 2, sizeof *header);
    if (find_like(*headers, in->word[0]))
        return ajwt_words_fail(in, "%s stands twice in this section",
                               in->word[0]);
    header = apr_array_push(*headers);
    header->name = in->word[0];
    header->path = ajwt_path_parse(&error, in->word[1], in->cmd->pool);
    return error ? ajwt_words_fail(in, "%s", error) : NULL;
}

/* Headers that a client sent; a walk must not change the table */
typedef struct forgeries {
    const apr_array_header_t *headers;
    apr_array_header_t *names; /* const char * */
} forgeries;

static int collect(void *found, const char *name, const char *value)
{
    forgeries *forged = found;

    (void)value;
    if (find_like(forged->headers, name))
        APR_ARRAY_PUSH(forged->names, const char *) = name;
    return 1;
}

/* mod_proxy drops what Connection names: a client could have ours dropped. */
static void mend_connection(request_rec *r, const apr_array_header_t *headers)
{
    const char *value = apr_table_get(r->headers_in, "Connection");
    apr_array_header_t *kept;
    char *last, *name;

    if (!value)
        return;
    kept = apr_array_make(r->pool, 2, sizeof(const char *));
    name = apr_strtok(apr_pstrdup(r->pool, value), ", \t", &last);
    for (; name; name = apr_strtok(NULL, ", \t", &last)) {
        if (!find_like(headers, name))
            APR_ARRAY_PUSH(kept, const char *) = name;
    }
    apr_table_setn(r->headers_in, "Connection",
                   apr_array_pstrcat(r->pool, kept, ','));
}

static void clear(request_rec *r, const apr_array_header_t *headers)
{
    forgeries forged = {headers,
                        apr_array_make(r->pool, 1, sizeof(const char *))};
    int i;

    apr_table_do(collect, &forged, r->headers_in, NULL);
    for (i = 0; i < forged.names->nelts; i++)
        apr_table_unset(r->headers_in,
                        APR_ARRAY_IDX(forged.names, i, const char *));
    mend_connection(r, headers);
}

int ajwt_header_clear(request_rec *r)
{
    ajwt_section section;

    ajwt_config_get(&section, r);
    if (section.headers)
        clear(r, section.headers);
    return DECLINED;
}

static void set_header(request_rec *r, const ajwt_header *header,
                       const ajwt_verdict *verdict, ajwt_variable_format format)
{
    ajwt_variable variable = {.name = header->name,
                              .claim = header->path->text};
    const json_t *claim = ajwt_path_find(header->path, verdict->token.claims);

    if (!claim || json_is_null(claim))
        return;
    variable.value = ajwt_variable_print(&variable.why, claim, format, r->pool);
    if (variable.value)
        apr_table_setn(r->headers_in, header->name, variable.value);
    else
        ajwt_log_not_exported(r, &variable);
}

int ajwt_header_fixups(request_rec *r)
{
    const ajwt_verdict *verdict = ajwt_verdict_accepted(r);
    ajwt_section section;
    int i;

    if (!verdict)
        return DECLINED;
    ajwt_config_get(&section, r);
    for (i = 0; section.headers && i < section.headers->nelts; i++)
        set_header(r, &APR_ARRAY_IDX(section.headers, i, ajwt_header), verdict,
                   *section.export_format);
    return DECLINED;
}
