/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child of httpd that clogs what wakes the fetcher: `SetHandler clog` fills
 * each local socket, and each pipe that this process writes to without waiting,
 * and then has writers wait.  That is a flag of what parent and children share,
 * so it holds for all of them.  Answers how many there were.
 */
#include <httpd.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <http_config.h>
#include <http_protocol.h>

#define MOST_DESCRIPTORS 256

static int is_socket(int descriptor)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    return getsockname(descriptor, (struct sockaddr *)&address, &size) == 0 &&
           address.ss_family == AF_UNIX;
}

/* httpd's own pipes have writers wait already. */
static int is_pipe(int descriptor, int flags)
{
    struct stat info;

    return flags & O_NONBLOCK && fstat(descriptor, &info) == 0 &&
           S_ISFIFO(info.st_mode);
}

static int clog_one(int descriptor)
{
    const int flags = fcntl(descriptor, F_GETFL);
    int count = 0;

    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
        (!is_socket(descriptor) && !is_pipe(descriptor, flags)))
        return 0;
    (void)fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
    while (write(descriptor, "x", 1) == 1)
        count++;
    (void)fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
    return count > 0;
}

static int clog_all(request_rec *r)
{
    int descriptor, count = 0;

    if (!r->handler || strcmp(r->handler, "clog") != 0)
        return DECLINED;
    for (descriptor = 3; descriptor < MOST_DESCRIPTORS; descriptor++)
        count += clog_one(descriptor);
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d\n", count);
    return OK;
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_handler(clog_all, NULL, NULL, APR_HOOK_MIDDLE);
}

#pragma GCC visibility push(default)
module AP_MODULE_DECLARE_DATA clog_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks};
#pragma GCC visibility pop
