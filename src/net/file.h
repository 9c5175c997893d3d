/* SPDX-License-Identifier: Apache-2.0 */
/* File reader, and detection of changed files. */
#ifndef AJWT_NET_FILE_H
#define AJWT_NET_FILE_H

#include <apr_file_info.h>

#include "core/bytes.h"
#include "core/reason.h"

/*
 * Equal marks mean that neither the content nor the permissions of the file
 * have changed.
 */
typedef struct ajwt_file_mark {
    apr_time_t changed_at; /* ctime */
    apr_off_t size;
    apr_ino_t inode;
} ajwt_file_mark;

apr_status_t ajwt_file_stat(ajwt_file_mark *mark, const char *path,
                            apr_pool_t *pool);

/**
 * Whether this process cannot search the directory, so that it cannot know
 * whether the file exists. A file that is known to be missing may appear again.
 */
int ajwt_file_is_hidden(const char *path, apr_pool_t *pool);

int ajwt_file_mark_equal(const ajwt_file_mark *a, const ajwt_file_mark *b);

/**
 * Reads the whole file, at most max_bytes (APR_ENOSPC); the bytes are wiped
 * with the pool. *detail describes an error. A pipe is refused (APR_EINVAL),
 * because httpd could wait for it forever.
 */
apr_status_t ajwt_file_read(ajwt_bytes *bytes, const char **detail,
                            const char *path, apr_size_t max_bytes,
                            apr_pool_t *pool);

/** The same also of a pipe, for a program that its user can interrupt. */
apr_status_t ajwt_file_read_or_wait(ajwt_bytes *bytes, const char **detail,
                                    const char *path, apr_size_t max_bytes,
                                    apr_pool_t *pool);

#endif
