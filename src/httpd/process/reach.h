/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks whether httpd's User can use a file or a directory.
 *
 * The fetcher process and httpd's children run as that user, while the
 * configuration is read as root.  A short-lived child process drops its
 * privileges as the fetcher process does, and then tries to access the path.
 * So groups, links, ChrootDir and access control lists apply as they do later.
 */
#ifndef AJWT_HTTPD_PROCESS_REACH_H
#define AJWT_HTTPD_PROCESS_REACH_H

#include "httpd/module.h"

typedef enum ajwt_reach_kind {
    AJWT_REACH_READ, /* a file */
    AJWT_REACH_WRITE /* a directory, and files in it */
} ajwt_reach_kind;

typedef struct ajwt_reach {
    apr_status_t status;
    const char *folder; /* the directory that cannot be searched, or NULL */
    const char *user;   /* user that the access was tried as */
} ajwt_reach;

/**
 * Tries all paths in one child process, because a process for each would take
 * seconds with a thousand files. Returns one result for each path. If root did
 * not start httpd, its own user is tried. APR_SUCCESS also if that user cannot
 * be tried.
 */
ajwt_reach *ajwt_reach_try(const char *const *paths, int count,
                           ajwt_reach_kind kind, server_rec *s,
                           apr_pool_t *pool);

/** Explains why the access failed, with the command that fixes it. */
const char *ajwt_reach_explain(const ajwt_reach *reach, const char *path,
                               ajwt_reach_kind kind, apr_pool_t *pool);

#endif
