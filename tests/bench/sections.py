#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does a large configuration cost, beside one without the module?

    AJWT_BUILD=build tests/bench/sections.py [SECTIONS ...]

Sections with up to 1,000 issuers, each with a file of keys: time of httpd -t,
from start to the first answer, of a graceful restart, and anonymous memory of
httpd's parent.  The memory of a section is what it adds once each issuer has a
section.  Exits with 1 if a limit is exceeded.
"""
import contextlib
import dataclasses
import functools
import http.client
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

import contestants  # noqa: E402
import servers  # noqa: E402
import tokens  # noqa: E402
from harness.httpd import load_lines, user_lines  # noqa: E402
from harness.settings import HTTPD, wait_until  # noqa: E402

NUMBERS = (1, 10, 100, 1_000, 10_000)
ISSUERS = 1_000
TIMES = 3  # the least counts
STEP_S = 0.001
MOST_S, MOST_BYTES = 0.6, 2048  # over none; of memory for each section
NONE = """<Location "/app{app}">
AuthType None
Require all granted
</Location>
"""
OURS = """<Location "/app{app}">
AuthType Bearer
AuthJWTIssuer https://idp{issuer}.example keys=keys-{issuer}.json
AuthJWTAudience api://app{app}
Require jwt-scope app{app}.read
</Location>
"""
IS_RUNNING = re.compile(r"resuming normal operations")
ANONYMOUS = re.compile(r"^Anonymous: +(\d+) kB", re.MULTILINE)


@dataclasses.dataclass
class Cost:
    test_s: float
    first_s: float  # answer
    graceful_s: float
    memory: int     # bytes


def write_files(root, port, count, is_ours):
    (root / "htdocs").mkdir()
    (root / "htdocs/page").write_text("hello\n")
    if is_ours:
        for issuer in range(min(count, ISSUERS)):
            (root / f"keys-{issuer}.json").write_text(tokens.one_key(issuer))
    sections = "".join((OURS if is_ours else NONE).format(
        app=app, issuer=app % ISSUERS) for app in range(count))
    (root / "httpd.conf").write_text(contestants.HTTPD_CONF.format(
        root=root, port=port, load=load_lines("event", is_ours, ()),
        user=user_lines(), mpm=contestants.EVENT.format(root=root),
        server="LogLevel notice\n" + sections))
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


@functools.cache
def measure(count, is_ours):
    with tempfile.TemporaryDirectory(prefix="ajwt-bench-") as folder:
        root, port = pathlib.Path(folder), servers.free_port()
        root.chmod(0o755)
        write_files(root, port, count, is_ours)
        costs = [measure_once(root, port) for _ in range(TIMES)]
    return Cost(*(min(getattr(cost, field.name) for cost in costs)
                  for field in dataclasses.fields(Cost)))


def measure_once(root, port):
    command = [HTTPD, "-f", root / "httpd.conf"]
    began = time.monotonic()
    subprocess.run([*command, "-t"], check=True, stderr=subprocess.DEVNULL)
    test_s = time.monotonic() - began
    (root / "error.log").unlink(missing_ok=True)
    began = time.monotonic()
    with run(command) as parent:
        wait(lambda: answers(port), "an answer", parent, root)
        first_s = time.monotonic() - began
        wait(lambda: starts(root) == 1, "the start", parent, root)
        memory = int(ANONYMOUS.search(pathlib.Path(
            f"/proc/{parent.pid}/smaps_rollup").read_text())[1]) * 1024
        began = time.monotonic()
        parent.send_signal(signal.SIGUSR1)
        wait(lambda: starts(root) == 2, "a graceful restart", parent, root)
        return Cost(test_s, first_s, time.monotonic() - began, memory)


@contextlib.contextmanager
def run(command):
    with subprocess.Popen([*command, "-DFOREGROUND"],
                          stderr=subprocess.DEVNULL) as parent:
        try:
            yield parent
        finally:
            parent.send_signal(signal.SIGTERM)


def wait(condition, what, parent, root):
    def is_done():
        assert parent.poll() is None, (root / "error.log").read_text()[-2000:]
        return condition()
    wait_until(is_done, what, servers.START_S, STEP_S)


def answers(port):
    with contextlib.closing(http.client.HTTPConnection(
            "127.0.0.1", port, timeout=servers.ANSWER_S)) as connection:
        return servers.ask(connection, "/page", {}) == 200


def starts(root):
    log = root / "error.log"
    return len(IS_RUNNING.findall(log.read_text())) if log.exists() else 0


def memory_over_none(count):
    return measure(count, True).memory - measure(count, False).memory


def compare(count):
    """A line of the table, and whether the limits hold."""
    none, ours = measure(count, False), measure(count, True)
    per_section = (memory_over_none(count) - memory_over_none(ISSUERS)) / \
        (count - ISSUERS) if count > ISSUERS else None
    holds = ours.test_s - none.test_s <= MOST_S and \
        ours.first_s - none.first_s <= MOST_S and \
        (per_section is None or per_section <= MOST_BYTES)
    times = (f"{getattr(cost, field):.2f}"
             for field in ("test_s", "first_s", "graceful_s")
             for cost in (none, ours))
    memory = (f"{cost.memory / 1024:,.0f}" for cost in (none, ours))
    return (f"{count:,}", f"{min(count, ISSUERS):,}", *times, *memory,
            "-" if per_section is None else f"{per_section:,.0f}",
            "yes" if holds else "NO"), holds


COLUMNS = ("sections", "issuers", "httpd -t s", "ours", "first answer s",
           "ours", "graceful s", "ours", "parent KB", "ours", "B a section",
           "holds")


def print_table(numbers):
    """Whether all limits hold."""
    rows = [compare(count) for count in numbers]
    print(f"\nlarge configurations, without the module and with it; at most "
          f"{MOST_S} s over none, and {MOST_BYTES:,} B a section")
    for cells in [COLUMNS, *(cells for cells, _ in rows)]:
        print("".join(f"{cell:>{max(len(name), 8) + 2}}"
                      for cell, name in zip(cells, COLUMNS)))
    return all(holds for _, holds in rows)


if __name__ == "__main__":
    sys.exit(not print_table([int(word) for word in sys.argv[1:]] or NUMBERS))
