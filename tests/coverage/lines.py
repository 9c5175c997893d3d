# SPDX-License-Identifier: Apache-2.0
"""Which lines of the layers below httpd did the tests not reach?

    tests/coverage/lines.py FOLDER

FOLDER was built with gcc --coverage, and its tests ran.  Prints a row a file,
with the lines that were not reached; fails when too many of core were not.
"""
import collections
import json
import pathlib
import subprocess
import sys

LAYERS = ("core", "cache", "net", "keys", "config")
LEAST_PERCENT = {"core": 95, "cache": 95}


def gcov(objects):
    """What gcov says about each object's sources, the headers too."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", *objects],
                          capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        yield from json.loads(line)["files"]


def count_lines(folder):
    """{file: {line: how often}}; a header's lines are in many objects."""
    counts = collections.defaultdict(collections.Counter)
    objects = sorted(map(str, pathlib.Path(folder, "obj/src").rglob("*.gcda")))
    if not objects:
        sys.exit(f"{folder}: no test ran")
    for source in gcov(objects):
        for line in source["lines"]:
            counts[source["file"]][line["line_number"]] += line["count"]
    return counts


def ranges(numbers):
    """112 125-127"""
    runs = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"{first}-{last}" if first < last else str(first)
                    for first, last in runs)


def show(name, reached, lines, missing=""):
    percent = 100 * reached / lines
    print(f"{name:24} {reached:5} of {lines:5} {percent:6.1f} %  {missing}"
          .rstrip())
    return percent


def report(layer, counts):
    """The percentage of all its lines."""
    in_all = reached_in_all = 0
    for path in sorted(counts):
        if not path.startswith(f"src/{layer}/"):
            continue
        lines = counts[path]
        missing = [number for number in lines if not lines[number]]
        reached = len(lines) - len(missing)
        show(path, reached, len(lines), ranges(missing))
        in_all += len(lines)
        reached_in_all += reached
    return show(f"src/{layer}", reached_in_all, in_all)


def main(folder):
    counts = count_lines(folder)
    percents = {layer: report(layer, counts) for layer in LAYERS}
    for layer, least in LEAST_PERCENT.items():
        if percents[layer] < least:
            sys.exit(f"src/{layer}: less than {least} % of its lines")


main(*sys.argv[1:])
