#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What each step of checking a token costs by itself, in instructions.

    AJWT_BUILD=build tests/bench/core.py [TIMES]

Runs build/bench/core under callgrind for each algorithm, and prints one table.
Of several tokens, since a signature on a curve costs more or less by what it
is: some 2 %.
"""
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

import tokens  # noqa: E402
from harness.settings import BUILD  # noqa: E402

TIMES = 20
TOKENS = 8
SUBJECTS = [("RS256", "small"), ("RS256", "2.4 KB"), ("PS256", "2.4 KB"),
            ("ES256", "2.4 KB"), ("EdDSA", "2.4 KB"), ("HS256", "2.4 KB")]
NAME = re.compile(r"^desc: Trigger: Client Request: (.*)$", re.MULTILINE)
TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)


def steps_of(alg, size, times=TIMES):
    """name -> instructions."""
    all_of_it = [steps_of_token(alg, size, token, max(times // TOKENS, 1))
                 for token in tokens.tokens(alg, size, TOKENS)]
    return {name: statistics.mean(steps[name] for steps in all_of_it)
            for name in all_of_it[0]}


def steps_of_token(alg, size, token, times):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "keys").write_text(tokens.key_set(alg, 7))
        (root / "key").write_bytes(tokens.key_text(alg))
        (root / "token").write_text(token)
        subprocess.run(["valgrind", "--tool=callgrind", "-q",
                        "--collect-atstart=no",
                        "--callgrind-out-file=profile", BUILD / "bench/core",
                        "keys", "key", "token", str(times)],
                       cwd=root, check=True)
        profiles = sorted(root.glob("profile.*"),
                          key=lambda path: int(path.suffix[1:]))
        return dict(read(path.read_text(), times) for path in profiles)


def read(profile, times):
    return NAME.search(profile)[1], int(TOTAL.search(profile)[1]) / times


def measure(times=TIMES):
    """(alg, size) -> its steps."""
    return {subject: steps_of(*subject, times) for subject in SUBJECTS}


def print_table(figures):
    print(f"{'instructions':32}" + "".join(f"{alg:>10}" for alg, _ in figures))
    sizes = [f"{len(tokens.tokens(*subject, 1)[0])} B" for subject in figures]
    print(" " * 32 + "".join(f"{size:>10}" for size in sizes))
    for name in next(iter(figures.values())):
        print(f"{name:32}" + "".join(f"{steps[name]:10,.0f}"
                                     for steps in figures.values()))


if __name__ == "__main__":
    print_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else TIMES))
