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

static report try_path(const char *path, ajwt_reach_kind kind)
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

/* Ends with _exit(), because the cleanups of pools belong to the parent. */
__attribute__((noreturn)) static void try_path_and_exit(int writer,
                                                        const char *path,
                                                        ajwt_reach_kind kind,
                                                        server_rec *s,
                                                        apr_pool_t *pool)
{
    report found;

    if (ap_run_drop_privileges(pool, s) != OK)
        _exit(1);
    found = try_path(path, kind);
    _exit(write(writer, &found, sizeof found) == (ssize_t)sizeof found ? 0 : 1);
}

static report try_path_in_child(const char *path, ajwt_reach_kind kind,
                                server_rec *s, apr_pool_t *pool)
{
    report found = {0, 0};
    int pipe_ends[2], status = 0;
    pid_t pid;

    /* the value if there is no User line, with which httpd does not start */
    if (ap_unixd_config.user_id == (uid_t)-1 || pipe(pipe_ends) != 0)
        return found;
    pid = fork();
    if (pid == 0)
        try_path_and_exit(pipe_ends[1], path, kind, s, pool);
    close(pipe_ends[1]);
    if (read(pipe_ends[0], &found, sizeof found) != (ssize_t)sizeof found)
        found = (report){0, 0};
    close(pipe_ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return found;
}

/* Resolves links as root, to find the directory that blocks. */
static const char *resolve_links(const char *path, apr_pool_t *pool)
{
    char *resolved = realpath(path, NULL);
    const char *copy = resolved ? apr_pstrdup(pool, resolved) : path;

    free(resolved);
    return copy;
}

void ajwt_reach_try(ajwt_reach *reach, const char *path, ajwt_reach_kind kind,
                    server_rec *s, apr_pool_t *pool)
{
    const int is_root = geteuid() == 0;
    const char *resolved = resolve_links(path, pool);
    report found =
        is_root ? try_path_in_child(path, kind, s, pool) : try_path(path, kind);

    if (found.error == EACCES && resolved != path)
        found = is_root ? try_path_in_child(resolved, kind, s, pool)
                        : try_path(resolved, kind);
    reach->status = found.error ? APR_FROM_OS_ERROR(found.error) : APR_SUCCESS;
    reach->folder =
        found.folder ? apr_pstrmemdup(pool, resolved, found.folder) : NULL;
    reach->user = is_root && ap_unixd_config.user_name
                      ? ap_unixd_config.user_name
                      : apr_psprintf(pool, "#%lu", (unsigned long)geteuid());
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
