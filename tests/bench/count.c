/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a server under callgrind: whoever opens the pipe BENCH_PIPE
 * and closes it ends one count, in a dump of its own, and begins the next.
 *
 * callgrind_control would do it for any program, but has to trace the process
 * for it, and hangs where httpd has changed its user.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

static void *dump_again_and_again(void *path)
{
    char byte;
    int pipe;

    while ((pipe = open(path, O_RDONLY)) >= 0) {
        while (read(pipe, &byte, 1) > 0)
            ;
        close(pipe);
        CALLGRIND_START_INSTRUMENTATION;
        CALLGRIND_DUMP_STATS;
    }
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    char *path = getenv("BENCH_PIPE");
    pthread_t thread;

    if (path && RUNNING_ON_VALGRIND)
        pthread_create(&thread, NULL, dump_again_and_again, path);
}
