# SPDX-License-Identifier: Apache-2.0
"""What the checks by other analysers share: how make compiles each file.

The commands are those of the build, asked from make, so that an analyser sees
the same headers and macros as the compiler.
"""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys

JOBS = os.cpu_count() or 1
SKIPPED = 77  # tests/run.py


def run(command):
    """All that it says; empty when it is content.  A crash ends the check."""
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode < 0 or done.returncode > 0 and not done.stdout.strip():
        sys.exit(f"{shlex.join(command)}: exit code {done.returncode}")
    return done.stdout


def want(tool, version):
    """Skips the check where the tool has another version: each version has its
    own opinion of the same sources."""
    said = run([tool, "--version"])
    found = re.search(r"\d+(?:\.\d+)*", said)
    if not found:
        sys.exit(f"{tool} does not print its version: {said}")
    if not f"{found[0]}.".startswith(f"{version}."):
        print(f"{tool} is {found[0]}, and the sources follow {version}")
        sys.exit(SKIPPED)


def commands(compiler, *targets):
    """{source: the words that compile it, without what is written where}."""
    make = ["make", "-f", "Makefile.apxs", "--no-print-directory", "-B", "-n",
            "V=1", f"CC={compiler}", "CFLAGS=-O2", *targets]
    done = subprocess.run(make, text=True, capture_output=True)
    found = {}
    for words in map(shlex.split, re.findall(r"^.* -c \S+ -o .*$", done.stdout,
                                             re.MULTILINE)):
        place = words.index("-c")
        found[words[place + 1]] = [word for word in words[:place]
                                   if word not in ("-MMD", "-MP")]
    if done.returncode != 0 or not found:
        sys.exit(f"make says no commands: {done.stderr}")
    return found


def run_all(all_commands):
    """What they say, as many at a time as there are processors."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(run, all_commands))
