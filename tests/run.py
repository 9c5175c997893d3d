#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs unit tests, check scripts and pytest files, and adds up their results.

    tests/run.py unit PROGRAM ... check SCRIPT ... pytest FILE-OR-FOLDER ...

Each of the words unit, check and pytest begins a part, and may be repeated.
NAME=VALUE in a part sets an environment variable for that part.  Programs,
scripts and test files run in parallel, JOBS at a time (by default one more than
there are processors, because most of them wait for servers).  Each runs in its
own process, and its output is printed when it ends, or at once with JOBS=1.
Tests marked with `pytest.mark.alone`, by a decorator or by their file's
`pytestmark`, run after the others, one at a time.

The last line is `N passed, N failed`, followed by `, N skipped` if there are
any.  The exit code is 0 only if nothing failed.  A test counts as skipped only
if this machine lacks a tool for it: a script that exits with code 77, or a test
with a reason that begins with "not here: ".  Every other skipped test counts as
failed.  A part, a program or a file in which no test ran counts as failed too.
"""
import concurrent.futures
import functools
import glob
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

PROGRAM_SECONDS = 600
PYTEST_SECONDS = 3600
SKIPPED = 77
NO_TESTS = 5  # exit code of pytest, also if all tests of a file are skipped
NOT_HERE = "not here: "
ALL_ALONE = re.compile(r"^pytestmark\b.*\balone\b", re.MULTILINE)
SOME_ALONE = re.compile(r"^@pytest\.mark\.alone$", re.MULTILINE)


class Counts:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed = passed
        self.failed = failed
        self.skipped = skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def is_empty(self):
        return self.passed + self.failed + self.skipped == 0

    def __str__(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def say(text):
    print(text, flush=True)


class Job:
    """One test process, with its output and its counts.

    No other job has the same slot number at the same time; tests derive their
    ports from it (tests/httpd/harness/httpd.py).
    """

    def __init__(self, name, slot, live):
        self.name = name
        self.environment = {**os.environ, "AJWT_SLOT": str(slot)}
        self.live = live
        self.lines = []
        self.counts = Counts()

    def say(self, line):
        self.lines.append(line)
        if self.live:
            say(line)

    def fail(self, why):
        self.say(f"FAILED {why}")
        self.counts.failed += 1

    def run(self, command, seconds):
        """Runs command; returns its exit code and its output."""
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace",
                env=self.environment)
        except OSError as error:
            self.say(str(error))
            return 127, ""
        timer = threading.Timer(seconds, self.stop, (process, seconds))
        timer.start()
        first = len(self.lines)
        for line in process.stdout:
            self.say(line.rstrip("\n"))
        code = process.wait()
        timer.cancel()
        return code, "\n".join(self.lines[first:])

    def stop(self, process, seconds):
        """Interrupts process, so that pytest ends its servers; kills it if it
        does not end."""
        self.say(f"FAILED to end within {seconds} s")
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def unit(job):
    """Runs a cmocka program.  After a crash, a test has begun but not ended."""
    job.say(f"--- {job.name}")
    code, output = job.run([os.path.abspath(job.name)], PROGRAM_SECONDS)
    begun = len(re.findall(r"^\[ RUN +\]", output, re.MULTILINE))
    passed = len(re.findall(r"^\[ +OK \]", output, re.MULTILINE))
    job.counts = Counts(passed, begun - passed)
    if begun == 0:
        job.fail(f"{job.name}: no test ran")
    elif code != 0 and job.counts.failed == 0:
        job.fail(f"{job.name}: exit code {code}")
    elif job.counts.failed:
        job.say(f"FAILED {job.name}: {job.counts}, exit code {code}")


def check(job):
    """Runs a check script; prints its errors and one line with the result."""
    code, output = job.run(["/usr/bin/python3", job.name], PROGRAM_SECONDS)
    if code == 0:
        job.say(f"ok     {job.name}")
        job.counts.passed += 1
    elif code == SKIPPED and output:
        job.lines = [f"skipped {job.name}: {output}"]
        job.counts.skipped += 1
    else:
        job.fail(job.name)


def pytest(which, job):
    """Runs the tests of one file that match the marker expression which."""
    job.say(f"--- {job.name}, {which}")
    report = os.path.join(os.environ["AJWT_BUILD"], "pytest",
                          job.name.replace("/", ".") + f".{which}.xml")
    if os.path.exists(report):
        os.remove(report)
    # httpd does not free all memory when it ends; that is no leak of the module.
    job.environment.setdefault("ASAN_OPTIONS", "detect_leaks=0")
    code, _ = job.run(
        ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "--rootdir", ".", "-rfEs", f"--junitxml={report}", "-m", which,
         job.name],
        PYTEST_SECONDS)
    if os.path.exists(report):
        job.counts = count_pytest(ElementTree.parse(report))
    if job.counts.is_empty():
        job.fail(f"{job.name}: no test ran, exit code {code}")
    elif code not in (0, NO_TESTS) and job.counts.failed == 0:
        job.fail(f"{job.name}: exit code {code}")


def is_not_here(reason):
    """Whether a test or a file was skipped because a tool is missing."""
    return reason.get("message", "").startswith(NOT_HERE) or \
        f"'Skipped: {NOT_HERE}" in (reason.text or "")


def count_pytest(report):
    counts = Counts()
    for suite in report.iter("testsuite"):
        skipped = sum(map(is_not_here, suite.iter("skipped")))
        bad = sum(int(suite.get(kind, 0))
                  for kind in ("failures", "errors", "skipped")) - skipped
        counts.add(Counts(int(suite.get("tests")) - bad - skipped, bad,
                          skipped))
    return counts


def files_of(names):
    """Returns the files with tests that may run in parallel, and the files with
    tests that must run alone; a file may be in both lists."""
    files = {}
    for name in names:
        for path in sorted(glob.glob(os.path.join(name, "test_*.py"))) or [name]:
            try:
                with open(path, encoding="utf-8") as file:
                    files[path] = file.read()
            except OSError:
                files[path] = ""  # pytest reports it
    beside = [path for path, text in files.items()
              if not ALL_ALONE.search(text)]
    alone = [path for path, text in files.items()
             if ALL_ALONE.search(text) or SOME_ALONE.search(text)]
    return beside, alone


def run_jobs(kind, names, jobs):
    """Runs kind(job) for each name, jobs at a time; returns the total."""
    total = Counts()
    slots = queue.SimpleQueue()
    for slot in range(jobs):
        slots.put(slot)

    def work(name):
        slot = slots.get()
        job = Job(name, slot, live=jobs == 1)
        try:
            kind(job)
        finally:
            slots.put(slot)
        return job

    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        for done in concurrent.futures.as_completed(
                [pool.submit(work, name) for name in names]):
            job = done.result()
            if not job.live:
                say("\n".join(job.lines))
            total.add(job.counts)
    finally:
        pool.shutdown(cancel_futures=True)
    return total


def run_part(kind, names):
    jobs = int(os.environ.get("JOBS") or (os.cpu_count() or 1) + 1)
    if kind is not pytest:
        return run_jobs(kind, names, jobs)
    beside, alone = files_of(names)
    total = run_jobs(functools.partial(pytest, "not alone"), beside, jobs)
    total.add(run_jobs(functools.partial(pytest, "alone"), alone, 1))
    return total


PARTS = {"unit": unit, "check": check, "pytest": pytest}


def parts_of(words):
    parts = []
    for word in words:
        if word in PARTS:
            parts.append((word, []))
        elif parts:
            parts[-1][1].append(word)
        else:
            sys.exit(__doc__)
    return parts


def set_environment(names):
    """Sets NAME=VALUE for one part; returns the other names, and the old
    environment."""
    before = dict(os.environ)
    os.environ.update(name.split("=", 1) for name in names if "=" in name)
    return [name for name in names if "=" not in name], before


def main():
    total = Counts()
    parts = parts_of(sys.argv[1:])
    for kind, names in parts:
        say(f"=== {kind}")
        began = time.monotonic()
        names, before = set_environment(names)
        counts = run_part(PARTS[kind], names)
        if counts.is_empty():
            say(f"FAILED {kind}: no test ran")
            counts.failed += 1
        os.environ.clear()
        os.environ.update(before)
        say(f"=== {kind}: {counts}, in {time.monotonic() - began:.0f} s")
        total.add(counts)
    if not parts:
        say("FAILED: nothing to run")
        total.failed += 1
    say(str(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
