/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/query.h"

static const char *const two_names[] = {"tok", "a-b"};
static const ajwt_query_names names = {two_names, 2};

typedef struct query_case {
    const char *query;
    const char *rest;   /* NULL: the query itself */
    const char *values; /* each followed by | */
} query_case;

static const query_case cases[] = {
    {"", NULL, ""},
    {"&&", NULL, ""},
    {"a=b", NULL, ""},
    {"tokx=1&xtok=2&Tok=3&tok/=4", NULL, ""},
    {"x=tok=1&y?tok=2;tok=3", NULL, ""},
    {"tok=T", "", "T|"},
    {"tok", "", "|"},
    {"tok=", "", "|"},
    {"tok=&tok=T&tok", "", "|T||"},
    {"a=1&tok=T", "a=1", "T|"},
    {"tok=T&a=1", "a=1", "T|"},
    {"a=1&tok=T&b=2", "a=1&b=2", "T|"},
    {"&a&&tok=T&", "&a&", "T|"},
    {"tok=a=b", "", "a=b|"},
    {"a-b=1&c&tok=2", "c", "1|2|"},
    /* names and values are percent-decoded, all else is left as it is */
    {"%74ok=T&x=%41", "x=%41", "T|"},
    {"%74%6F%6b=%41+%2b", "", "A +|"},
    {"a%2Db=1", "", "1|"},
    {"tok%=1&tok%0=2&tok%zz=3&tok%00=4", NULL, ""},
    {"tok=%", "", "%|"},
    {"tok=%zz", "", "%zz|"},
    {"tok=a%00b", "", "a%00b|"},
    {"to+k=1&+tok=2", NULL, ""},
};

static const char *join(const apr_array_header_t *values, apr_pool_t *pool)
{
    const char *text = "";
    int i;

    for (i = 0; i < values->nelts; i++)
        text = apr_pstrcat(pool, text, APR_ARRAY_IDX(values, i, const char *),
                           "|", NULL);
    return text;
}

/* F3 */
static void removes_parameters(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const query_case *c = &cases[i];
        apr_array_header_t *values =
            apr_array_make(*state, 1, sizeof(const char *));
        const char *rest = ajwt_query_remove(c->query, &names, values, *state);

        support_expect_text(c->query, rest, c->rest ? c->rest : c->query);
        support_expect(c->query, (rest == c->query) == !c->rest);
        support_expect_text(c->query, join(values, *state), c->values);
        support_expect_text(
            c->query, ajwt_query_remove(c->query, &names, NULL, *state), rest);
    }
}

static const struct {
    const char *text;
    const char *rest; /* NULL: the text itself */
} texts[] = {
    {"", NULL},
    {"/tok=T", NULL},
    {"GET /x HTTP/1.1", NULL},
    {"GET /x?a=1 HTTP/1.1", NULL},
    {"GET /x?tok=T HTTP/1.1", "GET /x HTTP/1.1"},
    {"GET /x?a=1&tok=T HTTP/1.1", "GET /x?a=1 HTTP/1.1"},
    {"/x?tok=T", "/x"},
    {"http://host/x?tok=T&a#b", "http://host/x?a#b"},
    {"http://host/x?a&tok=T#b", "http://host/x?a"},
    {"proxy:http://host/x?a&tok=T", "proxy:http://host/x?a"},
    /* request lines that httpd refuses */
    {"GET /x?tok=T", "GET /x"},
    {"GET /x?a b&tok=T HTTP/1.1", "GET /x?a b HTTP/1.1"},
    {"GET /x?tok= T HTTP/1.1", "GET /x HTTP/1.1"},
    {"GET /x?tok=T HTTP/1.1 HTTP/1.0", "GET /x HTTP/1.0"},
    {"GET /x?tok=T  HTTP/1.1", "GET /x HTTP/1.1"},
    {"GET /x?tok=T\x01 HTTP/1.1", "GET /x HTTP/1.1"},
    {"?%74ok=T", ""},
};

/* F3 */
static void removes_them_from_texts(void **state)
{
    size_t i;

    support_expect("none", !ajwt_query_remove_in(NULL, &names, *state));
    for (i = 0; i < SUPPORT_COUNT(texts); i++) {
        const char *text = texts[i].text;
        const char *rest = ajwt_query_remove_in(text, &names, *state);

        support_expect_text(text, rest, texts[i].rest ? texts[i].rest : text);
        support_expect(text, (rest == text) == !texts[i].rest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(removes_parameters),
        SUPPORT_TEST(removes_them_from_texts),
    };

    return SUPPORT_RUN(tests);
}
