/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what an application is given safe to give, and what the claims say?
 *
 * First line: the words of AuthJWTExport; second: a prefix; third: the words of
 * AuthJWTUser; then the claims.
 */
#include "fuzz.h"

#include <apr_lib.h>

#include "core/env_name.h"
#include "core/export.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/user_name.h"
#include "core/whitespace.h"

static int has_control(const char *text)
{
    return ajwt_bytes_has_control(ajwt_bytes_from_string(text));
}

/* --- PATH: RFC 6901 once more, by other means --- */

/* segment: up to the next slash, still escaped */
static const json_t *step(const json_t *value, const char *segment,
                          apr_pool_t *pool)
{
    char name[AJWT_MAX_TOKEN_BYTES], *out = name;
    apr_size_t i, index;

    for (i = 0; segment[i]; i++) {
        if (segment[i] == '~')
            *out++ = segment[++i] == '0' ? '~' : '/';
        else
            *out++ = segment[i];
    }
    *out = '\0';
    if (!json_is_array(value))
        return json_object_get(value, name);
    for (index = 0; index < json_array_size(value); index++) {
        if (strcmp(apr_psprintf(pool, "%" APR_SIZE_T_FMT, index), name) == 0)
            return json_array_get(value, index);
    }
    return NULL;
}

static const json_t *follow(const char *pointer, const json_t *value,
                            apr_pool_t *pool)
{
    while (value && *pointer == '/') {
        apr_size_t len = strcspn(++pointer, "/");

        value = step(value, apr_pstrmemdup(pool, pointer, len), pool);
        pointer += len;
    }
    return value;
}

static void check_path(const char *text, const json_t *claims, apr_pool_t *pool)
{
    const char *error;
    const ajwt_claim_path *path = ajwt_claim_path_parse(&error, text, pool);
    const json_t *exact = json_object_get(claims, text), *found;

    FUZZ_CHECK((path == NULL) == (error != NULL));
    if (!path)
        return;
    found = ajwt_claim_path_find(path, claims);
    FUZZ_CHECK(path->is_pointer == (*text == '/'));
    if (exact)
        FUZZ_CHECK(found == exact);
    else if (path->is_pointer)
        FUZZ_CHECK(found == follow(text, claims, pool));
    else if (!strchr(text, '.'))
        FUZZ_CHECK(!found);
}

/* --- variables --- */

static void check_name(const char *name, const char *prefix)
{
    FUZZ_CHECK(strncmp(name, prefix, strlen(prefix)) == 0);
    FUZZ_CHECK(!apr_isdigit(*name));
    for (; *name; name++)
        FUZZ_CHECK(apr_isalnum(*name) || *name == '_');
}

/* Where names could be mistaken for one, only a claim of that very name is. */
static void check_distinct(const apr_array_header_t *variables, int index,
                           const char *prefix)
{
    const ajwt_export_variable *one =
        &APR_ARRAY_IDX(variables, index, ajwt_export_variable);
    int i;

    for (i = 0; i < variables->nelts; i++) {
        const ajwt_export_variable *other =
            &APR_ARRAY_IDX(variables, i, ajwt_export_variable);

        if (i == index || !ajwt_env_name_equal(one->name, other->name))
            continue;
        FUZZ_CHECK(!other->value);
        FUZZ_CHECK(strcmp(one->claim, one->name + strlen(prefix)) == 0);
    }
}

static void check_variables(const apr_array_header_t *variables,
                            const json_t *claims, const char *prefix)
{
    apr_size_t total = 0;
    int i;

    for (i = 0; i < variables->nelts; i++) {
        const ajwt_export_variable *variable =
            &APR_ARRAY_IDX(variables, i, ajwt_export_variable);
        const json_t *claim = json_object_get(claims, variable->claim);

        check_name(variable->name, prefix);
        FUZZ_CHECK((variable->value == NULL) == (variable->why != NULL));
        FUZZ_CHECK(!variable->value || !claim || ajwt_json_is_exact(claim));
        if (!variable->value)
            continue;
        check_distinct(variables, i, prefix);
        FUZZ_CHECK(!has_control(variable->value));
        FUZZ_CHECK(strlen(variable->value) <= AJWT_MAX_VARIABLE_BYTES);
        total += strlen(variable->name) + 1 + strlen(variable->value) + 1;
        if (json_is_string(claim))
            FUZZ_CHECK(strcmp(json_string_value(claim), variable->value) == 0);
    }
    FUZZ_CHECK(total <= AJWT_MAX_VARIABLES_BYTES);
}

static void check_export(const apr_array_header_t *words, const char *prefix,
                         const json_t *claims, apr_pool_t *pool)
{
    const char *error;
    const ajwt_export_rules *rules =
        ajwt_export_parse_rules(&error, words, pool);

    FUZZ_CHECK((rules == NULL) == (error != NULL));
    if (ajwt_export_check_prefix(prefix))
        prefix = "JWT_CLAIM_";
    FUZZ_CHECK(strncasecmp(prefix, "HTTP_", 5) != 0);
    if (!rules || !claims)
        return;
    check_variables(
        ajwt_export_make_all(claims, rules, prefix, AJWT_EXPORT_LIST, pool)
            ->list,
        claims, prefix);
    check_variables(
        ajwt_export_make_all(claims, rules, prefix, AJWT_EXPORT_JSON, pool)
            ->list,
        claims, prefix);
}

/* --- the user --- */

static void check_user(const apr_array_header_t *words, const json_t *claims,
                       apr_pool_t *pool)
{
    const char *error, *user;
    const apr_array_header_t *rules = ajwt_user_name_parse(&error, words, pool);

    FUZZ_CHECK((rules == NULL) == (error != NULL));
    if (!rules || !claims)
        return;
    user = ajwt_user_name_find(&error, rules, claims, pool);
    FUZZ_CHECK(!user || (*user && !has_control(user)));
    FUZZ_CHECK(!user ||
               !ajwt_whitespace_is_at_end(ajwt_bytes_from_string(user)));
}

void fuzz_one(ajwt_bytes input, apr_pool_t *pool)
{
    apr_array_header_t *words = fuzz_words(fuzz_line(&input), pool);
    const char *prefix = fuzz_string(fuzz_line(&input), pool);
    apr_array_header_t *user = fuzz_words(fuzz_line(&input), pool);
    const json_t *claims = fuzz_claims(input, pool);
    int i;

    check_export(words, prefix, claims, pool);
    check_user(user, claims, pool);
    for (i = 0; claims && i < words->nelts; i++)
        check_path(APR_ARRAY_IDX(words, i, const char *), claims, pool);
}
