#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How often does a fleet fetch the key set of one issuer?

    AJWT_BUILD=build tests/fleet/report.py [SEED]

Runs build/fleet/fleet for each scenario and each number of hosts.  Prints one
table.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(os.environ.get("AJWT_BUILD", "build"))
PROGRAM = BUILD / "fleet/fleet"
HOSTS = (1_000, 100_000)
SEED = 1
DAY_S, HOUR_S = 86400, 3600
# Defaults of the directives, and what the schedule adds to them
REFRESH_S, COOLDOWN_S, MAX_BACKOFF_S = 3600, 30, 900
JITTER_S = 0.18 * REFRESH_S  # between the earliest and the latest refresh


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str    # of fleet.c
    text: str
    least_s: float  # the shortest time in which all hosts fetch once
    outage: tuple = ()  # its begin and end; of hosts that start in it, a
                        # minute after their start
    after_s: float = 0  # as least_s, after the outage


SIX = 6 * HOUR_S
SCENARIOS = [
    Scenario("day", "an ordinary day", 0.9 * REFRESH_S),
    Scenario("start", "all start within one minute", 60),
    Scenario("rotation", "a key rotation, seen within one minute", 60),
    Scenario("outage", "an outage of one hour", COOLDOWN_S,
             (SIX, SIX + HOUR_S), MAX_BACKOFF_S / 2),
    Scenario("outage-retry-after", "the same, with `Retry-After`", COOLDOWN_S,
             (SIX, SIX + HOUR_S), MAX_BACKOFF_S / 2),
    Scenario("outage-rotation", "a rotation in an outage of ten minutes",
             COOLDOWN_S / 2, (SIX, SIX + 600), COOLDOWN_S),
    Scenario("outage-start", "all start in one second of such an outage",
             COOLDOWN_S / 2, (SIX + 60, SIX + 600), COOLDOWN_S / 2),
]


class Run:
    """The fetches that begin in each second of a day."""

    def __init__(self, scenario, hosts, seed):
        self.scenario = scenario
        self.hosts = hosts
        output = subprocess.run(
            [PROGRAM, scenario.name, str(hosts), str(seed)], check=True,
            text=True, stdout=subprocess.PIPE).stdout
        self.fetches = [int(line) for line in output.split()]

    def peak(self, start=0, end=DAY_S):
        return max(self.fetches[start:end])

    def row(self):
        outage = self.scenario.outage
        return (self.scenario.text, f"{self.hosts:,}",
                f"{sum(self.fetches):,}", f"{sum(self.fetches) / DAY_S:.1f}",
                f"{self.peak():,}",
                f"{self.peak(*outage):,}" if outage else "",
                f"{self.peak(outage[1]):,}" if outage else "")


def run_all(seed=SEED):
    """The slowest ones first; returned in the order of the table."""
    jobs = [(scenario, hosts) for scenario in SCENARIOS for hosts in HOSTS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {job: pool.submit(Run, *job, seed)
                   for job in sorted(reversed(jobs), key=lambda job: -job[1])}
        return [running[job].result() for job in jobs]


COLUMNS = ("scenario", "hosts", "fetches a day", "average a second",
           "peak a second", "peak in the outage", "peak after it")


def table(runs):
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(run.row() for run in runs)]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def main():
    runs = run_all(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    print(table(runs), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
