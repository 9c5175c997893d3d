# SPDX-License-Identifier: Apache-2.0
"""httpd's error log: every line that matters has to be expected."""
import contextlib
import re

from .settings import wait_until

LINE = re.compile(r"^\[[^\]]+\] \[(?P<module>\w*):(?P<level>\w+)\]"
                  r" \[pid \d+(:tid \d+)?\] (?P<text>.*)$")
REFUSAL = re.compile(r"\bJWT(?!0000)\d{4}\b")
ALARMING = {"emerg", "alert", "crit", "error", "warn"}

# Started, stopped, restarted: what httpd says on a good day.
RUNNING = re.compile(r"AH\d{5}: .* configured -- resuming normal operations")
GOOD_DAY = [RUNNING] + [re.compile(pattern) for pattern in (
    r"AH00094: Command line: ",
    r"mod_auth_jwt \d+\.\d+\.\d+\S* started, issuers: \d+$",
    r"AH\d{5}: caught SIGTERM, shutting down",
    r"AH\d{5}: caught SIGWINCH, shutting down gracefully",
    r"AH\d{5}: (SIGUSR1|SIGHUP|Graceful restart|SIGUSR1 received)",
    r"AH\d{5}: Graceful restart requested, doing restart",
    # event: a request ended while its child did
    r"AH0309[23]: process_\w+: apr_pollset_add failure",
)]

# An attempt to fetch keys that failed is made again, soon.
FAILED = re.compile(r"\bJWT06\d\d\b")

# An outage that a test expected ends.
LOADED = re.compile(r"keys were loaded after failed attempts: \d+$")
RECOVERED = re.compile(r"keys are available again")
OUTAGE = re.compile(r"JWT020[56] ")


def is_remarkable(line):
    """Whether a test must say that it expects this line."""
    parts = LINE.match(line)
    if not parts:
        return True
    level, text = parts["level"], parts["text"]
    if any(pattern.search(text) for pattern in GOOD_DAY):
        return False
    if level in ALARMING or level == "notice":
        return True
    return level == "info" and bool(REFUSAL.search(text))


class ErrorLog:
    def __init__(self, path):
        self.path = path
        self.allowed = []
        self.pending = []  # read, and not yet taken
        self.failed = set()  # how fetches failed that a test expected
        self.position = 0

    def read(self):
        if not self.path.exists():
            return self.pending
        with open(self.path, "rb") as file:
            file.seek(self.position)
            data = file.read()
        whole = data[:data.rfind(b"\n") + 1]
        self.position += len(whole)
        self.pending += whole.decode("utf-8", "replace").splitlines()
        return self.pending

    def take(self, pattern):
        """The first line with pattern, which thereby was expected."""
        def find():
            for line in self.read():
                if re.search(pattern, line):
                    return line
            return None
        line = wait_until(find, f"a line with {pattern} in the error log, "
                                f"which has {self.remarkable()}")
        self.pending.remove(line)
        self.failed.update(FAILED.findall(line))
        return line

    @contextlib.contextmanager
    def allowing(self, pattern):
        """Inside, any number of lines with pattern are expected."""
        allowed = re.compile(pattern)
        self.allowed.append(allowed)
        yield
        for line in [line for line in self.read() if allowed.search(line)]:
            self.pending.remove(line)
            self.failed.update(FAILED.findall(line))
        self.allowed.remove(allowed)

    def remarkable(self):
        expected = [*self.allowed, *map(re.compile, self.failed)]
        text = self.text()
        if FAILED.search(text):
            expected.append(LOADED)
        if OUTAGE.search(text):
            expected.append(RECOVERED)
        return [line for line in self.read() if is_remarkable(line)
                and not any(p.search(line) for p in expected)]

    def take_unexpected(self):
        """Lines that nobody expected, once."""
        unexpected = self.remarkable()
        self.pending = []
        return unexpected

    def text(self):
        return self.path.read_text("utf-8", "replace") \
            if self.path.exists() else ""
