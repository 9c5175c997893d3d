/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/env_name.h"

static const char *const same[] = {
    "X-User-1", "x-user-1", "X-USER-1", "X_User_1",       "x_uSER-1",
    "X.User.1", "x~user~1", "X!User+1", "X\200User\3771",
};

static const char *const others[] = {
    "",        "X",         "X-User",    "X-User-",   "X-User-2", "X--User-1",
    "XUser-1", "X-User-12", "-X-User-1", "X-User-1_", "X-Use-r1", "x0user01",
};

static void knows_equals(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(same); i++) {
        support_expect(same[i], ajwt_env_name_equal(same[i], "X-User-1"));
        support_expect(same[i], ajwt_env_name_equal("X-User-1", same[i]));
    }
    for (i = 0; i < SUPPORT_COUNT(others); i++) {
        support_expect(others[i], !ajwt_env_name_equal(others[i], "X-User-1"));
        support_expect(others[i], !ajwt_env_name_equal("X-User-1", others[i]));
    }
}

static void knows_prefixes(void **state)
{
    static const char *const beginnings[] = {"X-User-1", "x_user_12",
                                             "X.USER-1-", "X-User-1\xff"};
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(beginnings); i++)
        support_expect(beginnings[i],
                       ajwt_env_name_begins(beginnings[i], "x_USER.1"));
    support_expect("empty", ajwt_env_name_begins("X", ""));
    support_expect("shorter", !ajwt_env_name_begins("X-User-", "X-User-1"));
    support_expect("other", !ajwt_env_name_begins("Y-User-1", "X-User-1"));
}

/* F2: Only letters and digits of ASCII are what they are. */
static void folds_each_byte(void **state)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    int code;

    for (code = 1; code < 256; code++) {
        char folded = ajwt_env_name_char((char)code);
        int is_upper = code >= 'A' && code <= 'Z';
        char wanted = is_upper              ? (char)(code + 'a' - 'A')
                      : strchr(known, code) ? (char)code
                                            : '_';

        support_expect(apr_itoa(*state, code), folded == wanted);
    }
}

static const char *names(const apr_table_t *table, apr_pool_t *pool)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    const char *text = "";
    int i;

    for (i = 0; i < entries->nelts; i++)
        text =
            apr_pstrcat(pool, text, *text ? " " : "",
                        APR_ARRAY_IDX(entries, i, apr_table_entry_t).key, NULL);
    return text;
}

static apr_table_t *table_of(const char *line, apr_pool_t *pool)
{
    const apr_array_header_t *words = support_split(line, pool);
    apr_table_t *table = apr_table_make(pool, 1);
    int i;

    for (i = 0; i < words->nelts; i++)
        apr_table_addn(table, APR_ARRAY_IDX(words, i, const char *), "x");
    return table;
}

typedef struct unset_case {
    const char *before;
    const char *name;
    const char *after;
    const char *after_prefix;
} unset_case;

static const unset_case cases[] = {
    {"a", "b", "a", "a"},
    {"a", "a", "", ""},
    {"a-b", "A_B", "", ""},
    {"a_b a-b a.b A_B a_b", "a_b", "", ""},
    {"first a_b a-b x a_b last", "a-b", "first x last", "first x last"},
    {"a_bc x A-B- a_b", "a.b", "a_bc x A-B-", "x"},
    {"a-b-1 a_b_2 ab_3 za_b_", "A_B_", "a-b-1 a_b_2 ab_3 za_b_", "ab_3 za_b_"},
    {"a", "ab", "a", "a"},
};

static void unsets(void **state)
{
    size_t i;

    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const unset_case *c = &cases[i];
        apr_table_t *table = table_of(c->before, *state);
        apr_table_t *other = table_of(c->before, *state);

        ajwt_env_name_unset(table, c->name);
        support_expect_text(c->before, names(table, *state), c->after);
        ajwt_env_name_unset_prefix(other, c->name);
        support_expect_text(c->before, names(other, *state), c->after_prefix);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(knows_equals),
        SUPPORT_TEST(knows_prefixes),
        SUPPORT_TEST(folds_each_byte),
        SUPPORT_TEST(unsets),
    };

    return SUPPORT_RUN(tests);
}
