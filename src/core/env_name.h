/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names would an application take for one?
 *
 * CGI and many backends know neither case nor separators: X-User, x_user and
 * X.USER are one name to them.  Folded, a name is in lower case, with each
 * byte outside [a-z0-9] as _.
 */
#ifndef AJWT_CORE_ENV_NAME_H
#define AJWT_CORE_ENV_NAME_H

#include <apr_tables.h>

static inline char ajwt_env_name_char(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte - 'A' + 'a');
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
        return byte;
    return '_';
}

/** Whether the two fold to the same. */
int ajwt_env_name_equal(const char *name, const char *other);

/** Whether name, folded, begins with prefix, folded. */
int ajwt_env_name_begins(const char *name, const char *prefix);

/** Callback: whether to remove an entry. */
typedef int ajwt_env_name_test(const apr_table_entry_t *entry,
                               const void *context);

/** Removes all entries for which is_meant is true. */
void ajwt_env_name_remove(apr_table_t *table, ajwt_env_name_test *is_meant,
                          const void *context);

/** Removes all entries whose names fold to the same as name. */
void ajwt_env_name_unset(apr_table_t *table, const char *name);

/** Removes all entries whose names, folded, begin with prefix, folded. */
void ajwt_env_name_unset_prefix(apr_table_t *table, const char *prefix);

#endif
