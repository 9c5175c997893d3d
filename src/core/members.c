/* SPDX-License-Identifier: Apache-2.0 */
#include "core/members.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "core/base64url.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/quote.h"

#define IGNORED "it is ignored"

/* One row for each repair, with a vector in tests/vectors/key.jsonl */
static const struct {
    const char *oddity, *repair;
} repairs[AJWT_ODDITY_COUNT] = {
    [AJWT_ODD_NULL] = {"is null", "it is treated as absent"},
    [AJWT_ODD_PADDING] = {"has padding", "the padding is ignored"},
    [AJWT_ODD_ALPHABET] = {"is base64, not base64url", "it is read as base64"},
    [AJWT_ODD_INTEGER] = {"contains an integer beyond 64 bits",
                          "it is ignored"},
    [AJWT_ODD_X5C_TYPE] = {"is not an array", IGNORED},
    [AJWT_ODD_X5C_EMPTY] = {"is empty", IGNORED},
    [AJWT_ODD_X5C_BASE64] = {"is not base64", IGNORED},
    [AJWT_ODD_X5C_PEM] = {"is base64 of PEM instead of DER", IGNORED},
    [AJWT_ODD_X5C_PUBLIC_KEY] = {"is a public key, not a certificate", IGNORED},
    [AJWT_ODD_X5C_CONTENT] = {"is not a certificate", IGNORED},
};

void ajwt_members_open(ajwt_members *members, const json_t *jwk,
                       apr_pool_t *pool)
{
    members->jwk = jwk;
    members->repairs = apr_array_make(pool, 0, sizeof(const char *));
    members->problem = NULL;
    members->pool = pool;
}

/*
 * The issuer chooses the names of members that are not read, so they are
 * quoted.
 */
static const char *print_member(const char *name, apr_pool_t *pool)
{
    const apr_size_t len = strlen(name);
    const char *c = name;

    while (apr_isalnum(*c) || *c == '#' || *c == '_')
        c++;
    return *c || len == 0 || len > AJWT_MAX_LOGGED_BYTES
               ? ajwt_quote_text(ajwt_bytes_from_string(name), pool)
               : name;
}

const char *ajwt_members_describe(const char *name, ajwt_oddity oddity,
                                  apr_pool_t *pool)
{
    return apr_pstrcat(pool, print_member(name, pool), " ",
                       repairs[oddity].oddity, NULL);
}

const char *ajwt_members_describe_repair(const char *name, ajwt_oddity oddity,
                                         apr_pool_t *pool)
{
    return apr_pstrcat(pool, print_member(name, pool), " ",
                       repairs[oddity].oddity, ": ", repairs[oddity].repair,
                       NULL);
}

/* Records each repair once, however often the member is read. */
void ajwt_members_repair(ajwt_members *members, const char *name,
                         ajwt_oddity oddity)
{
    const char *text =
        ajwt_members_describe_repair(name, oddity, members->pool);
    int i;

    for (i = 0; i < members->repairs->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(members->repairs, i, const char *), text) == 0)
            return;
    }
    APR_ARRAY_PUSH(members->repairs, const char *) = text;
}

const char *ajwt_members_list_repairs(const ajwt_members *members)
{
    const char *list = NULL;
    int i;

    for (i = 0; i < members->repairs->nelts; i++) {
        const char *text = APR_ARRAY_IDX(members->repairs, i, const char *);

        list = list ? apr_pstrcat(members->pool, list, "; ", text, NULL) : text;
    }
    return list;
}

ajwt_reason ajwt_members_fail(ajwt_members *members, ajwt_reason reason,
                              const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    members->problem = apr_pvsprintf(members->pool, format, arguments);
    va_end(arguments);
    return reason;
}

const json_t *ajwt_members_get(ajwt_members *members, const char *name)
{
    const json_t *value = json_object_get(members->jwk, name);

    if (!json_is_null(value))
        return value;
    ajwt_members_repair(members, name, AJWT_ODD_NULL);
    return NULL;
}

/* Converts text to strict base64url. Padding must have the right length. */
static ajwt_bytes to_strict_base64url(int *is_padded, int *is_base64,
                                      ajwt_bytes text, apr_pool_t *pool)
{
    unsigned char *copy = apr_pmemdup(pool, text.data, text.len);
    ajwt_bytes strict = {copy, text.len};
    apr_size_t i;

    *is_base64 = 0;
    if (text.len % 4 == 0) {
        while (strict.len && text.len - strict.len < 2 &&
               copy[strict.len - 1] == '=')
            strict.len--;
    }
    *is_padded = strict.len < text.len;
    for (i = 0; i < strict.len; i++) {
        if (copy[i] != '+' && copy[i] != '/')
            continue;
        copy[i] = copy[i] == '+' ? '-' : '_';
        *is_base64 = 1;
    }
    return strict;
}

static void note_repairs(ajwt_members *members, const char *name, int is_padded,
                         int is_base64)
{
    if (is_padded)
        ajwt_members_repair(members, name, AJWT_ODD_PADDING);
    if (is_base64)
        ajwt_members_repair(members, name, AJWT_ODD_ALPHABET);
}

ajwt_reason ajwt_members_decode(ajwt_bytes *bytes, ajwt_members *members,
                                const char *name)
{
    const json_t *value = json_object_get(members->jwk, name);
    ajwt_bytes text = ajwt_json_string(value);
    int is_padded, is_base64;
    ajwt_reason reason;

    /* the value is left out: it may be a secret */
    if (!text.data)
        return ajwt_members_fail(members, AJWT_KEY_MALFORMED, "%s %s", name,
                                 !value                ? "is missing"
                                 : json_is_null(value) ? "is null"
                                                       : "is not a string");
    text = to_strict_base64url(&is_padded, &is_base64, text, members->pool);
    reason = ajwt_base64url_decode(bytes, text, members->pool);
    ajwt_bytes_wipe(text);
    if (reason != AJWT_ACCEPTED)
        return ajwt_members_fail(members, AJWT_KEY_MALFORMED,
                                 "%s is not base64url", name);
    note_repairs(members, name, is_padded, is_base64);
    return AJWT_ACCEPTED;
}

ajwt_bytes ajwt_members_strict(ajwt_members *members, const char *name,
                               ajwt_bytes text)
{
    static const ajwt_bytes absent = {NULL, 0};
    int is_padded, is_base64;
    ajwt_bytes bytes, strict;

    if (!text.data)
        return absent;
    strict = to_strict_base64url(&is_padded, &is_base64, text, members->pool);
    if ((!is_padded && !is_base64) ||
        ajwt_base64url_decode(&bytes, strict, members->pool) != AJWT_ACCEPTED)
        return absent;
    note_repairs(members, name, is_padded, is_base64);
    return strict;
}
