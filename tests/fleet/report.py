#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How often do many hosts fetch the key set of one issuer?

    AJWT_BUILD=build tests/fleet/report.py [SEED]

Runs build/fleet/fleet for each scenario and each number of hosts.  Prints one
table and draws build/fleet/fleet.svg; docs/performance.md shows both.  Fails
if a peak is above its bound.
"""
import concurrent.futures
import dataclasses
import math
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path(os.environ.get("AJWT_BUILD", "build"))
PROGRAM = BUILD / "fleet/fleet"
PICTURE = BUILD / "fleet/fleet.svg"
HOSTS = (1_000, 100_000)
SEED = 1
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
# Defaults of the directives, and the numbers of core/limits.h
REFRESH_S, COOLDOWN_S, MAX_BACKOFF_S = 3600, 30, 900
INTERVAL_S = 0.9 * REFRESH_S  # the mean time between two refreshes
JITTER_S = 0.18 * REFRESH_S   # between the earliest and the latest refresh
SIX = 6 * HOUR_S
HOUR_AT_SIX = (SIX, SIX + HOUR_S)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A bound is the shortest time in which as many fetches as hosts begin."""
    name: str  # in fleet.c
    text: str
    event: tuple = (0, DAY_S)  # its begin and end
    is_outage: bool = False
    bound_s: float = INTERVAL_S        # during it
    after_bound_s: float = INTERVAL_S  # after it


SCENARIOS = [
    Scenario("day", "an ordinary day"),
    Scenario("start", "all start within one minute",
             (0, MINUTE_S), False, MINUTE_S, JITTER_S),
    Scenario("rotation", "a new key, which all see within one minute",
             (SIX, SIX + MINUTE_S), False, MINUTE_S, JITTER_S),
    Scenario("outage", "an outage of one hour",
             HOUR_AT_SIX, True, COOLDOWN_S, MAX_BACKOFF_S / 2),
    Scenario("outage-retry-after", "the same, with `Retry-After`",
             HOUR_AT_SIX, True, COOLDOWN_S, COOLDOWN_S),
    Scenario("outage-rotation", "the same, and requests with a new key",
             HOUR_AT_SIX, True, COOLDOWN_S, COOLDOWN_S),
    # without the minute in which the first attempts are close together
    Scenario("outage-start", "all start in one second of such an outage",
             (SIX + MINUTE_S, SIX + HOUR_S), True, COOLDOWN_S / 2,
             COOLDOWN_S / 2),
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
        begin, end = scenario.event
        self.during = max(self.fetches[begin:end])
        self.after = max(self.fetches[end:], default=0)

    def row(self):
        has_after = self.scenario.event[1] < DAY_S
        return (self.scenario.text, f"{self.hosts:,}",
                f"{sum(self.fetches):,}", f"{sum(self.fetches) / DAY_S:.1f}",
                f"{self.during:,}", f"{self.after:,}" if has_after else "")

    def above_bound(self):
        for peak, seconds in ((self.during, self.scenario.bound_s),
                              (self.after, self.scenario.after_bound_s)):
            if is_above(peak, self.hosts / seconds):
                yield (f"{self.scenario.name}, {self.hosts:,} hosts: {peak:,} "
                       f"fetches a second, above {self.hosts / seconds:,.1f}")


def is_above(peak, bound):
    """A single second may have more than the bound, by chance."""
    return peak > bound + 5 * math.sqrt(bound) + 5


def run_all(seed=SEED):
    jobs = [(scenario, hosts, seed) for scenario in SCENARIOS
            for hosts in HOSTS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda job: Run(*job), jobs))


COLUMNS = ("scenario", "hosts", "fetches a day", "average a second",
           "peak a second", "peak after it")


def table(runs):
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(run.row() for run in runs)]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


# --- The picture: a row for each scenario, logarithmic

LEFT, WIDTH, HEIGHT, GAP, TOP = 60, 720, 70, 34, 30
SPAN_S = 5 * MINUTE_S  # of one bar, which shows the peak
MOST = math.log10(200_000)


def bar_heights(run):
    for start in range(0, DAY_S, SPAN_S):
        peak = max(run.fetches[start:start + SPAN_S])
        yield HEIGHT * math.log10(peak + 1) / MOST


def write(x, y, words, anchor="start"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" '
            f'text-anchor="{anchor}">{words}</text>')


def grid(bottom):
    for count in (10, 1_000, 100_000):
        y = bottom - HEIGHT * math.log10(count + 1) / MOST
        yield (f'<path d="M{LEFT} {y:.1f}h{WIDTH}" stroke="#ddd"/>'
               + write(LEFT - 4, y + 4, f"{count:,}", "end"))


def panel(run, bottom):
    step = WIDTH * SPAN_S / DAY_S
    yield from grid(bottom)
    yield write(LEFT, bottom - HEIGHT - 6, run.scenario.text.replace("`", ""))
    path = "".join(f"V{bottom - height:.1f}h{step:.1f}"
                   for height in bar_heights(run))
    yield f'<path d="M{LEFT} {bottom}{path}V{bottom}z" fill="#1b7837"/>'


def draw(runs):
    runs = [run for run in runs if run.hosts == max(HOSTS)]
    bottom = TOP + len(runs) * (HEIGHT + GAP)
    width = LEFT + WIDTH + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{bottom + 30}" font-family="sans-serif" '
             'font-size="12"><rect width="100%" height="100%" fill="#fff"/>',
             write(LEFT, 18, f"Fetches a second of {max(HOSTS):,} hosts: "
                   "the peak of each five minutes")]
    for number, run in enumerate(runs, 1):
        parts += panel(run, TOP + number * (HEIGHT + GAP))
    parts += [write(LEFT + WIDTH * hour / 24, bottom + 18, f"{hour} h",
                    "middle") for hour in range(0, 25, 6)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main():
    runs = run_all(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    print(table(runs), end="")
    PICTURE.write_text(draw(runs), encoding="utf-8")
    failures = [failure for run in runs for failure in run.above_bound()]
    print("\n".join(failures), end="\n" if failures else "", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
