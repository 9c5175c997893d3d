# SPDX-License-Identifier: Apache-2.0
"""A server of someone else's, run in the foreground for a test."""
import os
import signal
import socket
import subprocess

from harness.settings import SLOWNESS, wait_until


def accepts_connections(address):
    """address: a port of 127.0.0.1, or a socket's path."""
    is_port = isinstance(address, int)
    family = socket.AF_INET if is_port else socket.AF_UNIX
    with socket.socket(family) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", address) if is_port
                                else str(address)) == 0


class Daemon:
    """Use it in a `with`.  It is ready when it accepts connections."""

    def __init__(self, command, address, output, env=None, cwd=None):
        self.command = [str(word) for word in command]
        self.address = address
        self.output = output
        self.env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                    **(env or {})}
        self.cwd = cwd
        self.process = None

    def __enter__(self):
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                self.command, env=self.env, cwd=self.cwd, stdout=output,
                stderr=output, stdin=subprocess.DEVNULL,
                start_new_session=True)
        try:
            wait_until(self._is_ready, f"{self.command[0]} runs", 20)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _is_ready(self):
        assert self.process.poll() is None, self.text()
        return accepts_connections(self.address)

    def text(self):
        with open(self.output, encoding="utf-8", errors="replace") as output:
            return output.read()

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10 * SLOWNESS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
