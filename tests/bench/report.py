# SPDX-License-Identifier: Apache-2.0
"""The figures as a table, as CSV and as a picture."""
import csv
import dataclasses
import html
import itertools
import math
import statistics


@dataclasses.dataclass
class Row:
    case: str
    contestant: str
    note: str = ""
    instructions: float = None  # in all
    over: float = None          # over no auth
    at_most: float = None       # what over is to be
    holds: str = ""
    microseconds: float = None  # of CPU, median
    cpu: tuple = None           # to no auth: median, least, most

    def check(self, limit):
        if limit:
            self.at_most = limit
            self.holds = "yes" if self.over <= limit else "NO"

    def set_cpu(self, seconds, seconds_open):
        """Of each round, beside those without authentication."""
        ratios = [mine / none for mine, none in zip(seconds, seconds_open)]
        self.cpu = (statistics.median(ratios), min(ratios), max(ratios))
        self.microseconds = statistics.median(seconds) * 1e6

    def check_cpu(self, limit):
        self.holds += ", CPU: " + ("yes" if self.cpu[0] <= limit else "NO")
        self.note = f"CPU: at most {limit:.2f}"


COLUMNS = ("", "instructions", "over no auth", "at most", "holds", "CPU us",
           "CPU to no auth")
WIDTHS = (28, 12, 14, 11, 14, 8, 22)


def number(value, form=",.0f"):
    return "-" if value is None else format(value, form)


def cpu_text(cpu):
    return "-" if cpu is None else "{:.2f} ({:.2f}..{:.2f})".format(*cpu)


def line(cells):
    first, *others = (f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS))
    return first.strip().ljust(WIDTHS[0]) + "".join(others)


def print_table(rows):
    """A note stands below the table, once, with a number."""
    notes = []
    for case, group in itertools.groupby(rows, lambda row: row.case):
        print(f"\n{case}")
        print(line(COLUMNS))
        for row in group:
            if row.note and row.note not in notes:
                notes.append(row.note)
            mark = f" [{notes.index(row.note) + 1}]" if row.note else ""
            print(line((row.contestant + mark, number(row.instructions),
                        number(row.over), number(row.at_most, ",.0f")
                        if row.at_most else "", row.holds,
                        number(row.microseconds, ".1f"), cpu_text(row.cpu))))
    print()
    for index, note in enumerate(notes, 1):
        print(f"[{index}] {note}")


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "contestant", "instructions", "over_no_auth",
                         "at_most", "holds", "cpu_us", "cpu_ratio_median",
                         "cpu_ratio_least", "cpu_ratio_most", "note"])
        for row in rows:
            writer.writerow([
                row.case, row.contestant, *(
                    "" if value is None else f"{value:.0f}"
                    for value in (row.instructions, row.over, row.at_most)),
                row.holds,
                "" if row.microseconds is None else f"{row.microseconds:.2f}",
                *(f"{ratio:.3f}" for ratio in row.cpu or ()),
                *([""] * (0 if row.cpu else 3)), row.note])


# --- the picture: two columns of bars, logarithmic

COLOURS = {"mod_auth_jwt": "#1b7837", "mod_auth_openidc": "#b35806",
           "the same, keys in files": "#b35806",
           "mod_oauth2": "#e08214", "HAProxy jwt_verify": "#8073ac",
           "FastAPI, python-jose": "#2166ac", "mod_auth_basic": "#999999"}
OTHERS = "#cccccc"
BAR, GAP, LEFT, WIDTH, BETWEEN, TOP = 15, 16, 190, 380, 90, 60


class Scale:
    """From a power of ten below the least to the most, as x."""

    def __init__(self, left, values):
        self.left = left
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.log10(max(values)), self.low + 1)

    def x(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.left + WIDTH * min(max(share, 0.004), 1)

    def grid(self, bottom):
        for power in range(self.low, math.floor(self.high) + 1):
            at = self.x(10.0 ** power)
            yield (f'<line x1="{at:.0f}" y1="{TOP}" x2="{at:.0f}" '
                   f'y2="{bottom}" stroke="#ddd"/>')
            yield text(at, TOP - 8, f"{10.0 ** power:,.10g}", "middle")


def text(x, y, words, anchor="start", weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{html.escape(words)}</text>')


def bar(scale, y, value, label, colour):
    end = scale.x(value)
    return (f'<rect x="{scale.left}" y="{y}" width="{end - scale.left:.1f}" '
            f'height="{BAR - 3}" fill="{colour}"/>'
            + text(end + 4, y + BAR - 5, label))


def bars(row, y, instructions, ratio):
    """One contestant: its name and its two bars."""
    colour = COLOURS.get(row.contestant, OTHERS)
    yield text(LEFT - 6, y + BAR - 5, row.contestant, "end")
    if row.over > 0:
        yield bar(instructions, y, row.over, f"{row.over:,.0f}", colour)
    if row.at_most:
        at = instructions.x(row.at_most)
        yield (f'<line x1="{at:.0f}" y1="{y - 2}" x2="{at:.0f}" '
               f'y2="{y + BAR - 1}" stroke="#d00" stroke-width="2"/>')
    if row.cpu:
        yield bar(ratio, y, row.cpu[0], cpu_text(row.cpu), colour)


def write_picture(path, rows):
    """Of those who have figures, but for the one that all are compared to."""
    rows = [row for row in rows if row.over is not None
            and row.contestant != "httpd, no auth"]
    instructions = Scale(LEFT, [row.over for row in rows if row.over > 0])
    ratio = Scale(LEFT + WIDTH + BETWEEN,
                  [row.cpu[0] for row in rows if row.cpu] or [1])
    groups = [(case, list(group)) for case, group in
              itertools.groupby(rows, lambda row: row.case)]
    bottom = TOP + sum(GAP + 8 + BAR * len(group) for _, group in groups)
    width = LEFT + 2 * WIDTH + BETWEEN + 150
    drawn = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
             f'height="{bottom + 20}" font-family="sans-serif" '
             f'font-size="11"><rect width="100%" height="100%" fill="#fff"/>',
             text(LEFT, 20, "instructions over no auth; red: at most",
                  weight="bold"),
             text(ratio.left, 20, "CPU to httpd without auth: median (least.."
                  "most)", weight="bold"),
             *instructions.grid(bottom), *ratio.grid(bottom)]
    y = TOP
    for case, group in groups:
        drawn.append(text(8, y + GAP, case, weight="bold"))
        y += GAP + 4
        for row in group:
            drawn += bars(row, y, instructions, ratio)
            y += BAR
        y += 4
    path.write_text("\n".join([*drawn, "</svg>"]) + "\n", encoding="utf-8")
