/* SPDX-License-Identifier: Apache-2.0 */
#include "core/tenant.h"

#include <apr_lib.h>

static const apr_size_t place_len = sizeof AJWT_TENANT_PLACE - 1;

#define GUID_LEN 36

/* The offset of the placeholder, or the length without one */
static apr_size_t find_placeholder(ajwt_bytes issuer)
{
    apr_size_t i;

    for (i = 0; i + place_len <= issuer.len; i++) {
        if (memcmp(issuer.data + i, AJWT_TENANT_PLACE, place_len) == 0)
            return i;
    }
    return issuer.len;
}

int ajwt_tenant_is_template(ajwt_bytes issuer)
{
    return find_placeholder(issuer) < issuer.len;
}

int ajwt_tenant_is_guid(ajwt_bytes text)
{
    apr_size_t i;

    if (text.len != GUID_LEN)
        return 0;
    for (i = 0; i < text.len; i++) {
        int is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_hyphen_place ? text.data[i] != '-' : !apr_isxdigit(text.data[i]))
            return 0;
    }
    return 1;
}

ajwt_bytes ajwt_tenant_find(ajwt_bytes template, ajwt_bytes issuer)
{
    const ajwt_bytes absent = {NULL, 0};
    apr_size_t before = find_placeholder(template), after;
    ajwt_bytes tenant;

    if (before == template.len || !issuer.data ||
        issuer.len != template.len - place_len + GUID_LEN)
        return absent;
    after = template.len - before - place_len;
    tenant.data = issuer.data + before;
    tenant.len = GUID_LEN;
    return memcmp(issuer.data, template.data, before) == 0 &&
                   memcmp(tenant.data + GUID_LEN,
                          template.data + before + place_len, after) == 0 &&
                   ajwt_tenant_is_guid(tenant)
               ? tenant
               : absent;
}

int ajwt_tenant_covers(ajwt_bytes issuer_or_template, ajwt_bytes issuer)
{
    return ajwt_bytes_equal(issuer_or_template, issuer) ||
           ajwt_tenant_find(issuer_or_template, issuer).data;
}
