#include "core/fold.h"

/* What of name stands behind prefix, or NULL */
static const char *behind(const char *name, const char *prefix)
{
    for (; *prefix; name++, prefix++) {
        if (!*name || ajwt_fold_octet(*name) != ajwt_fold_octet(*prefix))
            return NULL;
    }
    return name;
}

static int begins(const char *name, const char *prefix)
{
    return behind(name, prefix) != NULL;
}

int ajwt_fold_equal(const char *name, const char *other)
{
    const char *rest = behind(name, other);

    return rest && !*rest;
}

static void unset(apr_table_t *table, const char *name,
                  int (*is_meant)(const char *key, const char *name))
{
    const apr_array_header_t *entries = apr_table_elts(table);
    int i = 0;

    while (i < entries->nelts) {
        const char *key = APR_ARRAY_IDX(entries, i, apr_table_entry_t).key;

        if (is_meant(key, name))
            apr_table_unset(table, key); /* the next one moves here */
        else
            i++;
    }
}

void ajwt_fold_unset(apr_table_t *table, const char *name)
{
    unset(table, name, ajwt_fold_equal);
}

void ajwt_fold_unset_prefix(apr_table_t *table, const char *prefix)
{
    unset(table, prefix, begins);
}
