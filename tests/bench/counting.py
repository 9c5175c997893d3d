# SPDX-License-Identifier: Apache-2.0
"""Instructions per request, by callgrind: the difference of two counts, so
that connecting and what else happens once fall out."""
import os
import re
import shutil

from harness.settings import BUILD, wait_until
from servers import Server

CALLGRIND = ("env", f"LD_PRELOAD={BUILD}/bench/count.so",
             "BENCH_PIPE=profiles/pipe", "valgrind", "--tool=callgrind",
             "--instr-atstart=no", "--callgrind-out-file=profiles/of")
TOTAL = re.compile(r"^totals: (\d+)$", re.MULTILINE)
TRIES, AGREEMENT = 3, 1.01
DUMP_S = 30


class Counter:
    """A server under callgrind that counts while it is asked to."""

    def __init__(self, server, case):
        self.server = server
        self.case = case
        self.sent = 0
        self.dumps = 0

    def send(self, count):
        """None of a token sent before, where the case is new tokens."""
        self.server.send(self.server.contestant.credentials(
            self.case, count, self.sent), self.case)
        self.sent += count

    def dump(self):
        """Instructions since the last one."""
        self.dumps += 1
        profile = self.server.root / f"profiles/of.{self.dumps}"
        wait_until(self._touch_pipe, "somebody waits at the pipe", DUMP_S)
        wait_until(profile.exists, "a dump begins", DUMP_S)
        return int(wait_until(lambda: TOTAL.search(profile.read_text()),
                              "a dump is complete", DUMP_S)[1])

    def _touch_pipe(self):
        try:
            os.close(os.open(self.server.root / "profiles/pipe",
                             os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    def count(self, requests):
        self.dump()
        self.send(requests)
        return self.dump()

    def difference(self, few, many):
        dearer = self.count(many)
        return (dearer - self.count(few)) / (many - few)


def per_request(contestant, case, few, many, keep):
    """The least of a few tries: until two agree.  keep: where a profile of
    many requests goes, for callgrind_annotate."""
    with Server(contestant, case, True, CALLGRIND) as server:
        counter = Counter(server, case)
        counter.send(max(case.live or 0, few) if contestant.remembers
                     else few)
        counts = []
        while len(counts) < TRIES and not agree(counts):
            counts.append(counter.difference(few, many))
        shutil.copy(server.root / "profiles/of.2", keep)
        return min(counts)


def agree(counts):
    least = sorted(counts)[:2]
    return len(least) == 2 and least[1] <= least[0] * AGREEMENT
