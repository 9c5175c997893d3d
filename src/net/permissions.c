/* SPDX-License-Identifier: Apache-2.0 */
#include "net/permissions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_strings.h>

#define MODE_BITS 07777

static void add_warning(apr_array_header_t *warnings, const char *text)
{
    int i;

    for (i = 0; i < warnings->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(warnings, i, const char *), text) == 0)
            return;
    }
    APR_ARRAY_PUSH(warnings, const char *) = text;
}

static const char *make_fix(const ajwt_permissions_of *file, int is_readable,
                            apr_pool_t *pool)
{
    if (!is_readable)
        return apr_pstrcat(pool, "chmod go-w ", file->path, NULL);
    if (!file->group)
        return apr_pstrcat(pool, "chmod go-w,o= ", file->path, NULL);
    return apr_pstrcat(pool, "chgrp ", file->group, " ", file->path,
                       " && chmod g=r,o= ", file->path, NULL);
}

static void check_file(apr_array_header_t *warnings,
                       const ajwt_permissions_of *file, mode_t mode,
                       apr_pool_t *pool)
{
    const int is_writable = (mode & (S_IWGRP | S_IWOTH)) != 0;
    const int is_readable = file->is_secret && (mode & S_IROTH) != 0;

    if (!is_writable && !is_readable)
        return;
    add_warning(
        warnings,
        apr_psprintf(
            pool, "%s: mode %04o: %s%s%s: run %s", file->path,
            (unsigned)(mode & MODE_BITS),
            is_writable ? "other users can change whose tokens are accepted"
                        : "",
            is_writable && is_readable ? ", and " : "",
            is_readable ? "every user can read this secret and make tokens"
                        : "",
            make_fix(file, is_readable, pool)));
}

/* In a directory with the sticky bit, only owners can replace a file. */
static void check_folder(apr_array_header_t *warnings, const char *path,
                         apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');
    const char *folder =
        !slash ? "."
        : slash == path
            ? "/"
            : apr_pstrmemdup(pool, path, (apr_size_t)(slash - path));
    struct stat info;

    if (stat(folder, &info) != 0 || !(info.st_mode & S_IWOTH) ||
        (info.st_mode & S_ISVTX))
        return;
    add_warning(
        warnings,
        apr_psprintf(pool,
                     "%s: mode %04o: every user can replace the files in it, "
                     "and so choose whose tokens are accepted: run chmod "
                     "o-w %s",
                     folder, (unsigned)(info.st_mode & MODE_BITS), folder));
}

/* Checks the directory of a symbolic link and that of its target. */
void ajwt_permissions_check(apr_array_header_t *warnings,
                            const ajwt_permissions_of *file, apr_pool_t *pool)
{
    struct stat info;
    char *resolved = realpath(file->path, NULL);

    if (stat(file->path, &info) == 0)
        check_file(warnings, file, info.st_mode, pool);
    check_folder(warnings, file->path, pool);
    if (resolved)
        check_folder(warnings, apr_pstrdup(pool, resolved), pool);
    free(resolved);
}
