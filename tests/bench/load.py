# SPDX-License-Identifier: Apache-2.0
"""CPU per request under load: the server on one core, wrk on another, and the
contestants in turns, so that what disturbs the machine disturbs all."""
import contextlib
import os
import pathlib
import re
import subprocess

from cases import NEW
from servers import Server

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 8
SECONDS, WRK_S = 1, 60  # of one run; how long it may take to begin and end
CORES = sorted(os.sched_getaffinity(0))
FEWEST = 50  # answers that say something about the CPU


def pinned(core):
    return ("taskset", "--cpu-list", str(core))


class Runner:
    """A server in its turns."""

    def __init__(self, server, case, cap):
        self.server = server
        self.case = case
        self.cap = cap  # requests a run; 0: as many as go
        self.sent = 0
        self.results = []
        self.failure = ""

    def try_to(self, act):
        """One that fails takes no further part."""
        if not self.failure:
            try:
                act(self)
            except (AssertionError, OSError,
                    subprocess.SubprocessError) as why:
                self.failure = str(why)

    def warm(self):
        contestant = self.server.contestant
        count = (self.case.live or 1) if contestant.remembers else 1
        self.server.send(contestant.credentials(self.case, count), self.case)
        self.sent = count

    def run(self):
        """CPU seconds a request."""
        before = self.server.cpu_seconds()
        asked = self._load()
        used = self.server.cpu_seconds() - before
        self.results.append(used / asked)

    def _load(self):
        contestant, case = self.server.contestant, self.case
        lines = contestant.credentials(case, self.cap or case.live, self.sent)
        path = self.server.root / "credentials"
        path.write_text("".join(f"{line}\n" for line in lines))
        answer = subprocess.run(
            [*pinned(CORES[-1]), "wrk", "--threads=1",
             f"--connections={CONNECTIONS}", f"--duration={SECONDS}s",
             f"--script={HERE / 'load.lua'}",
             f"http://127.0.0.1:{self.server.port}/", "--", path,
             contestant.path(case), case.host, str(self.cap)],
            check=True, text=True, stdout=subprocess.PIPE,
            timeout=WRK_S).stdout
        asked, refused, broken = map(int, re.search(
            r"asked (\d+) refused (\d+) broken (\d+)", answer).groups())
        self.sent += self.cap or asked
        is_refusing = contestant.status(case) == 401
        assert asked >= FEWEST and not broken and \
            refused == (asked if is_refusing else 0), (
                f"{contestant.name}, {case.name}: {answer}"
                + self.server.output())
        return asked


def run(contestants, case, rounds, cap):
    """For each contestant its runner, after all rounds."""
    with contextlib.ExitStack() as stack:
        runners = [Runner(stack.enter_context(
            Server(one, case, False, pinned(CORES[0]))), case,
            cap if case.live is NEW else 0) for one in contestants]
        for act in [Runner.warm] + [Runner.run] * rounds:
            for runner in runners:
                runner.try_to(act)
    return runners
