# SPDX-License-Identifier: Apache-2.0
"""Prevents: an attack that somebody once thought of, and that nobody tries.

tests/threats.md is the catalogue.  Each row has a code, and in its last column
the names of cases, as shell patterns; each of them has to find a case that
carries the row's code.  A case carries a code, which has to be in the
catalogue, in one way in each place:

  tests/vectors  its name begins with it: "C2 one byte too many"
  tests/unit     likewise the text that names it; or the comment above a test
                 begins with it: "C2: ..." or "C2, C5: ..."
  tests/httpd    the test is marked: @pytest.mark.threat("F1", "F6")

docs/security.md's table of promises names the codes that show each; together these are
all that there are.

`check_threats.py --table` prints how many cases each code has.
"""
import ast
import collections
import fnmatch
import json
import re
import sys

import project

CATALOGUE = "tests/threats.md"
PROMISED_IN = "docs/security.md"
PROMISES = "## What the module promises"
PLACES = ("vectors", "unit", "httpd")

ROW = re.compile(r"^\| ([A-Z]\d\d?) \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
PATTERN = re.compile(r"`([^`]+)`")
NAME = re.compile(r"([A-Z]\d\d?) \S")

COMMENT_OR_TEXT = re.compile(
    r'/\*(?P<comment>.*?)\*/|"(?P<text>(?:\\.|[^"\\\n])*)"', re.DOTALL)
CODES = re.compile(r"[\s*]*([A-Z]\d\d?(?:, [A-Z]\d\d?)*)(?:[:,]|\s*$)")
TEST = re.compile(r"\s*static void (\w+)\(void \*\*state\)")

Case = collections.namedtuple("Case", "place path code name")
problems = []


def vectors():
    for path in project.files("tests/vectors", suffixes=(".jsonl",)):
        for _, line in project.lines(project.read(path)):
            name = json.loads(line)["name"]
            if match := NAME.match(name):
                yield Case("vectors", path, match[1], name)


def unit():
    for path in project.files("tests/unit", suffixes=(".c",)):
        source = project.read(path)
        for found in COMMENT_OR_TEXT.finditer(source):
            name = NAME.match(found["text"] or "")
            codes = CODES.match(found["comment"] or "")
            test = TEST.match(source, found.end())
            if name:
                yield Case("unit", path, name[1], found["text"])
            elif codes and not test:
                number = source.count("\n", 0, found.start()) + 1
                problems.append(f"{path}:{number}: {codes[1]}, but no test "
                                "is below")
            elif codes:
                for code in codes[1].split(", "):
                    yield Case("unit", path, code, test[1])


def marks(test):
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and \
                ast.unparse(mark.func) == "pytest.mark.threat":
            yield from (argument.value for argument in mark.args)


def httpd():
    for path in project.files("tests/httpd", suffixes=(".py",)):
        for test in ast.walk(ast.parse(project.read(path))):
            if isinstance(test, ast.FunctionDef):
                for code in marks(test):
                    yield Case("httpd", path, code, test.name)


def check_row(code, names, cases):
    patterns = PATTERN.findall(names)
    if not patterns:
        yield f"{CATALOGUE}: {code}: a row that names no case"
    for pattern in patterns:
        if not any(case.code == code
                   and fnmatch.fnmatchcase(case.name, pattern)
                   for case in cases):
            yield f"{CATALOGUE}: {code}: no case of it is called {pattern}"


def check_promises(codes):
    _, _, promises = project.read(PROMISED_IN).partition(PROMISES)
    named = re.findall(r"\b[A-Z]\d\b", promises.partition("\n## ")[0])
    for code in sorted(set(named) - set(codes)):
        yield f"{PROMISED_IN}: a promise names {code}, not in {CATALOGUE}"
    for code in sorted(set(codes) - set(named)):
        yield f"{PROMISED_IN}: no promise is shown by {code}"


def print_table(codes, cases):
    counts = collections.Counter((case.code, case.place) for case in cases)
    print("code", *(f"{place:>7}" for place in PLACES))
    for code in codes:
        print(f"{code:4}", *(f"{counts[code, place]:7}" for place in PLACES))


def main():
    rows = [(code, names) for code, _, _, names
            in ROW.findall(project.read(CATALOGUE))]
    codes = list(dict.fromkeys(code for code, _ in rows))
    cases = [*vectors(), *unit(), *httpd()]
    if not rows:
        problems.append(f"{CATALOGUE}: there are no attacks")
    for case in cases:
        if case.code not in codes:
            problems.append(f"{case.path}: {case.name}: {case.code} is not "
                            f"in {CATALOGUE}")
    for code, names in rows:
        problems.extend(check_row(code, names, cases))
    problems.extend(check_promises(codes))
    if "--table" in sys.argv:
        print_table(codes, cases)
    project.finish(problems)


main()
