# SPDX-License-Identifier: Apache-2.0
"""Requests that keep coming while a test does something to the server."""
import contextlib
import http.client
import threading

from .settings import wait_until


class Traffic:
    """Use it in a `with`; afterwards statuses and failures are complete."""

    def __init__(self, server, path, token, threads=4):
        self.server = server
        self.path = path
        self.token = token
        self.statuses = []
        self.failures = []  # connections that broke
        self.ended = threading.Event()
        self.paused = False
        self.lock = threading.Lock()
        self.asking = 0  # requests under way
        self.threads = [threading.Thread(target=self._ask, daemon=True)
                        for _ in range(threads)]

    def _ask(self):
        while not self.ended.is_set():
            if not self._may_ask():
                self.ended.wait(0.01)
                continue
            try:
                answer = self.server.get(self.path, self.token)
                self.statuses.append(answer.status)
            except (OSError, http.client.HTTPException) as failure:
                self.failures.append(failure)
                self.ended.wait(0.01)
            finally:
                self._count(-1)

    def _count(self, change):
        with self.lock:
            self.asking += change

    def _may_ask(self):
        with self.lock:
            self.asking += not self.paused
            return not self.paused

    @contextlib.contextmanager
    def pause(self):
        """Inside, no request is under way."""
        with self.lock:
            self.paused = True
        wait_until(lambda: self.asking == 0, "the last answers")
        yield
        self.paused = False

    def more(self, count=40):
        """Returns when so many further answers have come."""
        goal = len(self.statuses) + count
        wait_until(lambda: len(self.statuses) >= goal,
                   f"{count} more answers", 20)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()
