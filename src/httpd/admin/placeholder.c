/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/admin/placeholder.h"

#include <strings.h>

#include <apr_lib.h>

/*
 * Placeholders of conf-examples; tests/check/check_examples.py compares them.
 */
static const char *const words[] = {
    "AUD-TAG",   "AUDIENCE",   "AUTH0-DOMAIN", "CLIENT-ID", "DOMAIN",
    "FS-HOST",   "IDENTIFIER", "ISSUER",       "KC-HOST",   "OKTA-DOMAIN",
    "POOL-ID",   "PROJECT-ID", "REALM",        "REGION",    "REPOSITORY-ID",
    "SERVER-ID", "TEAM",       "TENANT-A",     "TENANT-B",  "TENANT-ID",
};

/* Beginnings of common placeholders, in any case */
static const char *const beginnings[] = {"your-", "your_", "changeme",
                                         "change-me", "change_me"};

static int is_word_byte(char c)
{
    return apr_isalnum(c) || c == '-' || c == '_';
}

/* Returns the length of a placeholder word that begins here, or 0. */
static apr_size_t word_length(const char *c)
{
    const apr_size_t len = strspn(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "abcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_");
    unsigned i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (len == strlen(words[i]) && strncmp(c, words[i], len) == 0)
            return len;
    }
    for (i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++) {
        if (strncasecmp(c, beginnings[i], strlen(beginnings[i])) == 0)
            return len;
    }
    return 0;
}

/*
 * Returns the length of <host>, {host} or ${HOST}, or 0.  RFC 3986 2 allows
 * none of these characters in a URL. %{HOST} is an expression.
 */
static apr_size_t bracket_length(const char *c)
{
    const apr_size_t dollar = *c == '$' && c[1] == '{';
    const char *end = NULL;

    if (c[dollar] == '<')
        end = strchr(c, '>');
    else if (c[dollar] == '{' && strncmp(c, "{tenantid}", 10) != 0)
        end = strchr(c, '}');
    return end ? (apr_size_t)(end - c) + 1 : 0;
}

ajwt_bytes ajwt_placeholder_find(const char *value)
{
    ajwt_bytes found = {NULL, 0};
    const char *c;

    for (c = value; *c && !found.len; c++) {
        if (c == value || !is_word_byte(c[-1]))
            found.len = word_length(c);
        if (!found.len && (c == value || c[-1] != '%'))
            found.len = bracket_length(c);
        found.data = found.len ? (const unsigned char *)c : NULL;
    }
    return found;
}
