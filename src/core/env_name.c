/* SPDX-License-Identifier: Apache-2.0 */
#include "core/env_name.h"

/* The part of name after prefix, or NULL */
static const char *skip_prefix(const char *name, const char *prefix)
{
    for (; *prefix; name++, prefix++) {
        if (!*name || ajwt_env_name_char(*name) != ajwt_env_name_char(*prefix))
            return NULL;
    }
    return name;
}

int ajwt_env_name_begins(const char *name, const char *prefix)
{
    return skip_prefix(name, prefix) != NULL;
}

int ajwt_env_name_equal(const char *name, const char *other)
{
    const char *rest = skip_prefix(name, other);

    return rest && !*rest;
}

void ajwt_env_name_remove(apr_table_t *table, ajwt_env_name_test *is_meant,
                          const void *context)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int i = 0;

    while (i < entries->nelts) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        if (is_meant(entry, context))
            apr_table_unset(table, entry->key); /* the next entry moves to
                                                   index i */
        else
            i++;
    }
}

static int equals_entry(const apr_table_entry_t *entry, const void *name)
{
    return ajwt_env_name_equal(entry->key, name);
}

static int begins_entry(const apr_table_entry_t *entry, const void *prefix)
{
    return ajwt_env_name_begins(entry->key, prefix);
}

void ajwt_env_name_unset(apr_table_t *table, const char *name)
{
    ajwt_env_name_remove(table, equals_entry, name);
}

void ajwt_env_name_unset_prefix(apr_table_t *table, const char *prefix)
{
    ajwt_env_name_remove(table, begins_entry, prefix);
}
