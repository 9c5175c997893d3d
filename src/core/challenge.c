/* SPDX-License-Identifier: Apache-2.0 */
#include "core/challenge.h"

#include <string.h>

#include <apr_strings.h>

/* RFC 9110 11.2: parameters are separated by commas */
static const char *add_parameter(const char *challenge, const char *name,
                                 const char *value, apr_pool_t *pool)
{
    const char *separator = strchr(challenge, ' ') ? ", " : " ";

    return value ? apr_pstrcat(pool, challenge, separator, name, "=\"", value,
                               "\"", NULL)
                 : challenge;
}

const char *ajwt_challenge_print(ajwt_reason reason,
                                 const ajwt_challenge *challenge,
                                 apr_pool_t *pool)
{
    const ajwt_reason_row *row = ajwt_reason_describe(reason);
    const int has_error = *row->error != '\0';
    const struct {
        const char *name, *value;
    } parameters[] = {{"realm", challenge->realm},
                      {"error", has_error ? row->error : NULL},
                      {"error_description", has_error ? row->text : NULL},
                      {"scope", challenge->scope},
                      {"acr_values", challenge->acr_values},
                      {"max_age", challenge->max_age},
                      {"resource_metadata", challenge->resource_metadata}};
    const char *text = "Bearer";
    unsigned i;

    for (i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
        text =
            add_parameter(text, parameters[i].name, parameters[i].value, pool);
    return text;
}

int ajwt_challenge_is_scope_token(const char *text)
{
    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text <= 0x20 || *text >= 0x7f || *text == '"' || *text == '\\')
            return 0;
    }
    return 1;
}
