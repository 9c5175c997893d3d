#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests from a process of their own, so that what the test does otherwise
does not slow them down.

    load.py PORT THREADS SECONDS [PATH [close]] < TOKENS

Each thread sends its share of the tokens (a line each) over one connection, or
with close each over one of its own, again and again until the time is over;
without a time, once.  A token "-" is none.  Prints a JSON
object: how often which status came, and the latencies in milliseconds.
"""
import collections
import http.client
import json
import sys
import threading
import time


def ask(port, tokens, until, statuses, latencies, path, closes):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        for token in tokens:
            began = time.perf_counter()
            if until and began > until:
                connection.close()
                return
            headers = {} if token == "-" else {
                "Authorization": f"Bearer {token}"}
            if closes:
                headers["Connection"] = "close"
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            latencies.append((time.perf_counter() - began) * 1000)
            statuses.append(answer.status)
        if not until:
            connection.close()
            return


def main():
    port, threads, seconds = int(sys.argv[1]), int(sys.argv[2]), \
        float(sys.argv[3])
    path = sys.argv[4] if len(sys.argv) > 4 else "/"
    closes = sys.argv[5:] == ["close"]
    tokens = sys.stdin.read().split()
    until = time.perf_counter() + seconds if seconds else 0
    statuses, latencies = [], []
    asking = [threading.Thread(target=ask, args=(
        port, tokens[number::threads] or tokens, until, statuses, latencies,
        path, closes))
        for number in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    json.dump({"statuses": collections.Counter(statuses),
               "latencies": latencies}, sys.stdout)


main()
