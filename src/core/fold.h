/*
 * Which names would an application take for one?
 *
 * CGI and many backends know neither case nor separators: X-User, x_user and
 * X.USER are one name to them.  Folded, a name is in lower case, with each
 * octet outside [a-z0-9] as _.
 */
#ifndef AJWT_CORE_FOLD_H
#define AJWT_CORE_FOLD_H

#include <apr_tables.h>

static inline char ajwt_fold_octet(char octet)
{
    if (octet >= 'A' && octet <= 'Z')
        return (char)(octet - 'A' + 'a');
    if ((octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9'))
        return octet;
    return '_';
}

/** Whether the two fold to the same. */
int ajwt_fold_equal(const char *name, const char *other);

/** Removes all entries whose names fold to the same as name. */
void ajwt_fold_unset(apr_table_t *table, const char *name);

/** Removes all entries whose names, folded, begin with prefix, folded. */
void ajwt_fold_unset_prefix(apr_table_t *table, const char *prefix);

#endif
