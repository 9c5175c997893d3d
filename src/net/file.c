/* SPDX-License-Identifier: Apache-2.0 */
#include "net/file.h"

#include <apr_errno.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

apr_status_t ajwt_file_stat(ajwt_file_mark *mark, const char *path,
                            apr_pool_t *pool)
{
    apr_finfo_t info;
    apr_status_t status = apr_stat(
        &info, path, APR_FINFO_CTIME | APR_FINFO_SIZE | APR_FINFO_INODE, pool);

    memset(mark, 0, sizeof *mark);
    if (status == APR_SUCCESS) {
        mark->changed_at = info.ctime;
        mark->size = info.size;
        mark->inode = info.inode;
    }
    return status;
}

/* Checks the directory of path, or that of a symbolic link's target. */
int ajwt_file_is_hidden(const char *path, apr_pool_t *pool)
{
    const char *name = apr_filepath_name_get(path);
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, path, APR_FINFO_TYPE, pool);

    if (status == APR_SUCCESS || APR_STATUS_IS_EACCES(status))
        return status != APR_SUCCESS;
    path = apr_pstrcat(
        pool, apr_pstrmemdup(pool, path, (apr_size_t)(name - path)), ".", NULL);
    return apr_stat(&info, path, APR_FINFO_TYPE, pool) != APR_SUCCESS;
}

int ajwt_file_mark_equal(const ajwt_file_mark *a, const ajwt_file_mark *b)
{
    return a->changed_at == b->changed_at && a->size == b->size &&
           a->inode == b->inode;
}

static apr_status_t wipe_bytes(void *data)
{
    const ajwt_bytes *bytes = data;

    ajwt_bytes_wipe(*bytes);
    return APR_SUCCESS;
}

/* Every file is wiped, because it may contain a secret. */
static void wipe_with_pool(ajwt_bytes bytes, apr_pool_t *pool)
{
    apr_pool_cleanup_register(pool, apr_pmemdup(pool, &bytes, sizeof bytes),
                              wipe_bytes, apr_pool_cleanup_null);
}

static apr_status_t read_all(ajwt_bytes *bytes, apr_file_t *file,
                             apr_size_t max_bytes, apr_pool_t *pool)
{
    char *buffer = apr_palloc(pool, max_bytes + 1);
    apr_size_t len = 0;
    apr_status_t status = apr_file_read_full(file, buffer, max_bytes + 1, &len);

    bytes->data = (unsigned char *)buffer;
    bytes->len = len;
    wipe_with_pool(*bytes, pool);
    if (status == APR_SUCCESS)
        return APR_ENOSPC;
    return APR_STATUS_IS_EOF(status) ? APR_SUCCESS : status;
}

/* APR_EINVAL: a pipe, of which nobody knows when its other end writes */
static apr_status_t check_is_no_pipe(apr_file_t *file)
{
    apr_finfo_t info;
    apr_status_t status = apr_file_info_get(&info, APR_FINFO_TYPE, file);

    return status == APR_SUCCESS && info.filetype == APR_PIPE ? APR_EINVAL
                                                              : status;
}

static apr_status_t read_path(ajwt_bytes *bytes, const char *path,
                              apr_int32_t flags, apr_size_t max_bytes,
                              apr_pool_t *pool)
{
    apr_file_t *file;
    apr_status_t status =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY | flags,
                      APR_FPROT_OS_DEFAULT, pool);

    if (status != APR_SUCCESS)
        return status;
    if (flags & APR_FOPEN_NONBLOCK)
        status = check_is_no_pipe(file);
    if (status == APR_SUCCESS)
        status = read_all(bytes, file, max_bytes, pool);
    apr_file_close(file);
    return status;
}

static const char *explain_status(apr_status_t status, const char *path,
                                  apr_size_t max_bytes, apr_pool_t *pool)
{
    char words[128];

    if (status == APR_SUCCESS)
        return NULL;
    if (status == APR_ENOSPC)
        return apr_psprintf(pool, "%s: longer than %" APR_SIZE_T_FMT " bytes",
                            path, max_bytes);
    if (status == EISDIR || status == APR_EINVAL)
        return apr_pstrcat(pool, path, ": it is a ",
                           status == EISDIR ? "directory" : "pipe",
                           ": write the path of a file", NULL);
    return apr_psprintf(pool, "%s: %s", path,
                        apr_strerror(status, words, sizeof words));
}

apr_status_t ajwt_file_read(ajwt_bytes *bytes, const char **detail,
                            const char *path, apr_size_t max_bytes,
                            apr_pool_t *pool)
{
    const apr_status_t status =
        read_path(bytes, path, APR_FOPEN_NONBLOCK, max_bytes, pool);

    *detail = explain_status(status, path, max_bytes, pool);
    return status;
}

apr_status_t ajwt_file_read_or_wait(ajwt_bytes *bytes, const char **detail,
                                    const char *path, apr_size_t max_bytes,
                                    apr_pool_t *pool)
{
    const apr_status_t status = read_path(bytes, path, 0, max_bytes, pool);

    *detail = explain_status(status, path, max_bytes, pool);
    return status;
}
