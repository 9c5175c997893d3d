/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normalization of names, as CGI and application environments do it.
 *
 * CGI and many backends ignore case and separators, so that X-User, x_user and
 * X.USER are the same name. A normalized name is in lower case, with _ in place
 * of each byte outside [a-z0-9].
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

/** Whether both names are equal when normalized. */
int ajwt_env_name_equal(const char *name, const char *other);

/** Whether name begins with prefix when both are normalized. */
int ajwt_env_name_begins(const char *name, const char *prefix);

/** Callback: returns whether to remove an entry. */
typedef int ajwt_env_name_test(const apr_table_entry_t *entry,
                               const void *context);

/** Removes all entries for which is_meant returns true. */
void ajwt_env_name_remove(apr_table_t *table, ajwt_env_name_test *is_meant,
                          const void *context);

/** Removes all entries whose names are equal to name when normalized. */
void ajwt_env_name_unset(apr_table_t *table, const char *name);

/** Removes all entries whose names begin with prefix when normalized. */
void ajwt_env_name_unset_prefix(apr_table_t *table, const char *prefix);

#endif
