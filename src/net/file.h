/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in this file, and is it still the same file?
 */
#ifndef AJWT_NET_FILE_H
#define AJWT_NET_FILE_H

#include <apr_file_info.h>

#include "core/bytes.h"
#include "core/reason.h"

/* Equal marks: the file was not changed since, and nor were its permissions. */
typedef struct ajwt_file_mark {
    apr_time_t changed_at; /* ctime */
    apr_off_t size;
    apr_ino_t inode;
} ajwt_file_mark;

apr_status_t ajwt_file_stat(ajwt_file_mark *mark, const char *path,
                            apr_pool_t *pool);

/**
 * Whether this process cannot see the folder, so that it cannot know whether
 * the file is there.  A file that is missing may come back.
 */
int ajwt_file_is_hidden(const char *path, apr_pool_t *pool);

int ajwt_file_mark_equal(const ajwt_file_mark *a, const ajwt_file_mark *b);

/**
 * All of it, at most max_bytes (APR_ENOSPC); wiped with the pool.  *detail says
 * in words what went wrong.
 */
apr_status_t ajwt_file_read(ajwt_bytes *bytes, const char **detail,
                            const char *path, apr_size_t max_bytes,
                            apr_pool_t *pool);

#endif
