"""Instructions per request, by callgrind: the difference of two counts, so
that connecting and what else happens once fall out."""
import re
import subprocess

from servers import Server

CALLGRIND = ("valgrind", "--tool=callgrind", "--instr-atstart=no",
             "--callgrind-out-file=profile")
TRIES, AGREEMENT = 3, 1.01


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

    def control(self, *option):
        pid = str(self.server.process.pid)
        answer = subprocess.run(["callgrind_control", *option, pid], text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=True).stdout
        assert "OK" in answer, f"callgrind_control {option}: {answer}"

    def count(self, requests):
        self.control("--zero")
        self.send(requests)
        self.control("--dump")
        self.dumps += 1
        profile = self.server.root / f"profile.{self.dumps}"
        return total_of(profile.read_text())

    def difference(self, few, many):
        return (self.count(many) - self.count(few)) / (many - few)


def total_of(profile):
    return int(re.search(r"^totals: (\d+)", profile, re.MULTILINE)[1])


def per_request(contestant, case, few, many):
    """The least of a few tries: until two agree."""
    with Server(contestant, case, True, CALLGRIND) as server:
        counter = Counter(server, case)
        counter.send(max(case.live or 0, few) if contestant.remembers
                     else few)
        counter.control("--instr=on")
        counts = []
        while len(counts) < TRIES and not agree(counts):
            counts.append(counter.difference(few, many))
        return min(counts)


def agree(counts):
    least = sorted(counts)[:2]
    return len(least) == 2 and least[1] <= least[0] * AGREEMENT
