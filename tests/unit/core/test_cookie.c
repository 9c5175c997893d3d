/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/cookie.h"

typedef struct cookie_case {
    const char *field;
    const char *rest;   /* "=": the field itself; NULL: nothing */
    const char *values; /* each followed by | */
} cookie_case;

static const cookie_case cases[] = {
    {"", "=", ""},
    {"a=b", "=", ""},
    {"session", "=", ""},
    {"xsession=1; Session=2; sessions=3; session =4", "=", ""},
    {"a=session=1", "=", ""},
    {"session=T", NULL, "T|"},
    {"session=", NULL, "|"},
    {" session=T ", NULL, "T |"},
    {"session=\"T\"", NULL, "\"T\"|"},
    {"a=b; session=T", "a=b", "T|"},
    {"session=T; a=b", "a=b", "T|"},
    {"a=b; session=T; c=d", "a=b; c=d", "T|"},
    {"a=b;session=T;c=d", "a=b;c=d", "T|"},
    {"session=;session=T", NULL, "|T|"},
    {"session=T; session=T", NULL, "T|"},
    {"session=T; a=b; session=U", "a=b", "T|U|"},
    /* httpd joins two fields by a comma */
    {"a=b, session=T", "a=b", "T|"},
    {"session=T, a=b; c=d", "a=b; c=d", "T|"},
    {"session=T;", NULL, "T|"},
    {";;session=T", NULL, "T|"},
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

/* F1 */
static void removes_cookies(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const cookie_case *c = &cases[i];
        apr_array_header_t *values =
            apr_array_make(*state, 1, sizeof(const char *));
        const char *rest =
            ajwt_cookie_remove(c->field, "session", values, *state);

        support_expect_text(c->field, join(values, *state), c->values);
        if (!c->rest)
            support_expect(c->field, !rest);
        else if (strcmp(c->rest, "=") == 0)
            support_expect(c->field, rest == c->field);
        else
            support_expect_text(c->field, rest ? rest : "nothing", c->rest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(removes_cookies),
    };

    return SUPPORT_RUN(tests);
}
