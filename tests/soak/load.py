#!/usr/bin/python3
"""Requests from a process of their own, so that what the test does otherwise
does not slow them down.

    load.py PORT THREADS SECONDS < TOKENS

Each thread sends its share of the tokens (a line each) over one connection,
again and again until the time is over; without a time, once.  Prints a JSON
object: how often which status came, and the latencies in milliseconds.
"""
import collections
import http.client
import json
import sys
import threading
import time


def ask(port, tokens, until, statuses, latencies):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        for token in tokens:
            began = time.perf_counter()
            if until and began > until:
                connection.close()
                return
            connection.request("GET", "/", headers={
                "Authorization": f"Bearer {token}"})
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
    tokens = sys.stdin.read().split()
    until = time.perf_counter() + seconds if seconds else 0
    statuses, latencies = [], []
    asking = [threading.Thread(target=ask, args=(
        port, tokens[number::threads] or tokens, until, statuses, latencies))
        for number in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    json.dump({"statuses": collections.Counter(statuses),
               "latencies": latencies}, sys.stdout)


main()
