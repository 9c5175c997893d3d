/*
 * A machine whose policy does not let httpd connect, as SELinux does: put into
 * LD_PRELOAD, it answers connect() over TCP/IP with EACCES.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <sys/socket.h>

#pragma GCC visibility push(default)
int connect(int descriptor, const struct sockaddr *address, socklen_t len)
{
    (void)descriptor, (void)len;
    errno = address->sa_family == AF_INET || address->sa_family == AF_INET6
                ? EACCES
                : ENOENT;
    return -1;
}
#pragma GCC visibility pop
