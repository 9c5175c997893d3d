#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests that it is given and adds them up.

    tests/run.py unit PROGRAM ... check SCRIPT ... pytest FOLDER ...

Each of the three words begins a part and may come again; NAME=VALUE among its
names is for its environment.  What a part prints
is shown as it comes.  The last line is `N passed, N failed`; the exit code is 0
only when nothing failed.  A skipped test counts as failed, and so does a part,
a program or a folder in which no test ran: a test that does not run finds
nothing.
"""
import os
import re
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree

PROGRAM_SECONDS = 300
PYTEST_SECONDS = 3600


class Counts:
    def __init__(self, passed=0, failed=0):
        self.passed = passed
        self.failed = failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed

    def fail(self, why):
        say(f"FAILED {why}")
        self.failed += 1

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed"


def say(line):
    print(line, flush=True)


def stop(process, seconds):
    """Interrupts it, so that pytest ends its servers; kills it if it stays."""
    say(f"FAILED to end within {seconds} s")
    process.send_signal(signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()


def run(command, seconds, **more):
    """Shows the command's output; returns its exit code and that output."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", **more)
    except OSError as error:
        say(str(error))
        return 127, ""
    timer = threading.Timer(seconds, stop, (process, seconds))
    timer.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        print(line, end="", flush=True)
    code = process.wait()
    timer.cancel()
    return code, "".join(lines)


def run_program(program):
    """One cmocka program.  A crash leaves a test begun and never ended."""
    say(f"--- {program}")
    code, output = run([os.path.abspath(program)], PROGRAM_SECONDS)
    begun = len(re.findall(r"^\[ RUN +\]", output, re.MULTILINE))
    passed = len(re.findall(r"^\[ +OK \]", output, re.MULTILINE))
    counts = Counts(passed, begun - passed)
    if begun == 0:
        counts.fail(f"{program}: no test ran")
    elif code != 0 and counts.failed == 0:
        counts.fail(f"{program}: exit code {code}")
    elif counts.failed:
        say(f"FAILED {program}: {counts}, exit code {code}")
    return counts


def run_unit(programs):
    counts = Counts()
    for program in programs:
        counts.add(run_program(program))
    return counts


def run_check(scripts):
    """One line for each script, and its complaints before that."""
    counts = Counts()
    for script in scripts:
        code, _ = run(["/usr/bin/python3", script], PROGRAM_SECONDS)
        if code == 0:
            say(f"ok     {script}")
            counts.passed += 1
        else:
            counts.fail(script)
    return counts


def run_pytest(folders):
    report = os.path.join(os.environ["AJWT_BUILD"], "pytest.xml")
    if os.path.exists(report):
        os.remove(report)
    # What httpd never frees at its end is not a leak of the module.
    environment = {"ASAN_OPTIONS": "detect_leaks=0", **os.environ}
    code, _ = run(["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider",
                   "--rootdir", ".", "-rfEs", f"--junitxml={report}", *folders],
                  PYTEST_SECONDS, env=environment)
    if not os.path.exists(report):
        counts = Counts()
        counts.fail(f"pytest: exit code {code} and no report")
        return counts
    return count_pytest(ElementTree.parse(report), folders, code)


def count_pytest(report, folders, code):
    counts = Counts()
    for suite in report.iter("testsuite"):
        bad = sum(int(suite.get(kind, 0))
                  for kind in ("failures", "errors", "skipped"))
        counts.add(Counts(int(suite.get("tests")) - bad, bad))
    ran = [case.get("classname", "") for case in report.iter("testcase")]
    for folder in folders:
        prefix = folder.rstrip("/").removesuffix(".py").replace("/", ".") + "."
        if not any(f"{name}.".startswith(prefix) for name in ran):
            counts.fail(f"{folder}: no test ran")
    if code != 0 and counts.failed == 0:
        counts.fail(f"pytest: exit code {code}")
    return counts


PARTS = {"unit": run_unit, "check": run_check, "pytest": run_pytest}


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
    """Of this part alone; returns the names that are left, and how it was."""
    before = dict(os.environ)
    os.environ.update(name.split("=", 1) for name in names if "=" in name)
    return [name for name in names if "=" not in name], before


def main():
    total = Counts()
    parts = parts_of(sys.argv[1:])
    for kind, names in parts:
        say(f"=== {kind}")
        names, before = set_environment(names)
        counts = PARTS[kind](names) if names else Counts()
        if counts.passed + counts.failed == 0:
            counts.fail(f"{kind}: no test ran")
        os.environ.clear()
        os.environ.update(before)
        say(f"=== {kind}: {counts}")
        total.add(counts)
    if not parts:
        total.fail("nothing to run")
    say(str(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
