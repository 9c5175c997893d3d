/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "core/tenant.h"

#define GUID     "8f1f3b0e-0a6c-4c2e-9d55-0123456789ab"
#define TEMPLATE "https://login.example/{tenantid}/v2.0"
#define ISSUER   "https://login.example/" GUID "/v2.0"

static void knows_a_guid(void **state)
{
    static const char *const wrong[] = {
        "",
        "8f1f3b0e-0a6c-4c2e-9d55-0123456789a",
        "8f1f3b0e-0a6c-4c2e-9d55-0123456789abc",
        "8f1f3b0e00a6c04c2e09d5500123456789ab",
        "8f1f3b0e-0a6c-4c2e-9d55-0123456789ag",
        "{f1f3b0e-0a6c-4c2e-9d55-0123456789a}",
        "8f1f3b0-e0a6c-4c2e-9d55-0123456789ab",
        "------------------------------------",
    };
    size_t i;

    (void)state;
    assert_true(ajwt_tenant_is_guid(ajwt_bytes_from_string(GUID)));
    assert_true(ajwt_tenant_is_guid(
        ajwt_bytes_from_string("8F1F3B0E-0A6C-4C2E-9D55-0123456789AB")));
    for (i = 0; i < SUPPORT_COUNT(wrong); i++)
        support_expect(wrong[i],
                       !ajwt_tenant_is_guid(ajwt_bytes_from_string(wrong[i])));
    assert_false(ajwt_tenant_is_guid(ajwt_bytes_from_string(NULL)));
}

typedef struct find_case {
    const char *template;
    const char *issuer;
    int is_found;
} find_case;

static const find_case cases[] = {
    {TEMPLATE, ISSUER, 1},
    {"{tenantid}", GUID, 1},
    {"a{tenantid}", "a" GUID, 1},
    {"{tenantid}/", GUID "/", 1},
    {TEMPLATE, TEMPLATE, 0},
    {TEMPLATE, ISSUER "/", 0},
    {TEMPLATE, "x" ISSUER, 0},
    {TEMPLATE, "https://login.example/" GUID "/v1.0", 0},
    {TEMPLATE, "https://other.example/" GUID "/v2.0", 0},
    {TEMPLATE, "https://login.example//v2.0", 0},
    {TEMPLATE, "", 0},
    {TEMPLATE, NULL, 0},
    {ISSUER, ISSUER, 0},
    {"", GUID, 0},
    {"{tenantid", GUID, 0},
};

static void finds_the_tenant(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < SUPPORT_COUNT(cases); i++) {
        const find_case *c = &cases[i];
        ajwt_bytes found = ajwt_tenant_find(ajwt_bytes_from_string(c->template),
                                            ajwt_bytes_from_string(c->issuer));

        support_expect(c->template, c->is_found
                                        ? ajwt_bytes_equal_string(found, GUID)
                                        : !found.data);
    }
}

static void covers_itself_and_its_tenants(void **state)
{
    const ajwt_bytes template = ajwt_bytes_from_string(TEMPLATE);
    const ajwt_bytes issuer = ajwt_bytes_from_string(ISSUER);
    const ajwt_bytes other = ajwt_bytes_from_string("https://other.example");

    (void)state;
    assert_true(ajwt_tenant_is_template(template));
    assert_false(ajwt_tenant_is_template(issuer));
    assert_true(ajwt_tenant_covers(template, issuer));
    assert_true(ajwt_tenant_covers(issuer, issuer));
    assert_false(ajwt_tenant_covers(issuer, template));
    assert_false(ajwt_tenant_covers(template, other));
    assert_false(ajwt_tenant_covers(other, issuer));
    assert_false(ajwt_tenant_covers(other, ajwt_bytes_from_string(NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(knows_a_guid),
        SUPPORT_TEST(finds_the_tenant),
        SUPPORT_TEST(covers_itself_and_its_tenants),
    };

    return SUPPORT_RUN(tests);
}
