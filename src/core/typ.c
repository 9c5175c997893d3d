/* SPDX-License-Identifier: Apache-2.0 */
#include "core/typ.h"

#include <strings.h>

/* RFC 7515 4.1.9: application/ may be omitted if no other slash follows */
static ajwt_bytes without_application(ajwt_bytes type)
{
    static const char prefix[] = "application/";
    const apr_size_t len = sizeof prefix - 1;

    if (type.len > len &&
        strncasecmp((const char *)type.data, prefix, len) == 0 &&
        !memchr(type.data + len, '/', type.len - len)) {
        type.data += len;
        type.len -= len;
    }
    return type;
}

static int equal_types(ajwt_bytes a, ajwt_bytes b)
{
    a = without_application(a);
    b = without_application(b);
    return a.len == b.len &&
           strncasecmp((const char *)a.data, (const char *)b.data, a.len) == 0;
}

const char *ajwt_typ_refusal(const char *type)
{
    static const char *const never[] = {"dpop+jwt", "logout+jwt",
                                        "secevent+jwt", "statuslist+jwt"};
    unsigned i;

    if (!*type)
        return "a token type is empty; write - for tokens without typ";
    for (i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (equal_types(ajwt_bytes_from_string(type),
                        ajwt_bytes_from_string(never[i])))
            return "tokens of this type are never access tokens";
    }
    return NULL;
}

ajwt_reason ajwt_typ_check(ajwt_bytes typ, const ajwt_policy *policy)
{
    int i;

    for (i = 0; i < policy->types->nelts; i++) {
        const char *type = APR_ARRAY_IDX(policy->types, i, const char *);
        int is_absent = strcmp(type, "-") == 0;

        if (is_absent
                ? !typ.data
                : typ.data && equal_types(typ, ajwt_bytes_from_string(type)))
            return AJWT_ACCEPTED;
    }
    return AJWT_TYPE_REFUSED;
}
