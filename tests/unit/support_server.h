/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers a fetch?
 *
 * A server on a port of the loopback interface: one thread, one connection at
 * a time, and one request in each, to which it behaves as the test says.
 */
#ifndef AJWT_TESTS_SUPPORT_SERVER_H
#define AJWT_TESTS_SUPPORT_SERVER_H

#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* Longer than anything takes, shorter than a test may */
#define SUPPORT_LONG_MS 20000

typedef struct support_server support_server;

typedef struct support_connection {
    support_server *server;
    int fd;
    void *secured; /* TLS's own; NULL: in the clear */
} support_connection;

/* How bytes get across: in the clear unless the test has another way */
typedef struct support_transport {
    int (*open)(support_connection *connection); /* whether it could */
    ssize_t (*read)(support_connection *from, void *data, size_t len);
    ssize_t (*write)(support_connection *to, const void *data, size_t len);
    void (*close)(support_connection *connection);
} support_transport;

struct support_server {
    void (*behave)(
        support_connection *connection); /* once the request is there */
    ajwt_bytes answer;                   /* of support_answer_once */
    const support_transport *transport;  /* NULL: in the clear */
    void *settings;                      /* of the transport */

    int listener, port;
    int stop[2]; /* a pipe: closed at one end, readable at the other */
    pthread_t thread;
    atomic_int accepted;
    atomic_llong sent;
    char request[4096]; /* the last one; to be read when stopped */
};

void support_start(support_server *test_server);
void support_stop(support_server *test_server);

/** Takes a port, and does not listen yet: whoever connects is refused. */
void support_take_port(support_server *test_server);

/* A behaviour, and what others are made of */
void support_answer_once(support_connection *connection);

/** Whether the client still takes it. */
int support_say(support_connection *connection, const void *data, size_t len);
int support_say_text(support_connection *connection, const char *text);

/** Until the client speaks or goes, the test ends, or ms are over. */
int support_wait(support_connection *with, int ms);

#endif
