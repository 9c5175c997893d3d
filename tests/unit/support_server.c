/* SPDX-License-Identifier: Apache-2.0 */
#include "support_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#define NEED(condition)                                 \
    do {                                                \
        if (!(condition))                               \
            fail_msg("the test's server: " #condition); \
    } while (0)

static int open_plain(support_connection *connection)
{
    (void)connection;
    return 1;
}

static ssize_t read_plain(support_connection *connection, void *data,
                          size_t len)
{
    return recv(connection->fd, data, len, 0);
}

static ssize_t write_plain(support_connection *connection, const void *data,
                           size_t len)
{
    return send(connection->fd, data, len, MSG_NOSIGNAL);
}

static void close_plain(support_connection *connection)
{
    (void)connection;
}

static const support_transport plain = {open_plain, read_plain, write_plain,
                                        close_plain};

/* Whether there is something to read, before the test ends and within ms */
static int wait_for(const support_server *test_server, int fd, int ms)
{
    struct pollfd fds[2] = {{fd, POLLIN, 0}, {test_server->stop[0], POLLIN, 0}};

    return poll(fds, 2, ms) > 0 && fds[0].revents && !fds[1].revents;
}

int support_wait(support_connection *with, int ms)
{
    return wait_for(with->server, with->fd, ms);
}

int support_say(support_connection *connection, const void *data, size_t len)
{
    const char *c = data;

    while (len) {
        ssize_t taken =
            connection->server->transport->write(connection, c, len);

        if (taken <= 0)
            return 0;
        atomic_fetch_add(&connection->server->sent, taken);
        c += taken;
        len -= (size_t)taken;
    }
    return 1;
}

int support_say_text(support_connection *connection, const char *text)
{
    return support_say(connection, text, strlen(text));
}

void support_answer_once(support_connection *connection)
{
    support_say(connection, connection->server->answer.data,
                connection->server->answer.len);
}

static int read_request(support_connection *connection)
{
    char *request = connection->server->request;
    const size_t size = sizeof connection->server->request - 1;
    size_t len = 0;

    request[0] = '\0';
    while (!strstr(request, "\r\n\r\n") && len < size) {
        ssize_t got;

        if (!support_wait(connection, SUPPORT_LONG_MS))
            return 0;
        got = connection->server->transport->read(connection, request + len,
                                                  size - len);
        if (got <= 0)
            return 0;
        len += (size_t)got;
        request[len] = '\0';
    }
    return 1;
}

static void serve(support_server *test_server, int fd)
{
    const struct timeval patience = {SUPPORT_LONG_MS / 1000, 0};
    support_connection connection = {test_server, fd, NULL};

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (test_server->transport->open(&connection) && read_request(&connection))
        test_server->behave(&connection);
    test_server->transport->close(&connection);
    close(fd);
}

static void *run(void *data)
{
    support_server *test_server = data;

    while (wait_for(test_server, test_server->listener, -1)) {
        int fd = accept(test_server->listener, NULL, NULL);

        if (fd < 0)
            continue;
        atomic_fetch_add(&test_server->accepted, 1);
        serve(test_server, fd);
    }
    return NULL;
}

void support_take_port(support_server *test_server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    test_server->listener = socket(AF_INET, SOCK_STREAM, 0);
    NEED(test_server->listener >= 0);
    NEED(bind(test_server->listener, (struct sockaddr *)&address,
              sizeof address) == 0);
    NEED(getsockname(test_server->listener, (struct sockaddr *)&address,
                     &len) == 0);
    test_server->port = ntohs(address.sin_port);
}

void support_start(support_server *test_server)
{
    if (!test_server->transport)
        test_server->transport = &plain;
    support_take_port(test_server);
    NEED(listen(test_server->listener, 8) == 0);
    NEED(pipe(test_server->stop) == 0);
    NEED(pthread_create(&test_server->thread, NULL, run, test_server) == 0);
}

void support_stop(support_server *test_server)
{
    close(test_server->stop[1]);
    pthread_join(test_server->thread, NULL);
    close(test_server->stop[0]);
    close(test_server->listener);
}
