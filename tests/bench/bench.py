#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What does a request cost, here and with others?

    AJWT_BUILD=build tests/bench/bench.py full | ours | quick | smoke

Instructions by callgrind, and CPU under load as a ratio to httpd without
authentication.  Prints one table; the same is in build/bench/MODE as CSV and
as a picture, with a profile for callgrind_annotate of each row.  A second table
is about large configurations.
"""
import dataclasses
import math
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "httpd")]

import contestants  # noqa: E402
import core  # noqa: E402
import counting  # noqa: E402
import load  # noqa: E402
import report  # noqa: E402
import sections  # noqa: E402
from cases import CASES, CPU_RATIO  # noqa: E402
from harness.issuer import CA, Issuer  # noqa: E402
from harness.settings import BUILD  # noqa: E402

OPEN, OURS = contestants.Open.name, contestants.Ours.name


@dataclasses.dataclass
class Mode:
    cases: list
    times: int   # that a step of core is counted
    few: int     # requests of the two counts
    many: int
    rounds: int  # under load; 0: no load
    cap: int     # new tokens in a round
    names: tuple = ()  # of contestants; (): everybody
    sections: tuple = ()  # numbers of sections in a large configuration


FULL = Mode(CASES, times=20, few=20, many=100, rounds=5, cap=4000,
            sections=sections.NUMBERS)
MODES = {
    "full": FULL,
    "ours": dataclasses.replace(FULL, names=(OPEN, OURS)),
    "quick": Mode([case for case in CASES if case.is_quick], times=5, few=10,
                  many=40, rounds=3, cap=1000,
                  sections=sections.NUMBERS[-1:]),
    # only that it works, by what the tests need anyway
    "smoke": Mode(CASES[:2], times=1, few=2, many=6, rounds=0, cap=0,
                  names=(OPEN, OURS), sections=(2,))}


class Bench:
    def __init__(self, everybody, mode, folder):
        self.everybody = [one for one in everybody
                          if not mode.names or one.name in mode.names]
        self.mode = mode
        self.folder = folder
        self.rows = []
        self.total = {}  # (contestant, case) -> instructions
        self.over = {}   # case -> ours, over no auth
        self.steps = {}
        self.failures = 0

    def run(self):
        say("the steps of core")
        self.steps = core.measure(self.mode.times)
        for case in self.mode.cases:
            self.measure(case)
        return self.rows

    def measure(self, case):
        """One case: a row for each contestant, present or not."""
        there, rows = [], []
        for one in self.everybody:
            if not takes_part(one, case):
                continue
            lacks = one.lacks(case)
            rows.append(report.Row(case.name, one.name, lacks or one.note))
            if not lacks and self.count(one, case, rows[-1]):
                there.append((one, rows[-1]))
        if self.mode.rounds and len(load.CORES) > 1 and there and \
                there[0][0].name == OPEN:
            self.load(there, case)
        self.rows += rows

    def fail(self, row, why):
        say(f"{row.case}: {row.contestant} FAILED: {why}")
        row.note = "failed: " + why.splitlines()[0][:60]
        self.failures += 1

    def count(self, one, case, row):
        say(f"{case.name}: {one.name}: instructions")
        profile = self.folder / f"{case.name}, {one.name}.callgrind"
        try:
            total = counting.per_request(one, case, self.mode.few,
                                         self.mode.many, profile)
        except (AssertionError, OSError) as why:
            self.fail(row, str(why))
            return False
        self.total[one.name, case.name] = total
        base = self.total.get((one.open_twin, case.name)) or \
            self.total.get((one.open_twin, CASES[0].name), math.nan)
        row.instructions, row.over = total, total - base
        if one.name == OURS:
            self.over[case.name] = row.over
            row.check(case.limit(self.over, self.steps))
        return True

    def load(self, there, case):
        say(f"{case.name}: CPU")
        runners = load.run([one for one, _ in there], case,
                           self.mode.rounds, self.mode.cap)
        for (one, row), runner in zip(there, runners):
            failure = runner.failure or runners[0].failure
            if failure:
                self.fail(row, failure)
                continue
            row.set_cpu(runner.results, runners[0].results)
            if one.name == OURS and case is CASES[0]:
                row.check_cpu(CPU_RATIO)


def takes_part(one, case):
    if one.name in (OPEN, OURS):
        return True
    return case.has_peers and (case is CASES[0] or not one.once)


began = time.monotonic()


def say(what):
    print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr,
          flush=True)


def main():
    name = sys.argv[1] if len(sys.argv) == 2 else "full"
    folder = BUILD / "bench" / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        issuer = Issuer(CA(pathlib.Path(place)))
        bench = Bench(contestants.everybody(issuer), MODES[name], folder)
        rows = bench.run()
        issuer.close()
    core.print_table(bench.steps)
    report.print_table(rows)
    say("large configurations")
    sections.print_table(MODES[name].sections)
    report.write_csv(folder / "bench.csv", rows)
    report.write_picture(folder / "bench.svg", rows)
    print(f"\nin {folder}: bench.csv, bench.svg, *.callgrind")
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
