/* SPDX-License-Identifier: Apache-2.0 */
#include "core/export.h"

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "core/env_name.h"
#include "core/json.h"
#include "core/limits.h"

static int is_name_byte(char byte)
{
    return apr_isalnum(byte) || byte == '_';
}

static int is_safe_name(const char *name)
{
    while (is_name_byte(*name))
        name++;
    return *name == '\0';
}

static const char *safe_name(const char *claim, apr_pool_t *pool)
{
    char *name, *c;

    if (is_safe_name(claim))
        return claim;
    name = apr_pstrdup(pool, claim);
    for (c = name; *c; c++) {
        if (!is_name_byte(*c))
            *c = '_';
    }
    return name;
}

const char *ajwt_export_check_prefix(const char *prefix)
{
    if (!*prefix || !is_safe_name(prefix) || apr_isdigit(*prefix))
        return "write a prefix of letters, digits and _ that does not begin "
               "with a digit";
    if (strcasecmp(prefix, "HTTP") == 0 || strncasecmp(prefix, "HTTP_", 5) == 0)
        return "variables that begin with HTTP_ are request headers: a client "
               "could forge a claim";
    if (strncasecmp(prefix, "LD_", 3) == 0)
        return "the dynamic linker reads variables that begin with LD_";
    return NULL;
}

/*
 * The segments of a JSON Pointer are unescaped, so they differ from its text.
 */
static const char *make_name(const ajwt_claim_path *path, apr_pool_t *pool)
{
    const char *name = path->segments[0];
    int i;

    if (!path->is_pointer)
        return safe_name(path->text, pool);
    for (i = 1; path->segments[i]; i++)
        name = apr_pstrcat(pool, name, "_", path->segments[i], NULL);
    return safe_name(name, pool);
}

static int parse_item(const char **error, ajwt_export_item *item,
                      const char *word, apr_pool_t *pool)
{
    const char *mark = strrchr(word, '=');
    const char *path =
        mark ? apr_pstrmemdup(pool, word, (apr_size_t)(mark - word)) : word;

    item->path = ajwt_claim_path_parse(error, path, pool);
    if (!item->path)
        return 0;
    item->name =
        mark ? apr_pstrdup(pool, mark + 1) : make_name(item->path, pool);
    if (!*item->name || !is_safe_name(item->name))
        *error = apr_psprintf(
            pool,
            "'%s' is not a variable name: write only letters, digits and _",
            item->name);
    return *error == NULL;
}

ajwt_export_rules *ajwt_export_parse_rules(const char **error,
                                           const apr_array_header_t *words,
                                           apr_pool_t *pool)
{
    ajwt_export_rules *rules = apr_pcalloc(pool, sizeof *rules);
    apr_array_header_t *items =
        apr_array_make(pool, words->nelts, sizeof(ajwt_export_item));
    int i;

    *error = NULL;
    rules->items = items;
    for (i = 0; i < words->nelts; i++) {
        const char *word = APR_ARRAY_IDX(words, i, const char *);
        int is_all = strcasecmp(word, "all") == 0;

        if (is_all || strcasecmp(word, "none") == 0) {
            rules->all = is_all;
            if (words->nelts == 1)
                return rules;
            *error = "all or none must be the only value";
            return NULL;
        }
        if (!parse_item(error, apr_array_push(items), word, pool))
            return NULL;
    }
    return rules;
}

/*
 * Joins elements with commas; absent if the result would be ambiguous. An
 * element with a control character is returned alone, so that the caller
 * refuses it.
 */
static ajwt_bytes join_elements(const json_t *array, apr_pool_t *pool)
{
    apr_array_header_t *parts =
        apr_array_make(pool, (int)json_array_size(array), sizeof(char *));
    json_t *element;
    apr_size_t i;

    json_array_foreach(array, i, element)
    {
        ajwt_bytes text = ajwt_json_text(element, pool);

        if (json_is_object(element) || json_is_array(element) ||
            json_is_null(element) || !text.data ||
            memchr(text.data, ',', text.len))
            return ajwt_bytes_from_string(NULL);
        if (ajwt_bytes_has_control(text))
            return text;
        APR_ARRAY_PUSH(parts, const char *) = (const char *)text.data;
    }
    return ajwt_bytes_from_string(apr_array_pstrcat(pool, parts, ','));
}

static ajwt_bytes make_value(const json_t *claim, ajwt_export_format format,
                             apr_pool_t *pool)
{
    ajwt_bytes value = {NULL, 0};

    if (json_is_array(claim) && format == AJWT_EXPORT_LIST)
        value = join_elements(claim, pool);
    return value.data ? value : ajwt_json_text(claim, pool);
}

const char *ajwt_export_print(const char **why, const json_t *claim,
                              ajwt_export_format format, apr_pool_t *pool)
{
    const ajwt_bytes value = make_value(claim, format, pool);

    *why = NULL;
    if (!ajwt_json_is_exact(claim))
        *why = "it contains an integer beyond 64 bits";
    else if (!value.data)
        *why = "it cannot be printed";
    else if (ajwt_bytes_has_control(value))
        *why = "its value contains a control character";
    else if (value.len > AJWT_MAX_VARIABLE_BYTES)
        *why = "its value is too long";
    return *why ? NULL : (const char *)value.data;
}

static int has_claim_name(const ajwt_export_variable *variable,
                          apr_size_t prefix_len)
{
    return strcmp(variable->claim, variable->name + prefix_len) == 0;
}

static void drop_variable(ajwt_export_variable *variable)
{
    variable->value = NULL;
    variable->why = "another claim has the same variable name";
}

/*
 * Resolves two claims with the same variable name: the claim whose name was not
 * changed gets it, otherwise neither. Names are compared normalized, because
 * environments ignore case: otherwise SUB could replace sub. taken maps a name
 * to its first variable.
 */
static void resolve_collision(ajwt_export_variable *variable, apr_hash_t *taken,
                              apr_size_t prefix_len, apr_pool_t *pool)
{
    char *normalized = apr_pstrdup(pool, variable->name + prefix_len), *c;
    ajwt_export_variable *other;

    for (c = normalized; *c; c++)
        *c = ajwt_env_name_char(*c);
    other = apr_hash_get(taken, normalized, APR_HASH_KEY_STRING);
    if (!other) {
        apr_hash_set(taken, normalized, APR_HASH_KEY_STRING, variable);
        return;
    }
    if (!has_claim_name(variable, prefix_len)) {
        drop_variable(variable);
        if (!has_claim_name(other, prefix_len))
            drop_variable(other);
        return;
    }
    if (has_claim_name(other, prefix_len))
        drop_variable(variable);
    drop_variable(other);
    apr_hash_set(taken, normalized, APR_HASH_KEY_STRING, variable);
}

/* The list being built, and its settings */
typedef struct list_builder {
    apr_array_header_t *variables; /* ajwt_export_variable; never reallocated */
    apr_hash_t *taken;
    const char *prefix;
    apr_size_t prefix_len;
    ajwt_export_format format;
    apr_pool_t *pool;
} list_builder;

/*
 * Avoids apr_pstrcat, which scans both strings twice for each claim of a new
 * token.
 */
static const char *join_name(const list_builder *builder, const char *name)
{
    const apr_size_t size = strlen(name) + 1;
    char *joined = apr_palloc(builder->pool, builder->prefix_len + size);

    memcpy(joined, builder->prefix, builder->prefix_len);
    memcpy(joined + builder->prefix_len, name, size);
    return joined;
}

static void add_variable(list_builder *builder, const char *claim,
                         const char *name, const json_t *value)
{
    ajwt_export_variable *variable;

    if (!value || json_is_null(value))
        return;
    variable = apr_array_push(builder->variables);
    memset(variable, 0, sizeof *variable);
    variable->claim = claim;
    variable->name = join_name(builder, name);
    variable->value = ajwt_export_print(&variable->why, value, builder->format,
                                        builder->pool);
    variable->is_borrowed = json_is_string(value);
    resolve_collision(variable, builder->taken, builder->prefix_len,
                      builder->pool);
}

static void limit_total_size(apr_array_header_t *variables)
{
    apr_size_t total = 0;
    int i;

    for (i = 0; i < variables->nelts; i++) {
        ajwt_export_variable *variable =
            &APR_ARRAY_IDX(variables, i, ajwt_export_variable);
        apr_size_t size;

        if (!variable->value)
            continue;
        size = strlen(variable->name) + strlen(variable->value) + 2;
        if (total + size > AJWT_MAX_VARIABLES_BYTES) {
            variable->value = NULL;
            variable->why = "all claims together are too long";
            continue;
        }
        total += size;
    }
}

static apr_array_header_t *make_list(const json_t *claims,
                                     const ajwt_export_rules *rules,
                                     const char *prefix,
                                     ajwt_export_format format,
                                     apr_pool_t *pool)
{
    int size = rules->all ? (int)json_object_size(claims) : rules->items->nelts;
    list_builder builder = {NULL, NULL, prefix, strlen(prefix), format, pool};
    const char *name;
    json_t *value;
    int i;

    /* the array must not grow beyond size: taken points into it */
    builder.variables =
        apr_array_make(pool, size, sizeof(ajwt_export_variable));
    builder.taken = apr_hash_make(pool);
    if (rules->all) {
        json_object_foreach((json_t *)claims, name, value)
        {
            add_variable(&builder, name, safe_name(name, pool), value);
        }
    }
    for (i = 0; i < rules->items->nelts; i++) {
        const ajwt_export_item *item =
            &APR_ARRAY_IDX(rules->items, i, ajwt_export_item);

        add_variable(&builder, item->path->text, item->name,
                     ajwt_claim_path_find(item->path, claims));
    }
    limit_total_size(builder.variables);
    return builder.variables;
}

const ajwt_export_list *ajwt_export_make_all(const json_t *claims,
                                             const ajwt_export_rules *rules,
                                             const char *prefix,
                                             ajwt_export_format format,
                                             apr_pool_t *pool)
{
    ajwt_export_list *variables = apr_palloc(pool, sizeof *variables);

    variables->rules = rules;
    variables->prefix = apr_pstrdup(pool, prefix);
    variables->format = format;
    variables->list = make_list(claims, rules, prefix, format, pool);
    return variables;
}

/* Rules that are not lasting may have been freed and their address reused. */
int ajwt_export_list_fit(const ajwt_export_list *variables,
                         const ajwt_export_rules *rules, const char *prefix,
                         ajwt_export_format format)
{
    return rules == variables->rules && rules->is_lasting &&
           format == variables->format &&
           strcmp(prefix, variables->prefix) == 0;
}

static int owns_value(const ajwt_export_variable *variable)
{
    return variable->value && !variable->is_borrowed;
}

apr_size_t ajwt_export_list_bytes(const ajwt_export_list *variables)
{
    const apr_array_header_t *list = variables->list;
    apr_size_t bytes = sizeof *variables + sizeof *list +
                       (apr_size_t)list->nelts * sizeof(ajwt_export_variable) +
                       strlen(variables->prefix) + 1;
    int i;

    for (i = 0; i < list->nelts; i++) {
        const ajwt_export_variable *variable =
            &APR_ARRAY_IDX(list, i, ajwt_export_variable);

        bytes += strlen(variable->name) + 1;
        if (owns_value(variable))
            bytes += strlen(variable->value) + 1;
    }
    return bytes;
}

/* The texts follow the structures in the same memory. */
static char *copy_text(const char **copy, char *output, const char *text)
{
    const apr_size_t size = strlen(text) + 1;

    memcpy(output, text, size);
    *copy = output;
    return output + size;
}

const ajwt_export_list *ajwt_export_list_copy(void *memory,
                                              const ajwt_export_list *variables)
{
    ajwt_export_list *copy = memory;
    apr_array_header_t *list = (apr_array_header_t *)(copy + 1);
    ajwt_export_variable *one = (ajwt_export_variable *)(list + 1);
    char *output = (char *)(one + variables->list->nelts);
    int i;

    *copy = *variables;
    *list = *variables->list;
    copy->list = list;
    list->pool = NULL; /* it never grows */
    list->nalloc = list->nelts;
    list->elts = (char *)one;
    output = copy_text(&copy->prefix, output, variables->prefix);
    for (i = 0; i < list->nelts; i++, one++) {
        *one = APR_ARRAY_IDX(variables->list, i, ajwt_export_variable);
        output = copy_text(&one->name, output, one->name);
        if (owns_value(one))
            output = copy_text(&one->value, output, one->value);
    }
    return copy;
}

void ajwt_export_list_wipe(const ajwt_export_list *variables)
{
    int i;

    for (i = 0; i < variables->list->nelts; i++) {
        const ajwt_export_variable *variable =
            &APR_ARRAY_IDX(variables->list, i, ajwt_export_variable);

        if (owns_value(variable))
            ajwt_bytes_wipe(ajwt_bytes_from_string(variable->value));
    }
}
