# SPDX-License-Identifier: Apache-2.0
"""A contestant's server, as a process of its own on a loopback port."""
import contextlib
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness.settings import wait_until

START_S, ANSWER_S, STOP_S = 120, 120, 60
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Server:
    """Use it in a `with`.  prefix: the command that runs it."""

    def __init__(self, contestant, case, is_counted, prefix=()):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="ajwt-bench-"))
        self.root.chmod(0o755)
        self.contestant = contestant
        self.port = free_port()
        command = contestant.prepare(self.root, self.port, case, is_counted)
        for path in self.root.rglob("*"):
            is_open = path.is_dir() or path.suffix == ".cgi"
            path.chmod(0o755 if is_open else 0o644)
        if is_counted:
            self._make_profiles()
        self.command = [*prefix, *map(str, command)]
        self.process = None

    def _make_profiles(self):
        """A folder and a pipe, for whatever user httpd becomes."""
        folder = self.root / "profiles"
        folder.mkdir()
        folder.chmod(0o777)
        os.mkfifo(folder / "pipe")
        (folder / "pipe").chmod(0o666)

    def __enter__(self):
        with open(self.root / "output", "wb") as output:
            self.process = subprocess.Popen(
                self.command, cwd=self.root, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True)
        try:
            wait_until(self._is_up, f"{self.contestant.name} runs", START_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.contestant.name} ended: "
                                 + self.output())
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def output(self):
        """What it has to say, for a failure."""
        logs = [self.root / "output", self.root / "error.log"]
        return "".join(log.read_text(errors="replace")[-2000:]
                       for log in logs if log.exists())

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)

    def send(self, credentials, case):
        """One request after the other, on one connection."""
        status = self.contestant.status(case)
        path = self.contestant.path(case)
        with contextlib.closing(http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=ANSWER_S)) as connection:
            for credential in credentials:
                answer = ask(connection, path, {
                    "Host": case.host, "Authorization": credential})
                assert answer == status, (
                    f"{self.contestant.name}: {answer} instead of {status}: "
                    + self.output())

    def cpu_seconds(self):
        """Of all its processes, and of their children that have ended."""
        return sum(map(seconds_of, self._pids()))

    def _pids(self):
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.getsid(int(folder.name)) == self.process.pid:
                    yield folder
            except ProcessLookupError:
                pass


def free_port():
    """None that the kernel gives to clients, or to other tests: one of them
    could have it before the server does."""
    while True:
        port = random.randrange(10000, 32768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def ask(connection, path, headers):
    """The answer's status, or what went wrong."""
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as failure:
        return repr(failure)


def seconds_of(folder):
    """By the clock of clock_getcpuclockid(3), and ticks for the children; of
    one that has just ended its parent knows."""
    pid = int(folder.name)
    try:
        fields = re.sub(r"^.*\) ", "", (folder / "stat").read_text()).split()
        return time.clock_gettime(~pid << 3 | 2) + sum(
            int(ticks) for ticks in fields[13:15]) * TICK_S
    except OSError:
        return 0
