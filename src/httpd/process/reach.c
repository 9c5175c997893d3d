/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/process/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_strings.h>
#include <mpm_common.h>
#include <unixd.h>

/* Result that the child process reports */
typedef struct report {
    int error;       /* errno; 0: access is possible */
    unsigned folder; /* length of the path of the blocking directory; 0: none */
} report;

/*
 * Returns the path length of the first directory above path that cannot be
 * searched; 0: none
 */
static unsigned find_blocked_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = path;

    while ((slash = strchr(slash + 1, '/')) &&
           (size_t)(slash - path) < sizeof folder) {
        apr_cpystrn(folder, path, (size_t)(slash - path) + 1);
        if (access(folder, X_OK) != 0 && errno == EACCES)
            return (unsigned)(slash - path);
    }
    return 0;
}

static report try_once(const char *path, ajwt_reach_kind kind)
{
    report found = {0, 0};
    int file = -1;

    if (kind == AJWT_REACH_WRITE) {
        found.error = access(path, W_OK | X_OK) == 0 ? 0 : errno;
    }
    else {
        file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        found.error = file >= 0 ? 0 : errno;
    }
    if (file >= 0)
        close(file);
    if (found.error == EACCES)
        found.folder = find_blocked_folder(path);
    return found;
}

/* A path, also as root resolved its links, to find the directory that blocks */
typedef struct reach_path {
    const char *path, *resolved;
} reach_path;

static report try_path(const reach_path *path, ajwt_reach_kind kind)
{
    const report found = try_once(path->path, kind);

    return found.error == EACCES && strcmp(path->path, path->resolved) != 0
               ? try_once(path->resolved, kind)
               : found;
}

/* Ends with _exit(), because the cleanups of pools belong to the parent. */
__attribute__((noreturn)) static void try_paths_and_exit(
    int writer, const reach_path *paths, int count, ajwt_reach_kind kind,
    server_rec *s, apr_pool_t *pool)
{
    int i;

    if (ap_run_drop_privileges(pool, s) != OK)
        _exit(1);
    for (i = 0; i < count; i++) {
        const report found = try_path(&paths[i], kind);

        if (write(writer, &found, sizeof found) != (ssize_t)sizeof found)
            _exit(1);
    }
    _exit(0);
}

/* Leaves reports as they are if the child process could not try. */
static void try_paths_in_child(report *reports, const reach_path *paths,
                               int count, ajwt_reach_kind kind, server_rec *s,
                               apr_pool_t *pool)
{
    int pipe_ends[2], status = 0, i;
    report found;
    pid_t pid;

    /* the value if there is no User line, with which httpd does not start */
    if (ap_unixd_config.user_id == (uid_t)-1 || pipe(pipe_ends) != 0)
        return;
    pid = fork();
    if (pid == 0)
        try_paths_and_exit(pipe_ends[1], paths, count, kind, s, pool);
    close(pipe_ends[1]);
    /* a report is shorter than PIPE_BUF, so it is never split */
    for (i = 0; i < count; i++) {
        if (read(pipe_ends[0], &found, sizeof found) != (ssize_t)sizeof found)
            break;
        reports[i] = found;
    }
    close(pipe_ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
}

/* Resolves links as root. */
static const char *resolve_links(const char *path, apr_pool_t *pool)
{
    char *resolved = realpath(path, NULL);
    const char *copy = resolved ? apr_pstrdup(pool, resolved) : path;

    free(resolved);
    return copy;
}

static void convert_report(ajwt_reach *reach, const report *found,
                           const reach_path *path, int is_root,
                           apr_pool_t *pool)
{
    reach->status =
        found->error ? APR_FROM_OS_ERROR(found->error) : APR_SUCCESS;
    reach->folder = found->folder
                        ? apr_pstrmemdup(pool, path->resolved, found->folder)
                        : NULL;
    reach->user = is_root && ap_unixd_config.user_name
                      ? ap_unixd_config.user_name
                      : apr_psprintf(pool, "#%lu", (unsigned long)geteuid());
}

ajwt_reach *ajwt_reach_try(const char *const *paths, int count,
                           ajwt_reach_kind kind, server_rec *s,
                           apr_pool_t *pool)
{
    const int is_root = geteuid() == 0;
    const apr_size_t places = (apr_size_t)count;
    ajwt_reach *reaches = apr_pcalloc(pool, places * sizeof *reaches);
    reach_path *tried = apr_pcalloc(pool, places * sizeof *tried);
    report *reports = apr_pcalloc(pool, places * sizeof *reports);
    int i;

    for (i = 0; i < count; i++) {
        tried[i].path = paths[i];
        tried[i].resolved = resolve_links(paths[i], pool);
        if (!is_root)
            reports[i] = try_path(&tried[i], kind);
    }
    if (is_root && count)
        try_paths_in_child(reports, tried, count, kind, s, pool);
    for (i = 0; i < count; i++)
        convert_report(&reaches[i], &reports[i], &tried[i], is_root, pool);
    return reaches;
}

const char *ajwt_reach_explain(const ajwt_reach *reach, const char *path,
                               ajwt_reach_kind kind, apr_pool_t *pool)
{
    char text[128];
    const char *begin = apr_psprintf(
        pool, "%s: %s: httpd's User, %s, must be able to ", path,
        apr_strerror(reach->status, text, sizeof text), reach->user);

    if (reach->folder)
        return apr_pstrcat(pool, begin, "search ", reach->folder, ": move the ",
                           kind == AJWT_REACH_READ ? "file" : "directory",
                           " to another directory, or run chmod a+x ",
                           reach->folder, NULL);
    return apr_pstrcat(pool, begin,
                       kind == AJWT_REACH_READ ? "read it: chmod a+r "
                                               : "write into it: chmod u+wx ",
                       path, NULL);
}
